/**
 * Painting a window on its sheet.
 *
 * @typedef {import("./sheet.js").Sheet} Sheet
 * @typedef {import("./sheet.js").Lead} Lead
 * @typedef {import("./window.js").Range} Range
 * @typedef {{theme: string, paper: string, gridMinor: string, gridMajor: string, trace: string, text: string,
 *   muted: string, accent: string, hatch: string, background: string, classes: Record<string, string>,
 *   font: string}} Look
 * @typedef {{from: number, to: number, name: string, code: string, colour: string}} Episode samples; class of a colour
 * @typedef {{samples: Int32Array, classes: Uint8Array, letters: Uint8Array, differs: Uint8Array, sure: Uint8Array,
 *   name: string}} Predictions
 * @typedef {{samples: Int32Array, values: Float32Array, parts: Record<string, Float32Array>, threshold: number,
 *   name: string}} Scores
 * @typedef {{beats: import("./beats.js").Beats, layer: string, detected: boolean, rhythms: {said: string,
 *   episodes: Episode[]}[], notes: {sample: number, text: string}[], unreadable: [number, number][],
 *   predictions: Predictions | null, scores: Scores | null}} Labels
 * @typedef {{fs: number, sheet: Sheet, range: Range, leads: Lead[], labels: Labels, look: Look, beat: number, marked: number,
 *   caliper: import("./caliper.js").Caliper | null, marching: boolean, scale: import("./sheet.js").Scale,
 *   filter: string, simulated: boolean, dayStart: number | null, columns: number[], drawn: any,
 *   span: [number, number] | null}} Frame
 */
import { CLASSES, indexOf, lowerBound } from "./beats.js";
import { marched, measuredText } from "./caliper.js";
import { columnsOf, stretchOf } from "./levels.js";
import { LEFT_PX, xOf } from "./sheet.js";
import { clockText, ticksOf, timeOfDay } from "./window.js";

const POLYLINE_SAMPLES = 16000;
const LETTER_PX = 9;

/** @param {CanvasRenderingContext2D} g @param {Frame} frame */
export function paintStrip(g, frame) {
  const { sheet, look } = frame;
  g.fillStyle = look.paper;
  g.fillRect(0, 0, sheet.width, sheet.height);
  paintGrid(g, frame);
  paintBands(g, frame);
  if (frame.span) paintSpan(g, frame, frame.span);
  g.save();
  g.beginPath();
  g.rect(LEFT_PX, sheet.top, sheet.width, sheet.bottom - sheet.top);
  g.clip();
  frame.leads.forEach((lead, i) => {
    paintTrace(g, frame, lead, sheet.zeros[i]);
  });
  if (frame.drawn) paintDrawn(g, frame, frame.drawn);
  g.restore();
  frame.leads.forEach((lead, i) => {
    paintHead(g, frame, lead, sheet.zeros[i]);
  });
  paintRhythms(g, frame);
  paintBeats(g, frame);
  if (frame.labels.predictions) paintRings(g, frame, frame.labels.predictions);
  if (frame.labels.scores && sheet.score) paintScores(g, frame, frame.labels.scores, sheet.score);
  paintFoot(g, frame);
  if (frame.caliper) paintCaliper(g, frame, frame.caliper);
  if (frame.simulated) paintSimulated(g, frame);
}

/** @param {CanvasRenderingContext2D} g @param {string} colour @param {number[][]} lines each x, y, x, y */
function rule(g, colour, lines, width = 1) {
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.beginPath();
  for (const [x0, y0, x1, y1] of lines) {
    g.moveTo(x0, y0);
    g.lineTo(x1, y1);
  }
  g.stroke();
}

/** @param {CanvasRenderingContext2D} g @param {Look} look */
export function write(g, look, text, x, y, { size = 12, colour = look.text, align = "left", bold = false } = {}) {
  g.font = `${bold ? "600 " : ""}${size}px ${look.font}`;
  g.fillStyle = colour;
  g.textAlign = /** @type {CanvasTextAlign} */ (align);
  g.textBaseline = "middle";
  g.fillText(text, x, y);
}

/** Lines of 1 and of 5 mm as filled rectangles: stroked, they cost more than everything else. */
function paintGrid(g, { sheet, range, look, scale }) {
  for (const mm of [1, 5]) {
    const px = mm * sheet.pxPerMm;
    if (px < (mm === 1 ? 2.9 : 4)) continue;
    g.fillStyle = mm === 1 ? look.gridMinor : look.gridMajor;
    const seconds = mm / scale.speed;
    const height = sheet.bottom - sheet.top;
    for (let k = Math.ceil((range.start - LEFT_PX / sheet.pxPerS) / seconds); ; k++) {
      const x = Math.round(xOf(sheet, range, k * seconds));
      if (x > sheet.width) break;
      if (mm === 5 || k % 5) g.fillRect(x, sheet.top, 1, height);
    }
    for (let k = 0; sheet.toScale && k * px <= height; k++) {
      if (mm === 5 || k % 5) g.fillRect(0, Math.round(sheet.top + k * px), sheet.width, 1);
    }
  }
}

function paintBands(g, { fs, sheet, range, labels, look, marked }) {
  for (const [from, to] of labels.unreadable) {
    const [a, b] = [Math.max(LEFT_PX, xOf(sheet, range, from / fs)), xOf(sheet, range, to / fs)];
    if (b < a || a > sheet.width) continue;
    g.fillStyle = look.hatch;
    g.globalAlpha = 0.18;
    g.fillRect(a, sheet.top, b - a, sheet.bottom - sheet.top);
    g.globalAlpha = 1;
    if (b - a > 70) write(g, look, "unreadable", a + 5, sheet.bottom - 10, { colour: look.muted });
  }
  for (const [samples, word] of [
    [labels.missed, "missed"],
    [labels.extra, "extra"],
  ]) {
    const until = (range.start + range.length) * fs;
    for (let i = lowerBound(samples, range.start * fs); i < samples.length && samples[i] < until; i++) {
      const at = xOf(sheet, range, samples[i] / fs);
      g.setLineDash(word === "extra" ? [2, 3] : [6, 4]);
      rule(g, look.accent, [[at, sheet.letters + 12, at, sheet.bottom]], 1.5);
      if (sheet.pxPerS > 30) write(g, look, word, at + 4, sheet.bottom - 10, { colour: look.accent, bold: true });
    }
    g.setLineDash([]);
  }
  const x = marked < 0 ? -1 : xOf(sheet, range, marked / fs);
  if (x < LEFT_PX || x > sheet.width) return;
  g.fillStyle = look.accent;
  g.globalAlpha = 0.2;
  g.fillRect(x - 17, sheet.letters - 12, 34, sheet.bottom - sheet.letters + 12);
  g.globalAlpha = 1;
}

/** One lead: a polyline of its samples, or where these are many one filled rectangle a pixel column. */
function paintTrace(g, { fs, sheet, range, look }, lead, zero) {
  const perMv = sheet.pxPerMv / lead.gain;
  const y = (v) => zero - (v - lead.baseline) * perMv;
  const first = range.start * fs;
  if (range.length * fs <= POLYLINE_SAMPLES) {
    const to = Math.min(lead.levels[0].n, Math.ceil(first + range.length * fs) + 1);
    const part = stretchOf(lead.levels[0], Math.floor(first), to);
    if (!part) return paintEnvelope(g, { fs, sheet, range, look }, lead, y);
    g.strokeStyle = look.trace;
    g.lineWidth = globalThis.devicePixelRatio > 1 ? 1.3 : 1; // of one pixel a line is a hairline, and ten times as quick
    g.lineJoin = "bevel";
    g.beginPath();
    let pen = false;
    for (let i = Math.max(0, Math.floor(first)); i < to; i++) {
      const v = part.low[i - part.at];
      if (v === lead.missing) pen = false;
      else if (pen) g.lineTo(xOf(sheet, range, i / fs), y(v));
      else {
        g.moveTo(xOf(sheet, range, i / fs), y(v));
        pen = true;
      }
    }
    g.stroke();
    return;
  }
  paintEnvelope(g, { fs, sheet, range, look }, lead, y);
}

/** From where to where a run or a stretch under review reaches. */
function paintSpan(g, { fs, sheet, range, look }, [first, last]) {
  const [from, to] = [xOf(sheet, range, first / fs) - 12, xOf(sheet, range, last / fs) + 12];
  const left = Math.max(LEFT_PX, from);
  if (to <= left) return;
  g.fillStyle = look.accent;
  g.globalAlpha = 0.1;
  g.fillRect(left, sheet.top, to - left, sheet.bottom - sheet.top);
  g.globalAlpha = 1;
}

/** What a network draws in place of the marked beat, dashed over the leads it looks at. */
function paintDrawn(g, { fs, sheet, range, look, columns, marked }, drawn) {
  const k = indexOf(drawn.samples, marked);
  if (k < 0) return;
  const { points, step, perMv } = drawn;
  g.strokeStyle = look.accent;
  g.lineWidth = 2;
  g.setLineDash([5, 3]);
  drawn.leads.forEach((column, lead) => {
    const row = columns.indexOf(column);
    if (row < 0) return;
    const from = (k * drawn.leads.length + lead) * points;
    g.beginPath();
    for (let i = 0; i < points; i++) {
      const x = xOf(sheet, range, marked / fs + drawn.starts[k] + i * step);
      g.lineTo(x, sheet.zeros[row] - (drawn.values[from + i] / perMv) * sheet.pxPerMv);
    }
    g.stroke();
  });
  g.setLineDash([]);
}

function paintEnvelope(g, { fs, sheet, range, look }, lead, y) {
  const columns = columnsOf(
    lead.levels,
    lead.missing,
    range.start * fs,
    fs / sheet.pxPerS,
    Math.ceil(sheet.width) - LEFT_PX,
  );
  paintColumns(g, look.trace, columns, y);
}

/** Each column reaches its neighbour, as a line through all samples would. A stroked path costs 20 times as much. */
export function paintColumns(g, colour, { low, high }, y, left = LEFT_PX) {
  g.fillStyle = colour;
  for (let x = 0; x < low.length; x++) {
    if (low[x] > high[x]) continue;
    const before = x > 0 && low[x - 1] <= high[x - 1];
    const bottom = y(before ? Math.min(low[x], high[x - 1]) : low[x]);
    const top = y(before ? Math.max(high[x], low[x - 1]) : high[x]);
    g.fillRect(left + x, top, 1, Math.max(1, bottom - top));
  }
}

function paintHead(g, { sheet, look }, lead, zero) {
  const up = sheet.pxPerMv;
  const pulse = sheet.toScale ? Math.min(5 * sheet.pxPerMm, 24) : 10;
  const nameY = Math.max(zero - up - 11, sheet.top + 8);
  write(g, look, lead.name.slice(0, 8), 4, nameY, { size: 13, bold: true });
  if (!lead.calibrated) return;
  const lines = [
    [6, zero, 10, zero],
    [10, zero, 10, zero - up],
    [10, zero - up, 10 + pulse, zero - up],
  ];
  rule(g, look.trace, [...lines, [10 + pulse, zero - up, 10 + pulse, zero], [10 + pulse, zero, 14 + pulse, zero]], 1.3);
}

function paintRhythms(g, { fs, sheet, range, labels, look }) {
  labels.rhythms.forEach(({ said, episodes }, row) => {
    const y = sheet.rhythms[row];
    for (const { from, to, name, code, colour } of episodes) {
      const [start, end] = [xOf(sheet, range, from / fs), Math.min(sheet.width, xOf(sheet, range, to / fs))];
      const left = Math.max(LEFT_PX, start);
      if (end <= left) continue;
      g.fillStyle = g.strokeStyle = look.classes[colour] ?? look.muted;
      g.globalAlpha = said ? 0.7 : 0.22;
      if (said) g.strokeRect(left + 0.5, y - 7.5, end - left, 15);
      else g.fillRect(left, y - 8, end - left, 16);
      g.globalAlpha = 1;
      if (start >= LEFT_PX) g.fillRect(start, y - 8, 2, 16);
      const full = `${code}  ${name}${said ? `, ${said}` : ""}`;
      const text = [full, `${code}${said ? `, ${said}` : ""}`, code].find((t) => end - left > 8 + 6.6 * t.length);
      if (text) write(g, look, text, left + 5, y + 0.5);
    }
  });
}

const SHAPES = [
  (g, x, y, r) => g.arc(x, y, r, 0, 7),
  (g, x, y, r) =>
    polygon(g, [
      [x, y - r],
      [x + r, y + r],
      [x - r, y + r],
    ]),
  (g, x, y, r) =>
    polygon(g, [
      [x, y - r - 1],
      [x + r + 1, y],
      [x, y + r + 1],
      [x - r - 1, y],
    ]),
  (g, x, y, r) => g.rect(x - r, y - r, 2 * r, 2 * r),
  (g, x, y, r) =>
    polygon(g, [
      [x - 1, y - r],
      [x + 1, y - r],
      [x + 1, y - 1],
      [x + r, y - 1],
      [x + r, y + 1],
      [x + 1, y + 1],
      [x + 1, y + r],
      [x - 1, y + r],
      [x - 1, y + 1],
      [x - r, y + 1],
      [x - r, y - 1],
      [x - 1, y - 1],
    ]),
];

function polygon(g, points) {
  for (const [i, [x, y]] of points.entries()) i ? g.lineTo(x, y) : g.moveTo(x, y);
  g.closePath();
}

function paintBeats(g, { fs, sheet, range, labels, look, beat }) {
  const { samples, classes, codes } = labels.beats;
  const from = lowerBound(samples, range.start * fs);
  const to = lowerBound(samples, (range.start + range.length) * fs);
  const room = (sheet.width - LEFT_PX) / Math.max(1, to - from);
  const drawn = new Set();
  for (let i = from; i < to; i++) {
    const byPerson = labels.marks?.[i] > 0;
    const k = labels.detected && !byPerson ? 0 : classes[i]; // what a model says is ringed below, never filled
    const x = xOf(sheet, range, samples[i] / fs);
    if (room < LETTER_PX && i !== beat) {
      const place = Math.floor(x) * 8 + k;
      if (k === 0 || drawn.has(place)) continue;
      drawn.add(place);
      g.fillStyle = look.classes[CLASSES[k]];
      g.fillRect(x, sheet.letters - 8, 1.5, 16);
      continue;
    }
    g.fillStyle = look.classes[CLASSES[k]];
    g.beginPath();
    SHAPES[k](g, x, sheet.letters + 7, 3.2);
    g.fill();
    if (!labels.detected || byPerson)
      write(g, look, String.fromCharCode(codes[i]), x, sheet.letters - 4, {
        size: 13,
        align: "center",
        bold: byPerson,
      });
    if (byPerson) rule(g, look.accent, [[x - 6, sheet.letters + 13.5, x + 6, sheet.letters + 13.5]], 2);
  }
  for (const { sample, text } of labels.notes) {
    const x = xOf(sheet, range, sample / fs);
    if (room >= LETTER_PX && x >= LEFT_PX && x <= sheet.width) {
      write(g, look, text, x, sheet.letters - 4, { align: "center", colour: look.muted, bold: true });
    }
  }
}

/** A ring under each predicted beat; a filled plate with its letter where the reference says otherwise. */
function paintRings(g, { fs, sheet, range, labels, look }, { samples, classes, letters, differs }) {
  const from = lowerBound(samples, range.start * fs);
  const to = lowerBound(samples, (range.start + range.length) * fs);
  const dense = (sheet.width - LEFT_PX) / Math.max(1, to - from) < LETTER_PX;
  for (let i = from; i < to; i++) {
    if (dense && !differs[i] && classes[i] === 0) continue;
    const x = xOf(sheet, range, samples[i] / fs);
    const colour = look.classes[CLASSES[classes[i]]];
    if (differs[i] && !dense) {
      g.fillStyle = look.background;
      g.fillRect(x - 8, sheet.rings - 8, 22, 16);
      rule(g, colour, [[x - 8, sheet.rings + 8, x + 14, sheet.rings + 8]], 2);
    }
    g.strokeStyle = colour;
    g.lineWidth = 1.6;
    g.beginPath();
    SHAPES[classes[i]](g, x, sheet.rings, dense ? 2 : 3.6);
    g.stroke();
    if (!dense && (differs[i] || (labels.detected && classes[i])))
      write(g, look, String.fromCharCode(letters[i]), x + 9, sheet.rings, { align: "center", bold: true });
  }
}

function paintScores(g, { fs, sheet, range, look }, { samples, values, threshold, name }, { top, height }) {
  const most = 3 * threshold;
  const y = (v) => top + height * (1 - Math.min(v, most) / most);
  const tops = new Map();
  const to = lowerBound(samples, (range.start + range.length) * fs);
  for (let i = lowerBound(samples, range.start * fs); i < to; i++) {
    const x = Math.round(xOf(sheet, range, samples[i] / fs));
    tops.set(x, Math.max(values[i], tops.get(x) ?? 0));
  }
  for (const [x, value] of tops) {
    g.fillStyle = value >= threshold ? look.classes.V : look.muted;
    g.fillRect(x - 1, y(value), 2, top + height - y(value));
  }
  rule(g, look.accent, [[LEFT_PX, y(threshold), sheet.width, y(threshold)]], 1.2);
  rule(g, look.gridMajor, [[0, top + height + 0.5, sheet.width, top + height + 0.5]]);
  write(g, look, "Score", 4, top + 8, { bold: true });
  write(g, look, threshold.toPrecision(3), 4, y(threshold), { colour: look.accent, size: 11 });
  write(g, look, name, sheet.width - 6, top + 7, { colour: look.muted, size: 11, align: "right" });
}

function paintFoot(g, { sheet, range, look, scale, leads, filter, dayStart }) {
  const y = sheet.height - 28;
  const { times, step } = ticksOf(range, sheet.width - LEFT_PX, dayStart === null ? 52 : 70);
  for (const t of times) {
    const x = xOf(sheet, range, t);
    rule(g, look.muted, [[x, y - 9, x, y - 5]]);
    if (x > sheet.width - 20) continue;
    const text = dayStart === null || step < 1 ? clockText(t, step < 1 ? 1 : 0) : timeOfDay(dayStart, t);
    write(g, look, text, x, y, { colour: look.muted, align: "center" });
  }
  const known = leads.some((lead) => lead.calibrated);
  const guessed = leads.filter((lead) => !lead.calibrated).map((lead) => lead.name);
  const mm = known ? `   ${sheet.gain} mm/mV` : "";
  const size = sheet.toScale ? `${scale.speed} mm/s${mm}` : `Envelope, not to scale${known ? "; pulse 1 mV" : ""}`;
  const uncalibrated = guessed.length ? `   ${guessed.join(", ")} uncalibrated: no true mV` : "";
  write(g, look, `${size}   ${filter}${uncalibrated}`, 6, sheet.height - 10);
}

function paintCaliper(g, { sheet, range, look, leads, marching }, caliper) {
  const [a, b] = [xOf(sheet, range, caliper.from), xOf(sheet, range, caliper.to)].sort((p, q) => p - q);
  const [top, bottom] = [caliper.top, caliper.bottom].map((mv) => sheet.top + mv * sheet.pxPerMv);
  g.fillStyle = look.accent;
  g.globalAlpha = 0.13;
  g.fillRect(a, sheet.top, b - a, sheet.bottom - sheet.top);
  g.globalAlpha = 1;
  rule(
    g,
    look.accent,
    [
      [a, sheet.top, a, sheet.bottom],
      [b, sheet.top, b, sheet.bottom],
      [a, top, b, top],
      [a, bottom, b, bottom],
    ],
    1.4,
  );
  const legs = marching ? marched(caliper, range.start, range.start + range.length) : [];
  g.setLineDash([3, 4]);
  rule(
    g,
    look.accent,
    legs.map((t) => [xOf(sheet, range, t), sheet.top, xOf(sheet, range, t), sheet.bottom]),
  );
  g.setLineDash([]);
  const text = measuredText(caliper, sheet.toScale && leads.some((lead) => lead.calibrated));
  g.font = `600 13px ${look.font}`;
  const wide = g.measureText(text).width + 14;
  const x = Math.min(Math.max(a, LEFT_PX), sheet.width - wide);
  g.fillStyle = look.accent;
  g.fillRect(x, sheet.top + 2, wide, 20);
  write(g, look, text, x + 7, sheet.top + 12.5, { size: 13, bold: true, colour: look.background });
}

function paintSimulated(g, { sheet, look }) {
  g.globalAlpha = 0.14;
  write(g, look, "SIMULATED", sheet.width / 2, (sheet.top + sheet.bottom) / 2, {
    size: 72,
    align: "center",
    bold: true,
  });
  g.globalAlpha = 1;
}
