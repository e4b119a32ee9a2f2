/** Full disclosure: a minute a row, the whole recording in pages. */
import { CLASSES, lowerBound } from "./beats.js";
import { columnsOf } from "./levels.js";
import { paintColumns, write } from "./strip.js";
import { clockText, timeOfDay } from "./window.js";

export const ROWS = 15;
export const ROW_S = 60;
const [ROW_PX, MINUTES_LEFT_PX] = [36, 62];
export const DISCLOSURE_PX = ROWS * ROW_PX;

/** First second of the page that shows a time. */
export const pageStart = (seconds) => Math.floor(seconds / (ROWS * ROW_S)) * ROWS * ROW_S;

/** Time of a click on the page. */
export const timeOnPage = (start, width, px, py) =>
  start + Math.floor(py / ROW_PX) * ROW_S + (Math.max(0, px - MINUTES_LEFT_PX) / (width - MINUTES_LEFT_PX)) * ROW_S;

export function paintDisclosure(g, width, { fs, samples: n, leads, labels, look, range, dayStart }) {
  const page = pageStart(range.start);
  const [lead] = leads;
  const plot = width - MINUTES_LEFT_PX;
  const reach = Math.max(lead.extent[1] - lead.extent[0], 1);
  const centre = (lead.extent[0] + lead.extent[1]) / 2;
  g.fillStyle = look.paper;
  g.fillRect(0, 0, width, DISCLOSURE_PX);
  for (let row = 0; row < ROWS; row++) {
    const start = page + row * ROW_S;
    if (start * fs >= n) break;
    const middle = (row + 0.5) * ROW_PX;
    g.fillStyle = look.gridMajor;
    g.fillRect(MINUTES_LEFT_PX, row * ROW_PX, plot, 1);
    write(g, look, dayStart === null ? clockText(start) : timeOfDay(dayStart, start), 4, middle, {
      size: 11,
      colour: look.muted,
    });
    const [from, to] = [Math.max(range.start, start), Math.min(range.start + range.length, start + ROW_S)];
    if (to > from) {
      g.fillStyle = look.accent;
      g.globalAlpha = 0.25;
      g.fillRect(
        MINUTES_LEFT_PX + ((from - start) / ROW_S) * plot,
        row * ROW_PX,
        Math.max(2, ((to - from) / ROW_S) * plot),
        ROW_PX,
      );
      g.globalAlpha = 1;
    }
    const y = (v) => middle + 3 - ((v - centre) / reach) * ROW_PX * 0.62;
    paintColumns(
      g,
      look.trace,
      columnsOf(lead.levels, lead.missing, start * fs, (ROW_S * fs) / plot, plot),
      y,
      MINUTES_LEFT_PX,
    );
    const { samples, classes } = labels.beats;
    for (let i = lowerBound(samples, start * fs); i < samples.length && samples[i] < (start + ROW_S) * fs; i++) {
      if (classes[i] === 0 || !labels.classed) continue;
      const x = MINUTES_LEFT_PX + ((samples[i] / fs - start) / ROW_S) * plot;
      write(g, look, CLASSES[classes[i]], x, row * ROW_PX + 8, {
        size: 10,
        align: "center",
        colour: look.classes[CLASSES[classes[i]]],
        bold: true,
      });
    }
  }
}
