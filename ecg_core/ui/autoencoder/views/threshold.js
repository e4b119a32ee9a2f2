/** The histogram of scores with a threshold that can be moved, what it does, and the curves it lies on. */
import { DASHES, html, label, linePath, scale, stepsPath, svg } from "./draw.js";
import {
  countsOf,
  decadesOf,
  figuresOf,
  findingOf,
  fixed,
  flaggedAt,
  grouped,
  heightsOf,
  percent,
  pointAt,
  positionOf,
  ticksOf,
} from "./figures.js";
import { saveButtons } from "./save.js";

const [LEFT, RIGHT, TOP, BOTTOM] = [58, 14, 24, 40]; // above the plot stands what the threshold is
const KEY_STEP = 0.05;
const PAGE_STEP = 0.5;
const KEY_MS = 400;
/** Pointer this near to the line takes hold of it, px; elsewhere the line comes to the pointer. */
const THUMB_PX = 8;
/** Releases so far: what is told differs each time, even where the threshold is one that was told before. */
let releases = 0;
/** How charts are shown, as long as the page stays open. */
const options = { density: true, log: false };

const plotHeight = (width) => (width < 780 ? 180 : 250);

export class ThresholdView {
  constructor(parent, look) {
    this.root = html("section", { class: "view threshold" });
    parent.append(this.root);
    this.look = look;
    this.id = "";
    this.width = 0;
    this.dragging = false;
    this.observer = new ResizeObserver(() => {
      const width = Math.floor(this.root.clientWidth);
      if (width && width !== this.width) {
        this.width = width;
        this.draw();
      }
    });
    this.observer.observe(this.root);
  }

  /** Take over what the server says. The threshold is the reader's, unless the server moved it. */
  update(data, tell) {
    this.tell = tell;
    this.data = data;
    if (data.id !== this.id) {
      this.id = data.id;
      this.flagged = Object.fromEntries(data.classes.map((one) => [one.name, flaggedAt(one.beats, one.drops)]));
      this.told = this.position = data.at.position;
      this.build();
    } else if (data.at.seq !== this.seq && !this.dragging) {
      this.told = this.position = data.at.position;
    }
    this.seq = data.at.seq;
    this.draw();
  }

  build() {
    const { data } = this;
    const cells = this.figures().map(([name]) => {
      const value = html("strong", { "data-figure": name });
      const support = html("span", { class: "support" });
      const meaning = data.help[name];
      return {
        box: html(
          "div",
          { class: "number" },
          html("span", { class: "label", text: name, title: meaning }),
          value,
          support,
        ),
        value,
        support,
      };
    });
    this.cells = cells;
    this.finding = html("span");
    this.picture = svg("svg", { class: "histogram", role: "img" });
    this.slider = html("input", { type: "range", min: 0, max: data.n - 1, step: 1, "aria-label": "Threshold" });
    this.typed = html("input", {
      type: "number",
      min: 0,
      max: this.at(data.n - 1),
      step: KEY_STEP,
      "aria-label": "Threshold, as a number",
    });
    this.range = html("span", { class: "range", role: "status" });
    this.back = html("button", { type: "button", text: "Back to the default" });
    const density = this.check("Same area for every class", "density", "Off: numbers of beats, rare classes low.");
    const log = this.check("Logarithmic", "log", "Counts on a scale of powers of ten.");
    this.root.replaceChildren(
      html(
        "div",
        { class: "numbers", role: "group", "aria-label": "Figures at this threshold" },
        ...cells.map((one) => one.box),
      ),
      html(
        "div",
        { class: "head" },
        html("b", { text: `${data.heading}: ` }, this.finding),
        saveButtons(
          `${data.file}-histogram`,
          () => this.picture,
          () => this.histogramRows(),
          this.look,
          () => `${data.heading}: ${this.finding.textContent}`,
        ),
      ),
      this.picture,
      html("div", { class: "slide" }, this.slider),
      html(
        "div",
        { class: "row" },
        html("label", { title: data.help.Threshold, text: "Threshold " }, this.typed),
        this.range,
        this.back,
        html("span", { class: "gap" }),
        data.known ? density : null,
        log,
      ),
      html("div", { class: "below" }, this.table(), ...this.curves()),
    );
    this.finding.parentNode.title = data.help["Abnormality score"];
    this.slider.addEventListener("input", () => this.move(Number(this.slider.value)));
    this.slider.addEventListener("change", () => this.release());
    this.slider.addEventListener("keydown", (event) => this.key(event));
    this.slider.addEventListener("keyup", () => this.release());
    this.typed.addEventListener("change", () => this.type());
    this.back.addEventListener("click", () => {
      this.move(data.own);
      this.release();
      this.slider.focus();
    });
    this.picture.addEventListener("pointerdown", (event) => this.hold(event));
    this.picture.addEventListener("pointermove", (event) => this.dragging && this.follow(event));
    for (const type of ["pointerup", "pointercancel"]) this.picture.addEventListener(type, () => this.drop());
  }

  check(text, name, help) {
    const box = html("input", { type: "checkbox" });
    box.checked = options[name];
    box.addEventListener("change", () => {
      options[name] = box.checked;
      this.draw();
    });
    return html("label", { class: "check", title: help }, box, text);
  }

  /** Threshold of a position, with the decimals of the address. */
  at(position) {
    return fixed(position * this.data.step, 2);
  }

  figures() {
    const { data, flagged, position: k } = this;
    if (data.known) return figuresOf(pointAt(data.classes, flagged, k), data.hours, data.unit);
    const [all] = data.classes;
    return countsOf(flagged[all.name][k], all.beats, data.hours, data.unit);
  }

  /** Move the threshold to a position; everything here follows at once, the server is told on release. */
  move(position) {
    this.position = Math.min(Math.max(Math.round(position), 0), this.data.n - 1);
    this.follows();
  }

  release() {
    clearTimeout(this.waiting);
    if (this.told === this.position) return;
    this.told = this.position;
    this.tell("threshold", { id: this.id, position: this.position, release: ++releases });
  }

  key(event) {
    const step = Math.max(1, Math.round(KEY_STEP / this.data.step));
    const page = Math.max(step, Math.round(PAGE_STEP / this.data.step));
    const by = { ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step, PageUp: page, PageDown: -page }[
      event.key
    ];
    event.stopPropagation();
    if (by === undefined) return;
    event.preventDefault();
    this.move(this.position + by);
    // where the key's release goes elsewhere, as when the window loses the focus, the server is told all the same
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.release(), KEY_MS);
  }

  type() {
    const value = Number(this.typed.value);
    const highest = (this.data.n - 1) * this.data.step;
    const fits = this.typed.value !== "" && value >= 0 && value <= highest + 1e-9;
    this.typed.setAttribute("aria-invalid", String(!fits));
    this.range.classList.toggle("wrong", !fits);
    if (!fits) {
      this.range.textContent = `A number from 0 to ${this.at(this.data.n - 1)} is needed: ${this.at(this.position)} stays.`;
      return;
    }
    this.move(positionOf(value, this.data.step, this.data.n));
    this.release();
  }

  hold(event) {
    if (event.button) return;
    this.dragging = true;
    this.picture.setPointerCapture(event.pointerId);
    event.preventDefault();
    this.follow(event);
    this.slider.focus({ preventScroll: true });
  }

  follow(event) {
    const x = event.clientX - this.picture.getBoundingClientRect().left;
    this.move(positionOf(((x - LEFT) / (this.width - LEFT - RIGHT)) * this.top(), this.data.step, this.data.n));
  }

  drop() {
    if (!this.dragging) return;
    this.dragging = false;
    this.release();
  }

  top() {
    return (this.data.n - 1) * this.data.step;
  }

  /** What changes with the threshold: texts and places, no shapes. */
  follows() {
    const { data, position } = this;
    const figures = this.figures();
    for (const [k, [, value, support]] of figures.entries()) {
      this.cells[k].value.textContent = value;
      this.cells[k].support.textContent = support;
    }
    const point = pointAt(data.classes, this.flagged, position);
    const said = data.known ? findingOf(point, data.unit) : `${figures[0][1]} ${figures[0][2]} flagged`;
    this.finding.textContent = said;
    this.slider.value = String(position);
    this.slider.setAttribute("aria-valuetext", `${this.at(position)}: ${said}`);
    this.picture.setAttribute(
      "aria-label",
      `Histogram of abnormality scores with the threshold at ${this.at(position)}. ${data.heading}: ${said}`,
    );
    this.typed.value = this.at(position);
    this.typed.setAttribute("aria-invalid", "false");
    this.range.classList.remove("wrong");
    this.range.textContent = `0 to ${this.at(data.n - 1)}`;
    this.back.hidden = position === data.own;
    this.root.dataset.threshold = this.at(position);
    for (const [name, cell] of Object.entries(this.shares ?? {})) {
      const { beats } = data.classes.find((one) => one.name === name);
      cell.textContent = percent(this.flagged[name][position], beats);
    }
    if (this.line) {
      const x = this.x(position * data.step);
      const right = x > this.width * 0.8;
      this.line.setAttribute("transform", `translate(${x} 0)`);
      this.flag.textContent = `flagged from ${this.at(position)}`;
      this.flag.setAttribute("x", right ? "-7" : "7");
      this.flag.setAttribute("text-anchor", right ? "end" : "start");
    }
    if (this.dots) {
      const { tp, fp, abnormal, normal } = point;
      this.dots.roc?.(100 * (fp / normal), 100 * (tp / abnormal));
      this.dots.pr?.(100 * (tp / abnormal), tp + fp ? 100 * (tp / (tp + fp)) : Number.NaN);
    }
  }

  draw() {
    if (!this.width || !this.data) return;
    const look = this.look();
    this.root.style.colorScheme = look.theme;
    const { data, width } = this;
    const height = plotHeight(width) + TOP + BOTTOM;
    this.picture.setAttribute("width", String(width));
    this.picture.setAttribute("height", String(height));
    const drawn = data.classes.filter((one) => one.outline.length);
    const heights = drawn.map((one) => heightsOf(one.outline, options.density && data.known));
    const most = Math.max(...heights.flat(), 1e-9);
    const least = Math.min(...heights.flat().filter((value) => value > 0), most) / 1.5;
    const [low, high] = options.log ? [least, most * 2.5] : [0, most * 1.17];
    this.x = scale(0, this.top(), LEFT, width - RIGHT);
    const y = scale(low, high, height - BOTTOM, TOP, options.log);
    const marks = options.log ? decadesOf(low, high) : ticksOf(low, high, 4);
    const unit = options.density && data.known ? `Share of the class (%)` : `Number of ${data.unit}`;
    const shapes = drawn.map((one, k) =>
      svg("path", {
        d: stepsPath(data.edges, heights[k], this.x, y),
        stroke: look.classes[one.colour],
        "stroke-width": 2,
        "stroke-dasharray": DASHES[one.dash],
        fill: one.filled ? look.classes[one.colour] : "none",
        "fill-opacity": 0.14,
        "stroke-linejoin": "round",
      }),
    );
    this.flag = svg("text", {
      y: TOP - 8,
      fill: look.accent,
      "font-size": 13,
      "font-weight": 600,
      stroke: look.background,
      "stroke-width": 4,
      "paint-order": "stroke",
    });
    this.line = svg(
      "g",
      { class: "line" },
      svg("rect", { x: -THUMB_PX, y: TOP, width: 2 * THUMB_PX, height: height - BOTTOM - TOP, fill: "transparent" }),
      svg("path", { d: `M0 ${TOP}V${height - BOTTOM}`, stroke: look.accent, "stroke-width": 3 }),
      svg("path", { d: `M-6 ${height - BOTTOM}L0 ${height - BOTTOM - 8}L6 ${height - BOTTOM}Z`, fill: look.accent }),
      this.flag,
    );
    this.picture.replaceChildren(
      ...marks.flatMap((tick) => [
        svg("path", { d: `M${LEFT} ${y(tick)}H${width - RIGHT}`, stroke: look.grid }),
        label(grouped(tick, decimals(tick)), LEFT - 6, y(tick) + 4, look, { "text-anchor": "end" }),
      ]),
      ...ticksOf(0, this.top(), width < 780 ? 8 : 12).flatMap((tick) => [
        svg("path", { d: `M${this.x(tick)} ${height - BOTTOM}v4`, stroke: look.muted }),
        label(String(tick), this.x(tick), height - BOTTOM + 17, look, { "text-anchor": "middle" }),
      ]),
      label(data.axis, LEFT, height - 5, look, { fill: look.muted }),
      label(unit, 0, 0, look, {
        fill: look.muted,
        "text-anchor": "middle",
        transform: `translate(12 ${(height - BOTTOM + TOP) / 2}) rotate(-90)`,
      }),
      ...shapes,
      this.line,
      ...this.letters(drawn, heights, y, look),
    );
    for (const [k, swatch] of (this.swatches ?? []).entries()) swatch(data.classes[k], look);
    this.dots = Object.fromEntries(
      Object.entries(this.plots ?? {}).map(([name, plot]) => [name, curve(plot, data[name], look)]),
    );
    this.follows();
  }

  /** Each class named at its outline's highest place, the later one aside where two would lie over each other. */
  letters(drawn, heights, y, look) {
    const taken = [];
    return drawn
      .map((one, k) => {
        if (!this.data.known) return null;
        const best = [...heights[k].keys()].filter((bin) => {
          const x = this.x((this.data.edges[bin] + this.data.edges[bin + 1]) / 2);
          return taken.every(([px, py]) => Math.abs(px - x) > 18 || Math.abs(py - y(heights[k][bin])) > 18);
        });
        const bin = best.reduce((top, at) => (heights[k][at] > heights[k][top] ? at : top), best[0] ?? 0);
        const at = [this.x((this.data.edges[bin] + this.data.edges[bin + 1]) / 2), y(heights[k][bin])];
        taken.push(at);
        return label(one.name, at[0], Math.max(at[1] - 4, TOP + 11), look, {
          fill: look.classes[one.colour],
          "font-weight": 700,
          "font-size": 13,
          "text-anchor": "middle",
          stroke: look.background,
          "stroke-width": 3,
          "paint-order": "stroke",
          "pointer-events": "none",
        });
      })
      .filter(Boolean);
  }

  table() {
    const { data } = this;
    this.shares = this.swatches = null;
    if (!data.known) return null;
    this.shares = {};
    this.swatches = [];
    const rows = data.classes.map((one) => {
      const sample = svg("svg", { width: 30, height: 12, "aria-hidden": "true" });
      this.swatches.push((line, look) =>
        sample.replaceChildren(
          line.outline.length
            ? svg("path", {
                d: "M1 6H29",
                stroke: look.classes[line.colour],
                "stroke-width": 3,
                "stroke-dasharray": DASHES[line.dash],
              })
            : "",
        ),
      );
      this.shares[one.name] = html("td");
      const few = one.outline.length ? one.help : `${one.help} Too few for an outline.`;
      return html(
        "tr",
        {},
        html("th", { scope: "row", title: few }, sample, ` ${one.said}`),
        this.shares[one.name],
        html("td", { text: grouped(one.beats) }),
        html("td", { text: one.records }),
        html("td", { text: one.auc }),
      );
    });
    const heads = ["Class", "Flagged", "Of", "Records", "ROC AUC"];
    const head = html("tr", {}, ...heads.map((text) => html("th", { scope: "col", text, title: data.help[text] })));
    const saves = saveButtons(
      `${data.file}-classes`,
      () => this.picture,
      () => this.classRows(),
      this.look,
      () => data.heading,
    );
    saves.replaceChildren(saves.lastChild);
    saves.lastChild.setAttribute("aria-label", "Save this table as CSV");
    return html(
      "div",
      { class: "classes" },
      html("div", { class: "head" }, html("b", { text: "By class" }), saves),
      html("table", {}, html("thead", {}, head), html("tbody", {}, ...rows)),
      data.classes.some(({ name }) => name === "Q") &&
        html("p", { class: "note", text: "Q is shown, but counts neither as normal nor as abnormal." }),
    );
  }

  curves() {
    this.plots = {};
    return ["roc", "pr"]
      .filter((name) => this.data[name])
      .map((name) => {
        const { title, x, y, axes } = this.data[name];
        const plot = svg("svg", {
          width: 260,
          height: 220,
          role: "img",
          "aria-label": `${title}, with the threshold's point`,
        });
        this.plots[name] = plot;
        const saves = saveButtons(
          `${this.data.file}-${name}`,
          () => plot,
          () => [axes, ...x.map((value, k) => [value, y[k]])],
          this.look,
          () => `${title}, ${this.data.heading}`,
        );
        return html(
          "div",
          { class: "curve" },
          html("div", { class: "head" }, html("b", { text: title, title: this.data.help[name] }), saves),
          plot,
        );
      });
  }

  histogramRows() {
    const { classes, edges } = this.data;
    const drawn = classes.filter((one) => one.outline.length);
    const heads = ["score_from", "score_to", ...drawn.map(({ name }) => name)];
    return [
      heads,
      ...edges.slice(0, -1).map((edge, k) => [edge, edges[k + 1], ...drawn.map(({ outline }) => outline[k])]),
    ];
  }

  classRows() {
    const rows = this.data.classes.map(({ name, said, beats, records, auc }) => [
      name,
      said,
      this.at(this.position),
      this.flagged[name][this.position],
      beats,
      records,
      auc,
    ]);
    return [["class", "name", "threshold", "flagged", "beats", "records", "roc_auc"], ...rows];
  }

  destroy() {
    clearTimeout(this.waiting);
    this.observer.disconnect();
    this.root.remove();
  }
}

const decimals = (tick) =>
  tick >= 1 || tick === 0 ? (Number.isInteger(tick) ? 0 : 1) : Math.min(4, -Math.floor(Math.log10(tick)));

/** A curve in per cent; gives what puts the point on it. */
function curve(plot, { x, y, axes }, look) {
  const [left, right, top, bottom] = [42, 8, 8, 36];
  const [width, height] = ["width", "height"].map((name) => Number(plot.getAttribute(name)));
  const [px, py] = [scale(0, 100, left, width - right), scale(0, 100, height - bottom, top)];
  const dot = svg("circle", { r: 6, fill: look.accent, stroke: look.background, "stroke-width": 1.5 });
  plot.replaceChildren(
    ...[0, 25, 50, 75, 100].flatMap((tick) => [
      svg("path", {
        d: `M${left} ${py(tick)}H${width - right}M${px(tick)} ${top}V${height - bottom}`,
        stroke: look.grid,
      }),
      label(String(tick), left - 5, py(tick) + 4, look, { "text-anchor": "end", "font-size": 11 }),
      label(String(tick), px(tick), height - bottom + 14, look, {
        "text-anchor": tick === 100 ? "end" : "middle",
        "font-size": 11,
      }),
    ]),
    label(axes[0], (left + width - right) / 2, height - 5, look, { "text-anchor": "middle", fill: look.muted }),
    label(axes[1], 0, 0, look, {
      "text-anchor": "middle",
      fill: look.muted,
      transform: `translate(11 ${(height - bottom + top) / 2}) rotate(-90)`,
    }),
    svg("path", { d: linePath(x, y, px, py), fill: "none", stroke: look.text, "stroke-width": 2 }),
    dot,
  );
  return (atX, atY) => {
    const there = Number.isFinite(atX) && Number.isFinite(atY);
    dot.setAttribute("visibility", there ? "visible" : "hidden");
    if (there) dot.setAttribute("transform", `translate(${px(atX)} ${py(atY)})`);
  };
}
