/**
 * The sheet of paper a window is drawn on: where time, mV and the rails above the leads lie, in CSS px.
 *
 * @typedef {import("./window.js").Range} Range
 * @typedef {{name: string, gain: number, baseline: number, missing: number, calibrated: boolean,
 *   levels: import("./levels.js").Level[], extent: [number, number]}} Lead
 * @typedef {{speed: number, gain: number}} Scale mm/s and mm/mV; a gain of 0 is the largest usual one that fits
 * @typedef {{width: number, height: number, pxPerS: number, pxPerMm: number, pxPerMv: number, gain: number, toScale: boolean,
 *   top: number, bottom: number, zeros: number[], rhythms: number[], letters: number, rings: number,
 *   score: {top: number, height: number} | null}} Sheet
 */
import { LONGEST_TO_SCALE_S } from "./window.js";

/** Paper to the left of the signal, for lead names and the calibration pulse. */
export const LEFT_PX = 50;
export const RHYTHM_PX = 19;
const LETTERS_PX = 24;
const RINGS_PX = 18;
const SCORE_PX = 58;
const FOOT_PX = 38;
const [LEAST_ROOM_PX, MOST_ROOM_PX] = [200, 350];
const BESIDE_LANES_PX = 550; // title, controls, overview and rails of a page with two leads and scores

/** Height for the lanes of a window so high, that what is told below them is seen too. @param {number} innerHeight */
export const roomOf = (innerHeight) => Math.min(MOST_ROOM_PX, Math.max(LEAST_ROOM_PX, innerHeight - BESIDE_LANES_PX));

/**
 * Lay a window out.
 *
 * @param {number} width
 * @param {Range} range
 * @param {Lead[]} leads those shown, from top to bottom
 * @param {Scale} scale
 * @param {{rhythms: number, rings: boolean, score: boolean}} rails
 * @param {number} room height for the lanes
 * @returns {Sheet} its height depends on leads, rails and room alone, so that no page turn moves what stands below
 */
export function sheetOf(width, range, leads, scale, rails, room = MOST_ROOM_PX) {
  const lane = Math.max(64, Math.min(220, Math.round(room / leads.length)));
  const pxPerS = (width - LEFT_PX) / range.length;
  const pxPerMm = pxPerS / scale.speed;
  const toScale = range.length * (scale.speed / 25) <= LONGEST_TO_SCALE_S;
  const reach = Math.max(...leads.map((lead) => (lead.extent[1] - lead.extent[0]) / lead.gain), 1);
  const gain = scale.gain || autoGain(reach * pxPerMm, lane);
  const pxPerMv = toScale ? pxPerMm * gain : (lane * 0.8) / reach;
  const letters = 4 + rails.rhythms * RHYTHM_PX + 13;
  const rings = letters + LETTERS_PX - 6;
  const top = letters + 11 + (rails.rings ? RINGS_PX : 0);
  const bottom = top + lane * leads.length;
  const box = 5 * pxPerMm;
  const zeros = leads.map((lead, i) => {
    const middle = ((lead.extent[0] + lead.extent[1]) / 2 - lead.baseline) / lead.gain;
    const zero = top + lane * (i + 0.5) + middle * pxPerMv;
    return toScale && box > 2 ? top + Math.round((zero - top) / box) * box : zero;
  });
  const score = rails.score ? { top: bottom + 6, height: SCORE_PX - 12 } : null;
  const height = bottom + (rails.score ? SCORE_PX : 0) + FOOT_PX;
  const at = Array.from({ length: rails.rhythms }, (_, i) => 4 + RHYTHM_PX * (i + 0.5));
  const rows = { top, bottom, zeros, rhythms: at, letters, rings, score };
  return { width, height, pxPerS, pxPerMm, pxPerMv, gain, toScale, ...rows };
}

/** 10 mm/mV, or half or a quarter of it where a lead of `reachPx` at 1 mm/mV would leave its lane. */
const autoGain = (reachPx, lane) => [10, 5].find((gain) => gain * reachPx <= 1.15 * lane) ?? 2.5;

/** @param {Sheet} sheet @param {Range} range @param {number} seconds */
export const xOf = (sheet, range, seconds) => LEFT_PX + (seconds - range.start) * sheet.pxPerS;

/** @param {Sheet} sheet @param {Range} range @param {number} x */
export const timeAt = (sheet, range, x) => range.start + (x - LEFT_PX) / sheet.pxPerS;
