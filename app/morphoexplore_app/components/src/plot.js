// The canvas of the map: what is drawn, from which view, in which colours, and what is chosen.
import { Closeups, MOST_PICTURES, pictureSide, spread } from './closeup.js';
import { make } from './dom.js';
import { LAYERS, NONE, colouring, css, pixel, scaleColour, tables } from './palette.js';
import { countIn, nearest, within } from './points.js';
import { blockFor, densities, paint, paintDensities, sizeFor } from './raster.js';
import { including, resized, shownBox, toPosition, toScreen, transform, whole } from './view.js';

const MOST_PIXELS = 4e6; // of the canvas; a finer screen gets coarser points
const REACH = 14; // pixels from the pointer to a point
const RIM = 30; // pixels that are kept free around what is selected
const QUIET = 140; // ms without motion, after which pictures are looked for
const SHADES = 256;

export const NOTHING = new Uint32Array(0);

export class Plot {
  /** told: {drawn(count), rested(view)}. */
  constructor(root, told) {
    this.told = told;
    this.canvas = make('canvas', { class: 'morphospace-canvas', 'aria-hidden': 'true' });
    this.pictures = make('div', { class: 'morphospace-pictures', 'aria-hidden': 'true' });
    this.overlay = make('canvas', { class: 'morphospace-overlay', 'aria-hidden': 'true' });
    root.append(this.canvas, this.pictures, this.overlay);
    this.context = this.canvas.getContext('2d', { alpha: false });
    this.closeups = new Closeups(this.pictures);
    this.index = null;
    this.codes = null;
    this.legend = null;
    this.view = null;
    this.hidden = new Set();
    this.lit = null;
    this.chosen = null; // Uint8Array by place
    this.places = NOTHING; // of what is chosen
    this.isDensity = false;
    this.marks = { line: null, object: -1, hover: -1, hasCross: false };
    this.count = 0;
    this.times = {};
    this.resizing = new ResizeObserver(() => this.resize(root));
    this.resizing.observe(root);
    this.resize(root);
    this.recolour();
  }

  destroy() {
    this.resizing.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.resting);
    this.isGone = true;
  }

  // ------------------------------------------------------------------------------------- what is shown

  setPoints(index, view) {
    Object.assign(this, { index, codes: new Uint16Array(index.n).fill(NONE), legend: null });
    this.closeups.clear();
    this.choose(NOTHING);
    this.setView(view || whole(index.extent));
    this.recolour();
  }

  setColumn({ codes, legend }) {
    Object.assign(this, { codes, legend });
    this.recolour();
    this.rest();
  }

  setView(view) {
    this.view = view;
    this.request();
    this.rest();
  }

  choose(places) {
    this.places = places;
    this.chosen = places.length ? new Uint8Array(this.index.n) : null;
    for (const place of places) this.chosen[place] = 1;
    this.recolour();
  }

  setHidden(hidden) {
    this.hidden = hidden;
    this.recolour();
    this.rest();
  }

  light(code) {
    if (code === this.lit) return;
    this.lit = code;
    this.recolour();
  }

  mark(marks) {
    Object.assign(this.marks, marks);
    this.drawOverlay();
  }

  isShown = (place) => !this.hidden.has(this.codes[place]);

  get isAll() {
    const all = whole(this.index.extent);
    return ['x', 'y', 's'].every((name) => Math.abs(this.view[name] - all[name]) < 1e-6);
  }

  // ------------------------------------------------------------------------------------- what is where

  /** From positions to pixels of the page. */
  get page() {
    return transform(this.view, this.index.extent, this.width, this.height);
  }

  /** Return the place of the object at a pixel, -1 where there is none. */
  at(px, py) {
    if (!this.index) return -1;
    const pictured = this.closeups.at(px, py);
    if (pictured >= 0) return pictured;
    const t = this.page;
    return nearest(this.index, ...toPosition(t, px, py), REACH / t.k, this.isShown);
  }

  /** Return the places of everything that is shown on the screen now. */
  inView(most = Infinity) {
    return within(this.index, shownBox(this.page), this.isShown, most);
  }

  /** Return the places of all objects of a group, wherever they are. */
  ofCode(code) {
    const found = new Uint32Array(this.index.n);
    let n = 0;
    for (let place = 0; place < found.length; place++) if (this.codes[place] === code) found[n++] = place;
    return found.slice(0, n);
  }

  // ------------------------------------------------------------------------------------- drawing

  resize(root) {
    const former = { width: this.width, height: this.height };
    this.width = Math.max(root.clientWidth, 1);
    this.height = Math.max(root.clientHeight, 1);
    if (this.view) this.keepInPlace(former);
    const finest = window.devicePixelRatio || 1;
    this.ratio = Math.min(finest, Math.sqrt(MOST_PIXELS / (this.width * this.height)));
    this.canvas.width = Math.max(1, Math.round(this.width * this.ratio));
    this.canvas.height = Math.max(1, Math.round(this.height * this.ratio));
    this.image = this.context.createImageData(this.canvas.width, this.canvas.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.overlay.width = Math.round(this.width * finest);
    this.overlay.height = Math.round(this.height * finest);
    this.finest = finest;
    this.request();
    if (this.index) this.rest();
  }

  /** When a panel opens beside the map, nothing moves; what is selected is moved out from below it. */
  keepInPlace(former) {
    if (this.isAll && !this.chosen) return; // the whole stays the whole
    if (this.before && this.before.later === this.view && !this.chosen) {
      this.view = this.before.view; // the panel was closed again
      return;
    }
    const { view } = this;
    this.view = resized(view, this.index.extent, former, this);
    if (this.chosen) this.view = including(this.view, this.page, this.chosenBox());
    this.before = { view, later: this.view };
  }

  chosenBox() {
    const box = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
    for (const place of this.places) {
      box.x0 = Math.min(box.x0, this.index.x[place]);
      box.x1 = Math.max(box.x1, this.index.x[place]);
      box.y0 = Math.min(box.y0, this.index.y[place]);
      box.y1 = Math.max(box.y1, this.index.y[place]);
    }
    const rim = RIM / this.page.k;
    return { x0: box.x0 - rim, x1: box.x1 + rim, y0: box.y0 - rim, y1: box.y1 + rim };
  }

  recolour() {
    const style = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g);
    this.ground = style && style.length === 3 ? style.map(Number) : [255, 255, 255];
    this.theme = document.documentElement.getAttribute('data-mantine-color-scheme') === 'dark' ? 'dark' : 'light';
    const { theme, ground, hidden, lit } = this;
    this.tables = tables(this.legend, { theme, ground, hidden, lit, isChoosing: this.chosen !== null });
    this.shades = new Uint32Array(SHADES).map((_, i) => pixel(scaleColour(i / (SHADES - 1), theme), LAYERS.usual));
    this.request();
  }

  request() {
    if (this.frame || this.isGone) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.draw();
    });
  }

  draw() {
    const started = performance.now();
    this.pixels.fill(pixel(this.ground, LAYERS.ground));
    if (this.index && this.view) {
      const t = transform(this.view, this.index.extent, this.canvas.width, this.canvas.height);
      this.count = this.isDensity ? this.drawDensity(t) : this.drawPoints(t);
      this.closeups.follow(this.page, toScreen);
      this.told.drawn(this.count);
    }
    this.context.putImageData(this.image, 0, 0);
    this.drawOverlay();
    this.times.draw = performance.now() - started;
  }

  drawPoints(t) {
    const size = sizeFor(countIn(this.index, shownBox(t)), this.ratio, this.width * this.height);
    return paint(this.pixels, t, this.index, this.codes, this.tables, this.chosen, size);
  }

  drawDensity(t) {
    const block = blockFor(countIn(this.index, shownBox(t)), t.width, t.height);
    const found = densities(t, this.index, this.codes, this.tables[0], block);
    paintDensities(this.pixels, t, found, this.shades);
    this.most = found.most;
    return found.count;
  }

  drawOverlay() {
    const pen = this.overlay.getContext('2d');
    pen.setTransform(this.finest, 0, 0, this.finest, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    const ink = this.theme === 'dark' ? '#fff' : '#111';
    if (this.marks.line) drawLine(pen, this.marks.line, ink);
    if (this.marks.hasCross) drawCross(pen, this.width / 2, this.height / 2, ink);
    if (!this.index || !this.view) return;
    const t = this.page;
    for (const [place, radius] of [[this.marks.hover, 8], [this.marks.object, 12]])
      if (place >= 0) drawRing(pen, toScreen(t, this.index.x[place], this.index.y[place]), radius, ink, css(this.ground));
  }

  // ------------------------------------------------------------------------------------- at rest

  /** After some quiet: pictures where few objects are in view, and the view to the address. */
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      this.showPictures();
      this.told.rested(this.isAll ? null : this.view);
    }, QUIET);
  }

  showPictures() {
    const places = this.isDensity ? [] : this.inView(MOST_PICTURES + 1);
    const isFew = places.length <= MOST_PICTURES && (places.length < this.index.n || this.index.n <= 100);
    if (!places.length || !isFew) {
      this.closeups.clear();
      return;
    }
    const side = pictureSide(places.length, this.width, this.height);
    const colour = colouring(this.legend, this.theme);
    const t = this.page;
    const items = places.map((place) => {
      const [x, y] = [this.index.x[place], this.index.y[place]];
      const [px, py] = toScreen(t, x, y);
      return { place, object: this.index.objects[place], x, y, px, py, colour: colour(this.codes[place]) };
    });
    this.closeups.show(spread(items, side), side, this.finest);
    this.closeups.follow(t, toScreen);
  }
}

function drawLine(pen, line, ink) {
  pen.beginPath();
  line.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.closePath();
  pen.fillStyle = 'rgb(34 139 230 / 14%)';
  pen.fill();
  pen.strokeStyle = ink;
  pen.lineWidth = 1.5;
  pen.stroke();
}

function drawCross(pen, x, y, ink) {
  pen.beginPath();
  for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    pen.moveTo(x + dx * 5, y + dy * 5);
    pen.lineTo(x + dx * 12, y + dy * 12);
  }
  pen.strokeStyle = ink;
  pen.lineWidth = 1.5;
  pen.stroke();
}

function drawRing(pen, [x, y], radius, ink, ground) {
  for (const [width, colour] of [[5, ground], [2, ink]]) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.lineWidth = width;
    pen.strokeStyle = colour;
    pen.stroke();
  }
}
