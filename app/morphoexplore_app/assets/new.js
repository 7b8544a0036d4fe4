// A morph is made of what is selected; told here, because a key that is pressed right after a click must find the button ready.
(() => {
  'use strict';
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.newcomers = {
    isNothing: (selected) => !(selected && selected.n),
  };
})();
