/** The whole recording: an envelope with lanes over it, painted once into a bitmap; and what is linked to it. */
import { CLASSES } from "./beats.js";
import { columnsOf } from "./levels.js";
import { paintColumns, write } from "./strip.js";
import { clockText, ticksOf, timeOfDay } from "./window.js";

const LANE_PX = 11;
const SIGNAL_PX = 44;
const RATE_PX = 26;
const TIMES_PX = 20;
export const OVERVIEW_LEFT_PX = 50;

/** Lanes a recording has: rhythms named abnormal, each class but N that there is, rate, score. */
export function lanesOf({ beats, classed, rhythms, unreadable, scores }) {
  const present = new Set(beats.classes);
  const classes = !classed ? [] : [1, 2, 3, 4].filter((k) => present.has(k));
  const bars = rhythms.filter(({ episodes }) => episodes.some(({ colour }) => colour));
  const lanes = [
    ...bars.map((rail) => ({ kind: "rhythm", title: rail.said ? "AF by RR" : "Rhythm", height: LANE_PX, rail })),
    ...classes.map((k) => ({ kind: "class", title: CLASSES[k], height: LANE_PX, k })),
    ...(unreadable.length ? [{ kind: "unreadable", title: "Noise", height: LANE_PX }] : []),
    ...(scores ? [{ kind: "score", title: "Score", height: RATE_PX }] : []),
    ...(beats.samples.length > 2 ? [{ kind: "rate", title: "Rate", height: RATE_PX }] : []),
  ];
  return { lanes, height: lanes.reduce((sum, lane) => sum + lane.height + 1, 0) + SIGNAL_PX + TIMES_PX };
}

export function paintOverview(g, width, frame) {
  const { fs, samples: n, labels, leads, look, dayStart } = frame;
  const { lanes, height } = frame.lanes;
  const plot = width - OVERVIEW_LEFT_PX;
  const x = (sample) => OVERVIEW_LEFT_PX + (sample / n) * plot;
  g.fillStyle = look.paper;
  g.fillRect(0, 0, width, height);
  let top = 0;
  for (const lane of lanes) {
    const middle = top + lane.height / 2 + 0.5;
    write(g, look, lane.title, 4, middle, { size: 11, bold: lane.kind === "class" });
    if (lane.kind === "rhythm") {
      for (const { from, to, colour } of lane.rail.episodes) {
        if (!colour) continue;
        g.fillStyle = look.classes[colour];
        g.fillRect(x(from), top + 2, Math.max(1.5, x(to) - x(from)), LANE_PX - 3);
      }
    } else if (lane.kind === "class") {
      g.fillStyle = look.classes[CLASSES[lane.k]];
      for (const px of columnsWith(labels.beats, lane.k, n, plot))
        g.fillRect(OVERVIEW_LEFT_PX + px, top + 1, 1.3, LANE_PX - 2);
    } else if (lane.kind === "unreadable") {
      g.fillStyle = look.hatch;
      for (const [from, to] of labels.unreadable)
        g.fillRect(x(from), top + 2, Math.max(1.5, x(to) - x(from)), LANE_PX - 3);
    } else if (lane.kind === "score") {
      const { samples, values, threshold } = labels.scores;
      const most = most3(samples, values, n, plot, 3 * threshold);
      paintBars(
        g,
        most,
        (v) => (v / (3 * threshold)) * (RATE_PX - 2),
        top + RATE_PX,
        (v) => (v >= threshold ? look.classes.V : look.muted),
      );
    } else {
      const rates = ratesOf(labels.beats.samples, fs, n, plot);
      g.fillStyle = look.accent;
      for (let px = 0; px < plot; px++) {
        if (rates[px] > 0)
          g.fillRect(
            OVERVIEW_LEFT_PX + px,
            top + RATE_PX - 2 - (Math.min(rates[px], 200) / 200) * (RATE_PX - 3),
            1.5,
            1.5,
          );
      }
    }
    top += lane.height + 1;
  }
  const [lead] = leads;
  const reach = Math.max(lead.extent[1] - lead.extent[0], 1) * 1.3;
  const middle = (lead.extent[0] + lead.extent[1]) / 2;
  g.save();
  g.beginPath();
  g.rect(0, top, width, SIGNAL_PX);
  g.clip();
  const y = (v) => top + SIGNAL_PX * (0.5 - (v - middle) / reach);
  paintColumns(g, look.muted, columnsOf(lead.levels, lead.missing, 0, n / plot, plot), y, OVERVIEW_LEFT_PX);
  g.restore();
  write(g, look, lead.name.slice(0, 7), 4, top + SIGNAL_PX / 2, { size: 11 });
  for (const t of ticksOf({ start: 0, length: n / fs }, plot, 66).times) {
    if (x(t * fs) < width - 24)
      write(g, look, dayStart === null ? clockText(t) : timeOfDay(dayStart, t), x(t * fs), height - 9, {
        size: 11,
        colour: look.muted,
        align: t ? "center" : "left",
      });
  }
}

function paintBars(g, most, high, bottom, colour) {
  for (const [px, value] of most.entries()) {
    if (!value) continue;
    g.fillStyle = colour(value);
    g.fillRect(OVERVIEW_LEFT_PX + px, bottom - high(value), 1, high(value));
  }
}

/** Pixel columns that hold a beat of a class. */
function columnsWith({ samples, classes }, k, n, width) {
  const found = new Set();
  for (let i = 0; i < samples.length; i++) if (classes[i] === k) found.add(Math.floor((samples[i] / n) * width));
  return found;
}

function most3(samples, values, n, width, limit) {
  const most = new Float32Array(width);
  for (let i = 0; i < samples.length; i++) {
    const px = Math.min(width - 1, Math.floor((samples[i] / n) * width));
    most[px] = Math.max(most[px], Math.min(values[i], limit));
  }
  return most;
}

/**
 * Mean heart rate a minute in each of `width` equal stretches of `n` samples; 0 where fewer than two beats say it.
 *
 * @param {Int32Array} samples @param {number} fs @param {number} n @param {number} width
 */
export function ratesOf(samples, fs, n, width) {
  const sums = new Float64Array(width);
  const counts = new Int32Array(width);
  for (let i = 1; i < samples.length; i++) {
    const rr = (samples[i] - samples[i - 1]) / fs;
    if (rr > 3) continue;
    const px = Math.min(width - 1, Math.floor((samples[i] / n) * width));
    sums[px] += rr;
    counts[px] += 1;
  }
  return sums.map((sum, px) => (counts[px] ? (60 * counts[px]) / sum : 0));
}
