// The card beside the pointer: the picture of the object there, and who it is.
import { debounced, make } from './dom.js';

const KEPT = 500; // captions

export class Card {
  constructor(layer) {
    this.layer = layer;
    this.image = make('img', { alt: '', class: 'morphospace-card-picture' });
    this.name = make('div', { class: 'morphospace-card-name' });
    this.morph = make('div');
    this.group = make('div', { class: 'morphospace-card-group' });
    this.root = make('div', { class: 'morphospace-card', hidden: '' }, this.image, this.name, this.morph, this.group);
    layer.append(this.root);
    this.object = null;
    this.captions = new Map(); // as of the last decision
    this.load = debounced((object) => this.fill(object), 40);
  }

  /** Forget who is in which morph, because somebody decided. */
  forget() {
    this.captions.clear();
    if (this.object !== null) this.fill(this.object);
  }

  hide() {
    this.root.hidden = true;
    this.object = null;
    this.load.cancel();
  }

  /** Show an object beside a pixel; `group` says what it is by the present colours. */
  show(object, px, py, group) {
    this.group.textContent = group;
    this.root.hidden = false;
    if (object !== this.object) {
      this.object = object;
      this.name.textContent = `object ${object}`;
      this.morph.textContent = '';
      this.image.removeAttribute('src');
      this.load(object);
    }
    const { clientWidth: width, clientHeight: height } = this.layer;
    const { offsetWidth, offsetHeight } = this.root;
    const left = px + 18 + offsetWidth > width ? px - 18 - offsetWidth : px + 18;
    const top = Math.min(Math.max(py - offsetHeight / 2, 4), height - offsetHeight - 4);
    this.root.style.transform = `translate(${Math.round(Math.max(left, 4))}px, ${Math.round(Math.max(top, 4))}px)`;
  }

  async fill(object) {
    this.image.src = `/picture/${object}`;
    let caption = this.captions.get(object);
    if (!caption) {
      try {
        const answer = await fetch(`/caption/${object}`);
        if (!answer.ok) return;
        caption = await answer.json();
      } catch {
        return; // the server went away: the picture is missing then as well, and the page says so
      }
      this.captions.set(object, caption);
      while (this.captions.size > KEPT) this.captions.delete(this.captions.keys().next().value);
    }
    if (object !== this.object) return;
    this.name.textContent = `object ${object} · ${caption.object_id}`;
    this.morph.textContent = caption.morph;
  }
}
