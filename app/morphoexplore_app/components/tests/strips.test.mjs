import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movedInRows } from '../src/cursor.js';
import { fitCell } from '../src/fit.js';
import * as state from '../src/strips_state.js';

const ROW = { id: 12, title: 'seed 12', objects: [7, 3, 9, 5], ranks: [20, 110, 280, 345], size: 345, likes: [{ node: 4, title: 'four' }, { node: 6, title: 'six' }], into: 4 };
const small = { id: 2, objects: [1, 2, 8], ranks: [1, 2, 3], size: 3 };

test('an untouched row is refused', () => {
  const answer = state.untouched();
  assert.equal(state.isAccepted(answer), false);
  assert.equal(state.sentence(ROW, answer), 'refused');
  assert.deepEqual(state.reply([ROW], [answer]), [{ id: 12, cut: null, wrong: [], into: null, name: null }]);
  assert.deepEqual([0, 3].map((place) => state.lookOf(answer, place)), ['open', 'open']);
});

test('a click accepts up to an image, again on the same refuses', () => {
  const answer = state.cutAt(state.untouched(), 2);
  assert.equal(state.sentence(ROW, answer), 'accept about 280 of 345');
  assert.deepEqual([0, 2, 3].map((place) => state.lookOf(answer, place)), ['accepted', 'accepted', 'beyond']);
  assert.equal(state.cutAt(answer, 1).cut, 1);
  assert.equal(state.cutAt(answer, 2).cut, null);
  assert.equal(state.cutAt(state.untouched(), 0).cut, 0); // place 0 is a place
});

test('the whole row, and again none', () => {
  const answer = state.whole(state.untouched(), ROW);
  assert.equal(state.sentence(ROW, answer), 'accept all 345');
  assert.equal(state.whole(answer, ROW).cut, null);
});

test('all untouched rows of a page are accepted, and again none; what was said stays', () => {
  const none = state.untouched();
  const said = [none, state.cutAt(none, 0), state.crossed(none, 1)];
  const page = state.wholePage(said, [ROW, small, small]);
  assert.deepEqual(page.map((answer) => answer.cut), [3, 0, null]);
  assert.deepEqual(state.wholePage(page, [ROW, small, small]).map((answer) => answer.cut), [null, 0, null]);
  assert.equal(state.cutAt(page[0], 3).cut, null); // a click on the last image of a row refuses it
});

test('single images are crossed out, and counted', () => {
  const answer = state.crossed(state.whole(state.untouched(), ROW), 1);
  assert.equal(state.lookOf(answer, 1), 'wrong');
  assert.equal(state.sentence(ROW, answer), 'accept 344 of 345, 1 wrong');
  assert.deepEqual(state.reply([ROW], [answer])[0].wrong, [3]);
  assert.equal(state.crossed(answer, 1).wrong.size, 0);
  assert.equal(state.sentence(ROW, state.crossed(state.cutAt(state.untouched(), 1), 3)), 'accept about 110 of 345, 1 wrong');
  assert.equal(state.sentence(small, state.cutAt(state.untouched(), 1)), 'accept 2 of 3'); // all are shown: exact
});

test('a row of which everything up to the cut is crossed out is refused', () => {
  const answer = state.crossed(state.cutAt(state.untouched(), 0), 0);
  assert.equal(state.isAccepted(answer), false);
  assert.equal(state.countOf(ROW, answer), 0);
  assert.deepEqual(state.reply([ROW], [answer])[0], { id: 12, cut: null, wrong: [7], into: null, name: null });
});

test('the morph among whose members a row lies is taken unless another or none is chosen, and only with an accepted row', () => {
  assert.equal(state.untouched({ ...ROW, into: null }).into, null);
  const first = state.untouched(ROW);
  assert.equal(first.into, 4);
  assert.equal(state.untouched(small).into, null);
  assert.match(state.sentence(ROW, state.cutAt(first, 1)), / as four$/);
  assert.doesNotMatch(state.sentence(ROW, state.cutAt({ ...first, into: null }, 1)), / as /);
  const second = state.nextLike(first, ROW);
  assert.equal(second.into, 6);
  assert.equal(state.nextLike(second, ROW).into, null);
  assert.equal(state.sameAs(first, 4).into, null);
  assert.equal(state.reply([ROW], [first])[0].into, null);
  assert.equal(state.reply([ROW], [state.cutAt(first, 1)])[0].into, 4);
  assert.equal(state.nextLike(state.untouched(), small).into, null);
});

test('a page is summed up', () => {
  const none = state.untouched();
  assert.equal(state.summary([ROW, small], [none, none]), 'Nothing accepted on this page; both seeds will be refused.');
  assert.equal(state.summary([small], [none]), 'Nothing accepted on this page; its seed will be refused.');
  const page = [state.cutAt(none, 2), none];
  assert.equal(state.summary([ROW, small], page), '1 seed accepted (about 280 objects), 1 seed refused.');
  assert.equal(state.summary([small], [state.whole(none, small)]), '1 seed accepted (about 3 objects).');
});

test('answers come back with the same row, without a morph that is not offered any more', () => {
  const memory = new state.Memory(2);
  memory.keep(ROW, { ...state.cutAt(state.untouched(), 1), into: 4 });
  assert.equal(memory.recall(ROW).cut, 1);
  assert.equal(memory.recall(ROW).into, 4);
  assert.equal(memory.recall({ ...ROW, likes: [], into: null }).into, null);
  assert.equal(memory.recall({ ...ROW, likes: ROW.likes.slice(1), into: 6 }).into, 6); // as if it were new
  memory.keep(ROW, { ...state.cutAt(state.untouched(ROW), 1), into: null });
  assert.equal(memory.recall(ROW).into, null); // a morph of its own was chosen
  assert.equal(memory.recall({ ...ROW, objects: [7, 3] }).cut, null); // other images: another row
  memory.keep(small, state.untouched());
  memory.keep({ ...small, id: 3 }, state.untouched());
  assert.equal(memory.recall(ROW).cut, null); // the oldest is forgotten
});

test('the page is turned once, and not unseen', () => {
  const ready = { isRepeat: false, isBusy: false, isPainted: true, hasFailed: false, age: 400, unseen: 0 };
  assert.equal(state.refusal(ready), null);
  for (const [change, words] of [
    [{ isBusy: true }, /on its way/],
    [{ isRepeat: true }, /once for each page/],
    [{ isPainted: false }, /still loading/],
    [{ hasFailed: true }, /could not be loaded/],
    [{ age: 100 }, /only just/],
    [{ unseen: 1 }, /is one more row below/],
    [{ unseen: 3 }, /are 3 more rows below/],
  ])
    assert.match(state.refusal({ ...ready, ...change }), words);
});

test('the cursor goes along rows, line by line, and from row to row', () => {
  const lengths = [3, 10, 2];
  const go = (row, place, key) => Object.values(movedInRows({ row, place }, key, lengths, 4));
  assert.deepEqual(go(0, 2, 'ArrowRight'), [0, 2]);
  assert.deepEqual(go(0, 1, 'ArrowDown'), [1, 1]);
  assert.deepEqual(go(1, 1, 'ArrowDown'), [1, 5]); // a row of three lines
  assert.deepEqual(go(1, 7, 'ArrowDown'), [1, 9]);
  assert.deepEqual(go(1, 9, 'ArrowDown'), [2, 1]);
  assert.deepEqual(go(2, 1, 'ArrowDown'), [2, 1]);
  assert.deepEqual(go(2, 1, 'ArrowUp'), [1, 9]);
  assert.deepEqual(go(1, 3, 'ArrowUp'), [0, 2]);
  assert.deepEqual(go(1, 9, 'PageDown'), [2, 1]);
  assert.deepEqual(go(2, 0, 'PageUp'), [1, 0]);
  assert.deepEqual(go(1, 5, 'Home'), [1, 0]);
  assert.deepEqual(go(1, 5, 'End'), [1, 9]);
  assert.equal(movedInRows({ row: 0, place: 0 }, 'q', lengths, 4), null);
});

test('images are as large as the page allows', () => {
  const rows = Array(8).fill(12);
  const room = { gap: 4, between: 13, least: Array(8).fill(64) };
  assert.equal(fitCell(rows, { ...room, width: 1040, height: 900 }), 80);
  assert.equal(fitCell([12, 12, 11, 96], { ...room, width: 1040, height: 300 }), 80); // rows of 12 in one line
  assert.equal(fitCell(rows, { ...room, width: 2300, height: 1260 }), 144);
  assert.ok(fitCell(rows, { ...room, width: 1040, height: 300 }) >= 64); // scrolls
  assert.ok(fitCell([], { ...room, width: 1040, height: 300 }) > 0);
});
