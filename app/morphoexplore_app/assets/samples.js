// The page Samples: its figures follow the ground, light or dark.
(() => {
  'use strict';
  new MutationObserver(
    () =>
      document.getElementById('samples-page') &&
      window.dash_clientside.set_props('samples-theme-tick', { data: Date.now() }),
  ).observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme'] });
})();
