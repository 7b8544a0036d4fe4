// Rows of images in the document: one row is one seed. What is decided is in strips_state.js.
import { columnsIn, movedInRows } from './cursor.js';
import { stamp, visit } from './dom.js';
import { fitCell } from './fit.js';
import { focusOn, isFocusFree, listen } from './keyboard.js';
import { paint } from './painting.js';
import { loadSheet, sheetUrls } from './sheets.js';
import { bar, rowOf, showAnswer } from './strips_parts.js';
import { crossed, cutAt, isAccepted, Memory, nextLike, refusal, reply, sameAs, summary, whole, wholePage } from './strips_state.js';

const GAP = 4;
const BETWEEN = 5; // px above the images of a row, and its line
const LIKE = 26; // px: picture of a morph that is offered
const SIDE = 128; // one side at all sizes, so that the page after this one can be loaded ahead
const PATIENCE = 5000; // ms until a page that nobody answered may be sent again
const memory = new Memory();

export class StripsView {
  /** `read()` returns the properties as they are now; `tell(properties)` sends some to the server. */
  constructor(root, { read, tell }) {
    this.root = root;
    this.read = read;
    this.tell = tell;
    this.rows = [];
    this.cursor = { row: 0, place: 0 };
    this.isBusy = false;
    this.bar = bar({ turn: () => this.turn(false), accept: () => this.acceptAll() });
    this.endKeys = listen(root, (event, stroke) => this.press(event, stroke));
    this.seen = new IntersectionObserver((entries) => this.note(entries), { threshold: 0.6 });
    this.sizes = new ResizeObserver(() => this.refit());
    this.sizes.observe(root);
    root.addEventListener('click', (event) => this.click(event));
    root.addEventListener('dblclick', (event) => this.open(event.target.closest('.mx-tile, .mx-strip-head')));
    root.addEventListener('dragstart', (event) => event.preventDefault());
  }

  remove() {
    this.endKeys();
    this.seen.disconnect();
    this.sizes.disconnect();
    this.drawing?.abort();
    clearTimeout(this.waiting);
    this.root.replaceChildren();
  }

  // ---- drawing

  draw() {
    const { rows, label, version } = this.read();
    performance.mark('strips-start');
    this.drawing?.abort();
    this.drawing = new AbortController();
    const takesFocus = !this.version || isFocusFree(this.root); // a page that comes; later only what has it keeps it
    this.version = version;
    this.rows = rows ?? [];
    this.answers = this.rows.map((row) => memory.recall(row));
    this.cursor = { row: 0, place: 0 };
    this.strips = this.rows.map((row, number) => rowOf(row, { id: `${this.root.id}-${number}`, number }));
    this.root.setAttribute('role', 'group');
    this.root.setAttribute('aria-label', label || 'Seeds');
    this.root.replaceChildren(...this.strips.map((strip) => strip.element), ...(this.rows.length ? [this.bar.element] : []));
    this.refit();
    this.rows.forEach((_, number) => this.show(number));
    this.sum();
    this.watch();
    this.point({ row: 0, place: 0 }, { isScrolling: false });
    window.scrollTo(0, 0);
    this.free();
    this.hasFailed = false;
    this.hint('');
    if (takesFocus && this.strips.length) focusOn(this.strips[0].list);
    this.paint();
  }

  async paint() {
    const { signal } = this.drawing;
    this.drawnAt = null;
    this.root.removeAttribute('data-painted');
    const tiles = this.strips.flatMap((strip) => strip.tiles);
    const objects = this.rows.flatMap((row) => row.objects);
    this.paintLikes(signal);
    const failed = await paint(tiles, objects, { side: SIDE, cell: this.cell, signal });
    if (signal.aborted) return;
    const hadFailed = this.hasFailed;
    this.hasFailed = failed > 0;
    if (hadFailed && !failed) this.hint('');
    if (failed) this.hint('Some images could not be loaded. Press Space to ask for them again.');
    this.drawnAt = performance.now();
    this.root.dataset.painted = String(!failed);
    performance.measure('strips', 'strips-start');
    if (this.sentAt) performance.measure('strips-turn', { start: this.sentAt, end: this.drawnAt });
    this.sentAt = null;
    this.loadAhead();
  }

  /** Load the images of the page after this one, once this one is painted. */
  loadAhead() {
    if (this.drawnAt === null) return;
    for (const url of sheetUrls(this.read().prefetch ?? [], SIDE)) loadSheet(url).catch(() => {});
  }

  /** The pictures on the offers of morphs: nobody has to wait for them. */
  paintLikes(signal) {
    const pictures = this.strips.flatMap((strip) => strip.likes.map((like) => like.querySelector('.mx-like-picture')));
    const objects = pictures.map((picture) => Number(picture.dataset.object));
    if (objects.length) paint(pictures, objects, { side: 64, cell: LIKE, signal });
  }

  /** Choose the size of the images: the one asked for, or the one at which the page fits the window. */
  refit() {
    if (!this.rows.length) return;
    const width = this.strips[0].list.clientWidth;
    const top = this.root.getBoundingClientRect().top + window.scrollY;
    const height = window.innerHeight - top - this.bar.element.offsetHeight - 8;
    const lengths = this.rows.map((row) => row.objects.length);
    const least = this.strips.map((strip) => strip.head.clientHeight); // what stands beside the images
    const cell = this.read().cell || fitCell(lengths, { width, height, gap: GAP, between: BETWEEN, least });
    this.columns = columnsIn(width, cell, GAP);
    if (cell === this.cell && this.fitted === this.version) return;
    const isNew = this.fitted !== this.version;
    this.fitted = this.version;
    this.cell = cell;
    this.root.style.setProperty('--mx-cell', `${cell}px`);
    if (!isNew) this.paint(); // the sheets are here already; the places in them change
  }

  show(number) {
    showAnswer(this.strips[number], this.rows[number], this.answers[number]);
  }

  sum() {
    this.bar.summary.textContent = summary(this.rows, this.answers);
  }

  hint(text) {
    this.bar.hint.textContent = text;
    this.bar.element.classList.toggle('mx-hinting', text !== '');
  }

  // ---- rows that were in view

  watch() {
    this.seen.disconnect();
    this.unseen = new Set(this.strips.keys());
    // A row counts as seen with its last image: then the row above it was passed, too.
    this.strips.forEach((strip) => strip.tiles.length && this.seen.observe(strip.tiles.at(-1)));
  }

  note(entries) {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      this.unseen.delete(this.strips.findIndex((strip) => strip.tiles.at(-1) === entry.target));
      this.seen.unobserve(entry.target);
    }
  }

  // ---- answering

  answer(number, answer) {
    if (this.isBusy) return;
    this.answers[number] = answer;
    memory.keep(this.rows[number], answer);
    this.show(number);
    this.sum();
    this.hint('');
  }

  /** Accept all rows that nobody touched, or refuse them again. */
  acceptAll() {
    if (this.isBusy) return;
    this.answers = wholePage(this.answers, this.rows);
    this.rows.forEach((row, number) => {
      memory.keep(row, this.answers[number]);
      this.show(number);
    });
    this.sum();
    const last = this.answers.some(isAccepted) ? 'Click the last good image of a row to cut it there, its last image to refuse it.' : '';
    this.hint(last);
  }

  /** Send the page, or say why not. */
  turn(isRepeat) {
    const state = {
      isRepeat,
      isBusy: this.isBusy,
      isPainted: this.drawnAt !== null,
      hasFailed: this.hasFailed,
      age: this.drawnAt === null ? 0 : performance.now() - this.drawnAt,
      unseen: this.unseen.size,
    };
    const why = refusal(state);
    if (why !== null) {
      this.hint(why);
      if (!isRepeat && this.hasFailed) this.paint();
      else if (!isRepeat && this.drawnAt !== null && state.age >= 250 && this.unseen.size) this.scrollOn();
      return false;
    }
    this.sentAt = performance.now();
    this.isBusy = true;
    this.root.classList.add('mx-busy');
    this.waiting = setTimeout(() => {
      this.free();
      this.hint('No answer came. Look at the page, then press Space again.');
    }, PATIENCE);
    this.tell({ busy: true, action: { name: 'next', rows: reply(this.rows, this.answers), version: this.version, stamp: stamp() } });
    return true;
  }

  /** Take answers again: a new page came, or the old one was not taken. */
  free() {
    clearTimeout(this.waiting);
    this.isBusy = false;
    this.root.classList.remove('mx-busy');
  }

  scrollOn() {
    const number = Math.min(...this.unseen);
    this.strips[number].element.scrollIntoView({ block: 'start' });
    this.point({ row: number, place: 0 }, { isScrolling: false });
  }

  open(target) {
    const strip = target && this.strips.find((one) => one.element.contains(target));
    if (strip) this.openRow(this.strips.indexOf(strip));
  }

  openRow(number) {
    const { href } = this.rows[number];
    if (href) visit(href);
  }

  // ---- cursor

  tile() {
    return this.strips[this.cursor.row]?.tiles[this.cursor.place];
  }

  point(cursor, { isScrolling = true } = {}) {
    if (!this.strips.length) return;
    const former = this.strips[this.cursor.row];
    this.tile()?.classList.remove('mx-cursor');
    former?.list.setAttribute('tabindex', '-1');
    former?.element.classList.remove('mx-current');
    const hadFocus = this.root.contains(document.activeElement);
    this.cursor = cursor;
    const strip = this.strips[cursor.row];
    strip.element.classList.add('mx-current');
    strip.list.setAttribute('tabindex', '0');
    const tile = this.tile();
    if (tile) {
      tile.classList.add('mx-cursor');
      strip.list.setAttribute('aria-activedescendant', tile.id);
    }
    if (hadFocus) strip.list.focus({ preventScroll: true });
    if (isScrolling) tile?.scrollIntoView({ block: 'nearest' });
  }

  // ---- keys and mouse

  press(event, stroke) {
    if (!this.rows.length) return false;
    const { row: number, place } = this.cursor;
    if (stroke === ' ') {
      this.turn(event.repeat);
      return true;
    }
    const act = this.acts(number, place)[stroke];
    if (act) {
      if (!event.repeat) act();
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.shiftKey) return false;
    const lengths = this.rows.map((row) => row.objects.length);
    const cursor = movedInRows(this.cursor, event.key, lengths, this.columns);
    if (cursor === null) return false;
    this.point(cursor);
    return true;
  }

  acts(number, place) {
    const row = this.rows[number];
    const answer = this.answers[number];
    const cut = () => this.answer(number, cutAt(answer, place));
    return {
      a: cut,
      Enter: cut,
      A: () => {
        this.answer(number, whole(answer, row));
        this.point({ row: number, place: Math.max(0, row.objects.length - 1) }); // so that the next ↓ leaves the row
      },
      'Control+a': () => this.acceptAll(),
      x: () => this.answer(number, crossed(answer, place)),
      s: () => this.takeLike(number, nextLike(answer, row)),
      o: () => this.openRow(number),
      i: () => window.showObject?.(row.objects[place]),
    };
  }

  takeLike(number, answer) {
    if (!(this.rows[number].likes ?? []).length) return this.hint('No morph is offered for this row.');
    this.answer(number, answer);
    if (answer.into !== null && !isAccepted(answer)) this.hint('Now click the last good image of the row.');
  }

  click(event) {
    const strip = this.strips?.find((one) => one.element.contains(event.target));
    if (!strip) return;
    const number = this.strips.indexOf(strip);
    const like = event.target.closest('.mx-like');
    const link = event.target.closest('a');
    const tile = event.target.closest('.mx-tile');
    if (link) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab, a new window
      event.preventDefault();
      this.openRow(number);
    } else if (like) {
      this.takeLike(number, sameAs(this.answers[number], Number(like.dataset.node)));
      if (event.detail) focusOn(strip.list);
    } else if (tile) {
      const place = Number(tile.dataset.place);
      const isSingle = event.ctrlKey || event.metaKey || event.altKey;
      this.answer(number, (isSingle ? crossed : cutAt)(this.answers[number], place));
      this.point({ row: number, place }, { isScrolling: false });
      focusOn(strip.list);
    } else {
      this.point({ row: number, place: 0 }, { isScrolling: false });
    }
  }
}
