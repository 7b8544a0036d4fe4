// An action from a button or a key: asks what is needed, then sends one operation.

import { askOne, askText } from './dialogs.js';
import { visit } from './dom.js';
import { KINDS, actionsFor, branchesFor, commonBranch, morphsFor, targets } from './tree_actions.js';
import { choose, hrefOf, model, outbox } from './tree_model.js';
import { COMPLETE, FLAGGED, NAMED, TOP, isWithin, topmost } from './tree_nodes.js';

const numbers = (nodes) => nodes.map((node) => node.number);
const parentOf = (id) => (id === TOP ? null : Number(id));
const list = (nodes) => (nodes.length === 1 ? nodes[0].title : `${nodes.length} nodes`);

export const current = () => targets(model.byId, model.chosen, model.open);

export const actionsNow = () =>
  actionsFor(current(), { isChosen: model.chosen.size > 0, openIsBranch: Boolean(model.byId.get(model.open)?.isBranch) });

/** Tell whether any of some nodes can move to a branch. */
export const canGo = (nodes, branch) => nodes.length > 0 && nodes.every((node) => node && !isWithin(branch, node)) && nodes.some((node) => node.parent !== branch);

/** Move nodes, unless they are there already. */
export function move(nodes, parent) {
  const moved = topmost(nodes).filter((node) => node.parent && parentOf(node.parent.id) !== parent);
  if (moved.length) outbox.push({ type: 'move', nodes: numbers(moved), parent });
}

/** Name a node; an empty name takes the name away. */
export function rename(node, name) {
  const text = name.trim();
  const had = node.state & NAMED ? node.title : '';
  if (text !== had) outbox.push({ type: 'rename', node: node.number, name: text || null });
}

export const goTo = (id) => visit(hrefOf(id));

/** Where new nodes are made: in the open branch, or beside the open morph. */
function here() {
  const open = model.byId.get(model.open) || model.byId.get(TOP);
  return parentOf((open.isBranch ? open : open.parent).id);
}

const doing = {
  rename: (nodes) => askName(nodes[0]),
  async branch(nodes) {
    const open = model.byId.get(model.open);
    const owned = model.chosen.size || !open?.isBranch ? topmost(nodes) : [];
    const name = await askText({
      title: owned.length ? `New branch of ${list(owned)}` : 'New branch',
      label: 'Name (may be left empty)',
      action: 'Make branch',
      isOptional: true,
    });
    if (name === null) return;
    const parent = owned.length ? commonBranch(owned) : here();
    outbox.push({ type: 'make_branch', nodes: numbers(owned), name: name || null, parent });
  },
  async morph() {
    const name = await askText({ title: 'New morph', label: 'Name', action: 'Make morph', help: 'It has no members yet: objects are moved to it from other morphs.' });
    if (name !== null) outbox.push({ type: 'make_morph', name, parent: here() });
  },
  async move(nodes) {
    const items = branchesFor(model.byId, nodes);
    const nothing = 'There is no other branch yet. Make one first.';
    const id = await askOne({ title: `Move ${list(nodes)}`, label: 'To which branch', items, nothing });
    if (id !== null) move(nodes, parentOf(id));
  },
  async merge(nodes) {
    if (nodes.length > 1) return outbox.push({ type: 'merge', nodes: numbers(nodes) });
    const items = morphsFor(model.byId, nodes, model.near);
    const id = await askOne({ title: `Merge ${nodes[0].title}`, label: 'With which morph', items, nothing: 'There is no other morph.' });
    if (id !== null) outbox.push({ type: 'merge', nodes: [nodes[0].number, Number(id)] });
  },
  async kind(nodes) {
    const items = [...KINDS, null].map((kind) => ({ value: kind ?? '', title: kind ?? 'as its branch', path: '' }));
    const kind = await askOne({ title: `Kind of ${list(nodes)}`, label: 'Kind', items, nothing: '' });
    if (kind !== null) outbox.push({ type: 'kind', nodes: numbers(nodes), kind: kind || null });
  },
  async flag(nodes) {
    const value = document.querySelector(`[data-question][data-of="${nodes[0].id}"]`)?.dataset.question ?? '';
    const question = await askText({
      title: `Question on ${nodes[0].title}`,
      label: 'Question to a colleague (empty takes the flag off)',
      value,
      action: 'Save',
      isOptional: true,
      isLong: true,
    });
    if (question !== null && (question !== value || (!question && nodes[0].state & FLAGGED))) outbox.push({ type: 'flag', node: nodes[0].number, question: question || null });
  },
  complete: (nodes) => outbox.push({ type: 'complete', nodes: numbers(nodes), is_complete: !nodes.every((node) => node.state & COMPLETE) }),
  dissolve: (nodes) => outbox.push({ type: 'dissolve', nodes: numbers(nodes) }),
};

async function askName(node) {
  const name = await askText({
    title: `Name of ${node.title}`,
    label: 'Name (empty takes it away)',
    value: node.state & NAMED ? node.title : '',
    action: 'Name',
    isOptional: true,
  });
  if (name !== null) rename(node, name);
}

/** Do an action by its name, if it can be done now. */
export function act(name) {
  const action = actionsNow().find((one) => one.name === name);
  if (action?.isReady) doing[name](current());
}

/** Do something with the objects chosen in the gallery: its `action` goes to the server, with the objects. */
export async function actOnObjects(name, gallery) {
  const send = (text) => window.galleryAction(gallery, text);
  const open = model.byId.get(model.open);
  if (name === 'to') {
    const items = morphsFor(model.byId, [open], model.near);
    const id = await askOne({ title: 'Move the selected objects', label: 'To which morph', items, nothing: 'There is no other morph.' });
    if (id !== null) send(`to:${id}`);
  } else if (name === 'split') {
    const text = await askText({
      title: 'Split the selected objects off',
      label: 'Name of the new morph (may be left empty)',
      action: 'Split',
      isOptional: true,
      help: 'Without a name the larger part keeps the number of this morph.',
    });
    if (text !== null) send(`split:${text}`);
  } else send(name);
}

export const unchoose = () => choose([], null);
