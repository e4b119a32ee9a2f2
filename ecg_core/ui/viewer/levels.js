/**
 * A lead at several resolutions: level 0 holds samples, each further one the extremes of ever longer bins.
 *
 * @typedef {{bin: number, low: Int16Array, high: Int16Array}} Level
 */

/** Extremes of a bin without any sample: nothing is as low or as high. */
export const NONE_LOW = 32767;
export const NONE_HIGH = -32768;
const FIRST = 8;
const FACTOR = 4;

/**
 * Levels above the samples, the first of 8 a bin, each further one four times as coarse.
 *
 * @param {Int16Array} raw
 * @param {number} missing value of a sample that is not there
 * @returns {Level[]} level 0 is `raw` itself
 */
export function levelsOf(raw, missing) {
  const levels = [{ bin: 1, low: raw, high: raw }];
  for (let top = levels[0]; top.bin === 1 || top.low.length > 4096; top = levels[levels.length - 1]) {
    levels.push(top.bin === 1 ? coarser(top, FIRST, missing) : coarser(top, FACTOR, Number.NaN));
  }
  return levels;
}

/** @param {Level} level @param {number} factor @param {number} missing @returns {Level} */
function coarser(level, factor, missing) {
  const n = Math.ceil(level.low.length / factor);
  const low = new Int16Array(n).fill(NONE_LOW);
  const high = new Int16Array(n).fill(NONE_HIGH);
  for (let k = 0; k < level.low.length; k++) {
    if (level.low[k] === missing) continue;
    const i = Math.floor(k / factor);
    if (level.low[k] < low[i]) low[i] = level.low[k];
    if (level.high[k] > high[i]) high[i] = level.high[k];
  }
  return { bin: level.bin * factor, low, high };
}

/**
 * Lowest and highest value in each pixel column, from the coarsest level whose bins are no wider than one.
 *
 * @param {Level[]} levels
 * @param {number} missing
 * @param {number} first sample at the left edge of column 0
 * @param {number} perPx samples a column
 * @param {number} width columns
 * @returns {{low: Int16Array, high: Int16Array}} NONE_LOW and NONE_HIGH where there is none
 */
export function columnsOf(levels, missing, first, perPx, width) {
  let level = levels[0];
  for (const one of levels) if (one.bin <= perPx) level = one;
  const low = new Int16Array(width).fill(NONE_LOW);
  const high = new Int16Array(width).fill(NONE_HIGH);
  const from = Math.max(0, Math.ceil(first / level.bin));
  const to = Math.min(level.low.length, Math.ceil((first + perPx * width) / level.bin));
  for (let i = from; i < to; i++) {
    const x = Math.floor((i * level.bin - first) / perPx);
    if (level.low[i] === missing || x >= width) continue;
    if (level.low[i] < low[x]) low[x] = level.low[i];
    if (level.high[i] > high[x]) high[x] = level.high[i];
  }
  return { low, high };
}

/**
 * What a lead usually takes, 1 bin in 50 left out at either end.
 *
 * @param {Level[]} levels
 * @returns {[number, number]} lowest and highest, ADC units; [0, 0] without any sample
 */
export function extentOf(levels) {
  const { low, high } = levels[levels.length - 1].low.length >= 500 ? levels[levels.length - 1] : levels[1];
  const seen = [...low.keys()].filter((i) => low[i] <= high[i]);
  if (!seen.length) return [0, 0];
  const lows = seen.map((i) => low[i]).sort((a, b) => a - b);
  const highs = seen.map((i) => high[i]).sort((a, b) => a - b);
  return [lows[Math.floor(seen.length * 0.02)], highs[Math.ceil(seen.length * 0.98) - 1]];
}
