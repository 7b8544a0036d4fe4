import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsIn, inView, moved } from '../src/cursor.js';
import { fitGrid } from '../src/fit.js';
import { all, banded, meant, ranged, toggled, touched } from '../src/selection.js';
import { cellStyle, sheetUrl, sheetUrls, sideFor } from '../src/sheets.js';

const places = (set) => [...set].sort((a, b) => a - b);

test('a click takes a tile in and out and leaves the others', () => {
  const chosen = new Set([1, 4]);
  assert.deepEqual(places(toggled(chosen, 2)), [1, 2, 4]);
  assert.deepEqual(places(toggled(chosen, 4)), [1]);
  assert.deepEqual(places(chosen), [1, 4]); // the former selection is untouched
});

test('a range goes in displayed order, from either end, and adds', () => {
  assert.deepEqual(places(ranged(new Set([9]), 5, 3)), [3, 4, 5, 9]);
  assert.deepEqual(places(ranged(new Set(), 2, 2)), [2]);
});

test('a rubber band adds to what was chosen before it, or takes out', () => {
  assert.deepEqual(places(banded(new Set([0, 1]), [1, 2], false)), [0, 1, 2]);
  assert.deepEqual(places(banded(new Set([0, 1]), [1, 2], true)), [0]);
  assert.deepEqual(places(all(3)), [0, 1, 2]);
});

test('a rubber band touches the tiles it overlaps, not the gaps', () => {
  const grid = { n: 10, columns: 4, cell: 96, gap: 4 };
  const band = (left, top, right, bottom) => touched({ left, top, right, bottom }, grid);
  assert.deepEqual(band(10, 10, 20, 20), [0]);
  assert.deepEqual(band(97, 10, 99, 20), []); // between two tiles
  assert.deepEqual(band(90, 90, 110, 110), [0, 1, 4, 5]);
  assert.deepEqual(band(150, 150, 9999, 9999), [5, 6, 7, 9]); // the last line ends early
  assert.deepEqual(band(-50, -50, 5, 5), [0]);
  assert.deepEqual(band(9000, 0, 9999, 50), []);
});

test('an action is about the selection in displayed order, else about the tile under the cursor', () => {
  assert.deepEqual(meant(new Set([2, 0]), 1), [0, 2]);
  assert.deepEqual(meant(new Set(), 1), [1]);
});

test('in view is what shows at least half of its height', () => {
  const grid = { n: 10, columns: 4, cell: 96, gap: 4 };
  const seen = (top, bottom) => inView({ top, bottom }, grid);
  assert.deepEqual(seen(-30, 160), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(seen(0, 140), [0, 1, 2, 3]);
  assert.deepEqual(seen(60, 400), [4, 5, 6, 7, 8, 9]);
  assert.deepEqual(seen(200, 300), [8, 9]);
  assert.deepEqual(seen(-500, -100), []);
  assert.deepEqual(seen(900, 1000), []);
});

test('arrows move the cursor and stop at the ends', () => {
  const grid = { n: 10, columns: 4, lines: 2 };
  const go = (place, key) => moved(place, key, grid);
  assert.equal(go(0, 'ArrowRight'), 1);
  assert.equal(go(9, 'ArrowRight'), 9);
  assert.equal(go(0, 'ArrowLeft'), 0);
  assert.equal(go(1, 'ArrowDown'), 5);
  assert.equal(go(6, 'ArrowDown'), 9); // the last line has two tiles
  assert.equal(go(9, 'ArrowDown'), 9);
  assert.equal(go(2, 'ArrowUp'), 2);
  assert.equal(go(6, 'ArrowUp'), 2);
  assert.equal(go(5, 'Home'), 0);
  assert.equal(go(5, 'End'), 9);
  assert.equal(go(1, 'PageDown'), 9);
  assert.equal(go(9, 'PageUp'), 1);
  assert.equal(go(6, 'PageUp'), 2);
  assert.equal(go(0, 'q'), null);
});

test('as many columns as fit', () => {
  assert.equal(columnsIn(396, 96, 4), 4);
  assert.equal(columnsIn(395, 96, 4), 3);
  assert.equal(columnsIn(10, 96, 4), 1);
});

test('sheets hold 256 objects; a tile shows its place of its sheet', () => {
  assert.equal(sheetUrl([3, 1], 64), '/sheet?objects=3,1&side=64');
  const urls = sheetUrls([...Array(600).keys()], 128);
  assert.equal(urls.length, 3);
  assert.ok(urls[1].startsWith('/sheet?objects=256,257'));
  assert.ok(urls[2].endsWith('599&side=128'));
  assert.deepEqual(sheetUrls([], 64), []);
  assert.deepEqual(cellStyle(18, 64, 64, 600), { backgroundPosition: '-128px -64px', backgroundSize: 'auto' });
  assert.deepEqual(cellStyle(256, 128, 96, 600), { backgroundPosition: '0px 0px', backgroundSize: '1536px auto' });
  assert.equal(cellStyle(2, 128, 96, 5).backgroundSize, '480px auto'); // a sheet of 5 is 5 cells wide
  assert.equal(cellStyle(257, 128, 96, 260).backgroundSize, '384px auto'); // and so is the last of several
  assert.equal(sideFor(80), 64);
  assert.equal(sideFor(96), 128);
  assert.equal(sideFor(64, 2), 128);
});

test('a gallery whose images fit into it makes them as large as they can be', () => {
  const room = { width: 1000, height: 600, gap: 4 };
  const cell = fitGrid(100, room);
  const rows = (size) => Math.ceil(100 / Math.floor((1000 + 4) / (size + 4)));
  assert.ok(rows(cell) * (cell + 4) - 4 <= 600);
  assert.ok(rows(cell + 2) * (cell + 6) - 4 > 600);
  assert.equal(fitGrid(3, room), 144);
  assert.equal(fitGrid(5000, room), 56); // and it scrolls
});
