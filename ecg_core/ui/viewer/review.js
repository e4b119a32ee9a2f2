/**
 * A review: a queue of items, what was decided about their beats, and where one is. Nothing here waits for the server.
 *
 * @typedef {{anchor: Int32Array, first: Int32Array, last: Int32Array, members: Int32Array, offsets: Int32Array,
 *   names: string[]}} Queue
 * @typedef {{samples: Int32Array, classes: Uint8Array, codes: Uint8Array}} Beats
 * @typedef {{seq: number, item: number, samples: number[], previous: (string | undefined)[], after: string[],
 *   undone: boolean}} Own
 */
import { CLASSES, indexOf } from "./beats.js";
import { EditLog } from "./edits.js";

export const ARTEFACT = "|";
const CLASS_OF = { L: 0, R: 0, B: 0, e: 0, j: 0, n: 0, N: 0, A: 1, a: 1, J: 1, S: 1, V: 2, E: 2, r: 2, F: 3 };
const UNKNOWN_CLASS = 4;
const UNCLASSIFIED = "?";

/** Whether a label is of the class that a key names: its own code then stays. */
const isOfClass = (was, symbol) =>
  symbol !== ARTEFACT && was in CLASS_OF && symbol in CLASS_OF && CLASS_OF[was] === CLASS_OF[symbol];

export class Review {
  /** @param {string} client */
  constructor(client) {
    this.log = new EditLog(client);
    /** Decisions of this page, the last one last. @type {Own[]} */
    this.own = [];
    /** @type {Map<number, string>} by sample, the symbol decided on; "" for a stretch that was looked at */
    this.decided = new Map();
    /** @type {Queue | null} */
    this.queue = null;
    this.item = 0;
  }

  /**
   * What the server says now.
   *
   * @param {Queue} queue
   * @param {Beats} base beats as their layer has them; they are copied
   * @param {[number, string | null][]} decided by sample, null where nothing counts any more
   * @param {{client: string, seq: number}} confirmed
   */
  update(queue, base, decided, confirmed) {
    if (confirmed.client === this.log.client) this.log.confirm(confirmed.seq);
    const samePlace = this.queue === queue;
    this.queue = queue;
    this.base = base;
    this.decided = new Map();
    for (const [sample, symbol] of decided) {
      if (symbol === null) this.decided.delete(sample);
      else this.decided.set(sample, symbol);
    }
    for (const edit of this.log.pending) this.replay(edit);
    this.beats = { samples: base.samples, classes: base.classes.slice(), codes: base.codes.slice() };
    /** Whether a person has decided about each beat. */
    this.marks = new Uint8Array(base.samples.length);
    for (const sample of this.decided.keys()) this.relabel(sample);
    this.count();
    if (!samePlace) this.item = Math.max(0, this.done.indexOf(0));
  }

  /** An edit the server has not written yet, over what it says. @param {any} edit */
  replay(edit) {
    const own = this.own.find((one) => one.seq === (edit.act === "decide" ? edit.seq : edit.of));
    if (!own) return;
    own.samples.forEach((sample, i) => {
      if (edit.act !== "undo") this.decided.set(sample, own.after[i]);
      else this.restore(sample, own.previous[i]);
    });
  }

  restore(sample, previous) {
    if (previous === undefined) this.decided.delete(sample);
    else this.decided.set(sample, previous);
  }

  /** One beat's class and letter follow what was decided, or its layer. @param {number} sample */
  relabel(sample) {
    const i = indexOf(this.base.samples, sample);
    if (i < 0) return;
    const symbol = this.decided.get(sample);
    this.marks[i] = Number(symbol !== undefined);
    this.beats.codes[i] = symbol ? symbol.charCodeAt(0) : this.base.codes[i];
    this.beats.classes[i] = symbol ? (CLASS_OF[symbol] ?? UNKNOWN_CLASS) : this.base.classes[i];
  }

  get length() {
    return this.queue.anchor.length;
  }

  /** Items that are decided about. */
  get reviewed() {
    return this.done.reduce((sum, one) => sum + one, 0);
  }

  membersOf(k) {
    return this.queue.members.subarray(this.queue.offsets[k], this.queue.offsets[k + 1]);
  }

  isDone(k) {
    const members = this.membersOf(k);
    return members.length
      ? members.every((sample) => this.decided.has(sample))
      : this.decided.has(this.queue.anchor[k]);
  }

  /** The next item after `from` that nobody has decided about, from the beginning again after the last; -1 if none. */
  nextOpen(from) {
    const n = this.length;
    for (let k = 1; k <= n; k++) if (!this.done[(from + k) % n]) return (from + k) % n;
    return -1;
  }

  /**
   * Decide about an item, or about one beat beside the queue.
   *
   * @param {string | null} symbol null to agree with what is there
   * @param {number} marked sample that is marked; -1 for none
   * @returns {boolean} whether there was anything to decide about
   */
  decide(symbol, marked) {
    const inQueue = this.length > 0 && (marked < 0 || marked === this.queue.anchor[this.item]);
    const stretch = inQueue && !this.membersOf(this.item).length;
    if (stretch && symbol !== null) return false;
    const samples = inQueue ? [...(stretch ? [this.queue.anchor[this.item]] : this.membersOf(this.item))] : [marked];
    const places = samples.map((sample) => indexOf(this.base.samples, sample));
    if (!stretch && places.some((i) => i < 0)) return false;
    const before = places.map((i) => (stretch ? "" : String.fromCharCode(this.beats.codes[i])));
    if (symbol === null && ((inQueue && this.done[this.item]) || before.includes(UNCLASSIFIED))) return false;
    const after = before.map((was) => (symbol === null || isOfClass(was, symbol) ? was : symbol));
    const { seq } = this.log.add({ act: "decide", samples, before, after });
    const previous = samples.map((sample) => this.decided.get(sample));
    this.own.push({ seq, item: inQueue ? this.item : -1, samples, previous, after, undone: false });
    samples.forEach((sample, i) => {
      this.decided.set(sample, after[i]);
      this.relabel(sample);
    });
    if (inQueue) this.done[this.item] = 1;
    return true;
  }

  /** Agree with all that are open, as one decision. @returns {number} how many items */
  acceptAll() {
    const [samples, before] = [[], []];
    let n = 0;
    for (let k = 0; k < this.length; k++) {
      if (this.done[k]) continue;
      const members = this.membersOf(k);
      const seen = members.length ? [...members] : [this.queue.anchor[k]];
      const labels = seen.map((sample) => this.symbolAt(sample, members.length > 0));
      if (labels.some((label) => label === null || label === UNCLASSIFIED)) continue;
      samples.push(...seen);
      before.push(...labels);
      n += 1;
    }
    if (!samples.length) return 0;
    const { seq } = this.log.add({ act: "decide", samples, before, after: [...before], batch: true });
    const previous = samples.map((sample) => this.decided.get(sample));
    this.own.push({ seq, item: this.item, samples, previous, after: before, undone: false });
    samples.forEach((sample, i) => {
      this.decided.set(sample, before[i]);
      this.relabel(sample);
    });
    this.count();
    return n;
  }

  /** What stands at a sample; "" of a stretch, null where no beat is. */
  symbolAt(sample, isBeat) {
    if (!isBeat) return "";
    const i = indexOf(this.base.samples, sample);
    return i < 0 ? null : String.fromCharCode(this.beats.codes[i]);
  }

  /** Which items are decided about. */
  count() {
    this.done = Uint8Array.from(this.queue.anchor, (_, k) => Number(this.isDone(k)));
  }

  /** Take the last decision of this page back. @returns {Own | null} */
  undo() {
    const own = this.own.findLast((one) => !one.undone);
    if (!own) return null;
    own.undone = true;
    this.log.add({ act: "undo", of: own.seq });
    own.samples.forEach((sample, i) => {
      this.restore(sample, own.previous[i]);
      this.relabel(sample);
    });
    this.settle(own);
    return own;
  }

  /** The decision that was taken back last counts again. @returns {Own | null} */
  redo() {
    const own = this.own.find((one, k) => one.undone && this.own.slice(k + 1).every((later) => later.undone));
    if (!own) return null;
    own.undone = false;
    this.log.add({ act: "redo", of: own.seq });
    own.samples.forEach((sample, i) => {
      this.decided.set(sample, own.after[i]);
      this.relabel(sample);
    });
    this.settle(own);
    return own;
  }

  settle(own) {
    this.count();
    if (own.item >= 0 && own.item < this.length) this.item = own.item;
  }
}

/** Letters of the classes, for keys 1 to 5. */
export const letterOf = (digit) => CLASSES[digit - 1];
