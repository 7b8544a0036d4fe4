// Pointer on the map: drag to move, draw a lasso or a box, wheel to zoom, click for an object.

const SLACK = 4; // pixels that a click may move
const NEXT = 3; // pixels between two corners of a lasso

const positionIn = (element, event) => {
  const frame = element.getBoundingClientRect();
  return [event.clientX - frame.left, event.clientY - frame.top];
};

const howOf = (event) => (event.ctrlKey || event.metaKey ? 'add' : event.altKey ? 'remove' : 'replace');

/**
 * Listen on an element. `on` has tool() and is told: pan(dx, dy), zoom(factor, px, py), draw(line or null, tool),
 * close(line, tool, how), click(px, py), hover(px, py), leave(). Returns {cancel, isDrawing}.
 */
export function gestures(element, on) {
  let drag = null; // {start, last, tool, line, isMoved}

  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    const at = positionIn(element, event);
    const tool = event.shiftKey && on.tool() === 'pan' ? 'lasso' : on.tool();
    drag = { start: at, last: at, tool, line: [at], isMoved: false };
    element.setPointerCapture(event.pointerId);
    element.focus({ preventScroll: true });
  });

  element.addEventListener('pointermove', (event) => {
    const at = positionIn(element, event);
    if (!drag) {
      on.hover(...at);
      return;
    }
    if (!drag.isMoved && Math.hypot(at[0] - drag.start[0], at[1] - drag.start[1]) < SLACK) return;
    if (!drag.isMoved) on.leave();
    drag.isMoved = true;
    if (drag.tool === 'pan') on.pan(at[0] - drag.last[0], at[1] - drag.last[1]);
    else if (drag.tool === 'box') drag.line = cornersOf(drag.start, at);
    else if (Math.hypot(at[0] - drag.last[0], at[1] - drag.last[1]) >= NEXT) drag.line.push(at);
    else return;
    drag.last = at;
    if (drag.tool !== 'pan') on.draw(drag.line, drag.tool);
  });

  const finish = (event) => {
    if (!drag) return;
    const { tool, line, isMoved, start } = drag;
    drag = null;
    if (!isMoved) on.click(...start);
    else if (tool !== 'pan') {
      on.draw(null, tool);
      on.close(line, tool, howOf(event));
    }
  };
  element.addEventListener('pointerup', finish);
  element.addEventListener('pointercancel', () => cancel());
  element.addEventListener('pointerleave', () => !drag && on.leave());
  element.addEventListener('dblclick', (event) => on.twice(...positionIn(element, event)));
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const pixels = event.deltaY * [1, 16, 400][event.deltaMode];
      on.zoom(Math.exp(-Math.min(Math.max(pixels, -300), 300) * (event.ctrlKey ? 0.01 : 0.0018)), ...positionIn(element, event));
    },
    { passive: false },
  );

  const cancel = () => {
    const wasDrawing = drag !== null && drag.tool !== 'pan' && drag.isMoved;
    drag = null;
    if (wasDrawing) on.draw(null);
    return wasDrawing;
  };
  return { cancel };
}

export const cornersOf = ([ax, ay], [bx, by]) => [[ax, ay], [bx, ay], [bx, by], [ax, by]];
