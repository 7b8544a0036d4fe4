// Small dialogs: a text, or one of many things by search. They answer with a promise; null where it was left.

import { make } from './dom.js';
import { found } from './tree_nodes.js';

let counted = 0;

function show(title, fill) {
  const before = document.activeElement;
  return new Promise((resolve) => {
    const name = `ask-${(counted += 1)}`;
    const dialog = make('dialog', { class: 'ask', 'aria-labelledby': name });
    let answer = null;
    const close = (value = null) => {
      answer = value;
      dialog.close();
    };
    dialog.append(make('h2', { id: name }, title));
    dialog.addEventListener('click', (event) => event.target === dialog && close());
    dialog.addEventListener('keydown', (event) => event.stopPropagation());
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (before && before.isConnected) before.focus({ preventScroll: true });
      resolve(answer);
    });
    fill(dialog, close, name);
    document.body.append(dialog);
    dialog.showModal();
  });
}

const buttons = (label, close) => {
  const leave = make('button', { type: 'button', class: 'tool' }, 'Leave');
  leave.addEventListener('click', () => close());
  return make('div', { class: 'ask-buttons' }, leave, make('button', { type: 'submit', class: 'tool tool-main' }, label));
};

/** Ask for a text; may be empty where `isOptional`. */
export const askText = ({ title, label, value = '', action, isOptional = false, isLong = false, help = null }) =>
  show(title, (dialog, close, name) => {
    const field = make(isLong ? 'textarea' : 'input', { id: `${name}-text`, class: 'ask-field', autocomplete: 'off', ...(isLong ? { rows: 3 } : { type: 'text' }) });
    field.value = value;
    const form = make('form', { method: 'dialog' }, make('label', { for: field.id }, label), field);
    if (help) form.append(make('p', { class: 'ask-help' }, help));
    form.append(buttons(action, close));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (isOptional || field.value.trim()) close(field.value.trim());
    });
    field.addEventListener('keydown', (event) => {
      if (isLong && event.key === 'Enter' && !event.shiftKey) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
    dialog.append(form);
    queueMicrotask(() => field.select());
  });

/** Ask for one of some items, {value, title, path, note}, by typing a part of its title or path. */
export const askOne = ({ title, label, items, nothing }) =>
  show(title, (dialog, close, name) => {
    const list = make('ul', { id: `${name}-list`, class: 'ask-list', role: 'listbox', 'aria-label': label });
    const field = make('input', {
      id: `${name}-text`,
      class: 'ask-field',
      type: 'text',
      autocomplete: 'off',
      role: 'combobox',
      'aria-expanded': 'true',
      'aria-autocomplete': 'list',
      'aria-controls': list.id,
    });
    const empty = make('p', { class: 'ask-help', role: 'status' });
    let shown = [];
    let at = 0;
    const mark = (place) => {
      at = Math.max(0, Math.min(place, shown.length - 1));
      [...list.children].forEach((row, index) => {
        row.setAttribute('aria-selected', index === at);
        if (index === at) row.scrollIntoView({ block: 'nearest' });
      });
      if (shown.length) field.setAttribute('aria-activedescendant', `${name}-${at}`);
      else field.removeAttribute('aria-activedescendant');
    };
    const draw = () => {
      shown = found(items, field.value);
      list.replaceChildren(
        ...shown.map((item, place) => {
          const text = make('span', { class: 'ask-text' }, make('span', { class: 'ask-title' }, item.title));
          if (item.path) text.append(make('span', { class: 'ask-path' }, item.path));
          const row = make('li', { id: `${name}-${place}`, role: 'option', 'aria-selected': 'false' }, text);
          if (item.note) row.append(make('span', { class: 'ask-note' }, item.note));
          row.addEventListener('click', () => close(item.value));
          return row;
        }),
      );
      list.hidden = !shown.length;
      empty.textContent = shown.length ? '' : items.length ? 'Nothing of that name.' : nothing;
      mark(0);
    };
    field.addEventListener('input', draw);
    field.addEventListener('keydown', (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
      if (step) mark(at + step);
      else if (event.key === 'Enter' && shown.length) close(shown[at].value);
      else return;
      event.preventDefault();
    });
    dialog.append(make('label', { for: field.id }, label), field, list, empty);
    draw();
  });
