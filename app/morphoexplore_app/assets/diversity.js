// The page Diversity: its choice in the address without drawing the page anew, its theme, sorting and rows of its table.
(() => {
  'use strict';
  const PAGE = '/diversity';
  const isHere = () => window.location.pathname.replace(/\/$/, '') === PAGE;
  const set = (id, data) => window.dash_clientside.set_props(id, { data });
  let drawn = null; // the address that Dash holds
  let written = null; // what this script wrote into the address last

  // Figures that were there before take the room that is left to them; plotly looks only when the window changes.
  const rooms = new ResizeObserver(() => requestAnimationFrame(() => window.dispatchEvent(new Event('resize'))));

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.diversity = {
    isDark: () => document.documentElement.dataset.mantineColorScheme === 'dark',

    fit: () => {
      rooms.disconnect();
      for (const room of document.querySelectorAll('.diversity-graph')) rooms.observe(room);
      return window.dash_clientside.no_update;
    },

    // The choice and the place that is open go into the address; Dash's own copy of it stays as it was, so that the
    // page is not drawn anew. (Drawn anew after undo, the server reads the address from the request: see address_of.)
    address: (choice, place, search) => {
      const { no_update } = window.dash_clientside;
      if (!isHere() || typeof choice !== 'string') return no_update;
      drawn = search || '';
      const parts = [choice];
      for (const name of ['sample', 'at', 'morph', 'side', 'page'])
        if (place && place[name]) parts.push(`${name}=${encodeURIComponent(place[name])}`);
      const query = parts.filter(Boolean).join('&');
      if (window.location.search !== (query && `?${query}`))
        window.history.replaceState(window.history.state, '', window.location.pathname + (query && `?${query}`));
      written = window.location.search; // as the browser spells it
      return no_update;
    },
  };

  // A link to this very page, when the address was changed meanwhile: Dash would see no difference.
  for (const name of ['popstate', '_dashprivate_pushstate'])
    window.addEventListener(name, () => {
      if (isHere() && written !== null && window.location.search !== written && window.location.search === drawn) {
        written = null;
        window.dash_clientside.set_props('redraw', { data: `diversity-${Date.now()}` });
      } else if (!isHere()) drawn = written = null;
    });

  new MutationObserver(() => document.getElementById('diversity-page') && set('diversity-theme-tick', Date.now())).observe(document.documentElement, {
    attributeFilter: ['data-mantine-color-scheme'],
  });

  document.addEventListener('click', (event) => {
    const button = event.target instanceof Element && event.target.closest('#diversity-table button');
    if (!button) return;
    if (button.dataset.sort) set('diversity-sort', button.dataset.sort);
    else if (button.dataset.sample !== undefined) set('diversity-row', { sample: button.dataset.sample, at: Date.now() });
  });
})();
