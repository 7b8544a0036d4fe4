// Sprite sheets: many pictures in one request. Shared by Gallery, Strips, Morphospace and Tree.

export const COLUMNS = 16; // of a sheet, as the server lays it out
export const MOST = 256; // objects in a sheet
const KEPT = 12; // decoded sheets that are held, so that a prefetched page is painted at once

/** Return the side of the server's cells that serves cells of so many pixels on the screen. */
export const sideFor = (cell, ratio = 1) => (cell * ratio <= 80 ? 64 : 128);

/** Return the address of the sheet of up to 256 objects. */
export const sheetUrl = (objects, side) => `/sheet?objects=${objects.join(',')}&side=${side}`;

/** Return the addresses of the sheets of any number of objects, in order. */
export function sheetUrls(objects, side) {
  const urls = [];
  for (let start = 0; start < objects.length; start += MOST) urls.push(sheetUrl(objects.slice(start, start + MOST), side));
  return urls;
}

/**
 * Return the style by which an element of cell x cell pixels shows the picture at a place among n objects.
 * A sheet is as many cells wide as it has objects, 16 at most: give n wherever it may be below 16.
 */
export function cellStyle(index, side, cell, n = Infinity) {
  const place = index % MOST;
  return {
    backgroundPosition: `${0 - (place % COLUMNS) * cell}px ${0 - Math.floor(place / COLUMNS) * cell}px`,
    backgroundSize: cell === side ? 'auto' : `${Math.min(COLUMNS, n - index + place) * cell}px auto`,
  };
}

const held = new Map(); // url -> promise of a decoded image, the latest last

/** Load and decode a sheet; ask again for one that failed. */
export function loadSheet(url) {
  let promise = held.get(url);
  if (!promise) {
    const image = new Image();
    image.src = url;
    promise = image.decode().then(() => image);
    promise.catch(() => held.delete(url));
  }
  held.delete(url);
  held.set(url, promise);
  while (held.size > KEPT) held.delete(held.keys().next().value);
  return promise;
}
