import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pictureSide, spread } from '../src/closeup.js';
import { combined, isInside, lassoed, maskOf } from '../src/lasso.js';
import { scaleText } from '../src/legend.js';
import { LAYERS, NONE, TOP, distance, groupColour, layerOf, pixel, rgbOf, scaleColour, tables } from '../src/palette.js';
import { arranged, countIn, indexed, nearest, parse, stretches, within } from '../src/points.js';
import { blockFor, densities, paint, sizeFor, stamp } from '../src/raster.js';
import { fromQuery, including, panned, resized, shownBox, toPosition, toQuery, toScreen, transform, whole, zoomed } from '../src/view.js';

/** Numbers between 0 and 1 that are the same in every run. */
function* numbers(state = 1) {
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

function scattered(n) {
  const next = numbers();
  const value = () => Math.floor(next.next().value * 65536);
  const [x, y] = [Uint16Array.from({ length: n }, value), Uint16Array.from({ length: n }, value)];
  return { x, y, objects: Uint32Array.from({ length: n }, (_, i) => 1000 + i) };
}

const byHand = ({ x, y }, box) =>
  [...x.keys()].filter((i) => x[i] >= box.x0 && x[i] <= box.x1 && y[i] >= box.y0 && y[i] <= box.y1);

test('points are read as the server packs them', () => {
  const buffer = new ArrayBuffer(16);
  new Uint16Array(buffer, 0, 2).set([1, 2]);
  new Uint16Array(buffer, 4, 2).set([3, 4]);
  new Uint32Array(buffer, 8, 2).set([70000, 5]);
  const { x, y, objects } = parse(buffer);
  assert.deepEqual([[...x], [...y], [...objects]], [[1, 2], [3, 4], [70000, 5]]);
  assert.equal(parse(new ArrayBuffer(0)).x.length, 0);
});

test('an index holds every point once, and knows its place in the column', () => {
  const points = scattered(3000);
  const index = indexed(points);
  assert.deepEqual([...index.objects].sort(), [...points.objects].sort());
  const column = Uint16Array.from(points.objects, (object) => object - 1000);
  const codes = arranged(column, index.order);
  for (let place = 0; place < index.n; place++) assert.equal(codes[place], index.objects[place] - 1000);
  assert.equal(index.extent.x0, Math.min(...points.x));
  assert.equal(index.extent.y1, Math.max(...points.y));
});

test('within a cell the order of the server stays', () => {
  const index = indexed({ x: Uint16Array.of(5, 9000, 6, 7), y: Uint16Array.of(5, 5, 6, 7), objects: Uint32Array.of(3, 9, 1, 2) });
  assert.deepEqual([...index.objects], [3, 1, 2, 9]);
});

test('a box finds what looking at every point finds', () => {
  const points = scattered(5000);
  const index = indexed(points);
  for (const box of [
    { x0: 0, x1: 65535, y0: 0, y1: 65535 },
    { x0: 1000, x1: 1700, y0: 30000, y1: 44000 },
    { x0: -500, x1: 300, y0: 65000, y1: 90000 },
    { x0: 70000, x1: 80000, y0: 0, y1: 100 },
  ]) {
    const found = within(index, box).map((place) => index.objects[place]);
    assert.deepEqual(found.sort(), byHand(points, box).map((i) => points.objects[i]).sort());
    assert.equal(countIn(index, box), found.length);
  }
  assert.equal(within(index, { x0: 0, x1: 65535, y0: 0, y1: 65535 }, undefined, 7).length, 7);
});

test('the nearest point is the nearest, unless it is hidden or too far', () => {
  const index = indexed({ x: Uint16Array.of(100, 200, 40000), y: Uint16Array.of(100, 100, 40000), objects: Uint32Array.of(1, 2, 3) });
  const object = (place) => (place < 0 ? null : index.objects[place]);
  assert.equal(object(nearest(index, 120, 100, 500)), 1);
  assert.equal(object(nearest(index, 120, 100, 500, (place) => index.objects[place] !== 1)), 2);
  assert.equal(object(nearest(index, 20000, 20000, 500)), null);
});

test('a lasso finds what is within, also where the line crosses itself and where it is tiny', () => {
  const points = scattered(20000);
  const index = indexed(points);
  const circle = Array.from({ length: 90 }, (_, i) => [30000 + 12000 * Math.cos(i / 14.32), 30000 + 12000 * Math.sin(i / 14.32)]);
  const found = new Set(Array.from(lassoed(index, circle), (place) => index.objects[place]));
  let wrong = 0;
  points.x.forEach((x, i) => {
    const radius = Math.hypot(x - 30000, points.y[i] - 30000);
    if (Math.abs(radius - 12000) > 60 && radius < 12000 !== found.has(points.objects[i])) wrong++;
  });
  assert.equal(wrong, 0);
  const eight = [[0, 0], [100, 100], [100, 0], [0, 100]];
  assert.ok(isInside(maskOf(eight), 90, 50));
  assert.ok(isInside(maskOf(eight), 10, 50));
  assert.ok(!isInside(maskOf(eight), 50, 90));
  const [x, y] = [index.x[50], index.y[50]];
  const tiny = [[x - 2, y - 2], [x + 2, y - 2], [x + 2, y + 2], [x - 2, y + 2]];
  assert.ok(lassoed(index, tiny).includes(50));
  assert.equal(lassoed(index, [[0, 0], [9, 9]]).length, 0);
});

test('a selection can be added to and taken from', () => {
  const [before, now] = [Uint32Array.of(1, 5, 9), Uint32Array.of(5, 7)];
  assert.deepEqual([...combined(before, now, 'add')], [1, 5, 7, 9]);
  assert.deepEqual([...combined(before, now, 'remove')], [1, 9]);
  assert.deepEqual([...combined(before, now, 'replace')], [5, 7]);
});

const extent = { x0: 0, x1: 65535, y0: 10000, y1: 50000 };

test('screen and positions go back and forth, and the whole fills the screen', () => {
  const t = transform(whole(extent), extent, 1000, 600);
  const [px, py] = toScreen(t, 1234, 23456);
  const [x, y] = toPosition(t, px, py);
  assert.ok(Math.abs(x - 1234) < 1e-6 && Math.abs(y - 23456) < 1e-6);
  const box = shownBox(t);
  assert.ok(box.x0 <= 0 && box.x1 >= 65535 && box.y0 <= 10000 && box.y1 >= 50000);
  assert.ok(toScreen(t, 0, 50000)[1] < toScreen(t, 0, 10000)[1], 'up is up');
});

test('zooming keeps what is under the pointer, and has an end', () => {
  const view = whole(extent);
  const t = transform(view, extent, 1000, 600);
  const before = toPosition(t, 300, 200);
  const after = toPosition(transform(zoomed(view, t, 3, 300, 200), extent, 1000, 600), 300, 200);
  before.forEach((value, axis) => assert.ok(Math.abs(value - after[axis]) < 1e-6));
  assert.equal(zoomed(view, t, 1e9).s, 2000);
  assert.equal(zoomed(view, t, 1e-9).s, 0.25);
  assert.equal(panned(view, t, 1e9, 0).x, 0);
});

test('a screen of another size shows the same at the same place; what is selected is moved into it', () => {
  const view = { x: 0.4, y: 0.5, s: 3 };
  const [former, now] = [{ width: 1000, height: 600 }, { width: 600, height: 600 }];
  const moved = resized(view, extent, former, now);
  const at = toPosition(transform(view, extent, 1000, 600), 40, 50);
  const still = toPosition(transform(moved, extent, 600, 600), 40, 50);
  at.forEach((value, axis) => assert.ok(Math.abs(value - still[axis]) < 1e-6));
  const t = transform(moved, extent, 600, 600);
  const box = { x0: 60000, x1: 60100, y0: 30000, y1: 30100 };
  const shown = shownBox(transform(including(moved, t, box), extent, 600, 600));
  assert.ok(shown.x1 >= 60100 - 1e-6 && shown.x0 <= 60000);
});

test('a view goes to the address and comes back; strange ones do not', () => {
  const query = toQuery('?object=3', { x: 0.123456, y: 0.5, s: 12.5 }, { colour: 'metadata:%area', space: 'map' });
  const view = fromQuery(query);
  assert.ok(Math.abs(view.x - 0.123456) < 1e-5 && view.s === 12.5);
  assert.equal(new URLSearchParams(query).get('colour'), 'metadata:%area');
  assert.equal(new URLSearchParams(query).get('object'), '3');
  assert.equal(toQuery(query, null, { colour: null, space: '' }), '?object=3');
  for (const strange of ['', '?x=1&y=2', '?x=a&y=1&s=1', '?x=.5&y=.5&s=-1', '?x=.5&y=.5&s=']) assert.equal(fromQuery(strange), null);
  assert.equal(fromQuery('?x=9&y=.5&s=1e9').x, 1);
});

test('the first twenty groups have colours that differ, from the ground and from grey, too', () => {
  for (const [theme, ground] of [['light', [255, 255, 255]], ['dark', [36, 36, 36]]]) {
    const colours = [ground, tables(null, { theme, ground })[0][NONE], ...Array.from({ length: 20 }, (_, i) => groupColour(i + 1, theme))];
    const seen = colours.map((colour) => (Array.isArray(colour) ? colour : [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255]));
    for (let i = 1; i < seen.length; i++) for (let j = 0; j < i; j++) if (j + i > 1) assert.ok(distance(seen[i], seen[j]) > 0.09, `${theme} ${i} ${j}`);
    assert.deepEqual(groupColour(3000, theme).length, 3);
  }
  assert.equal(rgbOf(0.7, 0.4, 150), null);
  assert.deepEqual(rgbOf(1, 0, 0), [255, 255, 255]);
});

test('a scale gets lighter all the way', () => {
  const light = (rgb) => 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
  for (const theme of ['light', 'dark'])
    for (let i = 1; i <= 20; i++) assert.ok(light(scaleColour(i / 20, theme)) > light(scaleColour((i - 1) / 20, theme)));
});

const legend = { groups: [{ code: 0, hue: 1 }, { code: 1, hue: 2 }], none: {} };
const white = { theme: 'light', ground: [255, 255, 255] };

test('hidden groups are not painted; others fade when one is lit, or some objects are chosen', () => {
  const [usual, chosen] = tables(legend, { ...white, hidden: new Set([1]) });
  assert.equal(usual[1], 0);
  assert.equal(chosen[1], 0);
  assert.equal(layerOf(usual[0]), LAYERS.usual);
  assert.equal(layerOf(usual[NONE]), LAYERS.below);
  assert.equal(layerOf(chosen[0]), LAYERS.above);
  const [lit] = tables(legend, { ...white, lit: 0 });
  assert.equal(layerOf(lit[0]), LAYERS.above);
  assert.equal(layerOf(lit[1]), LAYERS.below);
  const scale = tables({ scale: {}, none: {} }, { ...white, hidden: new Set([NONE]) })[0];
  assert.equal(scale[NONE], 0);
  assert.ok(scale[0] !== 0 && scale[TOP] !== 0);
});

/** Paint points given as [x, y, code] on a screen of 100 x 100. */
function painted(points, { size = 1, chosen = null } = {}) {
  const index = indexed({
    x: Uint16Array.from(points, ([x]) => x), y: Uint16Array.from(points, ([, y]) => y), objects: Uint32Array.from(points.keys()),
  });
  const codes = arranged(Uint16Array.from(points, ([, , code]) => code), index.order);
  const t = transform({ x: 0.5, y: 0.5, s: 1 }, { x0: 0, x1: 65535, y0: 0, y1: 65535 }, 100, 100);
  const pixels = new Uint32Array(10000).fill(pixel([255, 255, 255], LAYERS.ground));
  const marks = chosen && Uint8Array.from(index.objects, (object) => Number(chosen.includes(object)));
  const table = tables(legend, { ...white, isChoosing: chosen !== null });
  const count = paint(pixels, t, index, codes, table, marks, size);
  const at = (x, y) => pixels[Math.floor(toScreen(t, x, y)[1]) * 100 + Math.floor(toScreen(t, x, y)[0])];
  return { pixels, count, at, table };
}

test('what is in no group never covers what is in one', () => {
  for (const size of [1, 2, 5]) {
    const { count, at, table } = painted([[30000, 30000, 1], [30001, 30001, NONE]], { size });
    assert.equal(count, 2);
    assert.equal(at(30000, 30000), table[0][1]);
  }
});

test('what is chosen is never covered by what is not', () => {
  const { at, table } = painted([[30000, 30000, 1], [30001, 30001, 0]], { chosen: [0] });
  assert.equal(at(30000, 30000), table[1][1]);
});

test('points at the rim stay within the picture', () => {
  for (const size of [1, 2, 7]) {
    const { pixels } = painted([[0, 0, 0], [65535, 65535, 1], [0, 65535, 0]], { size });
    assert.equal(pixels.length, 10000);
    assert.ok(pixels.some((value) => layerOf(value) === LAYERS.usual));
  }
});

test('fewer points are larger, and round', () => {
  assert.equal(sizeFor(1e6, 1), 1);
  assert.ok(sizeFor(1e5, 1) >= 2);
  assert.ok(sizeFor(10, 1) > sizeFor(5000, 1));
  const offsets = stamp(9);
  assert.ok(offsets.length / 3 < 100 && offsets.length / 3 > 60);
  assert.equal(Math.max(...offsets.filter((_, i) => i % 3 === 2)), 255);
});

test('densities count every shown point once', () => {
  const points = scattered(4000);
  const index = indexed(points);
  const codes = Uint16Array.from({ length: index.n }, (_, place) => place % 2);
  const t = transform(whole(index.extent), index.extent, 300, 200);
  const found = densities(t, index, codes, tables(legend, { ...white, hidden: new Set([1]) })[0], blockFor(4000, 300, 200));
  assert.equal(found.count, 2000);
  assert.equal(found.counts.reduce((a, b) => a + b), 2000);
  assert.equal(Math.max(...found.counts), found.most);
});

test('pictures that are shown hardly overlap, and the first ones win', () => {
  const next = numbers(7);
  const items = Array.from({ length: 400 }, (_, place) => ({ place, px: next.next().value * 800, py: next.next().value * 600 }));
  const side = pictureSide(400, 800, 600);
  const shown = spread(items, side);
  assert.equal(shown[0], items[0]);
  for (const a of shown) for (const b of shown) if (a !== b) assert.ok(Math.max(Math.abs(a.px - b.px), Math.abs(a.py - b.py)) >= side * 0.72 - 1e-9);
  assert.ok(shown.length > 100);
});

test('a scale says its values, and where values lie beyond', () => {
  const scale = { low: 1, high: 100, least: 0.5, most: 100, is_log: true };
  assert.equal(scaleText(scale, 0, TOP), '≤ 1');
  assert.equal(scaleText(scale, TOP / 2, TOP), '10');
  assert.equal(scaleText(scale, TOP, TOP), '100');
  assert.equal(scaleText({ low: 0, high: 2e9, least: 0, most: 2e9 }, TOP, TOP), '2.0e+9');
});

test('stretches cover a box and nothing below or above it', () => {
  const index = indexed(scattered(2000));
  const rows = stretches(index, { x0: 0, x1: 65535, y0: 256 * 10, y1: 256 * 11 - 1 });
  assert.ok(rows.length <= 1);
});
