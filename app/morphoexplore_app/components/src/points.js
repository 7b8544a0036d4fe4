// Points in a grid of cells, so that those of a part of the plane are found without looking at all. Pure.

export const CELLS = 256; // per axis; positions are 16 bits, so that the upper 8 are the cell
const SHIFT = 8;

/** Read what /points answers: all x, all y, all object numbers. */
export function parse(buffer) {
  const n = Math.floor(buffer.byteLength / 8);
  return {
    x: new Uint16Array(buffer, 0, n),
    y: new Uint16Array(buffer, 2 * n, n),
    objects: new Uint32Array(buffer, 4 * n, n),
  };
}

/** Sort points by cell, keeping within a cell the (random) order in which they came. */
export function indexed({ x, y, objects }) {
  const n = x.length;
  const starts = new Uint32Array(CELLS * CELLS + 1);
  for (let i = 0; i < n; i++) starts[(y[i] >> SHIFT) * CELLS + (x[i] >> SHIFT) + 1]++;
  for (let cell = 0; cell < CELLS * CELLS; cell++) starts[cell + 1] += starts[cell];
  const next = starts.slice();
  const index = {
    n,
    x: new Uint16Array(n),
    y: new Uint16Array(n),
    objects: new Uint32Array(n),
    order: new Uint32Array(n), // the place of each point in what the server sent
    starts,
    extent: { x0: n ? 65535 : 0, x1: n ? 0 : 65535, y0: n ? 65535 : 0, y1: n ? 0 : 65535 },
  };
  const { extent } = index;
  for (let i = 0; i < n; i++) {
    const a = x[i];
    const b = y[i];
    const place = next[(b >> SHIFT) * CELLS + (a >> SHIFT)]++;
    index.x[place] = a;
    index.y[place] = b;
    index.objects[place] = objects[i];
    index.order[place] = i;
    if (a < extent.x0) extent.x0 = a;
    if (a > extent.x1) extent.x1 = a;
    if (b < extent.y0) extent.y0 = b;
    if (b > extent.y1) extent.y1 = b;
  }
  return index;
}

/** Bring a column from the server's order into the index's. */
export function arranged(column, order) {
  const found = new Uint16Array(order.length);
  for (let place = 0; place < order.length; place++) found[place] = column[order[place]];
  return found;
}

const cellOf = (value) => Math.min(Math.max(Math.floor(value / (1 << SHIFT)), 0), CELLS - 1);

/** Return stretches [from, to) of places that hold all points of a box (and others beside it). */
export function stretches({ starts }, box) {
  const found = [];
  if (box.x1 < 0 || box.y1 < 0 || box.x0 > 65535 || box.y0 > 65535) return found;
  const left = cellOf(box.x0);
  const right = cellOf(box.x1);
  for (let row = cellOf(box.y0); row <= cellOf(box.y1); row++) {
    const from = starts[row * CELLS + left];
    const to = starts[row * CELLS + right + 1];
    if (to > from) found.push([from, to]);
  }
  return found;
}

const ANY = () => true;

/** Return the places of the points within a box, at most so many. */
export function within(index, box, isShown = ANY, most = Infinity) {
  const { x, y } = index;
  const found = [];
  for (const [from, to] of stretches(index, box))
    for (let place = from; place < to; place++)
      if (x[place] >= box.x0 && x[place] <= box.x1 && y[place] >= box.y0 && y[place] <= box.y1 && isShown(place)) {
        if (found.length >= most) return found;
        found.push(place);
      }
  return found;
}

const EXACTLY = 20000; // points, up to which it is quick to look at each

/** Return about how many points a box holds: by cells where there are many, which are then small beside the box. */
export function countIn(index, box) {
  const found = stretches(index, box).reduce((sum, [from, to]) => sum + to - from, 0);
  return found > EXACTLY ? found : within(index, box).length;
}

/** Return the place of the point nearest to a position, -1 where there is none within the radius. */
export function nearest(index, x, y, radius, isShown = ANY) {
  let best = -1;
  let least = radius * radius;
  for (const [from, to] of stretches(index, { x0: x - radius, x1: x + radius, y0: y - radius, y1: y + radius }))
    for (let place = from; place < to; place++) {
      const distance = (index.x[place] - x) ** 2 + (index.y[place] - y) ** 2;
      // Of points at the same place the last is drawn on top.
      if (distance <= least && isShown(place)) {
        least = distance;
        best = place;
      }
    }
  return best;
}
