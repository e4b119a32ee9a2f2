/** RR intervals by time (tachogram) and each against the one before it (Lorenz plot), linked with the strip. */
import { CLASSES, lowerBound } from "./beats.js";
import { write } from "./strip.js";
import { clockText, ticksOf } from "./window.js";

export const RR_PX = 230;
const [RR_LEFT_PX, TOP_PX, BELOW_PX] = [50, 22, 24];

/** Where the two plots lie and how a beat is placed in them. */
export function plotsOf(width, duration, most) {
  const side = RR_PX - TOP_PX - BELOW_PX;
  const plot = Math.max(80, width - RR_LEFT_PX - side - 90);
  const y = (ms) => TOP_PX + side * (1 - Math.min(ms, most) / most);
  const square = width - side - 14;
  return {
    side,
    square,
    plot,
    y,
    x: (seconds) => RR_LEFT_PX + (seconds / duration) * plot,
    lorenzX: (ms) => square + (Math.min(ms, most) / most) * side,
  };
}

/** Longest interval the plots hold, in ms: all of them, in steps of half a second, from 1 to 3 s. */
export function reachOf(samples, fs) {
  let long = 1000;
  for (let i = 1; i < samples.length; i++) long = Math.max(long, ((samples[i] - samples[i - 1]) / fs) * 1000);
  return Math.min(3000, Math.max(1000, Math.ceil(long / 500) * 500));
}

export function paintIntervals(g, width, { fs, labels, look, duration }) {
  const { side, square, plot, y, x, lorenzX } = plotsOf(width, duration, labels.reachMs);
  const { samples, classes } = labels.beats;
  g.fillStyle = look.paper;
  g.fillRect(0, 0, width, RR_PX);
  write(g, look, "RR interval (ms) by time", RR_LEFT_PX, 11, { bold: true });
  write(g, look, "Next RR against RR (ms)", square, 11, { bold: true });
  for (let ms = 0; ms <= labels.reachMs; ms += 500) {
    write(g, look, String(ms), RR_LEFT_PX - 6, y(ms), { size: 11, colour: look.muted, align: "right" });
    write(g, look, String(ms), square - 6, y(ms), { size: 11, colour: look.muted, align: "right" });
    g.fillStyle = look.gridMajor;
    g.fillRect(RR_LEFT_PX, y(ms), plot, 1);
    g.fillRect(square, y(ms), side, 1);
    g.fillRect(lorenzX(ms), TOP_PX, 1, side);
    write(g, look, String(ms), lorenzX(ms), RR_PX - 10, {
      size: 11,
      colour: look.muted,
      align: ms ? "center" : "left",
    });
  }
  for (const t of ticksOf({ start: 0, length: duration }, plot, 60).times) {
    write(g, look, clockText(t), x(t), RR_PX - 10, { size: 11, colour: look.muted, align: "center" });
  }
  for (const pass of [0, 1]) {
    const taken = new Uint8Array(Math.ceil(width) * RR_PX); // a million beats have few places of their own
    const dot = (px, py, k) => {
      const place = Math.round(py) * Math.ceil(width) + Math.round(px);
      if (taken[place] === k + 1) return;
      taken[place] = k + 1;
      g.fillStyle = look.classes[CLASSES[k]];
      g.fillRect(px - 1, py - 1, 2, 2);
    };
    for (let i = 1; i < samples.length; i++) {
      if ((classes[i] === 0) === (pass === 1)) continue;
      const ms = ((samples[i] - samples[i - 1]) / fs) * 1000;
      dot(x(samples[i] / fs), y(ms), classes[i]);
      if (i + 1 < samples.length) dot(lorenzX(ms), y(((samples[i + 1] - samples[i]) / fs) * 1000), classes[i]);
    }
  }
}

/** The window on the tachogram, and its beats ringed in the Lorenz plot. */
export function paintWindowOnIntervals(g, width, { fs, labels, look, duration, range, beat }) {
  const { side, x, y, lorenzX } = plotsOf(width, duration, labels.reachMs);
  const { samples } = labels.beats;
  g.fillStyle = look.accent;
  g.globalAlpha = 0.25;
  g.fillRect(x(range.start), TOP_PX, Math.max(2, x(range.start + range.length) - x(range.start)), side);
  g.globalAlpha = 1;
  const to = Math.min(lowerBound(samples, (range.start + range.length) * fs), samples.length - 1);
  const from = Math.max(1, lowerBound(samples, range.start * fs));
  g.strokeStyle = look.accent;
  for (let i = from; i < to && to - from < 400; i++) {
    const [ms, next] = [((samples[i] - samples[i - 1]) / fs) * 1000, ((samples[i + 1] - samples[i]) / fs) * 1000];
    const r = i === beat ? 5 : 2.5;
    g.lineWidth = i === beat ? 2 : 1;
    g.strokeRect(lorenzX(ms) - r, y(next) - r, 2 * r, 2 * r);
    if (i === beat) g.strokeRect(x(samples[i] / fs) - r, y(ms) - r, 2 * r, 2 * r);
  }
}

/** The beat whose dot is closest to a click, within 12 px; -1 if none is. */
export function beatAt(px, py, width, { fs, labels, duration }) {
  const { square, x, y, lorenzX } = plotsOf(width, duration, labels.reachMs);
  const { samples } = labels.beats;
  let [best, least] = [-1, 144];
  for (let i = 1; i < samples.length; i++) {
    const ms = ((samples[i] - samples[i - 1]) / fs) * 1000;
    const next = i + 1 < samples.length ? ((samples[i + 1] - samples[i]) / fs) * 1000 : -1e9;
    const [dx, dy] = px < square - 40 ? [x(samples[i] / fs) - px, y(ms) - py] : [lorenzX(ms) - px, y(next) - py];
    if (dx * dx + dy * dy < least) [best, least] = [i, dx * dx + dy * dy];
  }
  return best;
}
