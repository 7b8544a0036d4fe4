// Pictures on the map where few objects are in view: as many as fit beside each other, the others stay points.
import { css } from './palette.js';
import { MOST, cellStyle, loadSheet, sheetUrl, sideFor } from './sheets.js';

export const MOST_PICTURES = 400;
const KEPT = 4000; // objects whose place on a sheet is remembered
const SIDES = [30, 112]; // of a picture on the screen

/** Return the side of pictures when so many objects are in view. */
export const pictureSide = (n, width, height) =>
  Math.round(Math.min(Math.max(Math.sqrt((0.75 * width * height) / Math.max(n, 1)), SIDES[0]), SIDES[1]));

/** Return those of [{px, py}, ...] that can be shown with little overlap, in order. */
export function spread(items, side) {
  const pitch = side * 0.72;
  const taken = new Map();
  const key = (column, row) => column * 65536 + row;
  return items.filter((item) => {
    const [column, row] = [Math.floor(item.px / pitch), Math.floor(item.py / pitch)];
    for (let dx = -1; dx <= 1; dx++)
      for (let dy = -1; dy <= 1; dy++) {
        const other = taken.get(key(column + dx, row + dy));
        if (other && Math.abs(other.px - item.px) < pitch && Math.abs(other.py - item.py) < pitch) return false;
      }
    taken.set(key(column, row), item);
    return true;
  });
}

/** Pictures over a map, in an element of their own. */
export class Closeups {
  constructor(layer) {
    this.layer = layer;
    this.shown = new Map(); // object -> {element, place, x, y}
    this.sheets = new Map(); // "side object" -> {url, index}
    this.side = 0;
  }

  clear() {
    this.layer.textContent = '';
    this.shown.clear();
  }

  /** Show items [{place, object, x, y, px, py, colour}], asking only for pictures that were not asked for before. */
  show(items, side, ratio) {
    if (side !== this.side) this.clear();
    this.side = side;
    const wanted = new Set(items.map((item) => item.object));
    for (const [object, { element }] of this.shown)
      if (!wanted.has(object)) {
        element.remove();
        this.shown.delete(object);
      }
    const stored = sideFor(side, ratio);
    this.ask(items, stored);
    for (const item of items) {
      const known = this.shown.get(item.object);
      const element = known ? known.element : this.add(item, stored, side);
      element.style.borderColor = css(item.colour);
      this.shown.set(item.object, { ...item, element });
    }
  }

  /** Note on which sheet each picture is, of those that are on none yet. */
  ask(items, stored) {
    const fresh = items.map((item) => item.object).filter((object) => !this.sheets.has(`${stored} ${object}`));
    for (let start = 0; start < fresh.length; start += MOST) {
      const objects = fresh.slice(start, start + MOST);
      const url = sheetUrl(objects, stored);
      objects.forEach((object, index) => this.sheets.set(`${stored} ${object}`, { url, index }));
    }
    while (this.sheets.size > KEPT) this.sheets.delete(this.sheets.keys().next().value);
  }

  add(item, stored, side) {
    const element = document.createElement('div');
    const { url, index } = this.sheets.get(`${stored} ${item.object}`);
    element.className = 'morphospace-picture';
    Object.assign(element.style, { width: `${side}px`, height: `${side}px`, ...cellStyle(index, stored, side) });
    loadSheet(url).then(
      () => (element.style.backgroundImage = `url("${url}")`),
      () => element.classList.add('is-missing'),
    );
    this.layer.append(element);
    return element;
  }

  /** Put all pictures where their points are now. */
  follow(t, toScreen) {
    for (const item of this.shown.values()) {
      [item.px, item.py] = toScreen(t, item.x, item.y);
      item.element.style.transform = `translate(${Math.round(item.px - this.side / 2 - 2)}px, ${Math.round(item.py - this.side / 2 - 2)}px)`;
    }
  }

  /** Return the place of the point whose picture is under a pixel, -1 where there is none. */
  at(px, py) {
    let found = -1;
    for (const item of this.shown.values())
      if (Math.abs(item.px - px) <= this.side / 2 && Math.abs(item.py - py) <= this.side / 2) found = item.place;
    return found;
  }
}
