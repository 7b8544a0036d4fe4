// Links with data-download fetch their file, so that making it can be seen and an error is a sentence on the page.
// Buttons with data-copy copy that text.
(() => {
  'use strict';
  const say = (message, isDone) =>
    window.dash_clientside.set_props('notices', {
      sendNotifications: [{ id: `download-${Date.now()}`, action: 'show', message, color: isDone ? 'blue' : 'red', autoClose: isDone ? 5000 : false }],
    });

  const nameIn = (response) => {
    const found = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('Content-Disposition') || '');
    return found ? decodeURIComponent(found[1]) : 'download';
  };

  async function download(link) {
    if (link.getAttribute('aria-busy') === 'true') return;
    link.setAttribute('aria-busy', 'true');
    try {
      const response = await fetch(link.href);
      if (!response.ok) {
        say((await response.text()).trim() || `The file could not be made (${response.status}).`, false);
        return;
      }
      const file = document.createElement('a');
      file.href = URL.createObjectURL(await response.blob());
      file.download = nameIn(response);
      document.body.append(file);
      file.click();
      file.remove();
      setTimeout(() => URL.revokeObjectURL(file.href), 60000);
      say(`${file.download} was downloaded.`, true);
    } catch {
      say('The file could not be fetched: the program does not answer. Is morphoexplore serve still running?', false);
    } finally {
      link.removeAttribute('aria-busy');
    }
  }

  async function copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      say('Copied.', true);
    } catch {
      say('The browser does not let this page copy. Select the text and press Ctrl+C.', false);
    }
  }

  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Element)) return;
    const link = event.target.closest('a[data-download]');
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      download(link);
    }
    const button = event.target.closest('button[data-copy]');
    if (button) copy(button);
  });
})();
