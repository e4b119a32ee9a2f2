/** The bar of a review over the strip: what the item is, how far one is, whether it is saved; and what keys do to it. */
import { ARTEFACT, letterOf, Review } from "./review.js";

/** Until edits go to the server, until they go again without an answer; items fetched ahead. */
const [SEND_MS, AGAIN_MS, AHEAD] = [60, 3000, 3];
const REVIEW_KEYS = "012345u ";

/** Reviews of viewers that went before their edits were confirmed, by record: the next viewer of it sends them. */
const left = new Map();

function adopted(record) {
  const review = left.get(record);
  left.delete(record);
  return review;
}

export class ReviewBar {
  /** @param {any} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {Review | null} */
    this.review = null;
    this.sent = 0;
    viewer.find(".review").addEventListener("pointerdown", (e) => {
      if (!e.target.closest("button")) setTimeout(() => this.focus());
    });
    /** What a network draws in place of beats; null where there is none. @type {any} */
    this.drawn = null;
    this.leaving = () => this.send();
    window.addEventListener("pagehide", this.leaving);
  }

  /** What the server says; gives the labels with all decisions in them, or null as long as the queue is on its way. */
  update(given, labels, packed) {
    const queue = packed.get(given.queue);
    if (!queue) return null;
    this.given = given;
    this.drawn = given.drawn ? packed.get(given.drawn) : null;
    this.record = this.viewer.signal.name;
    this.review ??= adopted(this.record) ?? new Review(crypto.randomUUID());
    this.review.update(queue, labels.beats, [...labels.decided, ...given.since], given.confirmed);
    clearTimeout(this.resending);
    if (this.review.log.pending.length) this.resending = setTimeout(() => this.send(), AGAIN_MS);
    return { ...labels, beats: this.review.beats, marks: this.review.marks };
  }

  /** Another queue begins at the beat that is marked, if it is in it, and else at its first open item. */
  begin() {
    if (this.begun === this.given.queue) return;
    this.begun = this.given.queue;
    this.follow(this.viewer.marked);
    this.viewer.step = "queue";
    this.viewer.offer();
    this.showItem();
    // from a list that was chosen from too, but never from a field that is being written in
    if (!document.activeElement?.matches("input:not([role=combobox]), textarea")) this.focus();
  }

  focus() {
    this.viewer.main.focus({ preventScroll: true });
  }

  /** The item of a beat that was marked by hand. */
  follow(sample) {
    if (!this.review || this.review.queue.anchor[this.review.item] === sample) return;
    const place = this.review.queue.anchor.indexOf(sample);
    if (place >= 0) this.review.item = place;
  }

  /** Samples from where to where the item reaches; null of a single beat. @returns {[number, number] | null} */
  span() {
    if (!this.review?.length) return null;
    const { queue, item } = this.review;
    return queue.last[item] > queue.first[item] ? [queue.first[item], queue.last[item]] : null;
  }

  /** What can be stepped through besides; nothing without a review. */
  kind() {
    return this.review?.length ? { title: "Queue", samples: this.review.queue.anchor } : null;
  }

  /** The next item (way 1) or the one before (-1). */
  stepOn(way) {
    const to = this.review.item + way;
    if (to < 0 || to >= this.review.length) return;
    this.review.item = to;
    this.showItem();
  }

  /** The item one is at, marked and in the middle; a run or a stretch from its beginning where it is longer. */
  showItem() {
    const { viewer, review } = this;
    if (!review.length) return viewer.draw();
    const { queue, item } = review;
    const [first, last] = [queue.first[item] / viewer.fs, queue.last[item] / viewer.fs];
    const { length } = viewer.range;
    viewer.go(last - first < length * 0.8 ? (first + last) / 2 - length / 2 : first - length * 0.1);
    viewer.mark(queue.anchor[item]);
    this.fetchAhead();
  }

  /** Tiles of the items that come next, so that they stand at once. */
  fetchAhead() {
    const { signal, range, fs, leads, sheet } = this.viewer;
    if (!signal.loading || !sheet) return;
    let k = this.review.item;
    for (let i = 0; i < AHEAD; i++) {
      k = this.review.nextOpen(k);
      if (k < 0) return;
      const from = this.review.queue.anchor[k] - (range.length / 2) * fs;
      signal.loading.fetchAhead(leads[0].levels, from, from + range.length * fs, sheet.pxPerS / fs);
    }
  }

  // What a person does

  /** Whether a key is one of a review. */
  takes(name) {
    return this.review !== null && REVIEW_KEYS.includes(name);
  }

  key(e, name) {
    if (this.given.refused) this.look(name);
    else if (name === "u") this.takeBack(e.shiftKey);
    else this.decide(name === " " ? null : name === "0" ? ARTEFACT : letterOf(Number(name)));
  }

  /** Who may not decide still goes through the items. */
  look(name) {
    const { review } = this;
    if (name !== " " || !review?.length) return;
    review.item = (review.item + 1) % review.length;
    this.redraw(true);
  }

  /** Buttons, by what they say they do. */
  act(name) {
    if (!this.review) return;
    if (this.given.refused) {
      if (name === "agree") this.look(" ");
      return;
    }
    ({
      agree: () => this.decide(null),
      artefact: () => this.decide(ARTEFACT),
      undo: () => this.takeBack(false),
      rest: () => this.viewer.find("dialog.rest").showModal(),
      acceptRest: () => this.acceptRest(),
    })[name]?.();
    if (name.startsWith("label-")) this.decide(name.slice(-1));
    if (name !== "rest") this.focus();
  }

  /** @param {string | null} symbol null to agree */
  decide(symbol) {
    const { review, viewer } = this;
    if (!review) return;
    const beside = review.length > 0 && viewer.marked >= 0 && viewer.marked !== review.queue.anchor[review.item];
    if (review.decide(symbol, viewer.marked)) this.sendSoon();
    else if (symbol !== null || !review.done[review.item]) return;
    // after a beat beside the queue back to where one was
    const next = beside && !review.done[review.item] ? review.item : review.nextOpen(review.item);
    if (next >= 0) review.item = next;
    this.redraw(next >= 0);
  }

  takeBack(again) {
    const own = again ? this.review.redo() : this.review.undo();
    if (!own) return;
    this.sendSoon();
    this.redraw(own.item >= 0);
  }

  acceptRest() {
    this.viewer.find("dialog.rest").close();
    const { item } = this.review;
    this.review.acceptAll();
    this.review.item = item;
    this.sendSoon();
    this.redraw(true);
  }

  redraw(moves) {
    this.viewer.backs.delete("over");
    if (moves) this.showItem();
    else this.viewer.draw();
  }

  sendSoon() {
    clearTimeout(this.sending);
    this.sending = setTimeout(() => this.send(), SEND_MS);
  }

  /** Edits that nobody has confirmed, again and again until somebody does. */
  send() {
    clearTimeout(this.sending);
    clearTimeout(this.resending);
    if (!this.review?.log.pending.length || !this.viewer.box.isConnected) return;
    this.sent += 1;
    this.viewer.api.setStateValue("edits", { ...this.review.log.sent(), sent: this.sent });
    this.resending = setTimeout(() => this.send(), AGAIN_MS);
    this.viewer.ask();
  }

  // Words

  /** After each drawing. */
  show() {
    const { review, viewer, given } = this;
    const find = (selector) => viewer.find(selector);
    find(".review").hidden = !review;
    if (!review) return;
    const { length, item, reviewed } = review;
    const n = (value) => value.toLocaleString("en");
    const atItem = length > 0 && viewer.marked === review.queue.anchor[item];
    const place = atItem ? `Item ${n(item + 1)}${review.done[item] ? ", reviewed" : ""}` : "Beside the queue";
    const all = length > 0 && reviewed === length ? "All reviewed: finish below, or choose another queue. " : "";
    find(".review .item").textContent = length ? all + place : given.empty;
    for (const button of find(".review .decide").querySelectorAll("button")) {
      const nothing = !length && viewer.marked < 0 && button.dataset.do !== "undo";
      button.disabled = given.refused ? button.dataset.do !== "agree" : nothing;
    }
    const label = this.labelOf(atItem ? item : -1);
    find("[data-do=agree] span").textContent = given.refused ? "Next" : label ? `Agree: ${label}` : "Agree";
    find(".review .why").textContent = this.reason(atItem ? item : -1);
    Object.assign(find(".review progress"), { max: Math.max(1, length), value: reviewed });
    find(".review .count").textContent = `${n(reviewed)} of ${n(length)} reviewed`;
    const pending = review.log.pending.length;
    const any = length > 0 && review.decided.size;
    const state = pending ? `${n(pending)} unsaved` : given.finished ? "Finished" : any ? "Saved" : "";
    const said = given.problem ? `${state}. ${given.problem}` : state;
    find(".review .state").textContent = given.refused ? "Read-only" : said;
    find(".review .state").title = given.refused;
    find(".review .state").classList.toggle("wrong", Boolean(given.problem));
    find("[data-do=rest]").disabled = Boolean(given.refused) || !length || reviewed === length;
    find(".rest .open").textContent = n(length - reviewed);
    Object.assign(viewer.box.dataset, { reviewed: String(reviewed), item: String(item), unsaved: String(pending) });
  }

  /** What stands at an item, or at the marked beat: letters of a few beats, counts of many. */
  labelOf(item) {
    const { review, viewer } = this;
    const samples = item < 0 ? [viewer.marked] : [...review.membersOf(item)];
    const letters = samples.map((sample) => review.symbolAt(sample, true)).filter((one) => one !== null);
    if (letters.length <= 6) return letters.join(" ");
    const counts = new Map();
    for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    return [...counts].map(([letter, count]) => `${letter} ${count.toLocaleString("en")}`).join(", ");
  }

  /** Why an item is in the queue, in words. */
  reason(item) {
    const { viewer, review } = this;
    const name = item < 0 ? "" : (review.queue.names[item] ?? "");
    if (viewer.beat < 0) return name;
    const facts = Object.fromEntries(viewer.factsOf(viewer.beat));
    const parts = Object.entries(facts)
      .filter(([key]) => key.startsWith("of which"))
      .map(([key, value]) => `${key.replace("of which ", "")} ${value}`);
    return [
      name,
      facts.Score && `score ${facts.Score.split(",")[0]}${parts.length ? ` (${parts.join(", ")})` : ""}`,
      facts.Predicted && `predicted ${facts.Predicted}`,
      facts["RR / usual"] === "none"
        ? `RR ${facts["RR before"]}`
        : `RR ${facts["RR before"]}, ${facts["RR / usual"]} of usual`,
    ]
      .filter(Boolean)
      .join(" · ");
  }

  destroy() {
    if (this.review?.log.pending.length) left.set(this.record, this.review);
    clearTimeout(this.sending);
    clearTimeout(this.resending);
    window.removeEventListener("pagehide", this.leaving);
  }
}
