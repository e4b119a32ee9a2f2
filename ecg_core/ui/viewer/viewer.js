/** One viewer on a page: what it shows, and what pointers and keys do to it. */
import { CLASSES, indexOf, intervalsAt, lowerBound, nearestTo } from "./beats.js";
import { measured, measuredText } from "./caliper.js";
import { DISCLOSURE_PX, pageStart, paintDisclosure, ROW_S, ROWS, timeOnPage } from "./disclosure.js";
import { lanesOf, OVERVIEW_LEFT_PX, paintOverview } from "./overview.js";
import { ReviewBar } from "./review_bar.js";
import { beatAt, paintIntervals, paintWindowOnIntervals, RR_PX } from "./rr.js";
import { roomOf, sheetOf, timeAt } from "./sheet.js";
import { paintStrip, write } from "./strip.js";
import { clampedRange, clockText, timeOfDay, zoomedRange } from "./window.js";

const [TELL_MS, REVIEW_BAR_PX] = [250, 75];
const LENGTHS_S = [2, 5, 10, 30, 60, 300, 1800, 3600];
const KEYS = {
  ArrowLeft: "back",
  ArrowRight: "on",
  ArrowUp: "closer",
  ArrowDown: "further",
  "+": "closer",
  "=": "closer",
  "-": "further",
  PageUp: "minuteBack",
  PageDown: "minuteOn",
  Home: "home",
  End: "end",
  p: "previous",
  n: "next",
  f: "facts",
  c: "caliper",
  r: "snap",
  m: "march",
  d: "disclosure",
  t: "intervals",
  s: "save",
  "?": "keys",
  Escape: "escape",
};

export class Viewer {
  /** @param {ShadowRoot} root */
  constructor(root) {
    this.root = root;
    this.box = this.find(".ecg");
    this.main = this.find("canvas.main");
    this.over = this.find("canvas.over");
    this.rr = this.find("canvas.rr");
    this.waiting = new Map();
    this.range = { start: 0, length: 10 };
    this.scale = { speed: 25, gain: 0 };
    this.setMark(-1);
    this.step = "";
    this.caliper = null;
    this.leg = "to";
    this.modes = { caliper: false, snap: false, march: false, disclosure: false, intervals: false };
    this.reviewing = new ReviewBar(this);
    this.seq = null;
    this.pointers = new Map();
    this.backs = new Map();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.box);
    const on = (what, name, act, options) => what.addEventListener(name, act, options);
    on(this.main, "pointerdown", (e) => this.down(e));
    on(this.main, "pointermove", (e) => this.move(e));
    for (const name of ["pointerup", "pointercancel"]) on(this.main, name, (e) => this.up(e));
    on(this.main, "wheel", (e) => this.wheel(e), { passive: false });
    on(this.main, "contextmenu", (e) => this.rightClick(e));
    for (const canvas of [this.main, this.over]) on(canvas, "keydown", (e) => this.key(e));
    for (const name of ["pointerdown", "pointermove"]) on(this.over, name, (e) => this.dragOverview(e));
    on(this.rr, "pointerdown", (e) => this.clickInterval(e));
    on(this.box, "click", (e) => this.act(e.target.closest("button")?.dataset.do));
    on(this.box, "change", (e) => this.choose(e.target.dataset.change, e.target.value));
    on(this.box, "keydown", (e) => this.keyOutside(e));
  }

  /** @param {string} selector @returns {any} */
  find(selector) {
    return this.root.querySelector(selector);
  }

  /** What Python says now; called again for each of its runs that says something else. */
  update(data, api, packed) {
    this.api = api;
    this.data = data;
    this.look = {
      ...data.palettes[isDark(getComputedStyle(this.box).getPropertyValue("--st-background-color")) ? "dark" : "light"],
    };
    this.look.font = getComputedStyle(this.box).fontFamily;
    this.backs.clear();
    this.box.classList.toggle("compact", Boolean(data.compact));
    const [signal, labels] = [packed.get(data.signal), packed.get(data.labels)];
    if (!signal || !labels) {
      this.find(".where").textContent = "The recording is on its way.";
      return;
    }
    this.signal = signal;
    this.labels = labels;
    this.fs = signal.fs;
    if (data.review) {
      this.labels = this.reviewing.update(data.review, labels, packed);
      if (!this.labels) {
        this.find(".where").textContent = "The queue is on its way.";
        return;
      }
    }
    this.n = signal.samples;
    this.duration = this.n / this.fs;
    this.leads = data.leads.map((k) => signal.leads[k]);
    this.say("");
    if (data.at.seq !== this.seq) {
      this.seq = data.at.seq;
      this.range = clampedRange(data.at, this.duration);
      this.setMark(data.at.beat ?? -1);
      this.step = data.at.step ?? "";
      this.scale = { speed: data.at.speed, gain: data.at.gain };
      this.caliper = null;
      this.reviewing.follow(this.marked);
    } else this.setMark(this.marked);
    this.offer();
    if (data.review) this.reviewing.begin();
    this.draw();
  }

  /** A sentence in place of the strip, with no trace behind it. */
  say(message) {
    const box = this.find(".message");
    box.textContent = message;
    box.hidden = !message;
    for (const canvas of [this.main, this.over]) canvas.hidden = Boolean(message);
  }

  /** Fill the lists of the toolbar. */
  offer() {
    const lengths = LENGTHS_S.filter((s) => s < this.duration);
    fill(this.find(".length"), [
      ["", ""],
      ...lengths.map((s) => [s, s < 60 ? `${s} s` : s < 3600 ? `${s / 60} min` : `${s / 3600} h`]),
      [this.duration, "Whole"],
    ]);
    this.lanes = lanesOf(this.labels); // which looks through all beats, so not at every drawing
    const kinds = this.kindsOf();
    this.kinds = kinds;
    fill(
      this.find(".step"),
      [...kinds].map(([kind, { title, samples }]) => [kind, `${title} · ${samples.length.toLocaleString("en")}`]),
    );
    this.find(".stepping").hidden = !kinds.size;
    if (!kinds.has(this.step)) this.step = kinds.keys().next().value ?? "";
    this.find(".step").value = this.step;
  }

  /** What can be stepped through: samples by kind. */
  kindsOf() {
    const { beats, detected, classed, scores, predictions, missed, extra } = this.labels;
    const found = new Map();
    const queue = this.reviewing.kind();
    if (queue) found.set("queue", queue);
    const add = (kind, title, samples) => samples.length && found.set(kind, { title, samples });
    const of = (test) => beats.samples.filter((_, i) => test(i));
    if (classed)
      for (const k of [2, 1, 3, 4, 0])
        add(
          CLASSES[k],
          `${CLASSES[k]} ${detected ? "predicted" : "beats"}`,
          of((i) => beats.classes[i] === k),
        );
    if (predictions && !detected) {
      add(
        "differs",
        "Predicted otherwise",
        predictions.samples.filter((_, i) => predictions.differs[i]),
      );
    }
    if (scores)
      add(
        "flagged",
        "Flagged",
        scores.samples.filter((_, i) => scores.values[i] >= scores.threshold),
      );
    add("peaks", "R peaks missed or extra", Int32Array.from([...missed, ...extra]).sort());
    return found;
  }

  // Where one is

  go(start, length = this.range.length) {
    this.moveTo(clampedRange({ start, length }, this.duration));
  }

  moveTo(range) {
    this.range = range;
    this.draw();
    this.tell("range", () => [round(this.range.start), round(this.range.length)]);
  }

  /** Another length; the marked beat stays where it is, or else the middle. */
  zoom(factor, at = this.isMarkInside() ? this.marked / this.fs : this.range.start + this.range.length / 2) {
    this.moveTo(zoomedRange(this.range, this.range.length * factor, at, this.duration));
  }

  /** Mark a sample, of a beat or of an R peak that is none; -1 marks nothing. */
  setMark(sample) {
    this.marked = sample;
    this.beat = this.labels ? indexOf(this.labels.beats.samples, sample) : -1;
    if (!this.find(".facts").hidden) this.openFacts();
  }

  isMarkInside() {
    const at = this.marked / this.fs;
    return this.marked >= 0 && at >= this.range.start && at <= this.range.start + this.range.length;
  }

  /** The next beat of the kind chosen (way 1) or the one before (-1), marked and in the middle. */
  stepOn(way) {
    if (this.step === "queue") {
      this.reviewing.stepOn(way);
      return;
    }
    const samples = this.kinds.get(this.step)?.samples;
    if (!samples) return;
    const { start, length } = this.range;
    const from = this.isMarkInside() ? this.marked : (way > 0 ? start : start + length) * this.fs - way;
    const i = way > 0 ? lowerBound(samples, from + 1) : lowerBound(samples, from) - 1;
    if (i < 0 || i >= samples.length) return;
    this.go(samples[i] / this.fs - length / 2);
    this.mark(samples[i]);
  }

  mark(sample) {
    this.reviewing.follow(sample);
    this.setMark(sample);
    this.draw();
    this.tell("beat", () => (this.marked < 0 ? null : this.marked), 0);
  }

  /** Tell Python, once the hand rests: a request a frame would drown the server. */
  tell(name, value, wait = TELL_MS) {
    this.waiting.set(name, value);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // where one is in a review nobody but the reader needs to know
      if (!this.data.review) for (const [key, of] of this.waiting) this.api.setStateValue(key, of());
      this.waiting.clear();
      this.speak();
      this.ask();
    }, wait);
  }

  /** Whether the server is still there; what is loaded goes on without it. */
  async ask() {
    const answer = await fetch(new URL("./_stcore/health", document.baseURI)).catch(() => null);
    const gone = this.find(".gone");
    gone.hidden = Boolean(answer?.ok);
    gone.textContent = gone.hidden ? "" : "The server does not answer. What is loaded can still be read.";
    clearTimeout(this.asking);
    if (!gone.hidden && this.box.isConnected) this.asking = setTimeout(() => this.ask(), 3000);
  }

  // Pointers

  down(e) {
    this.main.focus({ preventScroll: true });
    if (e.button !== 0) return;
    this.main.setPointerCapture(e.pointerId);
    this.pointers.set(e.pointerId, e.offsetX);
    this.drag = {
      x: e.offsetX,
      y: e.offsetY,
      start: this.range.start,
      moved: false,
      measures: e.shiftKey || this.modes.caliper,
    };
    this.closeFacts();
    if (this.modes.disclosure || !this.drag.measures) return;
    const [t, mv] = this.placeOf(e);
    this.caliper = { from: t, to: t, top: mv, bottom: mv };
  }

  /** Time (s) and height (mV below the top) under the pointer; the time of the nearest R peak where legs snap. */
  placeOf(e) {
    const t = timeAt(this.sheet, this.range, e.offsetX);
    const { samples } = this.labels.beats;
    const i = this.modes.snap ? nearestTo(samples, t * this.fs) : -1;
    return [i < 0 ? t : samples[i] / this.fs, (e.offsetY - this.sheet.top) / this.sheet.pxPerMv];
  }

  move(e) {
    if (!this.drag || this.modes.disclosure) return;
    if (this.pointers.size === 2) return this.pinch(e);
    if (Math.abs(e.offsetX - this.drag.x) > 3) this.drag.moved = true;
    if (this.drag.measures) {
      [this.caliper.to, this.caliper.bottom] = this.placeOf(e);
      this.draw();
    } else if (this.drag.moved) this.go(this.drag.start - (e.offsetX - this.drag.x) / this.sheet.pxPerS);
  }

  pinch(e) {
    const apart = () => Math.abs([...this.pointers.values()].reduce((a, b) => a - b));
    const before = apart();
    this.pointers.set(e.pointerId, e.offsetX);
    if (before > 5 && apart() > 5) this.zoom(before / apart(), timeAt(this.sheet, this.range, e.offsetX));
    this.drag.moved = true;
  }

  up(e) {
    this.pointers.delete(e.pointerId);
    const drag = this.drag;
    if (!drag || this.pointers.size) return;
    this.drag = null;
    if (this.modes.disclosure) {
      const t = timeOnPage(pageStart(this.range.start), this.main.clientWidth, e.offsetX, e.offsetY);
      if (t > this.duration) return;
      this.modes.disclosure = false;
      this.go(t - Math.min(this.range.length, 10) / 2, Math.min(this.range.length, 10));
    } else if (drag.measures) this.tellCaliper();
    else if (!drag.moved) this.mark(this.labels.beats.samples[this.beatNear(e)] ?? -1);
  }

  beatNear(e) {
    const { samples } = this.labels.beats;
    const at = timeAt(this.sheet, this.range, e.offsetX) * this.fs;
    const i = nearestTo(samples, at);
    return i >= 0 && (Math.abs(samples[i] - at) / this.fs) * this.sheet.pxPerS < 24 ? i : -1;
  }

  rightClick(e) {
    e.preventDefault();
    if (this.modes.disclosure) return;
    const i = this.beatNear(e);
    if (i < 0) return;
    this.mark(this.labels.beats.samples[i]);
    this.openFacts();
  }

  wheel(e) {
    const sideways = Math.abs(e.deltaX) > Math.abs(e.deltaY);
    if (!e.ctrlKey && !sideways && this.root.activeElement !== this.main) return;
    e.preventDefault();
    if (e.ctrlKey) this.zoom(Math.exp(e.deltaY * 0.004), timeAt(this.sheet, this.range, e.offsetX));
    else this.go(this.range.start + (sideways ? e.deltaX : e.deltaY) / this.sheet.pxPerS);
  }

  dragOverview(e) {
    if (e.type === "pointermove" && !(e.buttons & 1)) return;
    if (e.type === "pointerdown") this.over.setPointerCapture(e.pointerId);
    const part = (e.offsetX - OVERVIEW_LEFT_PX) / (this.over.clientWidth - OVERVIEW_LEFT_PX);
    this.go(part * this.duration - this.range.length / 2);
  }

  clickInterval(e) {
    const i = beatAt(e.offsetX, e.offsetY, this.rr.clientWidth, this);
    if (i < 0) return;
    this.go(this.labels.beats.samples[i] / this.fs - this.range.length / 2);
    this.mark(this.labels.beats.samples[i]);
  }

  // Keys

  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || !this.labels) return;
    const name = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    const review = this.reviewing.takes(name);
    const moves = this.caliper && this.modes.caliper && (name.startsWith("Arrow") || name === "x");
    if (!KEYS[name] && !review && !moves) return;
    e.preventDefault();
    e.stopPropagation();
    this.pressed = performance.now();
    if (moves) this.moveLeg(name, e.shiftKey ? 10 : 1);
    else if (review) this.reviewing.key(e, name);
    else if (name === "ArrowLeft" || name === "ArrowRight") {
      const page = this.modes.disclosure ? ROWS * ROW_S : this.range.length * (e.shiftKey ? 0.1 : 0.9);
      this.go(this.range.start + (name === "ArrowRight" ? page : -page));
    } else this.act(KEYS[name]);
  }

  /** Keys of buttons and lists stay here too; those of the strip work on the whole viewer but for lists. */
  keyOutside(e) {
    const inside = e.target.closest("select, dialog, canvas");
    if (!inside && e.key !== "Enter" && e.key !== " " && e.key !== "Tab") this.key(e);
    if (e.key !== "Tab") e.stopPropagation();
  }

  moveLeg(name, times) {
    if (name === "x") this.leg = this.leg === "to" ? "from" : "to";
    const { samples } = this.labels.beats;
    const way = name === "ArrowRight" || name === "ArrowDown" ? 1 : -1;
    if (name === "ArrowLeft" || name === "ArrowRight") {
      const at = this.caliper[this.leg] * this.fs;
      const i = way > 0 ? lowerBound(samples, at + 0.5) : lowerBound(samples, at - 0.5) - 1;
      this.caliper[this.leg] =
        (this.modes.snap && i >= 0 && i < samples.length ? samples[i] : Math.round(at) + way * times) / this.fs;
    } else if (name !== "x") this.caliper.bottom += way * times * 0.01;
    this.draw();
    this.tellCaliper();
  }

  tellCaliper() {
    this.tell(
      "caliper",
      () => this.caliper && { from: round(this.caliper.from), to: round(this.caliper.to), ...measured(this.caliper) },
    );
  }

  act(name) {
    if (!name || !this.labels) return;
    const { start, length } = this.range;
    const toggle = (mode) => {
      this.modes[mode] = !this.modes[mode];
      this.draw();
    };
    const page = this.modes.disclosure ? ROWS * ROW_S : length * 0.9;
    ({
      back: () => this.go(start - page),
      on: () => this.go(start + page),
      closer: () => this.zoom(0.5),
      further: () => this.zoom(2),
      minuteBack: () => this.go(start - 60),
      minuteOn: () => this.go(start + 60),
      home: () => this.go(0),
      end: () => this.go(this.duration),
      previous: () => this.stepOn(-1),
      next: () => this.stepOn(1),
      facts: () => this.openFacts(),
      caliper: () => this.toggleCaliper(),
      snap: () => toggle("snap"),
      march: () => toggle("march"),
      disclosure: () => toggle("disclosure"),
      intervals: () => toggle("intervals"),
      save: () => this.save(),
      print: () => this.print(),
      keys: () => this.find("dialog.keys").showModal(),
      escape: () => this.escape(),
    })[name]?.();
    this.reviewing.act(name);
  }

  toggleCaliper() {
    this.modes.caliper = !this.modes.caliper;
    const { start, length } = this.range;
    const middle = Math.round((start + length / 2) * this.fs) / this.fs;
    const half = (this.sheet.bottom - this.sheet.top) / 2 / this.sheet.pxPerMv;
    if (this.modes.caliper && !this.caliper)
      this.caliper = { from: middle, to: middle + Math.min(1, length / 5), top: half - 1, bottom: half };
    if (!this.modes.caliper) this.caliper = null;
    this.draw();
    this.tellCaliper();
  }

  choose(what, value) {
    if (what === "length") this.zoom(Number(value) / this.range.length);
    else if (what === "speed") {
      const factor = this.scale.speed / Number(value);
      this.scale.speed = Number(value);
      this.zoom(factor);
    } else if (what === "gain") this.scale.gain = Number(value);
    if (what === "speed" || what === "gain") this.tell("scale", () => [this.scale.speed, this.scale.gain]);
    else if (what === "step") {
      this.step = value;
      this.tell("step", () => this.step);
    }
    this.draw();
  }

  escape() {
    if (!this.closeFacts()) {
      if (this.caliper) this.caliper = null;
      else this.modes.disclosure = false;
      this.modes.caliper = false;
      this.tellCaliper();
    }
    this.draw();
  }

  // Words

  factsOf(i) {
    const { beats, detected, layer, predictions, scores } = this.labels;
    const { before, after, early } = intervalsAt(beats.samples, i, this.fs);
    const ms = (v) => (Number.isNaN(v) ? "none" : `${v.toFixed(0)} ms`);
    const p = predictions ? indexOf(predictions.samples, beats.samples[i]) : -1;
    const s = scores ? indexOf(scores.samples, beats.samples[i]) : -1;
    const parts = s < 0 ? [] : Object.entries(scores.parts).map(([name, of]) => [`of which ${name}`, of[s].toFixed(2)]);
    return [
      ["Time", clockText(beats.samples[i] / this.fs, 2)],
      [
        "Beat",
        detected ? "R peak, no class" : `${String.fromCharCode(beats.codes[i])}, class ${CLASSES[beats.classes[i]]}`,
      ],
      ["Says", layer],
      ["RR before", ms(before)],
      ["RR after", ms(after)],
      ["RR / usual", Number.isNaN(early) ? "none" : `${(100 * early).toFixed(0)} %`],
      ...(p < 0
        ? []
        : [
            [
              "Predicted",
              `${String.fromCharCode(predictions.letters[p])}${predictions.sure[p] ? `, ${predictions.sure[p]} %` : ""} (${predictions.name})`,
            ],
          ]),
      ...(s < 0
        ? []
        : [["Score", `${scores.values[s].toFixed(2)}, threshold ${scores.threshold.toFixed(2)}`], ...parts]),
    ];
  }

  /** The facts of the marked beat, or none. */
  openFacts() {
    const box = this.find(".facts");
    box.hidden = this.beat < 0;
    if (this.beat < 0) return;
    const list = document.createElement("dl");
    for (const [name, value] of this.factsOf(this.beat)) {
      for (const [tag, text] of [
        ["dt", name],
        ["dd", value],
      ])
        list.appendChild(document.createElement(tag)).textContent = text;
    }
    box.replaceChildren(list);
    this.speak();
  }

  closeFacts() {
    const box = this.find(".facts");
    const open = !box.hidden;
    box.hidden = true;
    return open;
  }

  words() {
    const { start, length } = this.range;
    const day = timeOfDay(this.labels.dayStart, start);
    const decimals = length < 20 ? 1 : 0;
    const failed = this.signal.loading?.failed;
    const parts = [
      `${failed ? `${failed} ` : ""}${clockText(start, decimals)} to ${clockText(start + length, decimals)}${day ? ` (${day})` : ""}`,
    ];
    const samples = this.kinds.get(this.step)?.samples;
    const place = samples ? indexOf(samples, this.marked) : -1;
    if (place >= 0 && this.isMarkInside())
      parts.push(
        `${this.step.length === 1 ? this.step : "number"} ${(place + 1).toLocaleString("en")} of ${samples.length.toLocaleString("en")}`,
      );
    if (this.beat >= 0 && this.isMarkInside()) {
      const facts = Object.fromEntries(this.factsOf(this.beat));
      parts.push(
        `${facts.Beat}, at ${facts.Time}, RR ${facts["RR before"]} before, ${facts["RR after"]} after${facts.Score ? `, score ${facts.Score}` : ""}`,
      );
    }
    if (this.caliper) parts.push(`calipers ${measuredText(this.caliper, this.sheet?.toScale)}`);
    return parts.join(" · ");
  }

  speak() {
    this.find(".live").textContent = this.words();
  }

  // Drawing

  draw() {
    if (!this.frame && this.signal) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.paint();
      });
    }
  }

  paint() {
    const began = performance.now();
    const width = this.box.clientWidth;
    if (!width || this.main.hidden) return;
    const { labels, leads, range, look, fs, scale, duration, beat, marked } = this;
    const rails = { rhythms: labels.rhythms.length, rings: Boolean(labels.predictions), score: Boolean(labels.scores) };
    this.sheet = sheetOf(
      width,
      range,
      leads,
      scale,
      rails,
      this.box.classList.contains("compact") ? undefined : roomOf(innerHeight - (this.data.review ? REVIEW_BAR_PX : 0)),
    );
    const { dayStart } = labels;
    const frame = {
      fs,
      sheet: this.sheet,
      range,
      leads,
      labels,
      look,
      beat,
      marked,
      caliper: this.caliper,
      marching: this.modes.march,
      scale,
      filter: this.signal.filter,
      simulated: this.signal.simulated,
      dayStart,
      samples: this.n,
      duration,
      lanes: this.lanes,
      columns: this.data.leads,
      drawn: this.reviewing.drawn,
      span: this.reviewing.span(),
    };
    const { loading } = this.signal;
    loading?.begin();
    const disclosed = this.modes.disclosure;
    const height = disclosed ? Math.max(DISCLOSURE_PX, this.sheet.height) : this.sheet.height;
    const g = context(this.main, width, height);
    if (disclosed) {
      g.fillStyle = look.paper;
      g.fillRect(0, 0, width, height);
      paintDisclosure(g, width, frame);
    } else paintStrip(g, frame);
    const wide = width - OVERVIEW_LEFT_PX;
    const over = this.blit("over", this.over, width, this.lanes.height, (b) => paintOverview(b, width, frame));
    over.fillStyle = look.accent;
    over.globalAlpha = 0.28;
    const x = OVERVIEW_LEFT_PX + (range.start / duration) * wide;
    over.fillRect(x, 0, Math.max(3, (range.length / duration) * wide), this.over.clientHeight);
    over.globalAlpha = 1;
    this.rr.hidden = !this.modes.intervals;
    if (this.modes.intervals) {
      paintWindowOnIntervals(
        this.blit("rr", this.rr, width, RR_PX, (b) => paintIntervals(b, width, frame)),
        width,
        frame,
      );
    }
    this.show();
    this.box.dataset.loading = String(Boolean(loading?.missed));
    this.box.dataset.paintMs = (performance.now() - began).toFixed(2);
  }

  /** What changes with the recording only is painted once into a bitmap of its own. */
  blit(name, canvas, width, height, paint) {
    const g = context(canvas, width, height);
    const key = `${canvas.width} ${canvas.height}`;
    if (this.backs.get(name)?.key !== key) {
      const back = document.createElement("canvas");
      paint(context(back, width, height));
      this.backs.set(name, { key, back });
    }
    g.drawImage(this.backs.get(name).back, 0, 0, width, height);
    return g;
  }

  /** Buttons, lists and the line of words, after each drawing. */
  show() {
    this.find(".where").textContent = this.words();
    this.reviewing.show();
    for (const mode of ["caliper", "snap", "march", "disclosure", "intervals"]) {
      this.find(`[data-do=${mode}]`).setAttribute("aria-pressed", String(this.modes[mode]));
    }
    this.main.classList.toggle("measuring", this.modes.caliper);
    for (const mode of ["snap", "march"]) this.find(`[data-do=${mode}]`).hidden = !this.caliper && !this.modes.caliper;
    this.find(".gain").value = String(this.scale.gain);
    this.find(".speed").value = String(this.scale.speed);
    if (!this.isMarkInside() || this.modes.disclosure) this.closeFacts();
    const x = (this.marked / this.fs - this.range.start) * this.sheet.pxPerS + 80;
    this.find(".facts").style.left = `${Math.max(4, Math.min(x, this.main.clientWidth - 280))}px`;
    const lengths = this.find(".length");
    const near = [...lengths.options].find((o) => Math.abs(Number(o.value) - this.range.length) < 0.01);
    lengths.options[0].text = near ? "" : spanText(this.range.length);
    lengths.options[0].hidden = Boolean(near);
    lengths.value = near?.value ?? "";
    const percent = (100 * this.range.start) / Math.max(this.duration - this.range.length, 1e-9);
    this.over.setAttribute("aria-valuenow", percent.toFixed(0));
    this.over.setAttribute("aria-valuetext", clockText(this.range.start));
    const { dataset } = this.box;
    dataset.range = `${round(this.range.start)},${round(this.range.length)}`;
    dataset.beat = this.marked < 0 ? "" : String(this.marked);
    dataset.record = this.signal.name;
    dataset.first ??= performance.now().toFixed(1);
    if (this.pressed) dataset.keyMs = (performance.now() - this.pressed).toFixed(2);
    this.pressed = 0;
  }

  /** The strip with a line over it that says whose it is, when, and how large. */
  sheetOfPaper() {
    const ratio = globalThis.devicePixelRatio || 1;
    const canvas = document.createElement("canvas");
    const g = context(canvas, this.main.clientWidth, this.main.clientHeight + 44);
    g.fillStyle = this.look.background;
    g.fillRect(0, 0, this.main.clientWidth, 44);
    const { name, simulated } = this.signal;
    const title = `Record ${name}, ${this.leads.map((lead) => lead.name).join(", ")}${simulated ? ", SIMULATED" : ""}`;
    write(g, this.look, title, 6, 12, { size: 14, bold: true });
    write(g, this.look, `${this.words()} · Research use. Not a medical device.`, 6, 32);
    g.drawImage(this.main, 0, 44, this.main.width / ratio, this.main.height / ratio);
    return canvas;
  }

  save() {
    const link = document.createElement("a");
    link.download = `${this.signal.name.replaceAll("/", "-")} ${clockText(this.range.start).replaceAll(":", "-")}.png`;
    link.href = this.sheetOfPaper().toDataURL("image/png");
    link.click();
  }

  /** One strip on paper: as long as its scale says where that fits on A4, and else said not to be. */
  print() {
    const mm = this.main.clientWidth / this.sheet.pxPerMm;
    const fits = this.sheet.toScale && mm <= 277 && !this.modes.disclosure;
    const page = document.body.appendChild(document.createElement("iframe"));
    page.style.cssText = "position:fixed;width:0;height:0;border:0";
    const image = page.contentDocument.createElement("img");
    image.style.width = fits ? `${mm}mm` : "100%";
    page.contentDocument.title = `Record ${this.signal.name}`;
    const style = page.contentDocument.head.appendChild(page.contentDocument.createElement("style"));
    style.textContent = "@page { size: A4 landscape; margin: 10mm } body { margin: 0; font: 11px sans-serif }";
    image.onload = () => {
      page.contentWindow.onafterprint = () => page.remove();
      page.contentWindow.print();
    };
    image.src = this.sheetOfPaper().toDataURL("image/png");
    page.contentDocument.body.append(
      image,
      fits ? "To scale when printed at 100 %." : "Made to fit the paper: not to scale.",
    );
  }

  destroy() {
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    clearTimeout(this.asking);
    this.reviewing.destroy();
  }
}

/** A context of a canvas that is as sharp as the screen. */
function context(canvas, width, height) {
  const ratio = globalThis.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    [canvas.width, canvas.height] = [w, h];
    canvas.style.height = `${height}px`;
  }
  const g = canvas.getContext("2d", { alpha: false });
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  return g;
}

function fill(list, options) {
  const same = list.options.length === options.length && options.every(([, text], i) => list.options[i].text === text);
  if (!same) list.replaceChildren(...options.map(([value, text]) => new Option(text, String(value))));
}

const spanText = (s) => (s < 100 ? `${Number(s.toPrecision(3))} s` : clockText(s));
const round = (v) => Math.round(v * 1000) / 1000;

/** Whether a colour, as CSS has it, is dark. */
export function isDark(css) {
  const hex = css.trim().match(/^#(..)(..)(..)/);
  const parts = hex
    ? hex.slice(1).map((part) => Number.parseInt(part, 16))
    : (css.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  return 0.3 * parts[0] + 0.59 * parts[1] + 0.11 * parts[2] < 102;
}
