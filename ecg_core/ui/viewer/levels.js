/**
 * A lead at several resolutions: level 0 holds samples, each further one the extremes of ever longer bins.
 *
 * @typedef {{bin: number, n: number, low: Int16Array | null, high: Int16Array | null,
 *   tiles?: import("./tiles.js").Tiles, lead?: number}} Level without `low` and `high` it comes in tiles
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
  const samples = { bin: 1, n: raw.length, low: raw, high: raw };
  return [samples, ...levelsAbove(coarser(samples, FIRST, missing))];
}

/** A level and ever coarser ones above it. @param {Level} finest @returns {Level[]} */
export function levelsAbove(finest) {
  const levels = [finest];
  for (let top = finest; top.n > 4096; top = levels[levels.length - 1]) levels.push(coarser(top, FACTOR, Number.NaN));
  return levels;
}

/**
 * A level's bins from `from` to before `to`, in arrays that begin with bin `at`; null as long as they are not there.
 *
 * @param {Level} level @param {number} from @param {number} to
 */
export function stretchOf(level, from, to) {
  if (level.low) return { low: level.low, high: level.high, at: 0 };
  return level.tiles.stretch(level.bin, level.lead, Math.max(0, from), Math.min(level.n, to));
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
  return { bin: level.bin * factor, n, low, high };
}

/**
 * Lowest and highest value in each pixel column, from the coarsest level whose bins are no wider than one, or else the
 * next coarser one that is there.
 *
 * @param {Level[]} levels
 * @param {number} missing
 * @param {number} first sample at the left edge of column 0
 * @param {number} perPx samples a column
 * @param {number} width columns
 * @returns {{low: Int16Array, high: Int16Array}} NONE_LOW and NONE_HIGH where there is none
 */
export function columnsOf(levels, missing, first, perPx, width) {
  const low = new Int16Array(width).fill(NONE_LOW);
  const high = new Int16Array(width).fill(NONE_HIGH);
  let k = Math.max(
    0,
    levels.findLastIndex((level) => level.bin <= perPx),
  );
  for (; k < levels.length; k++) {
    const { bin, n } = levels[k];
    const from = Math.max(0, bin > perPx ? Math.floor(first / bin) : Math.ceil(first / bin));
    const to = Math.min(n, Math.ceil((first + perPx * width) / bin));
    const part = from < to ? stretchOf(levels[k], from, to) : null;
    if (!part && from < to) continue;
    for (let i = from; i < to; i++) {
      const [a, b] = [part.low[i - part.at], part.high[i - part.at]];
      const x = Math.floor((i * bin - first) / perPx);
      if (a === missing) continue;
      const until = bin > perPx ? Math.min(width, Math.floor(((i + 1) * bin - first) / perPx)) : Math.min(width, x + 1);
      for (let px = Math.max(0, x); px < until; px++) {
        if (a < low[px]) low[px] = a;
        if (b > high[px]) high[px] = b;
      }
    }
    break;
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
  const whole = levels.filter((level) => level.low && level.bin > 1);
  const { low, high } = whole.findLast((level) => level.n >= 500) ?? whole[0];
  const seen = [...low.keys()].filter((i) => low[i] <= high[i]);
  if (!seen.length) return [0, 0];
  const lows = seen.map((i) => low[i]).sort((a, b) => a - b);
  const highs = seen.map((i) => high[i]).sort((a, b) => a - b);
  return [lows[Math.floor(seen.length * 0.02)], highs[Math.ceil(seen.length * 0.98) - 1]];
}
