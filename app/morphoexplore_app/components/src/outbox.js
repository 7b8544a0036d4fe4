// Decisions on their way to the server, one at a time: each must know the version that the one before it led to. Pure.

export class Outbox {
  /** send(operation) is called with the operation, its stamp and the version it is made on. */
  constructor(send, makeStamp) {
    this.send = send;
    this.makeStamp = makeStamp;
    this.waiting = [];
    this.under = null; // the operation that is under way
    this.version = null;
  }

  /** The page was drawn from this version. */
  drawn(version) {
    if (!this.under) this.version = version;
  }

  push(operation) {
    this.waiting.push(operation);
    this.#next();
  }

  /**
   * The server answered {to: stamp, version, is_done, is_stale}; an answer to something else is ignored. Returns what it
   * answers. Where somebody else has decided meanwhile, what waits is forgotten: it was said of what is so no more.
   */
  answered(answer) {
    if (!this.under || !answer || answer.to !== this.under.stamp) return null;
    const done = this.under;
    this.under = null;
    this.version = answer.version;
    if (answer.is_stale) this.clear();
    this.#next();
    return done;
  }

  /** Forget what waits, because what it was about may be so no more. */
  clear() {
    this.waiting = [];
  }

  get isBusy() {
    return this.under !== null;
  }

  #next() {
    if (this.under || !this.waiting.length) return;
    this.under = { ...this.waiting.shift(), version: this.version, stamp: this.makeStamp() };
    this.send(this.under);
  }
}
