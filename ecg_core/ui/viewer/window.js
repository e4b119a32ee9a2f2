/**
 * The window on a recording, and times as people write them.
 *
 * @typedef {{start: number, length: number}} Range seconds
 */

export const SHORTEST_S = 0.5;
/** CSS defines a pixel as 1/96 inch. */
export const PX_PER_MM = 96 / 25.4;
/** Longest window that is drawn to scale, at 25 mm/s; longer ones are envelopes. */
export const LONGEST_TO_SCALE_S = 31;

/**
 * A window of at least half a second that lies inside the recording.
 *
 * @param {Range} range
 * @param {number} duration
 * @returns {Range}
 */
export function clampedRange({ start, length }, duration) {
  const within = Math.min(Math.max(length, SHORTEST_S), duration);
  return { start: Math.min(Math.max(start, 0), duration - within), length: within };
}

/**
 * Another length, with the time `at` staying where it is on the screen.
 *
 * @param {Range} range
 * @param {number} length
 * @param {number} at
 * @param {number} duration
 * @returns {Range}
 */
export function zoomedRange(range, length, at, duration) {
  const wanted = Math.min(Math.max(length, SHORTEST_S), duration);
  return clampedRange({ start: at - ((at - range.start) * wanted) / range.length, length: wanted }, duration);
}

/**
 * Seconds as `mm:ss`, from an hour on `h:mm:ss`.
 *
 * @param {number} seconds
 * @param {number} [decimals]
 */
export function clockText(seconds, decimals = 0) {
  const ticks = Math.round(Math.max(0, seconds) * 10 ** decimals);
  const whole = Math.floor(ticks / 10 ** decimals);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const text = h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
  return decimals ? `${text}.${String(ticks % 10 ** decimals).padStart(decimals, "0")}` : text;
}

/**
 * Time of day of a place in the recording, if its header has one.
 *
 * @param {number | null} startOfDay seconds from midnight at the recording's start
 * @param {number} seconds
 */
export function timeOfDay(startOfDay, seconds) {
  if (startOfDay === null) return "";
  const all = Math.floor(startOfDay + seconds);
  const day = Math.floor(all / 86400);
  const [h, m, s] = [Math.floor(all / 3600) % 24, Math.floor(all / 60) % 60, all % 60];
  const text = [h, m, s].map((n) => String(n).padStart(2, "0")).join(":");
  return day ? `day ${day + 1}, ${text}` : text;
}

const STEPS_S = [0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 43200, 86400];

/**
 * Times to write under an axis, at least `roomPx` apart.
 *
 * @param {Range} range
 * @param {number} width px
 * @param {number} roomPx
 * @returns {{times: number[], step: number}}
 */
export function ticksOf(range, width, roomPx) {
  const step = STEPS_S.find((s) => (s / range.length) * width >= roomPx) ?? 86400;
  const times = [];
  for (let k = Math.ceil(range.start / step - 1e-6); k * step <= range.start + range.length; k++) times.push(k * step);
  return { times, step };
}
