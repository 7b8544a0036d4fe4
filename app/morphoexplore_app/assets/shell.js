// What the shell hears from pages: after a refusal that leaves a page as it is, its galleries take keys again. And what it
// hears no more: a server that has ended is told, for Dash would say nothing and every key would do nothing.
(() => {
  'use strict';
  const isRefusal = (said) => said && said.is_done === false && !said.redraw;
  const isError = (notices) => Array.isArray(notices) && notices.some((one) => one.color === 'red');
  const hide = (...gone) => window.dash_clientside.set_props?.('notices', { hideNotifications: gone });
  let standing = []; // notices of the last outcomes: the next take their place, or what was undone would still be told
  const replace = (said) => {
    const fresh = said.map((one) => one?.stamp).filter(Boolean); // a notice has the stamp of its outcome
    if (!fresh.length) return; // a page was drawn
    const former = standing.filter((id) => !fresh.includes(id));
    standing = fresh;
    if (former.length) hide(...former);
  };
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.shell = {
    refused: () => {
      const said = window.dash_clientside.callback_context.triggered.map((one) => one.value);
      replace(said);
      if (said.some((one) => isRefusal(one) || isError(one))) window.galleryRefused?.();
    },
  };

  const SILENT = 'no-answer';
  const ANEW = 'started-anew';
  const tell = (notice) => window.dash_clientside.set_props?.('notices', { sendNotifications: [notice] });
  let said = null; // the notice that stands, unless it was closed
  const sayNoAnswer = (id, message) => {
    const former = said;
    said = id;
    tell({ id, action: 'show', message, color: 'red', autoClose: false, closeButtonProps: { 'aria-label': 'Close this message' } });
    if (former && former !== id) hide(former);
  };
  const ask = window.fetch;
  window.fetch = async (resource, ...rest) => {
    const isOfDash = String(resource?.url ?? resource).includes('_dash-update-component');
    try {
      const response = await ask(resource, ...rest);
      if (isOfDash && (response.status === 401 || response.status === 403)) {
        sayNoAnswer(ANEW, 'morphoexplore was started anew. Open the link that it printed; every decision that was made is saved.');
      } else if (isOfDash && said) {
        hide(said);
        said = null;
      }
      return response;
    } catch (error) {
      if (isOfDash && error.name !== 'AbortError') {
        sayNoAnswer(SILENT, 'morphoexplore does not answer. Has it been stopped? Start it again with morphoexplore serve; every decision that was made before is saved.');
      }
      throw error;
    }
  };
})();
