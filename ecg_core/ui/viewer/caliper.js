/**
 * Two legs over all leads, and the height between them.
 *
 * @typedef {{from: number, to: number, top: number, bottom: number}} Caliper times in s; heights in mV below the top
 */

/**
 * What a caliper measures.
 *
 * @param {Caliper} caliper
 * @returns {{ms: number, bpm: number, mv: number}} bpm is NaN for no time at all
 */
export function measured({ from, to, top, bottom }) {
  const ms = Math.abs(to - from) * 1000;
  return { ms, bpm: ms > 0 ? 60000 / ms : Number.NaN, mv: Math.abs(bottom - top) };
}

/**
 * @param {Caliper} caliper
 * @param {boolean} mvKnown whether heights are mV
 */
export function measuredText(caliper, mvKnown) {
  const { ms, bpm, mv } = measured(caliper);
  const rate = Number.isNaN(bpm) ? "" : `, ${bpm.toFixed(0)} / min`;
  return `${ms.toFixed(0)} ms${rate}${mvKnown ? `, ${mv.toFixed(2)} mV` : ""}`;
}

/**
 * The same interval again and again, to either side, as far as the window goes.
 *
 * @param {Caliper} caliper
 * @param {number} start
 * @param {number} stop
 * @returns {number[]} times of the further legs
 */
export function marched({ from, to }, start, stop) {
  const interval = Math.abs(to - from);
  const legs = [];
  if (interval < 0.05) return legs;
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  for (let t = right + interval; t <= stop; t += interval) legs.push(t);
  for (let t = left - interval; t >= start; t -= interval) legs.push(t);
  return legs;
}
