// Surveys: the gallery's answers go to a store that stays; on a ruler the arrows go from row to row.
(() => {
  'use strict';
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.survey = {
    relay: (action) => action || window.dash_clientside.no_update,
  };

  // With Ctrl a click on an image of a ruler is about the object, not about the row.
  document.addEventListener(
    'click',
    (event) => {
      const picture = (event.ctrlKey || event.metaKey) && event.target instanceof Element && event.target.closest('.ruler-picture');
      if (!picture) return;
      event.preventDefault();
      event.stopPropagation();
      window.showObject(Number(picture.dataset.object));
    },
    true,
  );

  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || document.querySelector('dialog[open]')) return;
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const rows = [...document.querySelectorAll('.ruler-row')];
    const isFree = document.activeElement === document.body || document.activeElement.id === 'content';
    const place = rows.indexOf(document.activeElement);
    if (!rows.length || (place < 0 && !isFree)) return;
    event.preventDefault();
    const step = event.key === 'ArrowDown' ? 1 : -1;
    rows[Math.max(0, Math.min(place < 0 ? 0 : place + step, rows.length - 1))].focus();
  });
})();
