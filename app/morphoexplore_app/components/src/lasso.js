// Which points lie within a line that was drawn around them: the shape becomes a mask, then one look per point. Pure.
import { stretches } from './points.js';

const CELLS = 1024; // of a mask, along the longer side of the shape

/**
 * Fill a polygon, even-odd: [[x, y], ...] in positions.
 * Returns {x0, y0, k, columns, rows, bits}: a point is within where its bit is set.
 */
export function maskOf(polygon) {
  const xs = polygon.map(([x]) => x);
  const ys = polygon.map(([, y]) => y);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const k = CELLS / Math.max(x1 - x0, y1 - y0, 1e-9);
  const columns = Math.ceil((x1 - x0) * k) + 1;
  const rows = Math.ceil((y1 - y0) * k) + 1;
  const bits = new Uint8Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    const crossings = crossingsAt(polygon, y0 + (row + 0.5) / k);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      const from = Math.max(0, Math.round((crossings[pair] - x0) * k));
      const to = Math.min(columns, Math.round((crossings[pair + 1] - x0) * k));
      bits.fill(1, row * columns + from, row * columns + to);
    }
  }
  return { x0, y0, x1, y1, k, columns, rows, bits };
}

function crossingsAt(polygon, y) {
  const found = [];
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[j];
    const [bx, by] = polygon[i];
    if (ay > y !== by > y) found.push(ax + ((y - ay) / (by - ay)) * (bx - ax));
  }
  return found.sort((a, b) => a - b);
}

export function isInside(mask, x, y) {
  const column = Math.floor((x - mask.x0) * mask.k);
  const row = Math.floor((y - mask.y0) * mask.k);
  return column >= 0 && row >= 0 && column < mask.columns && row < mask.rows && mask.bits[row * mask.columns + column] === 1;
}

/** Return the places of the points within a polygon, as a Uint32Array. */
export function lassoed(index, polygon, isShown = () => true) {
  if (polygon.length < 3) return new Uint32Array(0);
  const mask = maskOf(polygon);
  const near = stretches(index, mask);
  const found = new Uint32Array(near.reduce((sum, [from, to]) => sum + to - from, 0));
  let n = 0;
  for (const [from, to] of near)
    for (let place = from; place < to; place++)
      if (isInside(mask, index.x[place], index.y[place]) && isShown(place)) found[n++] = place;
  return found.slice(0, n);
}

/** Combine what was chosen before with what is chosen now: 'add', 'remove', or instead of it. Places, sorted. */
export function combined(before, now, how) {
  if (how === 'add') return Uint32Array.from(new Set([...before, ...now])).sort();
  if (how === 'remove') {
    const gone = new Set(now);
    return before.filter((place) => !gone.has(place));
  }
  return now;
}
