// The nodes of the tree: from columns to branches within branches, paths, filtering, finding. Pure.

export const TOP = 'top'; // the row that stands for the whole tree
export const COMPLETE = 1; // bits of a node's state
export const FLAGGED = 2;
export const NAMED = 4;

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const byTitle = (a, b) => b.isBranch - a.isBranch || collator.compare(a.title, b.title) || a.number - b.number;

/** Return the nodes by id ("12"), each linked to its parent and its children; `TOP` owns what no branch owns. */
export function linked(columns) {
  const byId = new Map();
  const top = { id: TOP, number: null, title: 'Whole tree', isBranch: 1, count: 0, kind: null, state: 0, parent: null, children: [] };
  byId.set(TOP, top);
  columns.id.forEach((number, place) =>
    byId.set(String(number), {
      id: String(number),
      number,
      title: columns.title[place],
      isBranch: columns.is_branch[place] ? 1 : 0,
      count: columns.count[place],
      kind: columns.kind[place],
      state: columns.state[place],
      parent: null,
      ...(columns.is_branch[place] ? { children: [] } : {}),
    }),
  );
  columns.id.forEach((number, place) => {
    const node = byId.get(String(number));
    const above = columns.parent[place];
    node.parent = (above === null || above === undefined ? top : byId.get(String(above))) || top;
    node.parent.children.push(node);
    if (node.parent === top) top.count += node.count;
  });
  for (const node of byId.values()) if (node.children) node.children.sort(byTitle);
  return byId;
}

/** Return the branches above a node, the highest first, without the top. */
export function above(node) {
  const found = [];
  for (let at = node.parent; at && at.id !== TOP; at = at.parent) found.unshift(at);
  return found;
}

export const pathOf = (node) => above(node).map((branch) => branch.title).join(' > ');

/** Tell whether a node lies below another, or is it. */
export function isWithin(node, branch) {
  for (let at = node; at; at = at.parent) if (at === branch) return true;
  return false;
}

/** Return those of some nodes that lie below no other of them. */
export function topmost(nodes) {
  const given = new Set(nodes);
  return nodes.filter((node) => {
    for (let at = node.parent; at; at = at.parent) if (given.has(at)) return false;
    return true;
  });
}

/** Return text in which to search: no capitals, no accents. */
export const folded = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Return the tree with only what matches all words, and the branches above; a branch that matches stays whole. */
export function filtered(top, text) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  if (!words.length) return { top, matches: null };
  let matches = 0;
  const keep = (node) => {
    const title = folded(node.title);
    const isMatch = node.id !== TOP && words.every((word) => title.includes(word));
    if (isMatch) matches += 1;
    if (!node.children) return isMatch ? node : null;
    const children = node.children.map(keep).filter(Boolean);
    if (isMatch) return node;
    return children.length || node.id === TOP ? { ...node, children } : null;
  };
  return { top: keep(top), matches };
}

/** Return the first node of a tree that matches, for Enter in the filter. */
export function firstMatch(top, text) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  const go = (node) => {
    if (node.id !== TOP && words.every((word) => folded(node.title).includes(word))) return node;
    for (const child of node.children || []) {
      const found = go(child);
      if (found) return found;
    }
    return null;
  };
  return go(top);
}

/**
 * Return the items that a search finds, the best first: {value, title, path}. All words must occur in path or title;
 * a title that begins with the search comes before one that holds it, and that before a path that does.
 */
export function found(items, text, most = 50) {
  const query = folded(text.trim());
  if (!query) return items.slice(0, most);
  const words = query.split(/\s+/);
  const ranked = [];
  items.forEach((item, place) => {
    const title = folded(item.title);
    const whole = `${folded(item.path || '')} ${title}`;
    if (!words.every((word) => whole.includes(word))) return;
    const rank = title === query ? 0 : title.startsWith(query) ? 1 : title.includes(` ${query}`) ? 2 : words.every((word) => title.includes(word)) ? 3 : 4;
    ranked.push([rank, place, item]);
  });
  ranked.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  return ranked.slice(0, most).map((one) => one[2]);
}

/** Return the columns with some nodes moved or renamed, as they will be when the server agrees. */
export function changed(columns, operation) {
  const place = new Map(columns.id.map((number, at) => [number, at]));
  if (operation.type === 'move') {
    const parent = [...columns.parent];
    for (const number of operation.nodes) parent[place.get(number)] = operation.parent;
    return { ...columns, parent };
  }
  if (operation.type === 'rename' && operation.name) {
    const title = [...columns.title];
    title[place.get(operation.node)] = operation.name;
    return { ...columns, title };
  }
  return columns;
}
