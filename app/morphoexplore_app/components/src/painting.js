// Painting tiles from sheets: each sheet is loaded, decoded and then shown, the first ones first.
import { cellStyle, loadSheet, MOST, sheetUrls } from './sheets.js';

/**
 * Paint the picture of each object on its tile.
 * Resolves when all are on the screen, to the number of sheets that could not be loaded; `signal` gives it up.
 */
export async function paint(tiles, objects, { side, cell, signal }) {
  tiles.forEach((tile, index) => Object.assign(tile.style, cellStyle(index, side, cell, objects.length)));
  const loaded = await Promise.all(
    sheetUrls(objects, side).map(async (url, number) => {
      const part = tiles.slice(number * MOST, (number + 1) * MOST);
      try {
        await loadSheet(url);
      } catch {
        if (!signal.aborted) for (const tile of part) tile.classList.add('mx-unloaded');
        return false;
      }
      if (!signal.aborted) {
        for (const tile of part) {
          tile.style.backgroundImage = `url("${url}")`;
          tile.classList.remove('mx-unloaded');
        }
      }
      return true;
    }),
  );
  await frame();
  await frame(); // the first callback runs before the picture is on the screen, the second one after
  return loaded.filter((isLoaded) => !isLoaded).length;
}

const frame = () =>
  new Promise((resolve) => {
    requestAnimationFrame(resolve);
    setTimeout(resolve, 200); // a tab in the background gets no frames
  });
