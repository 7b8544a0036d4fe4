// The parts of a page of strips: a row with its head, and the bar below the rows.
import { make } from './dom.js';
import { isAccepted, lookOf, sentence } from './strips_state.js';

/** Make a row: {element, head, list, tiles, state, likes}. */
export function rowOf(row, { id, number }) {
  const name = row.href ? make('a', { href: row.href }, row.title) : row.title;
  const title = make('h2', { class: 'mx-strip-title', id: `${id}-title`, title: row.note }, name);
  const state = make('p', { class: 'mx-strip-state', id: `${id}-state` });
  const likes = (row.likes ?? []).map((like) => likeOf(like));
  const offered = likes.length ? [make('div', { class: 'mx-likes' }, ...likes)] : [];
  const tiles = row.objects.map((object, place) =>
    make('div', { class: 'mx-tile', role: 'option', id: `${id}-${place}`, 'data-place': place, 'data-object': object }),
  );
  const values = { class: 'mx-tiles mx-strip-images', tabindex: number ? '-1' : '0' };
  const list = make('div', row.objects.length ? { ...values, ...listValues(id) } : values, ...tiles);
  const head = make('div', { class: 'mx-strip-head' }, title, state, ...offered);
  const element = make('section', { class: 'mx-strip', 'aria-labelledby': `${id}-title`, 'data-seed': row.id }, head, list);
  return { element, head, list, tiles, state, likes };
}

const listValues = (id) => ({
  role: 'listbox',
  'aria-multiselectable': 'true',
  'aria-orientation': 'horizontal',
  'aria-labelledby': `${id}-title`,
  'aria-describedby': `${id}-state`,
});

function likeOf({ node, title, object }) {
  const picture = make('span', { class: 'mx-like-picture', 'data-object': object });
  const values = { type: 'button', class: 'mx-like', 'data-node': node, 'aria-pressed': 'false', title: `same as ${title} (s)` };
  const short = title.replace(/^morph (?=\d+$)/, ''); // what tells morphs without names apart has to fit
  return make('button', values, picture, make('span', { class: 'mx-like-title' }, `as ${short}`));
}

const SAID = { accepted: ', accepted', beyond: ', not accepted', wrong: ', wrong', open: '' };

/** Show on a row what was answered. */
export function showAnswer({ element, tiles, state, likes }, row, answer) {
  const isIn = isAccepted(answer);
  element.classList.toggle('mx-accepted', isIn);
  state.textContent = sentence(row, answer);
  tiles.forEach((tile, place) => {
    const look = lookOf(answer, place);
    tile.dataset.look = look;
    tile.classList.toggle('mx-last-good', isIn && place === answer.cut);
    tile.setAttribute('aria-selected', String(look === 'accepted'));
    tile.setAttribute('aria-label', `object ${row.objects[place]}${SAID[look]}`);
  });
  for (const like of likes) like.setAttribute('aria-pressed', String(Number(like.dataset.node) === answer.into));
}

/** Make the bar that stays at the bottom: what the page comes to, a hint, and the buttons for all rows and for the next page. */
export function bar({ turn, accept }) {
  const summary = make('span', { class: 'mx-strips-summary' });
  const hint = make('span', { class: 'mx-strips-hint', role: 'status' });
  const button = make(
    'button',
    { type: 'button', class: 'mx-button mx-button-main', 'data-key': ' ', 'data-help': 'next page: rows you did not touch are refused' },
    'Next page',
    make('kbd', {}, 'Space'),
  );
  button.addEventListener('click', (event) => {
    if (event.detail) button.blur(); // the space bar is for the page
    turn();
  });
  const all = make(
    'button',
    { type: 'button', class: 'mx-button', title: 'accept all rows that you did not touch, then change those that are not good (again: refuse them)' },
    'All rows good',
    make('kbd', {}, 'Ctrl A'),
  );
  all.addEventListener('click', (event) => {
    if (event.detail) all.blur();
    accept();
  });
  const element = make('div', { class: 'mx-strips-bar' }, summary, hint, all, button);
  return { element, summary, hint, button };
}
