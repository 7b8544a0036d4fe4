// One picture, large: the small one at once, then the original where it can be had.
import { make } from './dom.js';

export class Lightbox {
  /**
   * `step(key)` moves the cursor and returns {object, text, isChosen} of what is under it then, null where the key
   * does not move; `choose()` takes the object in or out and returns the same.
   */
  constructor(root, { step, choose }) {
    this.step = step;
    this.choose = choose;
    this.picture = make('img', { class: 'mx-lightbox-picture', alt: '', draggable: 'false' });
    this.caption = make('span', { class: 'mx-lightbox-caption', 'aria-live': 'polite' });
    this.panel = this.button('Details', 'i', () => this.details());
    this.close = this.button('Close', 'Space', () => this.dialog.close());
    this.dialog = make(
      'dialog',
      { class: 'mx-lightbox', 'aria-label': 'Picture of an object' },
      this.picture,
      make('div', { class: 'mx-lightbox-bar' }, this.caption, this.panel, this.close),
    );
    this.dialog.addEventListener('keydown', (event) => this.press(event));
    this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.dialog.close());
    root.append(this.dialog);
  }

  button(label, key, press) {
    const button = make('button', { type: 'button', class: 'mx-button' }, label, make('kbd', {}, key));
    button.addEventListener('click', press);
    return button;
  }

  open(shown) {
    this.show(shown);
    this.dialog.showModal();
    this.dialog.focus();
  }

  show({ object, text, isChosen }) {
    this.object = object;
    this.caption.textContent = `object ${object}${text ? ` · ${text}` : ''}${isChosen ? ' · selected' : ''}`;
    this.picture.alt = `object ${object}`;
    if (this.picture.dataset.object === String(object)) return;
    this.picture.dataset.object = object;
    this.picture.src = `/picture/${object}`;
    const original = new Image();
    original.src = `/image/${object}/0`;
    original.decode().then(
      () => this.object === object && this.dialog.open && (this.picture.src = original.src),
      () => {}, // the original lies elsewhere or cannot be read: the picture stays
    );
  }

  details() {
    this.dialog.close();
    window.showObject?.(this.object);
  }

  press(event) {
    const isOnButton = event.target.closest('button') && (event.key === ' ' || event.key === 'Enter');
    if (isOnButton || event.ctrlKey || event.metaKey || event.altKey || event.key === 'Tab') return;
    event.stopPropagation();
    if (event.key === 'Escape') return; // the browser closes it
    event.preventDefault();
    if (event.key === ' ' || event.key === 'Enter') this.dialog.close();
    else if (event.key === 'i') this.details();
    else if (event.key === 'x') this.show(this.choose());
    else {
      const shown = this.step(event.key);
      if (shown) this.show(shown);
    }
  }
}
