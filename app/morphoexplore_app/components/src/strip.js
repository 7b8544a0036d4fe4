// A few pictures in a line, cut out of sheets that many strips share.

import { createElement as h, useMemo } from 'react';
import { MOST, cellStyle, sheetUrls, sideFor } from './sheets.js';

/** Return for each strip the style of each of its pictures; strips are lists of objects. */
export function useStrips(strips, cell, version) {
  return useMemo(() => {
    const side = sideFor(cell, window.devicePixelRatio || 1);
    const all = strips.flat();
    const urls = sheetUrls(all, side);
    let place = 0;
    return strips.map((objects) =>
      objects.map((object) => {
        const style = { ...cellStyle(place, side, cell, all.length), backgroundImage: `url("${urls[Math.floor(place / MOST)]}")`, width: cell, height: cell };
        place += 1;
        return { object, style };
      }),
    );
  }, [version, cell]);
}

export const Strip = ({ pictures }) =>
  h(
    'span',
    { className: 'strip', 'aria-hidden': true },
    pictures.map(({ object, style }, place) => h('span', { key: place, className: 'strip-cell', style, 'data-object': object })),
  );
