// Seeds as rows of images. React owns one empty element; strips_view.js fills it whenever `version` changes.
import { createElement, useEffect, useRef } from 'react';
import { StripsView } from './strips_view.js';

const KEYS = [
  ['← → Home End', 'move along a row'],
  ['↑ ↓ PgUp PgDn', 'move to another line, another row'],
  ['a Enter', 'last good image: accept the row up to here (again: refuse)'],
  ['A', 'accept the whole row (again: refuse)'],
  ['Ctrl+A', 'accept all rows that you did not touch (again: refuse them)'],
  ['x', 'this image is wrong (also Ctrl+click)'],
  ['s', 'same as the morph offered'],
  ['o', 'open the seed in full (also double-click)'],
  ['i', 'all about the object'],
];

function Strips(props) {
  const root = useRef(null);
  const view = useRef(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    view.current = new StripsView(root.current, {
      read: () => latest.current,
      tell: (properties) => latest.current.setProps(properties),
    });
    return () => view.current.remove();
  }, [props.id]);
  useEffect(() => view.current.draw(), [props.id, props.version, props.cell]);
  useEffect(() => {
    if (!props.busy) view.current.free();
  }, [props.busy]);
  useEffect(() => view.current.loadAhead(), [props.prefetch]);
  return createElement('div', { id: props.id, ref: root, className: 'mx-strips', 'data-keys': JSON.stringify(KEYS) });
}

export const components = { Strips };
