// All objects as points: zoom, hover, lasso, pictures when few are in view. The drawing is in plot.js.
import React from 'react';
import { Card } from './card.js';
import { focusOn, listen } from './keyboard.js';
import { loadColumn, loadPoints, loadSelection, sendSelection } from './fetching.js';
import { gestures } from './gestures.js';
import { combined, lassoed } from './lasso.js';
import { Legend, scaleText } from './legend.js';
import { debounced, make, stamp } from './dom.js';
import { NONE, TOP } from './palette.js';
import { NOTHING, Plot } from './plot.js';
import { FULL, fromQuery, including, panned, toPosition, toQuery, whole, zoomed } from './view.js';

const STEP = 1.5; // of one stroke of + or -
const PAN = 90; // pixels of one stroke of an arrow
const ADDRESS = 250; // ms after which a view is written to the address

const KEYS = [
  ['arrows', 'move over the map'],
  ['wheel', 'zoom towards the pointer'],
  ['Enter', 'open the object in the middle'],
  ['Shift drag', 'lasso, whatever the tool'],
  ['Ctrl drag', 'add to the selection (Alt: take away)'],
  ['Ctrl+A', 'select everything in view'],
  ['i', 'in the legend: select the objects of a group'],
  ['Esc', 'no selection'],
];

// What survives when the page is drawn anew: the tool, and what was selected.
const remembered = { tool: 'pan', isDensity: false, url: null, token: null, places: NOTHING };

class Morphospace {
  constructor(root, tell) {
    this.root = root;
    this.tell = tell;
    this.props = {};
    this.token = null;
    root.dataset.keys = JSON.stringify(KEYS);
    this.screen = make('div', {
      class: 'morphospace-screen', tabindex: '0', role: 'application', 'aria-roledescription': 'map of objects',
    });
    this.side = make('div', { class: 'morphospace-legend' });
    this.plot = new Plot(this.screen, { drawn: (count) => this.status(count), rested: (view) => this.write(view) });
    this.card = new Card(this.screen);
    this.buildTools();
    this.counts = make('div', { class: 'morphospace-status' });
    this.words = make('div', { class: 'morphospace-words', role: 'status' });
    this.heard = make('div', { class: 'morphospace-heard', role: 'status' }); // for those who do not see the counts
    root.append(make('div', { class: 'morphospace-frame' }, this.screen, this.tools, this.counts, this.words, this.heard), this.side);
    this.plot.resize(this.screen);
    this.legend = new Legend(this.side, {
      changed: (hidden) => this.plot.setHidden(hidden),
      pointed: (code) => this.plot.light(code),
      chosen: (code) => this.chooseGroup(code),
    });
    this.write = debounced((view) => this.writeAddress(view), ADDRESS);
    this.pointer = gestures(this.screen, this.gestures());
    this.unlisten = listen(root, (event, stroke) => this.key(event, stroke));
    this.screen.addEventListener('blur', () => this.plot.mark({ hasCross: false }));
    this.watching = new MutationObserver(() => this.retheme());
    this.watching.observe(document.documentElement, { attributes: true, attributeFilter: ['data-mantine-color-scheme'] });
    this.setTool(remembered.tool);
    this.setDensity(remembered.isDensity);
    focusOn(this.screen);
  }

  destroy() {
    this.isGone = true;
    this.unlisten();
    this.watching.disconnect();
    this.write.cancel();
    this.card.hide();
    this.plot.destroy();
    this.root.textContent = '';
  }

  // ------------------------------------------------------------------------------------- properties

  update(props) {
    const former = this.props;
    this.props = props;
    this.screen.setAttribute('aria-label', props.label || 'Map of all objects');
    if (props.points !== former.points) this.loadAll();
    else if (props.column !== former.column || props.legend !== former.legend) this.loadColours();
    else if (props.highlight !== former.highlight) this.showHighlight();
    if (former.points && props.chosen !== former.chosen) this.follow(props.chosen);
    if (JSON.stringify(props.query) !== JSON.stringify(former.query) && this.plot.index) this.plot.rest();
  }

  async loadAll() {
    const { points } = this.props;
    this.say('Loading the points …');
    try {
      const started = performance.now();
      const index = await loadPoints(points);
      if (this.isGone || points !== this.props.points) return;
      const isFirst = !this.plot.index;
      this.plot.times.load = performance.now() - started;
      this.root.dataset.objects = index.n;
      this.plot.setPoints(index, isFirst ? fromQuery(window.location.search) : null);
      this.restore(points);
      this.showHighlight();
      await this.loadColours();
    } catch (error) {
      this.fail('The points could not be loaded', error, () => this.loadAll());
    }
  }

  async loadColours() {
    const { column, legend } = this.props;
    const { index } = this.plot;
    if (!index) return; // they come after the points
    try {
      const found = await loadColumn(column, legend, index);
      if (this.isGone || column !== this.props.column || index !== this.plot.index) return;
      this.plot.setColumn(found);
      this.legend.set(found.legend, this.plot.theme);
      this.card.forget();
      this.say('');
      this.root.dataset.ready = column;
    } catch (error) {
      this.fail('The colours could not be loaded', error, () => this.loadColours());
    }
  }

  fail(what, error, again) {
    if (this.isGone) return;
    this.say(`${what}: ${error.message}. `);
    const button = make('button', { type: 'button' }, 'Try again');
    button.addEventListener('click', again);
    this.words.append(button);
  }

  say(text) {
    this.words.textContent = text;
  }

  retheme() {
    this.plot.recolour();
    if (this.legend.legend) this.legend.set(this.legend.legend, this.plot.theme);
    this.plot.rest();
  }

  // ------------------------------------------------------------------------------------- selection

  /** Choose places, and tell the page by token. */
  async choose(places) {
    this.plot.choose(places);
    this.heard.textContent = `${places.length.toLocaleString('en')} selected`;
    const url = this.props.points;
    try {
      const objects = places.map((place) => this.plot.index.objects[place]); // both are of 32 bits
      const { token, n } = places.length ? await sendSelection(objects) : { token: null, n: 0 };
      if (this.isGone || this.plot.places !== places) return;
      this.token = token;
      Object.assign(remembered, { url, token, places });
      this.tell({ selection: { token, n, stamp: stamp() } });
    } catch (error) {
      this.fail('The selection could not be sent', error, () => this.choose(places));
    }
  }

  /** Choose all objects of a group, and bring them into view. */
  chooseGroup(code) {
    const { plot } = this;
    if (!plot.index) return;
    this.choose(plot.ofCode(code));
    if (plot.places.length) plot.setView(including(plot.view, plot.page, plot.chosenBox()));
  }

  /** The page says what is chosen: nothing any more, or less than was lassoed. */
  async follow(token) {
    if ((token || null) === this.token) return;
    this.token = token || null;
    const objects = token ? new Set(await loadSelection(token).catch(() => [])) : new Set();
    if (this.isGone || (token || null) !== this.token) return;
    const places = objects.size ? this.plot.places.filter((place) => objects.has(this.plot.index.objects[place])) : NOTHING;
    this.plot.choose(places);
    this.heard.textContent = `${places.length.toLocaleString('en')} selected`;
    Object.assign(remembered, { url: this.props.points, token: this.token, places });
  }

  /** The page was drawn anew, after an undo say: what was selected before still is. */
  restore(url) {
    if (remembered.url !== url || !remembered.token || remembered.places.at(-1) >= this.plot.index.n) return;
    this.token = remembered.token;
    this.plot.choose(remembered.places);
    this.tell({ selection: { token: this.token, n: remembered.places.length, stamp: stamp() } });
  }

  // ------------------------------------------------------------------------------------- pointer and keys

  gestures() {
    const { plot } = this;
    return {
      tool: () => this.tool,
      pan: (dx, dy) => plot.index && plot.setView(panned(plot.view, plot.page, dx, dy)),
      zoom: (factor, px, py) => this.zoom(factor, px, py),
      draw: (line) => plot.mark({ line }),
      close: (line, tool, how) => this.close(line, how),
      click: (px, py) => this.open(plot.at(px, py)),
      twice: (px, py) => plot.at(px, py) < 0 && this.zoom(2, px, py),
      hover: (px, py) => {
        plot.mark({ hasCross: false });
        this.hover(plot.at(px, py), px, py);
      },
      leave: () => this.hover(-1),
    };
  }

  zoom(factor, px, py) {
    const { plot } = this;
    if (plot.index) plot.setView(zoomed(plot.view, plot.page, factor, px, py));
    this.hover(-1);
  }

  close(line, how) {
    const { plot } = this;
    if (!plot.index) return;
    const t = plot.page;
    const polygon = line.map(([px, py]) => toPosition(t, px, py));
    const started = performance.now();
    const places = lassoed(plot.index, polygon, plot.isShown);
    plot.times.lasso = performance.now() - started;
    this.choose(combined(plot.places, places, how));
  }

  open(place) {
    if (place >= 0) window.showObject(this.plot.index.objects[place]);
  }

  hover(place, px, py) {
    this.plot.mark({ hover: place });
    this.screen.classList.toggle('is-over', place >= 0 && this.tool === 'pan');
    if (place < 0) this.card.hide();
    else this.card.show(this.plot.index.objects[place], px, py, this.groupOf(place));
  }

  /** What an object is by the present colours, unless the card says it anyway. */
  groupOf(place) {
    const { legend, codes } = this.plot;
    if (!legend || legend.title === 'Morph') return '';
    const code = codes[place];
    if (code === NONE) return `${legend.title}: ${legend.none.label}`;
    const found = legend.groups ? legend.groups.find((group) => group.code === code).label : scaleText(legend.scale, code, TOP);
    return `${legend.title}: ${found}`;
  }

  key(event, stroke) {
    const { plot } = this;
    if (event.target.closest('input, .legend-list') || !plot.index) return false;
    const pans = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };
    if (pans[stroke] && !event.shiftKey) plot.setView(panned(plot.view, plot.page, ...pans[stroke]));
    else if (stroke === '+' || stroke === '=') this.zoom(STEP);
    else if (stroke === '-' || stroke === '_') this.zoom(1 / STEP);
    else if (stroke === '0') plot.setView(whole(plot.index.extent));
    else if (stroke === 'Enter') this.open(this.middle());
    else if (stroke === 'Control+a') this.choose(Uint32Array.from(plot.inView()));
    else if (stroke === 'Escape') return this.escape();
    else if (stroke === 'h') this.setTool('pan');
    else return false;
    if (stroke !== 'Control+a') this.showMiddle();
    return true;
  }

  /** Stop drawing a line; or, if none is drawn, select nothing. */
  escape() {
    if (this.pointer.cancel()) return true;
    if (!this.plot.places.length) return false;
    this.choose(NOTHING);
    return true;
  }

  middle() {
    return this.plot.at(this.plot.width / 2, this.plot.height / 2);
  }

  /** For the keyboard the middle of the map is the pointer. */
  showMiddle() {
    if (!this.screen.matches(':focus-visible')) return;
    this.plot.mark({ hasCross: true });
    this.hover(this.middle(), this.plot.width / 2, this.plot.height / 2);
  }

  // ------------------------------------------------------------------------------------- tools and address

  buildTools() {
    const button = (label, key, help, act, content = label) => {
      const made = make('button', { type: 'button', 'data-key': key, 'data-help': help, title: `${help} (${key})`, 'aria-label': label }, content);
      made.addEventListener('click', act);
      return made;
    };
    this.choices = {
      pan: button('Move', 'p', 'drag moves the map', () => this.setTool('pan')),
      lasso: button('Lasso', 'l', 'drag draws a line around objects', () => this.setTool('lasso')),
      box: button('Box', 'b', 'drag draws a box around objects', () => this.setTool('box')),
    };
    this.density = button('Density', 'd', 'how many objects instead of which', () => this.setDensity(!this.plot.isDensity));
    this.tools = make(
      'div',
      { class: 'morphospace-tools', role: 'toolbar', 'aria-label': 'Tools of the map' },
      make('div', {}, ...Object.values(this.choices)),
      make(
        'div',
        {},
        button('Zoom in', '+', 'zoom in', () => this.zoom(STEP), '+'),
        button('Zoom out', '-', 'zoom out', () => this.zoom(1 / STEP), '−'),
        button('Whole', '0', 'show everything', () => this.plot.index && this.plot.setView(whole(this.plot.index.extent))),
      ),
      make('div', {}, this.density),
    );
  }

  setTool(tool) {
    this.tool = remembered.tool = tool;
    for (const [name, made] of Object.entries(this.choices)) made.setAttribute('aria-pressed', String(name === tool));
    this.screen.dataset.tool = tool;
  }

  setDensity(isDensity) {
    this.plot.isDensity = remembered.isDensity = isDensity;
    this.density.setAttribute('aria-pressed', String(isDensity));
    this.plot.request();
    if (this.plot.index) this.plot.rest();
  }

  status(count) {
    const { index, places } = this.plot;
    const words = (n) => n.toLocaleString('en');
    const parts = [count === index.n ? `${words(index.n)} objects` : `${words(count)} of ${words(index.n)} objects in view`];
    if (this.plot.isDensity) parts.push(`1 to ${words(this.plot.most)} in a square, dark to bright`);
    if (places.length) parts.push(`${words(places.length)} selected`);
    this.counts.textContent = parts.join(' · ');
  }

  showHighlight() {
    const { highlight } = this.props;
    const { plot } = this;
    if (!plot.index) return;
    const place = highlight === null || highlight === undefined ? -1 : plot.index.objects.indexOf(highlight);
    plot.mark({ object: place });
    if (place < 0 || fromQuery(window.location.search)) return;
    plot.setView({ x: plot.index.x[place] / FULL, y: plot.index.y[place] / FULL, s: 4 });
  }

  /** Let the address say what is seen, so that it can be sent to somebody. */
  writeAddress(view) {
    if (this.isGone) return;
    const { pathname, search, hash } = window.location;
    window.history.replaceState(window.history.state, '', pathname + toQuery(search, view, this.props.query || {}) + hash);
  }
}

function Component(props) {
  const root = React.useRef(null);
  const made = React.useRef(null);
  const latest = React.useRef(props);
  latest.current = props;
  React.useEffect(() => {
    made.current = new Morphospace(root.current, (values) => latest.current.setProps(values));
    root.current.morphospace = made.current; // for benchmarks
    return () => made.current.destroy();
  }, []);
  React.useEffect(() => made.current.update(latest.current));
  return React.createElement('div', { id: props.id, ref: root, className: 'morphospace' });
}

export const components = { Morphospace: Component };
