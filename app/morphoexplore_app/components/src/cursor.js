// Moving a cursor over tiles that are laid out in lines. Pure.

/** Return how many cells stand in a line. */
export const columnsIn = (width, cell, gap) => Math.max(1, Math.floor((width + gap) / (cell + gap)));

/** Return the places of a grid's tiles of which at least half the height lies in view, {top, bottom} from the first tile. */
export function inView({ top, bottom }, { n, columns, cell, gap }) {
  const first = Math.max(0, Math.ceil((top - cell / 2) / (cell + gap)));
  const end = Math.max(first, Math.floor((bottom + cell / 2) / (cell + gap)));
  const [from, to] = [first * columns, Math.min(end * columns, n)];
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}

/** Return where a key takes the cursor of a grid of n tiles, the same place where it cannot; null: not such a key. */
export function moved(place, key, { n, columns, lines }) {
  const step = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: columns,
    ArrowUp: -columns,
    PageDown: columns * Math.max(1, lines),
    PageUp: -columns * Math.max(1, lines),
  }[key];
  if (key === 'Home') return 0;
  if (key === 'End') return Math.max(0, n - 1);
  if (step === undefined) return null;
  const to = place + step;
  if (Math.abs(step) === 1) return Math.min(Math.max(to, 0), n - 1);
  if (to < 0) return key === 'PageUp' ? place % columns : place;
  if (to < n) return to;
  // Into a last line that is shorter: its end; from the last line: nowhere.
  const isOnLastLine = Math.floor(place / columns) === Math.floor((n - 1) / columns);
  return isOnLastLine ? place : n - 1;
}

/**
 * Return where a key takes a cursor over rows of images, {row, place}; null: not such a key.
 * Up and down go line by line, through rows of several lines too; PageUp and PageDown go row by row.
 */
export function movedInRows({ row, place }, key, lengths, columns) {
  const column = place % columns;
  const lastLine = (length) => Math.floor((Math.max(length, 1) - 1) / columns);
  const inRow = (to, line) => ({ row: to, place: Math.max(0, Math.min(line * columns + column, lengths[to] - 1)) });
  const line = Math.floor(place / columns);
  switch (key) {
    case 'ArrowRight':
      return { row, place: Math.min(place + 1, Math.max(0, lengths[row] - 1)) };
    case 'ArrowLeft':
      return { row, place: Math.max(place - 1, 0) };
    case 'Home':
      return { row, place: 0 };
    case 'End':
      return { row, place: Math.max(0, lengths[row] - 1) };
    case 'ArrowDown':
      if (line < lastLine(lengths[row])) return inRow(row, line + 1);
      return row + 1 < lengths.length ? inRow(row + 1, 0) : { row, place };
    case 'ArrowUp':
      if (line > 0) return inRow(row, line - 1);
      return row > 0 ? inRow(row - 1, lastLine(lengths[row - 1])) : { row, place };
    case 'PageDown':
      return row + 1 < lengths.length ? inRow(row + 1, 0) : { row, place };
    case 'PageUp':
      return row > 0 ? inRow(row - 1, 0) : { row, place };
    default:
      return null;
  }
}
