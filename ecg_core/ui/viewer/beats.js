/**
 * Beats of one layer of labels, in time order.
 *
 * @typedef {{samples: Int32Array, classes: Uint8Array, codes: Uint8Array}} Beats
 */

/** Classes in the order of every list and colour; `classes` of beats are places in it. */
export const CLASSES = ["N", "S", "V", "F", "Q"];

/** Beats before one that its prematurity is measured against. */
const USUAL_BEATS = 8;

/**
 * Place of the first value not below `value`.
 *
 * @param {ArrayLike<number>} sorted
 * @param {number} value
 */
export function lowerBound(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Place of the value closest to `value`; -1 in an empty list.
 *
 * @param {ArrayLike<number>} sorted
 * @param {number} value
 */
export function nearestTo(sorted, value) {
  const i = lowerBound(sorted, value);
  if (i === sorted.length) return i - 1;
  return i > 0 && value - sorted[i - 1] <= sorted[i] - value ? i - 1 : i;
}

/**
 * Place of the beat at exactly `sample`; -1 if there is none.
 *
 * @param {ArrayLike<number>} sorted
 * @param {number} sample
 */
export function indexOf(sorted, sample) {
  const i = lowerBound(sorted, sample);
  return sorted[i] === sample ? i : -1;
}

/**
 * RR interval before and after a beat in ms, and how early it comes: the interval before it as a share of the median
 * of the eight before. NaN where there is none.
 *
 * @param {Int32Array} samples
 * @param {number} i
 * @param {number} fs
 */
export function intervalsAt(samples, i, fs) {
  const before = i > 0 ? ((samples[i] - samples[i - 1]) / fs) * 1000 : Number.NaN;
  const after = i + 1 < samples.length ? ((samples[i + 1] - samples[i]) / fs) * 1000 : Number.NaN;
  const usual = [];
  for (let k = Math.max(1, i - USUAL_BEATS); k < i; k++) usual.push(((samples[k] - samples[k - 1]) / fs) * 1000);
  usual.sort((a, b) => a - b);
  const middle = usual.length >> 1;
  const median = usual.length % 2 ? usual[middle] : (usual[middle - 1] + usual[middle]) / 2;
  return { before, after, early: usual.length ? before / median : Number.NaN };
}
