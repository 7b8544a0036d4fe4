// The nodes that a branch owns, as cards with pictures; chosen by click, Ctrl, Shift, Space, and dragged onto the tree.

import { createElement as h, useEffect, useRef, useState } from 'react';
import { columnsIn, moved } from './cursor.js';
import { focusOn, listen } from './keyboard.js';
import { Strip, useStrips } from './strip.js';
import { goTo } from './tree_acting.js';
import { choose, extend, model, toggle, useModel } from './tree_model.js';

const CELL = 50;
const PICTURES = 8;
const WIDTH = PICTURES * (CELL + 2) + 26; // of a card
const GAP = 10;
export const CARRIED = 'application/x-morphoexplore-nodes';

const KEYS = JSON.stringify([
  ['arrows', 'move over the cards'],
  ['Enter', 'show the node'],
  ['Space', 'choose the node'],
  ['Shift+arrows', 'choose several'],
  ['Ctrl+A', 'choose all shown'],
  ['Escape', 'choose none'],
]);

const cursors = new Map(); // the card under the cursor, by version of what is shown: a redraw keeps it

function Card({ card, pictures, isChosen, isUnder, name, on }) {
  const badges = [];
  if (card.kind && card.kind !== 'living') badges.push(h('span', { key: 'kind', className: 'node-badge' }, card.kind));
  if (card.flag) badges.push(h('span', { key: 'flag', className: 'node-badge is-flag', title: card.flag }, '?'));
  if (card.is_complete) badges.push(h('span', { key: 'done', className: 'node-badge is-done', title: 'complete' }, '✓'));
  return h(
    'div',
    {
      id: name,
      className: `card${isChosen ? ' is-chosen' : ''}${isUnder ? ' is-under' : ''}`,
      role: 'option',
      'aria-selected': isChosen,
      draggable: true,
      'data-card': card.id,
      ...(card.flag ? { 'data-question': card.flag, 'data-of': card.id } : {}),
      ...on,
    },
    h(
      'div',
      { className: 'card-head' },
      h('span', { className: 'card-check', 'aria-hidden': true }, isChosen ? '✓' : ''),
      h('span', { className: `tree-icon ${card.is_branch ? 'is-branch' : 'is-morph'}`, 'aria-hidden': true }),
      h('span', { className: `card-title${card.is_named ? '' : ' is-unnamed'}`, title: card.title }, card.title),
      ' ',
      ...badges.flatMap((badge) => [badge, ' ']),
      h('span', { className: 'card-note' }, card.note),
    ),
    pictures.length ? h(Strip, { pictures }) : h('span', { className: 'card-empty' }, 'no members yet'),
  );
}

export function Cards({ id, cards, version, label, focus }) {
  const { chosen } = useModel();
  const box = useRef(null);
  const strips = useStrips(cards.map((card) => card.objects), CELL, version);
  const ids = cards.map((card) => String(card.id));
  const [cursor, setCursor] = useState(() => Math.max(0, ids.indexOf(cursors.get(label))));
  const at = Math.min(cursor, cards.length - 1);
  const live = useRef({});
  live.current = { at, ids, isChosen: chosen.size > 0 };

  const to = (place) => {
    setCursor(place);
    cursors.set(label, ids[place]);
    box.current.children[place]?.scrollIntoView({ block: 'nearest' });
  };

  useEffect(() => {
    if (focus && box.current) focusOn(box.current);
  }, [version, label]);

  useEffect(
    () =>
      listen(box.current, (event, stroke) => {
        const now = live.current;
        if (!now.ids.length) return false;
        const columns = columnsIn(box.current.clientWidth, WIDTH, GAP);
        const next = moved(now.at, event.key, { n: now.ids.length, columns, lines: 3 });
        if (next !== null && !event.ctrlKey && !event.metaKey) {
          if (event.shiftKey) {
            if (!model.chosen.size || !now.ids.includes(model.anchor)) choose([], now.ids[now.at]);
            extend(now.ids, now.ids[next]);
          }
          to(next);
        } else if (stroke === ' ') toggle(now.ids[now.at]);
        else if (stroke === 'Enter') goTo(now.ids[now.at]);
        else if (stroke === 'Control+a') choose(now.ids, now.ids[0]);
        else if (stroke === 'Escape' && now.isChosen) choose([], null);
        else return false;
        return true;
      }),
    [],
  );

  const on = (card, place) => {
    const one = String(card.id);
    return {
      onClick: (event) => {
        to(place);
        if (event.target.closest('.card-title')) goTo(one);
        else if (event.shiftKey) extend(ids, one);
        else if (event.ctrlKey || event.metaKey || event.target.closest('.card-check')) toggle(one);
        else choose(chosen.size === 1 && chosen.has(one) ? [] : [one], one);
      },
      onDoubleClick: () => goTo(one),
      onDragStart: (event) => {
        event.stopPropagation(); // react-dnd, which the tree uses, forbids every drag that it does not know
        model.dragged = chosen.has(one) ? [...chosen] : [one];
        event.dataTransfer.setData(CARRIED, one);
        event.dataTransfer.effectAllowed = 'move';
      },
    };
  };

  return h(
    'div',
    {
      id,
      ref: box,
      className: 'cards',
      role: 'listbox',
      tabIndex: 0,
      'aria-label': label,
      'aria-multiselectable': true,
      'aria-activedescendant': cards.length ? `${id}-${at}` : undefined,
      'data-keys': KEYS,
      style: { gridTemplateColumns: `repeat(auto-fill, minmax(min(100%, ${WIDTH}px), 1fr))`, gap: GAP },
    },
    cards.map((card, place) =>
      h(Card, {
        key: card.id,
        card,
        pictures: strips[place] || [],
        isChosen: chosen.has(String(card.id)),
        isUnder: place === at,
        name: `${id}-${place}`,
        on: on(card, place),
      }),
    ),
  );
}
