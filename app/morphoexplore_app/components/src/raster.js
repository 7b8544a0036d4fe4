// Points as pixels, on the CPU: a million in 20 ms, without a graphics card. Pure.
import { stretches } from './points.js';
import { shownBox } from './view.js';

const INK = 250000; // pixels that the points of a picture of the usual size may cover together
const USUAL = 7e5; // pixels of such a picture
const SIZES = [1, 10]; // of a point, in pixels

/**
 * Return how large points are drawn when so many are in view. area: of the picture, in pixels of the page; ratio: finer
 * pixels of the screen per such a pixel.
 */
export function sizeFor(count, ratio, area = USUAL) {
  const ink = INK * Math.sqrt(area / USUAL); // on a large screen larger points, but not as much larger
  const size = ratio * Math.sqrt(ink / Math.max(count, 1));
  return Math.round(Math.min(Math.max(size, SIZES[0]), SIZES[1] * ratio));
}

/** Return the pixels of a round point: [dx, dy, how much of it is covered (0 to 255), ...]. */
export function stamp(size) {
  const found = [];
  const radius = size / 2;
  const reach = Math.ceil(radius);
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.min(Math.max(radius + 0.5 - Math.hypot(dx, dy), 0), 1);
      if (cover > 0.05) found.push(dx, dy, Math.round(255 * cover));
    }
  return Int32Array.from(found);
}

function blend(over, under, cover) {
  const rest = 255 - cover;
  const b = (((over >>> 16) & 255) * cover + ((under >>> 16) & 255) * rest) >> 8;
  const g = (((over >>> 8) & 255) * cover + ((under >>> 8) & 255) * rest) >> 8;
  const r = ((over & 255) * cover + (under & 255) * rest) >> 8;
  return ((over & 0xff000000) | (b << 16) | (g << 8) | r) >>> 0;
}

/**
 * Paint points into pixels (a Uint32Array of width x height that holds the ground); return how many are in view.
 * tables: see palette.tables; chosen: a Uint8Array of 0 and 1 by place, or null.
 */
export function paint(pixels, t, index, codes, tables, chosen, size) {
  if (size <= 2) return paintSquares(pixels, t, index, codes, tables, chosen, size);
  return paintStamps(pixels, t, index, codes, tables, chosen, stamp(size));
}

function paintSquares(pixels, t, index, codes, [usual, special], chosen, size) {
  const { width, height, k, ox, oy } = t;
  const { x, y } = index;
  let count = 0;
  for (const [from, to] of stretches(index, shownBox(t)))
    for (let place = from; place < to; place++) {
      const px = Math.floor(x[place] * k + ox);
      const py = Math.floor(oy - y[place] * k);
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const colour = chosen !== null && chosen[place] === 1 ? special[codes[place]] : usual[codes[place]];
      if (colour === 0) continue;
      count++;
      const at = py * width + px;
      const layer = colour >>> 24;
      if (layer >= pixels[at] >>> 24) pixels[at] = colour;
      if (size === 2) {
        const isRight = px + 1 < width;
        if (isRight && layer >= pixels[at + 1] >>> 24) pixels[at + 1] = colour;
        if (py + 1 < height) {
          if (layer >= pixels[at + width] >>> 24) pixels[at + width] = colour;
          if (isRight && layer >= pixels[at + width + 1] >>> 24) pixels[at + width + 1] = colour;
        }
      }
    }
  return count;
}

function paintStamps(pixels, t, index, codes, [usual, special], chosen, offsets) {
  const { width, height, k, ox, oy } = t;
  const { x, y } = index;
  let count = 0;
  for (const [from, to] of stretches(index, shownBox(t)))
    for (let place = from; place < to; place++) {
      const px = Math.round(x[place] * k + ox);
      const py = Math.round(oy - y[place] * k);
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const colour = chosen !== null && chosen[place] === 1 ? special[codes[place]] : usual[codes[place]];
      if (colour === 0) continue;
      count++;
      const layer = colour >>> 24;
      for (let i = 0; i < offsets.length; i += 3) {
        const ax = px + offsets[i];
        const ay = py + offsets[i + 1];
        if (ax < 0 || ay < 0 || ax >= width || ay >= height) continue;
        const at = ay * width + ax;
        if (layer >= pixels[at] >>> 24) pixels[at] = offsets[i + 2] === 255 ? colour : blend(colour, pixels[at], offsets[i + 2]);
      }
    }
  return count;
}

/** Count points in blocks of pixels; return {count, most, columns, rows, counts, block}. */
export function densities(t, index, codes, usual, block) {
  const columns = Math.ceil(t.width / block);
  const rows = Math.ceil(t.height / block);
  const counts = new Uint32Array(columns * rows);
  let count = 0;
  let most = 0;
  for (const [from, to] of stretches(index, shownBox(t)))
    for (let place = from; place < to; place++) {
      const px = Math.floor(index.x[place] * t.k + t.ox);
      const py = Math.floor(t.oy - index.y[place] * t.k);
      if (px < 0 || py < 0 || px >= t.width || py >= t.height || usual[codes[place]] === 0) continue;
      count++;
      const at = Math.floor(py / block) * columns + Math.floor(px / block);
      if (++counts[at] > most) most = counts[at];
    }
  return { count, most, columns, rows, counts, block };
}

/** Paint densities into pixels: `shades` from few to many, by logarithm. */
export function paintDensities(pixels, { width, height }, { most, columns, counts, block }, shades) {
  const top = Math.log1p(most) || 1;
  const last = shades.length - 1;
  for (let py = 0; py < height; py++) {
    const row = Math.floor(py / block) * columns;
    for (let px = 0; px < width; px++) {
      const n = counts[row + Math.floor(px / block)];
      if (n) pixels[py * width + px] = shades[Math.round((Math.log1p(n) / top) * last)];
    }
  }
}

/** Return the side of the blocks in which so many points are counted. */
export const blockFor = (count, width, height) => Math.round(Math.min(Math.max(Math.sqrt((0.5 * width * height) / Math.max(count, 1)), 2), 12));
