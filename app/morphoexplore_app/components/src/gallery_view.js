// A gallery in the document: tiles, cursor, selection, rubber band. What it decides is in selection.js and cursor.js.
import { columnsIn, inView, moved } from './cursor.js';
import { debounced, make, stamp } from './dom.js';
import { fitGrid } from './fit.js';
import { focusOn, isFocusFree, listen } from './keyboard.js';
import { Lightbox } from './lightbox.js';
import { paint } from './painting.js';
import { all, banded, meant, ranged, toggled, touched } from './selection.js';
import { sideFor } from './sheets.js';

const GAP = 4;
const LARGE = 128; // px of pictures that are judged, however small: the server's small ones have no colour
const PADDING = 3; // px around the tiles
const READABLE = 84; // px of a tile beside whose small picture there is room for a few letters
const BESIDE = 0.4; // of a tile: the picture that it is compared with
const WIDE = 1500; // px of a gallery in which images of the usual size would leave most of the window empty
const PATIENCE = 3000; // ms after which an action that nobody answered may be sent again
const TRIES = 4; // times that sheets are asked for
const RETRY = 1500; // ms to the second time, twice as many to the third
const DRAG = 6; // px from which a press is a drag

export class GalleryView {
  /** `read()` returns the properties as they are now; `tell(properties)` sends some to the server. */
  constructor(root, { read, tell }) {
    this.root = root;
    this.read = read;
    this.tell = tell;
    this.chosen = new Set();
    this.cursor = 0;
    this.anchor = 0;
    this.tiles = [];
    this.sent = null; // {version, at} of the last action
    this.box = make('div', { class: 'mx-tiles', tabindex: '0' });
    this.band = make('div', { class: 'mx-band', hidden: '' });
    root.append(this.box, this.band);
    this.lightbox = new Lightbox(root, { step: (key) => this.step(key), choose: () => this.choose() });
    this.tellSelected = debounced(() => this.tell({ selected: { n: this.chosen.size, stamp: stamp() } }), 120);
    this.endKeys = listen(root, (event, stroke) => this.press(event, stroke));
    this.listenToMouse();
    this.sizing = new ResizeObserver(() => this.resize());
    this.sizing.observe(root);
    this.scrolling = new AbortController();
    window.addEventListener('scroll', () => this.reach(), { passive: true, capture: true, signal: this.scrolling.signal });
  }

  remove() {
    this.endKeys();
    this.drawing?.abort();
    this.dragging?.abort();
    this.scrolling.abort();
    this.sizing.disconnect();
    this.tellSelected.cancel();
    this.root.replaceChildren();
  }

  // ---- drawing

  /** Draw the objects anew; with `isSame` they are the same ones at another size, and cursor and selection stay. */
  draw(isSame = false) {
    const { objects = [], cell = 96, label, notes = {}, beside, focus, version } = this.read();
    performance.mark('gallery-start');
    this.drawing?.abort();
    this.drawing = new AbortController();
    this.dragging?.abort();
    this.isPainted = false;
    if (!isSame) {
      this.chosen = new Set();
      this.cursor = this.anchor = 0;
      this.onScreen = new Set(); // places whose picture was on the screen
      this.seen = 0; // how many of them there are from the first on, without a gap
      this.version = version;
      this.root.scrollTop = 0;
    }
    this.objects = objects;
    this.cell = this.fitted(cell);
    this.describe(label, objects.length);
    this.tiles = objects.map((object, place) => this.tile(object, place, notes?.[object], beside?.[object]));
    this.box.style.setProperty('--mx-cell', `${this.cell}px`);
    this.box.replaceChildren(...(objects.length ? this.tiles : ['Nothing to show here.']));
    for (const place of this.chosen) this.mark(place, true);
    this.point(this.cursor, { isScrolling: isSame });
    if (!isSame) this.tellSelected();
    // A page that comes takes the focus, from the link that led to it, too; later only what has it keeps it.
    if (objects.length && focus && (!this.isDrawn || isFocusFree(this.root))) focusOn(this.box);
    this.isDrawn = true;
    this.tries = 0;
    this.paint();
  }

  /** Return the size of images: larger than asked for in a wide gallery; with 0 all of them fit into it. */
  fitted(cell) {
    const { clientWidth, clientHeight } = this.root;
    if (!cell) return fitGrid(this.objects.length, { width: clientWidth - 2 * PADDING, height: clientHeight - 2 * PADDING, gap: GAP });
    return this.root.clientWidth < WIDE ? cell : Math.round((cell * 4) / 3);
  }

  /** Follow the width: a gallery is drawn before it has one. */
  resize() {
    const { cell = 96, version } = this.read();
    if (this.isDrawn && version === this.version && this.fitted(cell) !== this.cell) this.draw(true);
  }

  async paint() {
    const { signal } = this.drawing;
    const { cell } = this.read();
    const side = cell === 0 ? LARGE : sideFor(this.cell, window.devicePixelRatio);
    this.root.removeAttribute('data-painted');
    this.paintBeside(signal);
    const failed = this.objects.length ? await paint(this.tiles, this.objects, { side, cell: this.cell, signal }) : 0;
    if (signal.aborted) return;
    this.isPainted = true;
    this.root.dataset.painted = String(failed === 0);
    this.reach();
    if (failed && (this.tries += 1) < TRIES) setTimeout(() => signal.aborted || this.paint(), RETRY * this.tries);
    performance.measure('gallery', 'gallery-start');
  }

  /** The small pictures that tiles are compared with: nobody has to wait for them. */
  paintBeside(signal) {
    const pictures = this.tiles.map((tile) => tile.querySelector('.mx-beside')).filter(Boolean);
    const objects = pictures.map((picture) => Number(picture.dataset.object));
    if (objects.length) paint(pictures, objects, { side: 64, cell: Math.round(BESIDE * this.cell), signal });
  }

  describe(label, n) {
    const values = { role: 'listbox', 'aria-multiselectable': 'true', 'aria-label': label || 'Images' };
    for (const [name, value] of Object.entries(values)) {
      if (n) this.box.setAttribute(name, value);
      else this.box.removeAttribute(name); // a list without options is none
    }
    this.box.classList.toggle('mx-none', n === 0);
  }

  tile(object, place, note, beside) {
    const text = note ? `object ${object}, ${note}` : `object ${object}`;
    const values = { class: 'mx-tile', role: 'option', id: `${this.root.id}-${place}`, 'aria-label': text };
    const tile = make('div', { ...values, 'aria-selected': 'false', 'data-place': place });
    if (beside !== undefined) tile.append(make('span', { class: 'mx-beside', 'data-object': beside, 'aria-hidden': 'true' }));
    if (note && (beside === undefined || this.cell >= READABLE)) tile.append(make('span', { class: 'mx-note', title: note }, note));
    return tile;
  }

  // ---- cursor and selection

  object() {
    return this.objects[this.cursor];
  }

  columns() {
    return columnsIn(this.box.clientWidth, this.cell, GAP);
  }

  point(place, { isScrolling = true } = {}) {
    this.tiles[this.cursor]?.classList.remove('mx-cursor');
    this.cursor = Math.max(0, Math.min(place, this.tiles.length - 1));
    const tile = this.tiles[this.cursor];
    if (!tile) {
      this.box.removeAttribute('aria-activedescendant');
      return;
    }
    tile.classList.add('mx-cursor');
    this.box.setAttribute('aria-activedescendant', tile.id);
    if (isScrolling) tile.scrollIntoView({ block: 'nearest' });
    this.note(this.cursor);
  }

  mark(place, isChosen) {
    this.tiles[place].setAttribute('aria-selected', String(isChosen));
  }

  select(next) {
    for (const place of this.chosen) if (!next.has(place)) this.mark(place, false);
    for (const place of next) if (!this.chosen.has(place)) this.mark(place, true);
    this.chosen = next;
    this.tellSelected();
  }

  /**
   * Note which tiles are on the screen now, with at least half of their height and their picture; return how many were
   * so far, from the first on. What was jumped over (End, the scroll bar) ends the count.
   */
  reach() {
    if (!this.isPainted || !this.tiles.length) return this.seen;
    const { top } = this.box.getBoundingClientRect();
    const frame = this.root.style.height ? this.root.getBoundingClientRect() : { top: 0, bottom: Infinity };
    const view = { top: Math.max(0, frame.top) - top, bottom: Math.min(window.innerHeight, frame.bottom) - top };
    const grid = { n: this.tiles.length, columns: this.columns(), cell: this.cell, gap: GAP };
    for (const place of inView(view, grid)) this.note(place);
    while (this.onScreen.has(this.seen)) this.seen += 1;
    return this.seen;
  }

  note(place) {
    if (this.isPainted && !this.tiles[place].classList.contains('mx-unloaded')) this.onScreen.add(place);
  }

  // ---- actions

  /** Send an action about the selection; false where one is under way, or the pictures are not there yet. */
  act(name) {
    const { version } = this.read();
    const now = performance.now();
    const isWaiting = this.sent && this.sent.version === version && now - this.sent.at < PATIENCE;
    if (isWaiting || !this.objects.length) return false;
    if (!this.isPainted) {
      this.hint('The images are still being loaded.');
      return false;
    }
    this.sent = { version, at: now };
    const seen = this.reach();
    const places = meant(this.chosen, this.cursor);
    this.tell({
      action: {
        name,
        objects: places.map((place) => this.objects[place]),
        looked: places.filter((place) => this.onScreen.has(place)).map((place) => this.objects[place]),
        selected: this.chosen.size,
        cursor: this.cursor,
        seen,
        version,
        stamp: stamp(),
      },
    });
    return true;
  }

  /** The action that was sent last led to nothing, and the page stays as it is: another one may be sent at once. */
  refused() {
    this.sent = null;
  }

  /** Say why nothing happened. */
  hint(text) {
    clearTimeout(this.hinting);
    this.said?.remove();
    this.said = Object.assign(document.createElement('p'), { className: 'mx-gallery-hint', textContent: text });
    this.said.setAttribute('role', 'status');
    this.root.append(this.said);
    this.hinting = setTimeout(() => this.said.remove(), 1500);
  }

  // ---- keys

  press(event, stroke) {
    if (!this.objects.length) return false;
    const action = this.read().keys?.[stroke];
    if (action !== undefined) {
      if (!event.repeat) this.act(action);
      return true;
    }
    switch (stroke) {
      case ' ':
        if (!event.repeat) this.lightbox.open(this.shown());
        return true;
      case 'x':
      case 'Enter':
        if (!event.repeat) this.choose();
        return true;
      case 'i':
        if (!event.repeat) window.showObject?.(this.object());
        return true;
      case 'Control+a':
        this.select(all(this.tiles.length));
        return true;
      case 'Escape':
        if (!this.chosen.size) return false;
        this.select(new Set());
        return true;
      default:
        return this.walk(event);
    }
  }

  walk(event) {
    if (event.ctrlKey || event.metaKey) return false;
    const lines = Math.floor((this.root.style.height ? this.root.clientHeight : window.innerHeight) / (this.cell + GAP));
    const place = moved(this.cursor, event.key, { n: this.tiles.length, columns: this.columns(), lines });
    if (place === null) return false;
    this.point(place);
    if (event.shiftKey) this.select(ranged(this.chosen, this.anchor, this.cursor));
    else this.anchor = this.cursor;
    return true;
  }

  choose() {
    this.select(toggled(this.chosen, this.cursor));
    this.anchor = this.cursor;
    return this.shown();
  }

  step(key) {
    const place = moved(this.cursor, key, { n: this.tiles.length, columns: this.columns(), lines: 1 });
    if (place === null) return null;
    this.point(place);
    return this.shown();
  }

  shown() {
    const object = this.object();
    return { object, text: this.read().notes?.[object], isChosen: this.chosen.has(this.cursor) };
  }

  // ---- mouse

  listenToMouse() {
    this.box.addEventListener('pointerdown', (event) => this.grab(event));
    this.box.addEventListener('dblclick', (event) => {
      const tile = event.target.closest('.mx-tile');
      if (tile) window.showObject?.(this.objects[Number(tile.dataset.place)]);
    });
    this.box.addEventListener('dragstart', (event) => event.preventDefault());
  }

  /** Follow a press until it ends: a click, or a rubber band. */
  grab(event) {
    if (event.button || !this.objects.length) return;
    const tile = event.target.closest('.mx-tile');
    const before = this.chosen;
    const from = this.at(event);
    let isBand = false;
    this.dragging?.abort();
    this.dragging = new AbortController();
    const { signal } = this.dragging;
    signal.addEventListener('abort', () => (this.band.hidden = true));
    const drag = (later) => {
      const to = this.at(later);
      isBand ||= later.pointerType !== 'touch' && Math.hypot(to.x - from.x, to.y - from.y) >= DRAG;
      if (isBand) this.stretch(from, to, before, later.altKey || later.ctrlKey || later.metaKey);
    };
    const drop = () => {
      this.dragging.abort();
      if (!isBand && tile) this.click(Number(tile.dataset.place), event.shiftKey);
    };
    window.addEventListener('pointermove', drag, { signal });
    window.addEventListener('pointerup', drop, { signal });
    window.addEventListener('pointercancel', () => this.dragging.abort(), { signal });
  }

  click(place, isRange) {
    this.select(isRange ? ranged(this.chosen, this.anchor, place) : toggled(this.chosen, place));
    if (!isRange) this.anchor = place;
    this.point(place);
  }

  /** Return where a pointer is, from the corner of the first tile. */
  at(event) {
    const corner = this.box.getBoundingClientRect();
    return { x: event.clientX - corner.left, y: event.clientY - corner.top };
  }

  stretch(from, to, before, isRemoving) {
    const band = {
      left: Math.min(from.x, to.x),
      right: Math.max(from.x, to.x),
      top: Math.min(from.y, to.y),
      bottom: Math.max(from.y, to.y),
    };
    const grid = { n: this.tiles.length, columns: this.columns(), cell: this.cell, gap: GAP };
    this.select(banded(before, touched(band, grid), isRemoving));
    this.band.hidden = false;
    Object.assign(this.band.style, {
      left: `${this.box.offsetLeft + band.left}px`,
      top: `${this.box.offsetTop + band.top}px`,
      width: `${band.right - band.left}px`,
      height: `${band.bottom - band.top}px`,
    });
  }
}
