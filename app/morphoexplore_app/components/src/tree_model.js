// What the parts of the tree page share in the browser: the nodes, which are chosen, and decisions on their way.

import { useSyncExternalStore } from 'react';
import { stamp } from './dom.js';
import { Outbox } from './outbox.js';
import { TOP, linked } from './tree_nodes.js';

export const model = {
  byId: linked({ id: [], parent: [], title: [], is_branch: [], count: [], kind: [], state: [] }),
  open: TOP, // the node whose page is shown
  link: '/tree',
  near: [],
  chosen: new Set(),
  anchor: null, // where a range begins
  dragged: [], // cards on their way to the tree
  api: null, // of the tree's rows, while it is drawn
  send: () => {},
};

const listeners = new Set();
let told = 0;
const tell = () => {
  told += 1;
  listeners.forEach((listener) => listener());
};
const listen = (listener) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Draw a component anew whenever nodes or choice change. */
export function useModel() {
  useSyncExternalStore(listen, () => told);
  return model;
}

export function setNodes(byId, { open, link, near }) {
  const isOther = open !== model.open;
  Object.assign(model, { byId, open, link, near });
  const kept = isOther ? [] : [...model.chosen].filter((id) => byId.has(id));
  if (kept.length !== model.chosen.size) model.chosen = new Set(kept);
  tell();
}

export function choose(ids, anchor = model.anchor) {
  model.chosen = new Set(ids);
  model.anchor = anchor;
  tell();
}

export function toggle(id) {
  const next = new Set(model.chosen);
  if (!next.delete(id)) next.add(id);
  choose(next, id);
}

/** Choose all from the anchor to a node, in the order in which they are shown. */
export function extend(order, id) {
  const from = order.indexOf(model.anchor);
  const to = order.indexOf(id);
  if (from < 0) return choose([id], id);
  return choose(order.slice(Math.min(from, to), Math.max(from, to) + 1), model.anchor);
}

export const hrefOf = (id) => (id === TOP ? model.link : `${model.link}?node=${id}`);

export const outbox = new Outbox((operation) => model.send(operation), stamp);
