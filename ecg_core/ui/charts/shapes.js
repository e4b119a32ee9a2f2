/** From a figure, as Plotly has it, to points and paths: no element is touched here. */
import { fixed } from "../autoencoder/views/figures.js";

export const KEEP = "white-space: pre";
/** Size of letters beside an axis, and height of a line of them. */
export const TICK_PX = 12;
export const LINE_PX = 15;

const TYPES = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, i4: Int32Array, f4: Float32Array, f8: Float64Array };

/** Numbers as a list; Plotly packs long ones of one type. @param {any} given */
export function numbers(given) {
  if (!given || Array.isArray(given)) return given ?? [];
  const text = atob(given.bdata);
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  return [...new TYPES[given.dtype](bytes.buffer)];
}

/** The lines of a text with Plotly's marks, each as pieces that are bold or not. @param {string} text */
export function linesOf(text) {
  return text.split("<br>").map((line) =>
    line
      .split(/(<b>.*?<\/b>)/)
      .filter(Boolean)
      .map((piece) => ({ text: letters(piece.replaceAll(/<\/?b>/g, "")), bold: piece.startsWith("<b>") })),
  );
}

const LETTERS = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** What was escaped for Plotly as it was: here text never becomes markup. @param {string} text */
const letters = (text) => text.replaceAll(/&(?:lt|gt|amp);/g, (code) => LETTERS[code]);

/** A text without marks, its lines with spaces between. @param {string} text */
export const plain = (text) => letters(text.replaceAll("<br>", " ").replaceAll(/<\/?b>/g, ""));

/** What Plotly would say of a point: a template with numbers in it. @param {string} template @param {any} point */
export const filledIn = (template, point) =>
  template
    .replace(/<extra>.*<\/extra>/, "")
    .replaceAll(/%\{(\w+):\.(\d)f\}/g, (_, name, digits) => fixed(point[name], Number(digits)));

/**
 * The pieces of a line with gaps.
 *
 * @param {number[]} xs @param {number[]} ys
 * @returns {{x: number, y: number}[][]}
 */
export function piecesOf(xs, ys) {
  const pieces = [];
  let open = false;
  for (let k = 0; k < xs.length; k++) {
    const there = ys[k] !== null && !Number.isNaN(ys[k]);
    if (there && !open) pieces.push([]);
    if (there) pieces.at(-1).push({ x: xs[k], y: ys[k] });
    open = there;
  }
  return pieces;
}

/**
 * Points without those that lie on the line through their neighbours, or nearly so (Ramer 1972,
 * doi 10.1016/S0146-664X(72)80017-0; Douglas and Peucker 1973, doi 10.3138/FM57-6770-U75U-7727).
 *
 * @param {[number, number][]} points @param {number} off how far one left out may be from the line
 * @returns {[number, number][]}
 */
export function thinned(points, off) {
  if (points.length < 3) return points;
  const [[x0, y0], [x1, y1]] = [points[0], points.at(-1)];
  const long = Math.hypot(x1 - x0, y1 - y0) || 1;
  let [farthest, at] = [off, 0];
  for (let k = 1; k < points.length - 1; k++) {
    const far = Math.abs((x1 - x0) * (points[k][1] - y0) - (y1 - y0) * (points[k][0] - x0)) / long;
    if (far > farthest) [farthest, at] = [far, k];
  }
  if (!at) return [points[0], points.at(-1)];
  return [...thinned(points.slice(0, at + 1), off), ...thinned(points.slice(at), off).slice(1)];
}

/** About how wide a text is, px. @param {string} text */
export const widthOf = (text, px = 12) =>
  Math.max(0, ...linesOf(text).map((line) => line.reduce((sum, piece) => sum + piece.text.length, 0))) * px * 0.56;

/**
 * Points of a line, those of its steps included.
 *
 * @param {number[]} xs @param {number[]} ys @param {string} shape
 * @returns {[number, number][]}
 */
export function stepped(xs, ys, shape) {
  /** @type {[number, number][]} */
  const points = [];
  for (let k = 0; k < xs.length; k++) {
    if (k && shape === "hv") points.push([xs[k], ys[k - 1]]);
    if (k && shape === "hvh") {
      const middle = (xs[k - 1] + xs[k]) / 2;
      points.push([middle, ys[k - 1]], [middle, ys[k]]);
    }
    points.push([xs[k], ys[k]]);
  }
  return points;
}

/** Where each bar or area begins: on those before it, where they are stacked. */
export function bases(traces, stacked) {
  const tops = new Map();
  return traces.map(({ at, values }) =>
    values.map((value, k) => {
      const base = stacked ? (tops.get(at[k]) ?? 0) : 0;
      tops.set(at[k], base + value);
      return base;
    }),
  );
}

/** Position of the value closest to another; the last of a list where it is beyond it. @param {number[]} values */
export function nearest(values, wanted) {
  let best = 0;
  for (let k = 1; k < values.length; k++) if (Math.abs(values[k] - wanted) < Math.abs(values[best] - wanted)) best = k;
  return best;
}

/**
 * A line for each point of each trace, with the names of an axis in place of its numbers; points at none of them, which
 * only make a shape whole, are left out.
 *
 * @returns {any[][]}
 */
export function csvRows(traces, axes = {}) {
  const said = (axis, value) => {
    const { tickvals, ticktext } = axes[axis] ?? {};
    return ticktext ? plain(ticktext[tickvals.indexOf(Math.round(value))] ?? "") : value;
  };
  const rows = [["trace", "x", "y", "text"]];
  for (const [k, trace] of traces.entries()) {
    const words = (i) => (Array.isArray(trace.text) ? trace.text[i] : undefined);
    for (const [i, value] of trace.x.entries()) {
      const [x, y] = [said("x", value), said("y", trace.y[i])];
      if (x !== "" && y !== "") rows.push([plain(trace.name || `trace ${k + 1}`), x, y, words(i)]);
    }
  }
  return rows;
}

/** Places for legend entries of given widths within a width: rows of offsets. @param {number[]} widths */
export function legendPlaces(widths, width) {
  let [x, row] = [0, 0];
  return widths.map((one) => {
    if (x && x + one > width) [x, row] = [0, row + 1];
    const place = { x, row };
    x += one;
    return place;
  });
}
