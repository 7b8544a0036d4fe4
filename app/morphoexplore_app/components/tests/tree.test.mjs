import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryOf, suggested, valueOf, withEntry } from '../src/naming.js';
import { above, asked, filled, moved, numbersOf, proposals } from '../src/taxa.js';
import { Outbox } from '../src/outbox.js';
import { actionsFor, branchesFor, commonBranch, morphsFor, targets } from '../src/tree_actions.js';
import { NAMED, TOP, changed, filtered, firstMatch, found, isWithin, linked, pathOf, topmost } from '../src/tree_nodes.js';

// 1 Crustacea [ 2 Copepoda [ 3 Calanus 40, 4 morph 4 7 ], 5 Ostracoda 5 ], 6 detritus 90, 7 an empty branch
const COLUMNS = {
  id: [1, 2, 3, 4, 5, 6, 7],
  parent: [null, 1, 2, 2, 1, null, null],
  title: ['Crustacea', 'Copépoda', 'Calanus', 'morph 4', 'Ostracoda', 'detritus', 'branch 7'],
  is_branch: [1, 1, 0, 0, 0, 0, 1],
  count: [52, 47, 40, 7, 5, 90, 0],
  kind: [null, null, null, null, null, 'detritus', null],
  state: [NAMED, NAMED, NAMED, 0, NAMED | 1, NAMED, 0],
};
const tree = () => linked(COLUMNS);
const of = (byId, ...ids) => ids.map((id) => byId.get(String(id)));
const titles = (nodes) => nodes.map((node) => node.title);
const named = (actions, name) => actions.find((action) => action.name === name);

test('nodes are linked below the top, branches first', () => {
  const byId = tree();
  assert.deepEqual(titles(byId.get(TOP).children), ['branch 7', 'Crustacea', 'detritus']);
  assert.equal(byId.get(TOP).count, 142);
  assert.equal(pathOf(byId.get('3')), 'Crustacea > Copépoda');
  assert.ok(!('children' in byId.get('3')));
  assert.deepEqual(byId.get('7').children, []);
});

test('numbers in titles are in the order of numbers', () => {
  const byId = linked({ id: [1, 2], parent: [null, null], title: ['morph 10', 'morph 9'], is_branch: [0, 0], count: [1, 1], kind: [null, null], state: [0, 0] });
  assert.deepEqual(titles(byId.get(TOP).children), ['morph 9', 'morph 10']);
});

test('what lies below other nodes that move goes with them', () => {
  const byId = tree();
  assert.deepEqual(topmost(of(byId, 3, 1, 6)), of(byId, 1, 6));
  assert.ok(isWithin(byId.get('3'), byId.get('1')) && !isWithin(byId.get('1'), byId.get('3')));
});

test('a filter keeps the branches above, ignores accents, and keeps a branch that matches whole', () => {
  const byId = tree();
  const { top, matches } = filtered(byId.get(TOP), 'calan');
  assert.equal(matches, 1);
  assert.deepEqual(titles(top.children[0].children[0].children), ['Calanus']);
  assert.equal(filtered(byId.get(TOP), 'copepoda').top.children[0].children[0].children.length, 2);
  assert.equal(filtered(byId.get(TOP), '  ').matches, null);
  assert.deepEqual(filtered(byId.get(TOP), 'nothing').top.children, []);
  assert.equal(firstMatch(byId.get(TOP), 'ostra').title, 'Ostracoda');
});

test('a search finds by title before path, the beginning before the middle', () => {
  const items = [
    { title: 'other Copepoda', path: '' },
    { title: 'Calanus', path: 'Crustacea > Copepoda' },
    { title: 'Copepoda', path: 'Crustacea' },
  ];
  assert.deepEqual(titles(found(items, 'copep')), ['Copepoda', 'other Copepoda', 'Calanus']);
  assert.deepEqual(titles(found(items, 'crust cal')), ['Calanus']);
  assert.equal(found(items, '', 2).length, 2);
});

test('a move and a name are shown before the server agrees', () => {
  assert.equal(linked(changed(COLUMNS, { type: 'move', nodes: [6], parent: 2 })).get('6').parent.title, 'Copépoda');
  assert.equal(linked(changed(COLUMNS, { type: 'rename', node: 4, name: 'x' })).get('4').title, 'x');
  assert.equal(changed(COLUMNS, { type: 'merge', nodes: [3, 4] }), COLUMNS);
});

test('nodes cannot go below themselves, nor where they all are', () => {
  const byId = tree();
  const to = (...ids) => branchesFor(byId, of(byId, ...ids)).map((item) => item.value);
  assert.deepEqual(to(1), ['7']);
  assert.deepEqual(to(2), [TOP, '7']);
  assert.deepEqual(to(3, 4), [TOP, '1', '7']);
  assert.deepEqual(to(3, 6), [TOP, '1', '2', '7']);
});

test('morphs to merge with: those that look alike first, then the largest', () => {
  const byId = tree();
  assert.deepEqual(titles(morphsFor(byId, of(byId, 3), [5])), ['Ostracoda', 'detritus', 'morph 4']);
});

test('a new branch is made where the nodes have their nearest branch in common', () => {
  const byId = tree();
  assert.equal(commonBranch(of(byId, 3, 4)), 2);
  assert.equal(commonBranch(of(byId, 3, 5)), 1);
  assert.equal(commonBranch(of(byId, 3, 2)), 1);
  assert.equal(commonBranch(of(byId, 3, 6)), null);
});

test('actions are about what is chosen, else about the open node', () => {
  const byId = tree();
  assert.deepEqual(targets(byId, new Set(['3', 'gone']), '6'), of(byId, 3));
  assert.deepEqual(targets(byId, new Set(), '6'), of(byId, 6));
  assert.deepEqual(targets(byId, new Set(), TOP), []);
});

test('only what can be done is ready', () => {
  const byId = tree();
  const ready = (nodes, about) => actionsFor(nodes, about).filter((action) => action.isReady).map((action) => action.name);
  assert.deepEqual(ready([], { isChosen: false, openIsBranch: true }), ['branch', 'morph']);
  assert.deepEqual(ready(of(byId, 1, 3), { isChosen: true, openIsBranch: true }), ['branch', 'morph', 'move', 'kind']);
  assert.ok(ready(of(byId, 7), { isChosen: true, openIsBranch: true }).includes('dissolve'));
  assert.ok(!ready(of(byId, 3), { isChosen: true, openIsBranch: true }).includes('dissolve'));
});

test('buttons say how many they are about', () => {
  const byId = tree();
  const actions = actionsFor(of(byId, 3, 4), { isChosen: true, openIsBranch: true });
  assert.equal(named(actions, 'merge').label, 'Merge 2');
  assert.equal(named(actions, 'branch').label, 'Make branch of 2');
  assert.equal(named(actionsFor(of(byId, 5), { isChosen: false, openIsBranch: false }), 'complete').label, 'Reopen');
  assert.equal(named(actionsFor(of(byId, 1), { isChosen: false, openIsBranch: true }), 'branch').label, 'New branch');
});

test('decisions go one by one, each on the version that the last one led to', () => {
  const sent = [];
  let n = 0;
  const post = new Outbox((operation) => sent.push(operation), () => `s${(n += 1)}`);
  post.drawn(7);
  post.push({ type: 'move' });
  post.push({ type: 'rename' });
  post.drawn(99); // a redraw in between does not tell what the one under way leads to
  assert.deepEqual(sent, [{ type: 'move', version: 7, stamp: 's1' }]);
  assert.equal(post.answered({ to: 'other', version: 5 }), null);
  assert.equal(post.answered({ to: 's1', version: 8, is_done: true }).type, 'move');
  assert.deepEqual(sent[1], { type: 'rename', version: 8, stamp: 's2' });
  assert.ok(post.isBusy);
  post.push({ type: 'merge' });
  post.clear();
  post.answered({ to: 's2', version: 9 });
  assert.ok(!post.isBusy);
  assert.equal(sent.length, 2);
});

test('what waits is forgotten where somebody else has decided meanwhile', () => {
  const sent = [];
  const post = new Outbox((operation) => sent.push(operation.type), () => `t${sent.length}`);
  post.drawn(3);
  post.push({ type: 'move' });
  post.push({ type: 'rename' });
  post.answered({ to: 't0', version: 9, is_done: false, is_stale: true });
  assert.deepEqual(sent, ['move']);
  assert.equal(post.isBusy, false);
});

test('a field is sent only when it changed, and a number only when it is one', () => {
  const row = { id: 4, name: null, taxon: 'Copepoda', ecotaxa_id: 12 };
  assert.equal(entryOf(row, 'name', '  '), null);
  assert.equal(entryOf(row, 'taxon', 'Copepoda '), null);
  assert.equal(entryOf(row, 'ecotaxa_id', '12'), null);
  assert.deepEqual(entryOf(row, 'name', ' Calanus '), { node: 4, field: 'name', value: 'Calanus' });
  assert.deepEqual(entryOf(row, 'taxon', ''), { node: 4, field: 'taxon', value: null });
  assert.deepEqual(entryOf(row, 'aphia_id', '104464'), { node: 4, field: 'aphia_id', value: 104464 });
  assert.ok(entryOf(row, 'aphia_id', 'abc').error);
  assert.equal(valueOf('ecotaxa_id', '1.5'), undefined);
  assert.deepEqual(withEntry([row], { node: 4, field: 'name', value: 'x' })[0].name, 'x');
});

test('a suggestion says its share, and of how many where few members have an annotation', () => {
  const suggestion = { text: 'Copepoda', share: 0.816, annotated: 40 };
  assert.equal(suggested({ count: 50, suggestion }), 'Copepoda 82 %');
  assert.equal(suggested({ count: 500, suggestion }), 'Copepoda 82 % of 40');
  assert.equal(suggested({ count: 500, suggestion: null }), '');
});

const COPEPODA = { display_name: 'Copepoda', lineage: 'Biota>Animalia>Copepoda', ecotaxa_id: 25828, aphia_id: 1080, taxon_type: 'P' };

test('taxa are asked for from two letters on, where the project has any', () => {
  assert.equal(asked('/taxa', ' cop & co '), '/taxa?q=cop%20%26%20co');
  assert.equal(asked('/taxa', ' c '), null);
  assert.equal(asked(null, 'cop'), null);
});

test('names in use are proposed before taxa, for names only', () => {
  const names = ['copepods', 'Copepoda', 'other copepods', 'cope', 'a cope', 'rest'];
  const given = (field) => proposals(field, 'cope', names, [COPEPODA]).map((one) => one.display_name);
  assert.deepEqual(given('name'), ['copepods', 'other copepods', 'a cope', 'Copepoda']);
  assert.deepEqual(given('taxon'), ['Copepoda']);
});

test('arrows go round the proposals', () => {
  assert.equal(moved(-1, 'ArrowDown', 3), 0);
  assert.equal(moved(2, 'ArrowDown', 3), 0);
  assert.equal(moved(-1, 'ArrowUp', 3), 2);
  assert.equal(moved(0, 'ArrowDown', 0), -1);
});

test('a chosen taxon fills taxon and numbers, and the name where there is none or it was typed', () => {
  const row = { id: 1, name: null };
  const numbers = { taxon: 'Copepoda', ecotaxa_id: 25828, aphia_id: 1080, taxon_type: 'P' };
  assert.deepEqual(filled(row, 'taxon', '', COPEPODA), { ...numbers, name: 'Copepoda' });
  assert.deepEqual(filled(row, 'taxon', 'mine', COPEPODA), numbers);
  assert.deepEqual(filled({ id: 1, name: 'old' }, 'name', 'cop', COPEPODA), { ...numbers, name: 'Copepoda' });
  assert.deepEqual(filled(row, 'taxon', '', { display_name: 'x' }).ecotaxa_id, null);
  const rows = withEntry([{ ...row, inherited: 'living' }], { node: 1, field: 'identify', value: numbers, kind: 'detritus' });
  assert.deepEqual(rows, [{ ...row, ...numbers, inherited: 'detritus' }]);
});

test('a taxon is shown with what is above it and its numbers', () => {
  assert.equal(above(COPEPODA), 'Animalia < Biota');
  assert.equal(numbersOf(COPEPODA), 'phylo · EcoTaxa 25828 · AphiaID 1080');
  assert.equal(numbersOf({ display_name: 'x' }), '');
});
