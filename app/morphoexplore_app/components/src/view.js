// What part of the points is on the screen: centre and zoom, and the way between screen and points. Pure.

export const FULL = 65535; // positions of points are numbers from 0 to this
export const MOST_ZOOM = 2000;
const MARGIN = 0.94; // of the screen that the whole fills

/** Return the scale (pixels per unit of position) at which an extent fills a screen of so many pixels. */
export function fitScale(extent, width, height) {
  const wide = Math.max(extent.x1 - extent.x0, 1);
  const high = Math.max(extent.y1 - extent.y0, 1);
  return MARGIN * Math.min(width / wide, height / high);
}

/** Return the view of everything: x, y are the centre as shares of the full range, s is the zoom. */
export const whole = (extent) => ({ x: (extent.x0 + extent.x1) / 2 / FULL, y: (extent.y0 + extent.y1) / 2 / FULL, s: 1 });

/** Return how positions become pixels: px = x * k + ox, py = oy - y * k (positions go up, pixels go down). */
export function transform(view, extent, width, height) {
  const k = fitScale(extent, width, height) * view.s;
  return { k, ox: width / 2 - view.x * FULL * k, oy: height / 2 + view.y * FULL * k, width, height };
}

export const toScreen = (t, x, y) => [x * t.k + t.ox, t.oy - y * t.k];
export const toPosition = (t, px, py) => [(px - t.ox) / t.k, (t.oy - py) / t.k];

/** Return the box of positions that the screen shows. */
export const shownBox = (t) => ({ x0: -t.ox / t.k, x1: (t.width - t.ox) / t.k, y0: (t.oy - t.height) / t.k, y1: t.oy / t.k });

/** Zoom by a factor, so that what is under a pixel stays under it. */
export function zoomed(view, t, factor, px = t.width / 2, py = t.height / 2) {
  const s = Math.min(Math.max(view.s * factor, 0.25), MOST_ZOOM);
  const [x, y] = toPosition(t, px, py);
  const kept = view.s / s; // the pixel's distance from the centre shrinks by so much
  return { x: x / FULL + (view.x - x / FULL) * kept, y: y / FULL + (view.y - y / FULL) * kept, s };
}

/** Move what is shown by so many pixels, never so far that nothing could be left. */
export function panned(view, t, dx, dy) {
  const within = (value) => Math.min(Math.max(value, 0), 1);
  return { x: within(view.x - dx / t.k / FULL), y: within(view.y + dy / t.k / FULL), s: view.s };
}

/** Return the view of a screen of another size that shows everything at the same place and scale, from the top left. */
export function resized(view, extent, former, now) {
  const k = fitScale(extent, former.width, former.height) * view.s;
  return {
    x: view.x + (now.width - former.width) / 2 / k / FULL,
    y: view.y - (now.height - former.height) / 2 / k / FULL,
    s: k / fitScale(extent, now.width, now.height),
  };
}

/** Return a view that is moved as little as needed to have a box on the screen; the same one where it is too large. */
export function including(view, t, box) {
  const shown = shownBox(t);
  const shift = (low, high, from, to) => {
    if (high - low > to - from || (low >= from && high <= to)) return 0;
    return low < from ? low - from : high - to;
  };
  return {
    x: view.x + shift(box.x0, box.x1, shown.x0, shown.x1) / FULL,
    y: view.y + shift(box.y0, box.y1, shown.y0, shown.y1) / FULL,
    s: view.s,
  };
}

/** Read a view from the query of an address; null where it holds none. */
export function fromQuery(search) {
  const query = new URLSearchParams(search);
  const [x, y, s] = ['x', 'y', 's'].map((name) => (query.get(name) ? Number(query.get(name)) : NaN));
  if (![x, y, s].every(Number.isFinite) || s <= 0) return null;
  const within = (value) => Math.min(Math.max(value, 0), 1);
  return { x: within(x), y: within(y), s: Math.min(Math.max(s, 0.25), MOST_ZOOM) };
}

/** Write a view into a query (null: the whole, which needs none), and other values; empty ones go. */
export function toQuery(search, view, others = {}) {
  const query = new URLSearchParams(search);
  const digits = view ? Math.max(3, Math.ceil(Math.log10(view.s)) + 4) : 0;
  const values = {
    ...others,
    x: view && view.x.toFixed(digits),
    y: view && view.y.toFixed(digits),
    s: view && String(Number(view.s.toPrecision(4))),
  };
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text && `?${text}`;
}
