// The object panel: what needs no server. Buttons say what they do by their data attributes.
(() => {
  'use strict';
  const panel = () => document.getElementById('object-panel');
  const isOpen = () => panel() && !panel().hidden;
  const close = () => window.dash_clientside.set_props('object', { data: null });

  const show = window.showObject;
  window.showObject = (object) => {
    show(object);
    if (panel()) panel().scrollTop = 0;
  };

  // Before everybody else: Escape closes the panel first, and only then does what the page does with it.
  window.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Escape' || event.isComposing || !isOpen() || document.querySelector('dialog[open], [role="dialog"]')) return;
      if (event.target instanceof Element && event.target.closest('[aria-expanded="true"], [data-expanded="true"]')) return; // it closes its list
      event.preventDefault();
      event.stopImmediatePropagation();
      close();
    },
    true,
  );

  document.addEventListener('click', (event) => {
    const at = (selector) => event.target instanceof Element && event.target.closest(selector);
    const like = at('button[data-object]');
    if (like) window.showObject(Number(like.dataset.object));
    if (at('#object-panel [data-close]') || at('.object-leave') || at('#object-panel a.button-link')) close();
    const zoom = at('[data-zoom]');
    if (zoom) zoom.closest('.object-figure').classList.toggle('is-original');
    const focuses = at('[data-focuses]');
    if (focuses) document.getElementById(focuses.dataset.focuses)?.focus();
  });

  document.addEventListener('input', (event) => {
    const whole = event.target instanceof HTMLInputElement && event.target.closest('.object-metadata');
    if (!whole) return;
    const wanted = event.target.value.trim().toLowerCase();
    let found = 0;
    for (const group of whole.querySelectorAll('.object-group')) {
      let here = 0;
      for (const row of group.querySelectorAll('tr')) {
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
        here += !row.hidden;
      }
      group.hidden = !here;
      found += here;
    }
    whole.classList.toggle('is-empty', !found);
  });
})();
