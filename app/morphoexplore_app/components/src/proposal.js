// A proposal of the machine: branches of morphs that look alike, or the parts of a morph; accepted, in part, or left.

import { createElement as h, useState } from 'react';
import { visit } from './dom.js';
import { Strip, useStrips } from './strip.js';
import { Tool } from './tree_buttons.js';
import { outbox } from './tree_model.js';

const CELL = { branches: 40, parts: 52 };

export function Proposal({ id, what, groups, version, node, back }) {
  const [chosen, setChosen] = useState(() => groups.map(() => true));
  const [names, setNames] = useState(() => groups.map(() => ''));
  const areBranches = what === 'branches';
  const strips = useStrips(groups.flatMap((group) => group.rows.map((row) => row.objects)), CELL[what], `${version} ${what} ${groups.length}`);
  const leave = () => visit(back);
  const taken = groups.map((_, place) => place).filter((place) => !areBranches || chosen[place]);
  const accept = () =>
    outbox.push(
      areBranches
        ? { type: 'arrange', groups: taken.map((place) => groups[place].nodes), names: taken.map((place) => names[place].trim() || null), back }
        : { type: 'cut', node, sizes: groups.map((group) => group.size), names: names.map((name) => name.trim() || null), back },
    );
  const put = (set, place, value) => set((all) => all.map((one, at) => (at === place ? value : one)));
  let strip = -1;
  return h(
    'section',
    { id, className: 'proposal', 'aria-label': areBranches ? 'Proposed branches' : 'Proposed parts' },
    h(
      'div',
      { className: 'proposal-tools' },
      h(Tool, {
        label: areBranches ? `Accept ${taken.length === groups.length ? 'all' : taken.length} branches` : `Cut in ${groups.length}`,
        stroke: 'a',
        help: 'accept the proposal',
        isMain: true,
        isReady: taken.length > 0,
        press: accept,
      }),
      h(Tool, { label: 'Leave', stroke: 'q', help: 'leave the proposal', press: leave }),
      areBranches ? h(Tool, { label: taken.length ? 'Check none' : 'Check all', stroke: 'x', press: () => setChosen(groups.map(() => !taken.length)) }) : null,
    ),
    h(
      'ol',
      { className: `proposal-groups is-${what}` },
      groups.map((group, place) =>
        h(
          'li',
          { key: place, className: `proposal-group${!areBranches || chosen[place] ? '' : ' is-left'}` },
          h(
            'div',
            { className: 'proposal-head' },
            areBranches
              ? h('input', {
                  type: 'checkbox',
                  checked: chosen[place],
                  'aria-label': `Accept branch ${place + 1}, ${group.note}`,
                  onChange: (event) => put(setChosen, place, event.target.checked),
                })
              : null,
            h('input', {
              type: 'text',
              className: 'name-field',
              value: names[place],
              placeholder: areBranches ? `branch ${place + 1}: name` : group.placeholder,
              'aria-label': `Name of ${areBranches ? 'branch' : 'part'} ${place + 1}`,
              onChange: (event) => put(setNames, place, event.target.value),
              onKeyDown: (event) => {
                if (event.key !== 'Enter') return;
                const fields = [...document.querySelectorAll(`#${id} input[type="text"]`)];
                const next = fields[fields.indexOf(event.target) + 1];
                if (next) next.focus();
                else event.target.blur();
              },
            }),
            h('span', { className: 'card-note' }, group.note),
          ),
          h(
            'ul',
            { className: 'proposal-rows' },
            group.rows.map((row, at) => {
              strip += 1;
              return h('li', { key: at, title: row.title }, row.title ? h('span', { className: 'proposal-title' }, row.title) : null, h(Strip, { pictures: strips[strip] || [] }));
            }),
            group.more ? h('li', { key: 'more', className: 'proposal-more' }, group.more) : null,
          ),
        ),
      ),
    ),
  );
}
