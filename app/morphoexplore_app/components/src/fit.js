// How large the images of a page of rows can be. Pure.
import { columnsIn } from './cursor.js';

const SMALLEST = 64;
const LARGEST = 144;
const USUAL = 16; // images of a row of usual length, at most; longer ones may take several lines

/**
 * Return the largest cell (px) at which rows of these lengths fit a width and a height; a row is at least so high.
 * Where they do not fit at all: the largest at which rows of usual length stand in one line, within reason.
 */
export function fitCell(lengths, { width, height, gap, between, least = [] }) {
  for (let cell = LARGEST; cell >= SMALLEST; cell -= 4) {
    const columns = columnsIn(width, cell, gap);
    const heights = lengths.map((length, row) => Math.max(least[row] ?? 0, Math.ceil(length / columns) * (cell + gap) - gap) + between);
    if (heights.reduce((sum, one) => sum + one, 0) <= height) return cell;
  }
  const longest = Math.max(1, ...lengths.filter((length) => length <= USUAL));
  const inOneLine = Math.floor((width + gap) / longest) - gap;
  return Math.max(SMALLEST, Math.min(96, inOneLine - (inOneLine % 4)));
}

const LEAST_IN_GRID = 56;

/** Return the largest cell (px) at which n images stand in a width and a height; the smallest there is where they do not. */
export function fitGrid(n, { width, height, gap }) {
  for (let cell = LARGEST; cell > LEAST_IN_GRID; cell -= 2)
    if (Math.ceil(n / columnsIn(width, cell, gap)) * (cell + gap) - gap <= height) return cell;
  return LEAST_IN_GRID;
}
