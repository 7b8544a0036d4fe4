// Images of objects in a grid. React owns one empty element; gallery_view.js fills it whenever `version` changes.
import { createElement, useEffect, useRef } from 'react';
import { GalleryView } from './gallery_view.js';

const KEYS = [
  ['← ↑ ↓ →', 'move (with Shift: select on the way)'],
  ['Home End PgUp PgDn', 'first, last, a page up, a page down'],
  ['x Enter', 'select, or not'],
  ['Ctrl+A', 'select all'],
  ['Esc', 'select none'],
  ['Space', 'enlarge'],
  ['i', 'all about the object (also double-click)'],
];

const views = new Map(); // by id, for buttons of pages

/** Send an action of a gallery, as its key would; for buttons of pages. */
window.galleryAction = (id, name) => views.get(id)?.act(name) ?? false;
/** A decision of the page was refused; what is shown stays. */
window.galleryRefused = () => views.forEach((view) => view.refused());
// The same without a line of script: a button with data-gallery-action="<id of the gallery> <name of the action>".
document.addEventListener('click', (event) => {
  const button = event.target instanceof Element && event.target.closest('[data-gallery-action]');
  if (button) window.galleryAction(...button.dataset.galleryAction.split(' '));
});

function Gallery(props) {
  const root = useRef(null);
  const view = useRef(null);
  const latest = useRef(props);
  const drawn = useRef(null);
  latest.current = props;
  useEffect(() => {
    const made = new GalleryView(root.current, {
      read: () => latest.current,
      tell: (properties) => latest.current.setProps(properties),
    });
    view.current = made;
    views.set(props.id, made);
    return () => {
      if (views.get(props.id) === made) views.delete(props.id);
      made.remove();
    };
  }, [props.id]);
  useEffect(() => {
    view.current.draw(drawn.current === props.version && drawn.current !== null);
    drawn.current = props.version ?? null;
  }, [props.id, props.version, props.cell]);
  return createElement('div', {
    id: props.id,
    ref: root,
    className: props.height ? 'mx-gallery mx-scrolls' : 'mx-gallery',
    style: props.height ? { height: props.height, overflowY: 'auto' } : undefined,
    'data-keys': JSON.stringify(KEYS),
  });
}

export const components = { Gallery };
