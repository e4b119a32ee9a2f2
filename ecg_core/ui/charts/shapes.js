/** From a figure, as Plotly has it, to points and paths: no element is touched here. */

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
      .map((piece) => ({ text: piece.replaceAll(/<\/?b>/g, ""), bold: piece.startsWith("<b>") })),
  );
}

/** A text without marks, its lines with spaces between. @param {string} text */
export const plain = (text) => text.replaceAll("<br>", " ").replaceAll(/<\/?b>/g, "");

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
