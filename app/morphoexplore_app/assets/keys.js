// Keys press the buttons that name them (data-key); ? lists them. Nothing is pressed while a person types.
(() => {
  'use strict';
  const isTyping = (element) =>
    element instanceof Element && element.closest('input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable="true"], [role="dialog"] [role="option"]');
  const isShown = (element) => element.offsetParent !== null || element.getClientRects().length > 0;
  const isReady = (element) => isShown(element) && !element.disabled && element.dataset.disabled === undefined;
  const name = (event) =>
    (event.ctrlKey || event.metaKey ? 'Control+' : '') +
    (event.shiftKey && event.ctrlKey ? 'Shift+' : '') +
    (event.key.length === 1 && (event.ctrlKey || event.metaKey) ? event.key.toLowerCase() : event.key);
  const withKey = (key) => [...document.querySelectorAll('[data-key]')].filter((element) => element.dataset.key === key && isReady(element));

  let first = ''; // of two strokes
  let since = 0;

  // The second of two strokes comes before the keys that a component has of its own: "g o" is no "o".
  document.addEventListener(
    'keydown',
    (event) => {
      if (!first || event.altKey || event.isComposing || event.timeStamp - since >= 1200 || isTyping(event.target)) return;
      const [element] = withKey(`${first} ${name(event)}`);
      if (!element) return;
      first = '';
      event.preventDefault();
      event.stopPropagation();
      element.click();
    },
    true,
  );

  // Escape in a field with a list closes the list, then the panel that the field is in. Asked before the field itself, which
  // closes its list. A field to write into keeps what was written.
  const isClosedList = (field) =>
    field.matches('[aria-haspopup="listbox"]') && field.dataset.expanded !== 'true' && field.getAttribute('aria-expanded') !== 'true';
  window.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || event.isComposing || !(event.target instanceof Element) || !isClosedList(event.target)) return;
      const [element] = withKey('Escape');
      if (!element || !element.closest('aside')?.contains(event.target) || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      element.click();
    },
    true,
  );

  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.altKey || event.isComposing) return;
    let key = name(event);
    if (key === 'Control+Shift+z') key = 'Control+y';
    if (isTyping(event.target)) return;
    if ((key === ' ' || key === 'Enter') && event.target instanceof Element && event.target.closest('button, a[href], summary, [role="button"], [role="tab"]')) return;
    if (document.querySelector('dialog[open]')) return;
    first = '';
    const found = withKey(key);
    if (found.length) {
      event.preventDefault();
      if (!event.repeat) found[found.length - 1].click();
      return;
    }
    if (!event.ctrlKey && [...document.querySelectorAll('[data-key]')].some((element) => element.dataset.key.startsWith(`${key} `))) {
      first = key;
      since = event.timeStamp;
    }
  });

  // A button that was clicked by mouse gives its focus back, so that the space bar is free for the page.
  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element && event.target.closest('button[data-key]');
    if (button && event.detail > 0) button.blur();
    if (event.target instanceof Element && event.target.closest('#help')) showKeys();
  });

  const readable = (key) =>
    key.split(' ').length === 2 && key !== ' ' ? key.split(' ').join(' then ') : ({ ' ': 'Space', 'Control+z': 'Ctrl+Z', 'Control+y': 'Ctrl+Y', Delete: 'Del' })[key] || key;

  function showKeys() {
    let dialog = document.getElementById('keys-dialog');
    if (!dialog) {
      dialog = document.createElement('dialog');
      dialog.id = 'keys-dialog';
      dialog.setAttribute('aria-labelledby', 'keys-title');
      document.body.append(dialog);
      dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
    }
    dialog.textContent = '';
    const title = Object.assign(document.createElement('h2'), { id: 'keys-title', textContent: 'Keys of this page' });
    const table = document.createElement('table');
    const rows = [];
    const everywhere = []; // comes after what the page has of its own
    for (const element of document.querySelectorAll('[data-keys]'))
      if (isShown(element)) rows.push(...JSON.parse(element.dataset.keys));
    for (const element of document.querySelectorAll('[data-key]'))
      if (isShown(element)) (element.closest('header') ? everywhere : rows).push([readable(element.dataset.key), element.dataset.help || element.textContent]);
    const seen = new Set();
    for (const [key, text] of [...rows, ...everywhere]) {
      if (seen.has(key + text)) continue;
      seen.add(key + text);
      const row = table.insertRow();
      if (rows.length && key === everywhere[0]?.[0]) row.className = 'keys-first';
      row.insertCell().append(Object.assign(document.createElement('kbd'), { textContent: key }));
      row.insertCell().textContent = text;
    }
    const close = Object.assign(document.createElement('button'), { textContent: 'Close', type: 'button' });
    close.addEventListener('click', () => dialog.close());
    const end = Object.assign(document.createElement('div'), { className: 'keys-end' });
    end.append(close);
    dialog.append(title, table, end);
    dialog.showModal();
    dialog.scrollTop = 0; // the focus goes to the button at the end
  }

  // Any picture of an object, in any component, opens the object panel with this.
  window.showObject = (object) => window.dash_clientside.set_props('object', { data: { object, at: Date.now() } });
})();
