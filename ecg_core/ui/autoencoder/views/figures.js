/**
 * What a threshold does, from counts that the server made once. A position k stands for the k-th threshold; the counts
 * of a class fall from one position to the next.
 *
 * @typedef {{name: string, said: string, beats: number, drops: number[], records: number, auc: string,
 *   outline: number[], help: string}} ClassData
 * @typedef {{tp: number, fp: number, abnormal: number, normal: number}} Point
 */

const ABNORMAL = ["S", "V", "F"];

/** A number with decimals as Python writes it: a number that lies exactly between two is rounded to the even one. */
export function fixed(value, digits) {
  const twice = value * 2 ** (digits + 1);
  const text = value.toFixed(digits);
  const tie = Number.isInteger(twice) && twice % 2 !== 0;
  return tie && Number(text.at(-1)) % 2 ? (value - 0.5 * 10 ** -digits).toFixed(digits) : text;
}

/** With commas at the thousands. */
export function grouped(value, digits = 0) {
  const [whole, rest] = fixed(value, digits).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? `.${rest}` : "");
}

/** A share as per cent, a dash where there is none. */
export const percent = (part, whole) => (whole ? `${fixed(100 * (part / whole), 1)} %` : "–");

/** Beats flagged at each position, from the number of beats and by how many each position flags fewer. */
export function flaggedAt(beats, drops) {
  const counts = new Int32Array(drops.length);
  let left = beats;
  for (let k = 0; k < drops.length; k++) {
    left -= drops[k];
    counts[k] = left;
  }
  return counts;
}

/**
 * The operating point at a position.
 *
 * @param {ClassData[]} classes
 * @param {Record<string, Int32Array>} flagged
 * @returns {Point}
 */
export function pointAt(classes, flagged, k) {
  const point = { tp: 0, fp: 0, abnormal: 0, normal: 0 };
  for (const { name, beats } of classes) {
    if (name === "N") {
      point.fp = flagged[name][k];
      point.normal = beats;
    } else if (ABNORMAL.includes(name)) {
      point.tp += flagged[name][k];
      point.abnormal += beats;
    }
  }
  return point;
}

/**
 * The figures of a point as they are read: name, value, what it is of.
 *
 * @param {Point} point
 * @param {number} hours of the recordings; 0 where there is no rate per hour
 * @returns {[string, string, string][]}
 */
export function figuresOf({ tp, fp, abnormal, normal }, hours, unit) {
  const flagged = tp + fp;
  return [
    ["Sensitivity", percent(tp, abnormal), `${grouped(tp)} of ${grouped(abnormal)} abnormal`],
    ["Specificity", percent(normal - fp, normal), `${grouped(normal - fp)} of ${grouped(normal)} normal`],
    ["Positive predictivity", percent(tp, flagged), `${grouped(tp)} of ${grouped(flagged)} flagged`],
    ["F1", flagged + abnormal ? fixed((2 * tp) / (flagged + abnormal), 3) : "–", "of sensitivity and +P"],
    [
      "False alarms per hour",
      hours ? grouped(fp / hours, 1) : "–",
      hours ? `over ${fixed(hours, 1)} h` : "not for windows",
    ],
    ["Flagged", grouped(flagged), `${unit} of N, S, V, F`],
  ];
}

/** The same of beats that nobody gave a class. @returns {[string, string, string][]} */
export function countsOf(flagged, beats, hours, unit) {
  const long = hours >= 0.25;
  return [
    ["Flagged", grouped(flagged), `of ${grouped(beats)} ${unit}`],
    ["Share flagged", percent(flagged, beats), `of all ${unit}`],
    [
      "Flagged per hour",
      long ? grouped(flagged / hours, 1) : "–",
      long ? `over ${fixed(hours, 1)} h` : `${fixed(60 * hours, 0)} min are too short for a rate`,
    ],
  ];
}

/** The sentence over the histogram. */
export function findingOf({ tp, abnormal }, unit) {
  return `${percent(tp, abnormal)} of abnormal ${unit} flagged, ${grouped(abnormal - tp)} missed`;
}

/** Position of a threshold, within those there are. */
export const positionOf = (threshold, step, n) => Math.min(Math.max(Math.round(threshold / step), 0), n - 1);

/** Heights of an outline: per cent of the class, or beats. */
export function heightsOf(outline, density) {
  const total = outline.reduce((sum, count) => sum + count, 0);
  return density ? outline.map((count) => (100 * count) / Math.max(total, 1)) : [...outline];
}

/** Round numbers from `low` to `high`, about `n` of them. */
export function ticksOf(low, high, n) {
  const rough = (high - low) / n || 1;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = ten * [1, 2, 5, 10].find((factor) => factor * ten >= rough * 0.999);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++)
    ticks.push(Number((k * step).toPrecision(6)));
  return ticks;
}

/** Powers of ten from `low` to `high`. */
export function decadesOf(low, high) {
  const ticks = [];
  for (let k = Math.ceil(Math.log10(low) - 1e-9); 10 ** k <= high * (1 + 1e-9); k++)
    ticks.push(Number((10 ** k).toPrecision(3)));
  return ticks;
}
