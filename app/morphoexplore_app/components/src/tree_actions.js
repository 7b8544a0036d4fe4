// What can be done with nodes: which buttons there are, and where nodes can go. Pure.

import { COMPLETE, TOP, isWithin, pathOf } from './tree_nodes.js';

export const KINDS = ['living', 'detritus', 'artefact', 'multiple', 'part', 'unknown'];

/** Return the nodes that an action is about: the chosen ones, else the open one (none at the top). */
export function targets(byId, chosen, open) {
  const nodes = [...chosen].map((id) => byId.get(id)).filter(Boolean);
  if (nodes.length) return nodes;
  const node = byId.get(open);
  return node && node.id !== TOP ? [node] : [];
}

/** Return the actions on nodes, {name, label, key, help, isReady}, in the order of the buttons. */
export function actionsFor(nodes, { isChosen, openIsBranch }) {
  const n = nodes.length;
  const morphs = nodes.filter((node) => !node.isBranch);
  const areMorphs = n > 0 && morphs.length === n;
  const many = isChosen && n > 1 ? ` ${n}` : '';
  const isDone = areMorphs && nodes.every((node) => node.state & COMPLETE);
  const encloses = n > 0 && (isChosen || !openIsBranch);
  return [
    { name: 'rename', label: 'Rename', key: 'F2', help: 'rename', isReady: n === 1 },
    {
      name: 'branch',
      label: encloses ? `Make branch${many ? ` of${many}` : ''}` : 'New branch',
      key: 'b',
      help: 'make a branch: around what is chosen, else an empty one here',
      isReady: true,
    },
    { name: 'morph', label: 'New morph', key: 'O', help: 'make an empty morph here ("other ...")', isReady: true },
    { name: 'move', label: `Move${many} to…`, key: 'v', help: 'move to a branch', isReady: n > 0 },
    {
      name: 'merge',
      label: isChosen && morphs.length > 1 ? `Merge${many}` : 'Merge…',
      key: 'm',
      help: 'merge morphs: the chosen ones, or one with another',
      isReady: areMorphs,
    },
    { name: 'kind', label: 'Kind…', key: 'k', help: 'set the kind', isReady: n > 0 },
    { name: 'flag', label: 'Flag…', key: '!', help: 'put a question to a colleague', isReady: n === 1 },
    {
      name: 'complete',
      label: isDone ? 'Reopen' : 'Complete',
      key: 'c',
      help: 'nothing more to grow for now, or again',
      isReady: areMorphs,
    },
    {
      name: 'dissolve',
      label: 'Dissolve',
      key: 'd',
      help: 'remove a branch, or an empty morph; what it owns moves up',
      isReady: n > 0 && nodes.every((node) => node.isBranch || node.count === 0),
    },
  ];
}

const item = (node) => ({ value: node.id, title: node.title, path: pathOf(node), note: String(node.count.toLocaleString('en')) });

/** Return the branches that some nodes can go to, for a search; not where they are already. */
export function branchesFor(byId, nodes) {
  const isFree = (branch) => nodes.every((node) => !isWithin(branch, node)) && nodes.some((node) => node.parent !== branch);
  return [...byId.values()].filter((node) => node.isBranch && isFree(node)).map(item);
}

/** Return the morphs other than some, those of `near` first, then the largest first. */
export function morphsFor(byId, without, near = []) {
  const place = new Map(near.map((number, at) => [number, at]));
  const rank = (node) => (place.has(node.number) ? place.get(node.number) : near.length);
  return [...byId.values()]
    .filter((node) => !node.isBranch && !without.includes(node))
    .sort((a, b) => rank(a) - rank(b) || b.count - a.count || a.number - b.number)
    .map((node) => ({ ...item(node), note: `${place.has(node.number) ? 'like it · ' : ''}${node.count.toLocaleString('en')}` }));
}

/** Return the branch that owns all of some nodes, as near as there is one; null: the top. */
export function commonBranch(nodes) {
  for (let at = nodes[0].parent; at; at = at.parent)
    if (nodes.every((node) => node !== at && isWithin(node, at))) return at.number;
  return null;
}
