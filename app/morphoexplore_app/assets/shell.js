// What the shell hears from pages: after a refusal that leaves a page as it is, its galleries take keys again.
(() => {
  'use strict';
  const isRefusal = (said) => said && said.is_done === false && !said.redraw;
  const isError = (notices) => Array.isArray(notices) && notices.some((one) => one.color === 'red');
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.shell = {
    refused: () => {
      const said = window.dash_clientside.callback_context.triggered.map((one) => one.value);
      if (said.some((one) => isRefusal(one) || isError(one))) window.galleryRefused?.();
    },
  };
})();
