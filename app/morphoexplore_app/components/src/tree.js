// The tree of branches and morphs (react-arborist), and what stands beside it.

import { createElement as h, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Tree as Arborist } from 'react-arborist';
import { visit } from './dom.js';
import { CARRIED, Cards } from './tree_cards.js';
import { NodeActions } from './tree_buttons.js';
import { Names } from './names.js';
import { Proposal } from './proposal.js';
import { canGo, goTo, move, rename, unchoose } from './tree_acting.js';
import { choose, extend, model, outbox, setNodes, toggle, useModel } from './tree_model.js';
import { COMPLETE, FLAGGED, NAMED, TOP, changed, filtered, firstMatch, linked } from './tree_nodes.js';

const ROW = 28;
const ENDS_CHOICE = new Set(['move', 'make_branch', 'merge', 'dissolve']); // what was chosen has gone elsewhere
const OPENS_AFTER = 700; // ms, a closed branch over which something is dragged
const FEW = 200; // nodes; a tree of more is drawn closed


// What a person did to the view outlives a redraw of the page.
const kept = { open: {}, filter: '', height: 600, focus: null, version: null, byId: null };

function Row({ node, attrs, innerRef, children }) {
  const { tree, data } = node;
  const names = ['tree-row'];
  if (tree.props.current === node.id) names.push('is-open');
  const siblings = node.parent.children;
  const click = (event) => {
    kept.focus = node.id;
    tree.focus(node.id, { scroll: false });
    if (node.id !== TOP && (event.ctrlKey || event.metaKey)) toggle(node.id);
    else if (node.id !== TOP && event.shiftKey) extend(tree.visibleNodes.map((one) => one.id), node.id);
    else {
      choose([], node.id);
      goTo(node.id);
    }
  };
  return h(
    'div',
    {
      ...attrs,
      ref: innerRef,
      className: names.join(' '),
      style: { ...attrs.style, minWidth: 0 },
      'aria-expanded': node.isInternal ? node.isOpen : undefined,
      'aria-selected': node.isSelected,
      'aria-setsize': siblings.length,
      'aria-posinset': node.childIndex + 1,
      'aria-current': tree.props.current === node.id ? 'page' : undefined,
      'data-node': data.id,
      onFocus: (event) => event.stopPropagation(),
      onClick: click,
    },
    children,
  );
}

function Edit({ node }) {
  const field = useRef(null);
  useEffect(() => field.current.select(), []);
  return h('input', {
    ref: field,
    className: 'tree-edit',
    'aria-label': `Name of ${node.data.title}`,
    defaultValue: node.data.state & NAMED ? node.data.title : '',
    autoFocus: true,
    onClick: (event) => event.stopPropagation(),
    onBlur: () => node.reset(),
    onKeyDown: (event) => {
      event.stopPropagation();
      if (event.key === 'Escape') node.reset();
      if (event.key === 'Enter') node.submit(event.target.value);
    },
  });
}

function Label({ node, style, dragHandle }) {
  const { data } = node;
  const badges = [];
  if (data.kind && data.kind !== 'living') badges.push(h('span', { key: 'kind', className: 'node-badge' }, data.kind));
  if (data.state & FLAGGED) badges.push(h('span', { key: 'flag', className: 'node-badge is-flag', title: 'flagged' }, '?'));
  if (data.state & COMPLETE) badges.push(h('span', { key: 'done', className: 'node-badge is-done', title: 'complete' }, '✓'));
  const flip = (event) => {
    event.stopPropagation();
    node.toggle();
  };
  return h(
    'div',
    { ref: data.id === TOP ? null : dragHandle, style, className: 'tree-label' },
    h('span', { className: 'tree-arrow', 'aria-hidden': true, onClick: node.isInternal ? flip : undefined }, node.isInternal ? (node.isOpen ? '▾' : '▸') : ''),
    h('span', { className: `tree-icon ${data.isBranch ? 'is-branch' : 'is-morph'}`, 'aria-hidden': true }),
    node.isEditing ? h(Edit, { node }) : h('span', { className: `tree-title${data.id === TOP || data.state & NAMED ? '' : ' is-unnamed'}`, title: data.title }, data.title),
    ...badges,
    h('span', { className: 'tree-count' }, data.count.toLocaleString('en')),
  );
}

/** Link the nodes of a version once, however often the page is drawn. */
function linkedOnce(nodes, version) {
  if (kept.version !== version) Object.assign(kept, { version, byId: linked(nodes) });
  return kept.byId;
}

const noCursor = () => null; // where among its siblings a node stands is not kept, so no place is shown

function openMap(byId, filter) {
  const isSmall = byId.size <= FEW;
  const map = {};
  for (const node of byId.values()) if (node.children) map[node.id] = filter ? true : (kept.open[node.id] ?? (isSmall || node.id === TOP));
  return map;
}

/** The height that is left for the rows. */
function useHeight(box) {
  const [height, setHeight] = useState(kept.height);
  useLayoutEffect(() => {
    const measure = () => {
      kept.height = Math.max(120, box.current.clientHeight);
      setHeight(kept.height);
    };
    const watch = new ResizeObserver(measure);
    watch.observe(box.current);
    measure();
    return () => watch.disconnect();
  }, []);
  return height;
}

export function Tree({ id, nodes, version, current, link, near, label, height, answer, setProps }) {
  const box = useRef(null);
  const api = useRef(null);
  const began = useRef(performance.now());
  useEffect(() => void performance.measure('tree', { start: began.current }), []); // for benchmarks/app.py
  const [pending, setPending] = useState(null); // an operation that is shown before the server agreed
  const [filter, setFilter] = useState(kept.filter);
  const shown = current === null || current === undefined ? TOP : String(current);
  const rows = useHeight(box);

  const byId = useMemo(() => (pending ? linked(changed(nodes, pending)) : linkedOnce(nodes, version)), [version, pending]);
  useMemo(() => outbox.drawn(Number(version)), [version]);
  useLayoutEffect(() => {
    setNodes(byId, { open: shown, link: link || '/tree', near: near || [] });
  }, [byId, shown]);
  const view = useMemo(() => filtered(byId.get(TOP), filter), [byId, filter]);
  const data = useMemo(() => [view.top], [view]);
  const isFiltered = view.matches !== null;
  const open = useMemo(() => openMap(byId, isFiltered), [isFiltered]); // read when the rows are drawn for the first time

  // One at a time to the server; moves and names are shown at once, the server's answer decides.
  useEffect(() => {
    model.send = (operation) => {
      if (operation.type === 'move' || operation.type === 'rename') setPending(operation);
      setProps({ operation });
    };
  }, []);
  useEffect(() => {
    const done = outbox.answered(answer);
    if (!done) return;
    if (answer.is_done && ENDS_CHOICE.has(done.type)) unchoose();
    if (!answer.is_done) {
      outbox.clear();
      setPending(null);
    } else if (answer.goto) visit(answer.goto);
  }, [answer]);
  useEffect(() => setPending(null), [version]);

  const { chosen } = useModel();
  const isTyped = useRef(false); // arborist changes the choice by keys only: clicks are ours, and so is what it clears when drawn
  useEffect(() => {
    const tree = api.current;
    if (!tree) return;
    if (tree.selectedIds.size !== chosen.size || [...chosen].some((one) => !tree.selectedIds.has(one)))
      tree.setSelection({ ids: [...chosen], anchor: model.anchor, mostRecent: model.anchor });
    setProps({ selected: [...chosen].map(Number) });
  }, [chosen, isFiltered]);
  const onSelect = useCallback((found) => {
    if (isTyped.current) choose(found.map((node) => node.id), api.current?.state.nodes.selection.anchor ?? null);
  }, []);

  // The open node is shown; the focus comes back to where it was in the tree.
  useEffect(() => {
    model.api = api.current;
    if (byId.has(shown)) api.current.scrollTo(shown);
    if (kept.focus !== null) {
      const at = byId.has(kept.focus) ? kept.focus : shown;
      requestAnimationFrame(() => requestAnimationFrame(() => kept.focus !== null && api.current?.focus(at, { scroll: false })));
    }
    return () => {
      model.api = null;
    };
  }, [shown, isFiltered]);

  const onToggle = useCallback((one) => {
    if (!api.current.props.isFiltered) kept.open[one] = api.current.isOpen(one);
  }, []);
  // React-dnd is one event late in where the mouse is, and finds places between rows: the target is ours.
  const target = useRef(null);
  const onMove = useCallback(({ dragIds }) => move(dragIds.map((one) => model.byId.get(one)).filter(Boolean), target.current.number), []);
  const onRename = useCallback(({ id: one, name }) => rename(model.byId.get(one), name), []);
  const isTop = useCallback((one) => one.id === TOP, []);
  const isRefused = useCallback(({ dragNodes }) => !target.current || !canGo(dragNodes.map((one) => model.byId.get(one.id)), target.current), []);

  const keyDown = (event) => {
    const tree = api.current;
    if (!tree || tree.isEditing || event.target.closest('input')) return;
    isTyped.current = true;
    setTimeout(() => {
      isTyped.current = false;
    }); // after arborist had the key
    const node = tree.focusedNode;
    const used = () => {
      event.preventDefault();
      event.stopPropagation();
    };
    if (event.key === 'Enter' && node) {
      used();
      if (node.id === shown) focusContent();
      else {
        kept.focus = node.id;
        goTo(node.id);
      }
    } else if (event.key === ' ' && node) {
      used();
      if (node.id !== TOP) toggle(node.id);
    } else if (event.key === 'F2' && node && node.id !== TOP) {
      used();
      tree.edit(node.id);
    } else if (event.key === 'Escape' && model.chosen.size) {
      used();
      unchoose();
    }
  };

  // Where a drag would go, of rows (react-dnd) and of cards (the browser's own): a branch, or the branch of a morph.
  const [over, setOver] = useState(null);
  const carries = (event) => event.dataTransfer.types.includes(CARRIED);
  const drag = (event) => {
    const row = model.byId.get(event.target.closest('[data-node]')?.dataset.node) || model.byId.get(TOP);
    target.current = row.isBranch ? row : row.parent;
    const dragged = carries(event) ? [...model.dragged].map((one) => model.byId.get(one)) : api.current.dragNodes.map((one) => model.byId.get(one.id));
    setOver(canGo(dragged, target.current) ? target.current.id : null);
    if (!carries(event)) return;
    event.preventDefault();
    event.stopPropagation(); // react-dnd forbids every drag that it does not know
  };
  const drop = (event) => {
    setOver(null);
    if (!carries(event)) return;
    event.preventDefault();
    event.stopPropagation();
    const dragged = [...model.dragged].map((one) => model.byId.get(one));
    if (canGo(dragged, target.current)) move(dragged, target.current.number);
  };
  useEffect(() => {
    if (over === null) return undefined;
    const row = box.current.querySelector(`[data-node="${over}"]`);
    row?.classList.add('is-target');
    const timer = setTimeout(() => api.current?.open(over), OPENS_AFTER);
    return () => {
      clearTimeout(timer);
      row?.classList.remove('is-target');
    };
  }, [over]);

  const search = (text) => {
    kept.filter = text;
    setFilter(text);
  };
  const filterKey = (event) => {
    if (event.key === 'Escape') search('');
    else if (event.key === 'ArrowDown') api.current?.focus(api.current.firstNode);
    else if (event.key === 'Enter' && filter.trim()) {
      const node = firstMatch(byId.get(TOP), filter);
      if (node) goTo(node.id);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return h(
    'div',
    { id, className: 'tree', style: { height: height || '100%' } },
    h(
      'div',
      { className: 'tree-filter' },
      h('input', {
        type: 'search',
        value: filter,
        placeholder: 'Find a node',
        'aria-label': 'Find a node by its title',
        'data-key': '/',
        'data-help': 'find a node',
        onClick: (event) => event.currentTarget.focus(),
        onChange: (event) => search(event.target.value),
        onKeyDown: filterKey,
      }),
      h('span', { className: 'tree-found', role: 'status' }, isFiltered ? `${view.matches.toLocaleString('en')} found` : ''),
    ),
    h(
      'div',
      {
        ref: box,
        className: 'tree-box',
        'data-keys': KEYS,
        onKeyDownCapture: keyDown,
        onFocusCapture: (event) => {
          kept.focus = event.target.closest('[data-node]')?.dataset.node ?? kept.focus ?? shown;
        },
        onBlurCapture: (event) => {
          if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) kept.focus = null;
        },
        onDragEnterCapture: drag,
        onDragOverCapture: drag,
        onDragEnd: () => setOver(null),
        onDragLeave: (event) => !event.currentTarget.contains(event.relatedTarget) && setOver(null),
        onDropCapture: drop,
      },
      h(
        Arborist,
        {
          key: isFiltered ? 'filtered' : 'whole',
          ref: api,
          data,
          width: '100%',
          height: rows,
          rowHeight: ROW,
          indent: 16,
          overscanCount: 6,
          openByDefault: isFiltered || byId.size <= FEW,
          initialOpenState: open,
          disableDrag: isTop,
          disableEdit: isTop,
          disableSelect: isTop,
          disableDrop: isRefused,
          disableDeselectOnClick: true,
          renderRow: Row,
          renderCursor: noCursor,
          onSelect,
          onToggle,
          onMove,
          onRename,
          current: shown,
          isFiltered,
          'aria-label': label || 'Tree',
        },
        Label,
      ),
    ),
  );
}

const KEYS = JSON.stringify([
  ['↑ ↓', 'move in the tree'],
  ['← →', 'close and open a branch'],
  ['Enter', 'show the node; again: go to what it owns'],
  ['Space', 'choose the node'],
  ['Shift+↑ ↓', 'choose several'],
  ['F2', 'rename in place'],
  ['Escape', 'choose none'],
]);

/** Focus what the open node owns: its cards, its gallery, or the first field. */
function focusContent() {
  kept.focus = null;
  const within = (selector) => document.querySelector(`#tree-content ${selector}`);
  (within('[role="listbox"]') || within('input'))?.focus();
}

export const components = { Tree, NodeActions, Cards, Names, Proposal };
