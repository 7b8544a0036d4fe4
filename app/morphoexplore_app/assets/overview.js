// The overview: what is shown of the neighbours goes into the address, without drawing the page anew.
(() => {
  'use strict';
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.overview = {
    address: (query) => {
      const { no_update } = window.dash_clientside;
      if (window.location.pathname !== '/' || typeof query !== 'string') return no_update;
      const search = query && `?${query}`;
      if (window.location.search !== search) window.history.replaceState(window.history.state, '', `/${search}`);
      return no_update;
    },
  };
})();
