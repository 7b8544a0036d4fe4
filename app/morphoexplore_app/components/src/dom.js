// Making elements; text of users only ever as text.

/** Make an element: properties, `class`, `aria-*`, `data-*` and `role` as attributes; children are nodes or text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Return a value that differs from all given before: dash passes on only what changed. */
let given = 0;
export const stamp = () => `${Date.now()}-${(given += 1)}`;

/** Go to a page of the app as its links do. */
export function visit(path) {
  window.history.pushState({}, '', path);
  window.dispatchEvent(new CustomEvent('_dashprivate_pushstate'));
  window.scrollTo(0, 0);
}

/** Return a function that calls another one after some quiet. */
export function debounced(call, wait) {
  let timer = 0;
  const late = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(call, wait, ...values);
  };
  late.cancel = () => clearTimeout(timer);
  return late;
}
