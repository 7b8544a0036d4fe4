// The legend beside the map: what is shown, in which colour, how often; also the list for those who do not see the map.
import { make } from './dom.js';
import { NONE, css, groupColour, noneColour, scaleColour } from './palette.js';

const FEW = 12; // groups, up to which nobody needs to search
const LONG = 20; // characters of a label, beyond which its end stays in sight: names of samples differ there
const TAIL = 7;
const number = (value) => value.toLocaleString('en');
const short = (value) => {
  const size = Math.abs(value);
  return size !== 0 && (size < 0.001 || size >= 1e7) ? value.toExponential(1) : Number(value.toPrecision(3)).toLocaleString('en');
};

/** Return the value that a code of a scale stands for, as text. */
export function scaleText(scale, code, top) {
  const share = code / top;
  if (code === 0 && scale.least < scale.low) return `≤ ${short(scale.low)}`;
  if (code === top && scale.most > scale.high) return `≥ ${short(scale.high)}`;
  if (!scale.is_log) return short(scale.low + share * (scale.high - scale.low));
  return short(Math.exp(Math.log(scale.low) + share * (Math.log(scale.high) - Math.log(scale.low))));
}

/** Return a label in two parts, of which the first may be cut off; in one where it is short. */
export function ends(label) {
  const signs = [...label];
  if (signs.length <= LONG) return [label];
  return [signs.slice(0, -TAIL).join(''), signs.slice(-TAIL).join('')].map((text) => make('span', {}, text));
}

export class Legend {
  /** changed(hidden): codes that are not to be shown; pointed(code or null): what the pointer is on; chosen(code): to be selected. */
  constructor(root, { changed, pointed, chosen }) {
    Object.assign(this, { root, changed, pointed, chosen, legend: null, theme: 'light', hidden: new Set(), cursor: 0 });
    this.title = make('h2', { class: 'legend-title' });
    this.all = make('button', { type: 'button', class: 'legend-all', hidden: '' }, 'Show all');
    this.find = make('input', { type: 'search', class: 'legend-find', placeholder: 'Find', 'aria-label': 'Find in the legend', hidden: '' });
    this.scale = make('div', { class: 'legend-scale', hidden: '' });
    this.list = make('div', { class: 'legend-list', role: 'listbox', 'aria-multiselectable': 'true' });
    this.hint = make('p', { class: 'legend-hint' });
    root.append(make('div', { class: 'legend-head' }, this.title, this.all), this.find, this.scale, this.list, this.hint);
    this.all.addEventListener('click', () => this.hide(new Set()));
    this.find.addEventListener('input', () => this.filter());
    this.find.addEventListener('keydown', (event) => this.findKey(event));
    this.list.addEventListener('click', (event) => this.click(event));
    this.list.addEventListener('dblclick', (event) => this.twice(event)); // its two clicks undid each other
    this.list.addEventListener('keydown', (event) => this.key(event));
    this.list.addEventListener('pointermove', (event) => {
      // A list that slides below a resting pointer is not pointed at.
      if (event.movementX || event.movementY) this.pointed(this.codeOf(event.target));
    });
    this.list.addEventListener('pointerleave', () => this.pointed(null));
  }

  /** Show a legend; what was hidden stays hidden while the colours are about the same. */
  set(legend, theme) {
    const isSame = this.legend && this.legend.title === legend.title;
    const kept = isSame ? new Set([...this.hidden].map((code) => this.keyOf(code))) : new Set();
    Object.assign(this, { legend, theme, hues: new Map((legend.groups || []).map((group) => [group.code, group.hue])) });
    this.entries = this.entriesOf(legend);
    this.hidden = new Set(this.entries.filter((entry) => kept.has(this.keyOf(entry.code))).map((entry) => entry.code));
    this.title.textContent = legend.title;
    const groups = legend.groups ? this.entries.filter((entry) => entry.code !== NONE).length : 0;
    this.list.setAttribute('aria-label', `${legend.title}: ${number(groups)} groups`);
    this.find.hidden = groups <= FEW;
    if (this.find.hidden) this.find.value = '';
    this.drawScale();
    this.drawList();
    this.hint.textContent = legend.groups && groups ? 'Click a name to see only it, its square to hide it; double-click it (i) to see its images.' : this.emptyWords(legend);
    this.changed(this.hidden);
  }

  emptyWords(legend) {
    if (legend.groups) return 'There are none yet.';
    return legend.scale ? '' : 'No object has a value.';
  }

  entriesOf(legend) {
    const groups = (legend.groups || []).filter((group) => group.count > 0);
    const none = { code: NONE, label: legend.none.label, count: legend.none.count };
    return none.count > 0 ? [none, ...groups] : groups;
  }

  /** What a code is about, whatever its number will be after the next decision. */
  keyOf(code) {
    return code === NONE ? 'none' : this.hues.get(code);
  }

  drawScale() {
    const { scale } = this.legend;
    this.scale.hidden = !scale;
    if (!scale) return;
    const stops = Array.from({ length: 17 }, (_, i) => css(scaleColour(i / 16, this.theme)));
    const bar = make('div', { class: 'legend-bar', role: 'img' });
    bar.setAttribute('aria-label', `from ${short(scale.low)} to ${short(scale.high)}`);
    bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
    const ticks = make('div', { class: 'legend-ticks' }, ...[0, 0.5, 1].map((share) => make('span', {}, scaleText(scale, share, 1))));
    this.scale.replaceChildren(bar, ticks);
    if (scale.is_log) this.scale.append(make('p', { class: 'legend-hint' }, 'logarithmic'));
    if (scale.least < scale.low || scale.most > scale.high)
      this.scale.append(make('p', { class: 'legend-hint' }, `all values: ${short(scale.least)} to ${short(scale.most)}`));
  }

  drawList() {
    const rows = this.entries.map((entry) => {
      const colour = entry.code === NONE ? noneColour(this.theme) : groupColour(entry.hue, this.theme);
      const swatch = make('span', { class: 'legend-swatch', title: 'hide or show' });
      swatch.style.background = css(colour);
      return make(
        'div',
        { class: 'legend-row', role: 'option', 'data-code': entry.code, tabindex: '-1', title: entry.hint || entry.label },
        swatch,
        make('span', { class: 'legend-label' }, ...ends(entry.label)),
        make('span', { class: 'legend-count' }, number(entry.count)),
      );
    });
    this.list.replaceChildren(...rows);
    this.list.hidden = rows.length === 0;
    this.cursor = 0;
    this.filter();
    this.mark();
  }

  rows() {
    return [...this.list.children].filter((row) => !row.hidden);
  }

  /** Keep in the list what holds the text that is searched. */
  filter() {
    const text = this.find.value.trim().toLowerCase();
    this.entries.forEach((entry, i) => {
      const said = `${entry.label} ${entry.hint || ''}`.toLowerCase();
      this.list.children[i].hidden = text !== '' && !said.includes(text);
    });
    this.moveTo(0, false);
  }

  mark() {
    this.entries.forEach((entry, i) => this.list.children[i].setAttribute('aria-selected', String(!this.hidden.has(entry.code))));
    this.all.hidden = this.hidden.size === 0;
  }

  hide(hidden) {
    this.hidden = hidden;
    this.mark();
    this.changed(hidden);
  }

  showOnly(codes) {
    const shown = new Set(codes);
    const others = this.entries.map((entry) => entry.code).filter((code) => !shown.has(code));
    const isSo = others.length === this.hidden.size && others.every((code) => this.hidden.has(code));
    this.hide(new Set(isSo ? [] : others)); // asked twice for the same: all again
  }

  toggle(code) {
    const hidden = new Set(this.hidden);
    if (!hidden.delete(code)) hidden.add(code);
    this.hide(hidden);
  }

  codeOf(target) {
    const row = target.closest('.legend-row');
    return row ? Number(row.dataset.code) : null;
  }

  click(event) {
    const code = this.codeOf(event.target);
    if (code === null) return;
    const isToggle = event.ctrlKey || event.metaKey || event.target.classList.contains('legend-swatch');
    if (isToggle) this.toggle(code);
    else this.showOnly([code]);
    this.moveTo(this.rows().indexOf(event.target.closest('.legend-row')), true);
  }

  twice(event) {
    const code = this.codeOf(event.target);
    if (code !== null && !event.target.classList.contains('legend-swatch')) this.chosen(code);
  }

  moveTo(place, isFocused) {
    const rows = this.rows();
    for (const row of this.list.querySelectorAll('[tabindex="0"]')) row.tabIndex = -1;
    if (!rows.length) return;
    this.cursor = Math.min(Math.max(place, 0), rows.length - 1);
    rows[this.cursor].tabIndex = 0;
    if (isFocused) rows[this.cursor].focus();
  }

  key(event) {
    const code = this.codeOf(event.target);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (event.key in steps) this.moveTo(this.cursor + steps[event.key], true);
    else if (event.key === 'Enter') this.showOnly([code]);
    else if (event.key === ' ' || event.key === 'x') this.toggle(code);
    else if (event.key === 'i') this.chosen(code);
    else return;
    event.preventDefault();
  }

  findKey(event) {
    if (event.key === 'Enter') this.showOnly(this.rows().map((row) => Number(row.dataset.code)));
    else if (event.key === 'ArrowDown') this.moveTo(0, true);
    else if (event.key === 'Escape' && this.find.value) {
      this.find.value = '';
      this.filter();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
