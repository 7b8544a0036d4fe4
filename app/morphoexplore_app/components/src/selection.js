// Which tiles are chosen: sets of places in the displayed order. Pure; every function returns a new set.

export function toggled(chosen, place) {
  const next = new Set(chosen);
  if (!next.delete(place)) next.add(place);
  return next;
}

/** Add all from one place to another, both included, whichever comes first. */
export function ranged(chosen, from, to) {
  const next = new Set(chosen);
  for (let place = Math.min(from, to); place <= Math.max(from, to); place++) next.add(place);
  return next;
}

export const all = (n) => new Set(Array.from({ length: n }, (_, place) => place));

/** Add what a rubber band touches to what was chosen before it was drawn, or take it out. */
export function banded(before, touched, isRemoving) {
  const next = new Set(before);
  for (const place of touched) {
    if (isRemoving) next.delete(place);
    else next.add(place);
  }
  return next;
}

/**
 * Return the places that a band touches.
 * band: {left, top, right, bottom} from the first tile's corner; grid: {n, columns, cell, gap}.
 */
export function touched(band, { n, columns, cell, gap }) {
  const pitch = cell + gap;
  // A tile covers [k * pitch, k * pitch + cell]; a band within a gap touches none.
  const first = (from) => Math.max(0, Math.ceil((from - cell) / pitch));
  const last = (to) => Math.floor(to / pitch);
  const places = [];
  for (let row = first(band.top); row <= last(band.bottom) && row * columns < n; row++)
    for (let column = first(band.left); column <= Math.min(last(band.right), columns - 1); column++)
      if (row * columns + column < n) places.push(row * columns + column);
  return places;
}

/** Return the places that an action is about: the chosen ones in displayed order, else the one under the cursor. */
export const meant = (chosen, cursor) => (chosen.size ? [...chosen].sort((a, b) => a - b) : [cursor]);
