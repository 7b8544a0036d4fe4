// Keys for a component: those typed within it, and those typed while nothing at all has the focus.

/** Name a key as `data-key` of buttons does: "a", "Control+a", "Shift+ArrowUp" is "ArrowUp" with event.shiftKey. */
export function strokeOf(event) {
  const isControl = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 && isControl ? event.key.toLowerCase() : event.key;
  return isControl ? `Control+${key}` : key;
}

const isLost = (target) => target === document.body || target === document.documentElement || target.id === 'content';
const isButton = (target) => target.closest('button, a[href], input, select, textarea, summary') !== null;

/**
 * Call `handle(event, stroke)` for the keys of a component; where it returns true the key is used up.
 * Returns a function that ends it.
 */
export function listen(root, handle) {
  const take = (event) => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    if (handle(event, strokeOf(event))) event.preventDefault();
  };
  const within = (event) => {
    const isPress = event.key === ' ' || event.key === 'Enter';
    if (!(isPress && isButton(event.target))) take(event);
  };
  // After a button of the page was clicked, or a page was drawn, nobody has the focus: the keys are still meant for
  // what is shown. In the capturing phase, to be asked before the keys of buttons.
  const lost = (event) => {
    if (!isLost(event.target) || document.querySelector('dialog[open]') || !root.getClientRects().length) return;
    take(event);
  };
  root.addEventListener('keydown', within);
  document.addEventListener('keydown', lost, true);
  return () => {
    root.removeEventListener('keydown', within);
    document.removeEventListener('keydown', lost, true);
  };
}

/** Focus an element unless a person is typing elsewhere, or a dialog is open. */
export function focusOn(element) {
  const now = document.activeElement;
  const isTaken = now && now.closest('input, textarea, select, [contenteditable="true"], dialog[open], [role="dialog"]');
  if (!isTaken) element.focus({ preventScroll: true });
}

/** Tell whether the focus may be moved to a component without taking it from something else. */
export const isFocusFree = (root) => root.contains(document.activeElement) || isLost(document.activeElement || document.body);
