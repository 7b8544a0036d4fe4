// Fields of nodes: as a table with a row per node, or as a form for one. Each field is saved when a person leaves it.

import { createElement as h, useEffect, useMemo, useRef, useState } from 'react';
import { Strip, useStrips } from './strip.js';
import { stamp, visit } from './dom.js';
import { FIELDS, NUMBERS, entryOf, shareOf, suggested, textOf, withEntry } from './naming.js';
import { Proposals, useProposals } from './completing.js';
import { filled } from './taxa.js';
import { Outbox } from './outbox.js';
import { KINDS } from './tree_actions.js';

const CELL = 40;
const SHORT = 12; // characters that fit into the narrowest field

function Field({ id, row, field, title, state, isForm, leave, key_, search, names, takeTaxon }) {
  const isProposing = Boolean(search) && (field === 'name' || field === 'taxon');
  const box = useProposals({
    search: isProposing ? search : null,
    field,
    names,
    take: (option) => {
      if (!option.isName) return takeTaxon(row, field, option);
      const input = document.getElementById(`${id}-${row.id}-${field}`);
      input.value = option.display_name;
      leave(row, field, input.value);
    },
  });
  const common = {
    id: `${id}-${row.id}-${field}`,
    'aria-label': isForm ? undefined : `${title} of ${row.title}`,
    'data-field': field,
    'data-row': row.id,
    className: `name-field${state ? ` is-${state.is}` : ''}`,
    title: state?.why ?? (textOf(row, field).length > SHORT ? textOf(row, field) : undefined), // what may be cut off is read on hover
    'aria-invalid': state?.is === 'refused' || undefined,
    defaultValue: textOf(row, field),
    ...(key_ ? { 'data-key': key_, 'data-help': `write the ${title.toLowerCase()}` } : {}),
    onClick: (event) => event.currentTarget.focus(),
    onBlur: (event) => {
      box.close();
      leave(row, field, event.target.value);
    },
  };
  if (field === 'kind')
    return h(
      'select',
      { ...common, onChange: (event) => leave(row, field, event.target.value) },
      h('option', { value: '' }, row.inherited ? `${row.inherited} (inherited)` : 'as its branch'),
      KINDS.map((kind) => h('option', { key: kind, value: kind }, kind)),
    );
  const hint = field === 'name' && !row.name && row.suggestion ? `${suggested(row)}  →` : '';
  const list = `${id}-${row.id}-${field}-taxa`;
  const combined = isProposing
    ? {
        role: 'combobox',
        'aria-autocomplete': 'list',
        'aria-expanded': box.isOpen,
        'aria-controls': list,
        'aria-activedescendant': box.at >= 0 ? `${list}-${box.at}` : undefined,
        onInput: (event) => box.type(event.target.value),
      }
    : {};
  const input = h('input', {
    ...common,
    ...combined,
    type: 'text',
    autoComplete: 'off',
    spellCheck: false,
    placeholder: hint,
    inputMode: NUMBERS.has(field) ? 'numeric' : undefined,
    list: isProposing ? undefined : field === 'name' ? `${id}-names` : field === 'taxon' ? `${id}-taxa` : undefined,
    onKeyDown: (event) => {
      if (box.key(event)) return;
      if (event.key === 'ArrowRight' && hint && !event.target.value) {
        event.preventDefault();
        event.target.value = row.suggestion.text;
      } else if (event.key === 'Escape') {
        event.preventDefault();
        event.target.value = textOf(row, field);
        if (isForm) event.target.blur();
      } else if (event.key === 'Enter') {
        event.preventDefault();
        const rows = [...document.querySelectorAll(`#${id} [data-field="name"]`)];
        const here = rows.findIndex((one) => one.dataset.row === String(row.id));
        const next = isForm ? null : rows[here + (event.shiftKey ? -1 : 1)];
        leave(row, field, event.target.value);
        if (next) {
          next.focus();
          next.select();
        } else if (isForm) event.target.blur();
      }
    },
  });
  if (!isProposing) return input;
  return h('div', { className: 'name-proposing' }, input, h(Proposals, { id: list, label: `Taxa for ${row.title}`, box }));
}

const about = (row) => [row.count.toLocaleString('en'), row.path, row.stated].filter(Boolean).join(' · ');

const Options = ({ id, texts }) => h('datalist', { id }, (texts || []).map((text) => h('option', { key: text, value: text })));

/** The search for nodes; what it finds is a page of its own. */
function Find({ find, address }) {
  const go = (text) => visit(text.trim() ? `${address}&find=${encodeURIComponent(text.trim())}` : address);
  return h('input', {
    type: 'search',
    className: 'names-find',
    defaultValue: find,
    placeholder: 'Find by title, taxon or note: Enter',
    'aria-label': 'Find nodes by title, taxon or note',
    'data-key': '/',
    'data-help': 'find nodes',
    onClick: (event) => event.currentTarget.focus(),
    onInput: (event) => find && !event.target.value && go(''),
    onKeyDown: (event) => event.key === 'Enter' && go(event.target.value),
  });
}

export function Names({ id, rows: given, version, names, taxa, layout, link, label, find, address, search, answer, setProps }) {
  const [rows, setRows] = useState(given);
  const [states, setStates] = useState({});
  const [said, setSaid] = useState('');
  const box = useRef(null);
  const sent = useRef({}); // what a field was sent with, so that leaving it again sends nothing
  const isForm = layout === 'form';
  const post = useMemo(() => new Outbox((entry) => setProps({ entry }), stamp), []);
  useMemo(() => post.drawn(Number(version)), [version]);
  useEffect(() => {
    setRows(given);
    setStates({});
    sent.current = {};
    for (const row of given)
      for (const [name] of FIELDS) {
        const input = document.getElementById(`${id}-${row.id}-${name}`);
        if (input && input !== document.activeElement) input.value = textOf(row, name);
      }
  }, [version, label]);
  const mark = (node, field, state) => setStates((all) => ({ ...all, [`${node} ${field}`]: state }));

  useEffect(() => {
    const done = post.answered(answer);
    if (!done) return;
    const fields = done.field === 'identify' ? Object.keys(done.value) : [done.field];
    for (const one of fields) mark(done.node, one, answer.is_done ? { is: 'saved' } : { is: 'refused', why: answer.message });
    if (answer.is_done) setRows((now) => withEntry(now, done));
    setSaid(answer.is_done ? 'Saved.' : answer.message);
  }, [answer]);

  const leave = (row, field, text) => {
    const entry = entryOf(row, field, text);
    const place = `${row.id} ${field}`;
    if (!entry) {
      if (states[place]?.is === 'refused') mark(row.id, field, null);
      delete sent.current[place];
      return;
    }
    if (entry.error) {
      mark(row.id, field, { is: 'refused', why: entry.error });
      setSaid(`${row.title}: ${entry.error}`);
      return;
    }
    if (sent.current[place] === entry.value) return;
    sent.current[place] = entry.value;
    mark(row.id, field, { is: 'sent' });
    post.push(entry);
  };
  const takeTaxon = (row, field, taxon) => {
    const input = (name) => document.getElementById(`${id}-${row.id}-${name}`);
    const value = filled(row, field, input('name').value, taxon);
    for (const [name] of FIELDS) {
      if (!(name in value)) continue;
      input(name).value = textOf(value, name);
      sent.current[`${row.id} ${name}`] = value[name];
      mark(row.id, name, { is: 'sent' });
    }
    post.push({ node: row.id, field: 'identify', value, kind: taxon.kind ?? null });
  };
  const take = (row) => {
    const input = document.getElementById(`${id}-${row.id}-name`);
    input.value = row.suggestion.text;
    leave(row, 'name', input.value);
  };
  const field = (row, [name, title], key_) =>
    h(Field, { key: name, id, row, field: name, title, state: states[`${row.id} ${name}`], isForm, leave, key_, search, names, takeTaxon });
  const strips = useStrips(given.map((row) => row.objects || []), CELL, `${version} ${label}`);
  const options = [h(Options, { key: 'names', id: `${id}-names`, texts: names }), h(Options, { key: 'taxa', id: `${id}-taxa`, texts: taxa })];
  const status = h('p', { key: 'said', className: 'names-said', role: 'status' }, said);

  if (isForm)
    return h(
      'div',
      { id, ref: box, className: 'name-form', role: 'group', 'aria-label': label },
      rows.map((row) =>
        FIELDS.map((one) =>
          h(
            'div',
            { key: one[0], className: `name-pair is-${one[0]}` },
            h('label', { htmlFor: `${id}-${row.id}-${one[0]}` }, one[1]),
            field(row, one, { note: 'e', taxon: 'y' }[one[0]]),
          ),
        ),
      ),
      options,
      status,
    );
  return h(
    'div',
    { id, ref: box, className: 'names' },
    h(Find, { key: `${address} ${find}`, find, address }),
    rows.length === 0 ? null : h(
      'table',
      { className: 'names-table', 'aria-label': label },
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Node'), FIELDS.map(([name, title]) => h('th', { key: name, scope: 'col', className: `is-${name}` }, title)))),
      h(
        'tbody',
        null,
        rows.map((row, place) =>
          h(
            'tr',
            { key: row.id },
            h(
              'th',
              { scope: 'row' },
              h(Strip, { pictures: strips[place] || [] }),
              h(
                'span',
                { className: 'names-node' },
                h('a', { href: `${link}?node=${row.id}`, title: row.title, tabIndex: -1, onClick: (event) => {
                  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                  event.preventDefault();
                  visit(`${link}?node=${row.id}`);
                } }, row.name || row.title),
                h('span', { className: 'names-count', title: about(row) }, about(row)),
              ),
            ),
            FIELDS.map((one) =>
              h(
                'td',
                { key: one[0], className: `is-${one[0]}` },
                field(row, one, place === 0 && one[0] === 'name' ? 'e' : undefined),
                one[0] === 'name' && !row.name && row.suggestion
                  ? h('button', { type: 'button', className: 'names-take', tabIndex: -1, onClick: () => take(row), title: `Name it ${row.suggestion.text}: ${shareOf(row)}` }, 'take')
                  : null,
              ),
            ),
          ),
        ),
      ),
    ),
    options,
    status,
  );
}
