// A list of proposals below a field: arrows move in it, Enter takes one, Escape closes it. The field keeps the focus.

import { createElement as h, useEffect, useRef, useState } from 'react';
import { above, asked, moved, numbersOf, proposals } from './taxa.js';

const WAIT = 120; // ms after the last letter

/** What a field has to know to propose: {options, at, isOpen, type(text), key(event), close(), choose(place)}. */
export function useProposals({ search, field, names, take }) {
  const [options, setOptions] = useState([]);
  const [at, setAt] = useState(-1);
  const timer = useRef(null);
  const asking = useRef(0); // which question was the last
  useEffect(() => () => clearTimeout(timer.current), []);
  const close = () => {
    clearTimeout(timer.current);
    asking.current += 1;
    setOptions([]);
    setAt(-1);
  };
  const type = (text) => {
    clearTimeout(timer.current);
    const address = asked(search, text);
    const question = (asking.current += 1);
    if (!address) {
      setOptions([]);
      setAt(-1);
      return;
    }
    timer.current = setTimeout(async () => {
      let taxa = [];
      try {
        const answer = await fetch(address, { headers: { Accept: 'application/json' } });
        if (answer.ok) taxa = (await answer.json()).taxa;
      } catch {
        // without an answer there is nothing to propose; what was typed stays
      }
      if (asking.current !== question) return;
      setOptions(proposals(field, text, names, taxa));
      setAt(-1);
    }, WAIT);
  };
  const choose = (place) => {
    const chosen = options[place];
    close();
    if (chosen) take(chosen);
  };
  /** Return whether a key was for the list. */
  const key = (event) => {
    if (!options.length) return false;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') setAt(moved(at, event.key, options.length));
    else if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && at >= 0) choose(at);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return { options, at, isOpen: options.length > 0, type, key, close, choose };
}

/** The list itself. */
export function Proposals({ id, label, box }) {
  const list = useRef(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [box.at]);
  if (!box.isOpen) return null;
  return h(
    'ul',
    { id, ref: list, role: 'listbox', 'aria-label': label, className: 'taxa' },
    box.options.map((option, place) =>
      h(
        'li',
        {
          key: `${option.isName} ${option.ecotaxa_id} ${option.aphia_id} ${option.display_name}`,
          id: `${id}-${place}`,
          role: 'option',
          'aria-selected': place === box.at,
          className: 'taxon',
          onMouseDown: (event) => {
            event.preventDefault(); // the field keeps the focus
            box.choose(place);
          },
        },
        h('span', { className: 'taxon-name' }, option.display_name),
        h('span', { className: 'taxon-numbers' }, option.isName ? 'in use' : numbersOf(option)),
        option.isName ? null : h('span', { className: 'taxon-lineage' }, above(option)),
      ),
    ),
  );
}
