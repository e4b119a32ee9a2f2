/** The viewer's functions that know of no page: bytes, levels, beats, windows, calipers, edits, the sheet. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { indexOf, intervalsAt, lowerBound, nearestTo } from "../../../ecg_core/ui/viewer/beats.js";
import { FORMAT, headerOf, unpack } from "../../../ecg_core/ui/viewer/bytes.js";
import { marched, measured, measuredText } from "../../../ecg_core/ui/viewer/caliper.js";
import { EditLog } from "../../../ecg_core/ui/viewer/edits.js";
import { columnsOf, extentOf, levelsOf, NONE_HIGH, NONE_LOW } from "../../../ecg_core/ui/viewer/levels.js";
import { ratesOf } from "../../../ecg_core/ui/viewer/overview.js";
import { LEFT_PX, sheetOf, timeAt, xOf } from "../../../ecg_core/ui/viewer/sheet.js";
import { Tiles } from "../../../ecg_core/ui/viewer/tiles.js";
import { isDark } from "../../../ecg_core/ui/viewer/viewer.js";
import { clampedRange, clockText, ticksOf, timeOfDay, zoomedRange } from "../../../ecg_core/ui/viewer/window.js";

const MISSING = -32768;

/** Bytes as `packing.py` makes them, after `before` bytes of something else. */
function packed(header, body, before = 0) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = (4 + text.length + 7) & ~7;
  const all = new Uint8Array(before + start + body.byteLength);
  const bytes = all.subarray(before);
  new DataView(all.buffer, before).setUint32(0, text.length, true);
  bytes.set(text, 4);
  bytes.set(new Uint8Array(body.buffer), start);
  return bytes;
}

/** A made lead: numbers that a formula gives, the same in every run. */
function made(n) {
  return Int16Array.from({ length: n }, (_, i) => Math.round(900 * Math.sin(i / 7) + 300 * Math.sin(i / 1.3)));
}

test("bytes at any offset of a message become aligned arrays", () => {
  const body = Int16Array.from([1, -2, 300, 0]);
  const header = {
    format: FORMAT,
    version: "a",
    kind: "signal",
    blocks: [{ name: "raw0", dtype: "int16", offset: 0, count: 3 }],
  };
  for (const before of [0, 1, 3, 18702]) {
    const { header: found, blocks } = unpack(packed(header, body, before));
    assert.equal(found.version, "a");
    assert.deepEqual([...blocks.raw0], [1, -2, 300]);
  }
});

test("bytes of another version are refused with a sentence", () => {
  const bytes = packed({ format: FORMAT + 1, blocks: [] }, new Uint8Array(8));
  assert.throws(() => unpack(bytes), /format 2, this page reads format 1: reload the page/);
  assert.throws(() => headerOf(Uint8Array.from([9, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])), /unknown format/);
});

test("bytes that were cut off are refused", () => {
  const header = {
    format: FORMAT,
    version: "a",
    kind: "signal",
    blocks: [{ name: "raw0", dtype: "int16", offset: 0, count: 5 }],
  };
  assert.throws(() => unpack(packed(header, Int16Array.from([1, 2]))), /incomplete/);
});

test("every level keeps every extreme, and what is missing leaves no mark", () => {
  const raw = made(100_003);
  raw.fill(MISSING, 4_000, 4_100);
  const levels = levelsOf(raw, MISSING);
  assert.deepEqual(levels.map((level) => level.bin).slice(0, 3), [1, 8, 32]);
  assert.ok(levels.at(-1).low.length <= 4096);
  for (const { bin, low, high } of levels.slice(1)) {
    for (let i = 0; i < low.length; i += 97) {
      const seen = [...raw.subarray(i * bin, (i + 1) * bin)].filter((v) => v !== MISSING);
      assert.equal(low[i], seen.length ? Math.min(...seen) : NONE_LOW);
      assert.equal(high[i], seen.length ? Math.max(...seen) : NONE_HIGH);
    }
  }
});

test("columns hold what a line through all samples would cover, at any zoom", () => {
  const raw = made(50_000);
  const levels = levelsOf(raw, MISSING);
  for (const [first, perPx] of [
    [0, 50],
    [1_234.5, 3.7],
    [40_000, 400],
  ]) {
    const { low, high } = columnsOf(levels, MISSING, first, perPx, 100);
    const from = Math.ceil(first);
    const seen = raw.subarray(from, Math.min(raw.length, Math.floor(first + 100 * perPx)));
    assert.equal(Math.max(...high), Math.max(...seen));
    assert.equal(Math.min(...low), Math.min(...seen));
  }
  const empty = columnsOf(levels, MISSING, 60_000, 10, 5);
  assert.ok(empty.low.every((v, i) => v > empty.high[i]));
});

test("the usual extent leaves a spike out", () => {
  const raw = made(40_000);
  raw[777] = 30_000;
  const [low, high] = extentOf(levelsOf(raw, MISSING));
  assert.ok(low > -1_300 && high < 1_300 && high - low > 1_500);
  assert.deepEqual(extentOf(levelsOf(new Int16Array(900).fill(MISSING), MISSING)), [0, 0]);
});

test("places in a sorted list", () => {
  const samples = Int32Array.from([10, 20, 40]);
  assert.deepEqual(
    [5, 10, 11, 41].map((v) => lowerBound(samples, v)),
    [0, 0, 1, 3],
  );
  assert.deepEqual(
    [0, 15, 16, 31, 99].map((v) => nearestTo(samples, v)),
    [0, 0, 1, 2, 2],
  );
  assert.deepEqual([indexOf(samples, 20), indexOf(samples, 21), nearestTo([], 3)], [1, -1, -1]);
});

test("a beat at half its usual interval is 50 % early", () => {
  const samples = Int32Array.from([0, 360, 720, 1080, 1260, 1620]);
  const { before, after, early } = intervalsAt(samples, 4, 360);
  assert.deepEqual([before, after, early], [500, 1000, 0.5]);
  assert.ok(Number.isNaN(intervalsAt(samples, 0, 360).before) && Number.isNaN(intervalsAt(samples, 1, 360).early));
  assert.ok(Number.isNaN(intervalsAt(samples, 5, 360).after));
});

test("windows stay inside the recording", () => {
  assert.deepEqual(clampedRange({ start: -5, length: 10 }, 100), { start: 0, length: 10 });
  assert.deepEqual(clampedRange({ start: 95, length: 10 }, 100), { start: 90, length: 10 });
  assert.deepEqual(clampedRange({ start: 3, length: 1e9 }, 20), { start: 0, length: 20 });
  assert.equal(clampedRange({ start: 0, length: 0 }, 20).length, 0.5);
});

test("zooming keeps the time under the pointer where it is", () => {
  const { start, length } = zoomedRange({ start: 100, length: 10 }, 4, 107, 1000);
  assert.equal(length, 4);
  assert.ok(Math.abs((107 - start) / length - 0.7) < 1e-9);
});

test("times read as on the rest of the page", () => {
  assert.deepEqual([clockText(125.46, 1), clockText(3725), clockText(59.999, 2)], ["02:05.5", "1:02:05", "01:00.00"]);
  assert.deepEqual(
    [timeOfDay(null, 5), timeOfDay(86_390, 5), timeOfDay(86_390, 15)],
    ["", "23:59:55", "day 2, 00:00:05"],
  );
  const { times, step } = ticksOf({ start: 9.7, length: 10 }, 900, 50);
  assert.deepEqual([step, times[0], times.at(-1)], [1, 10, 19]);
});

test("800 ms and 1 mV are measured as they are, and marched out over the window", () => {
  const caliper = { from: 10, to: 10.8, top: 2, bottom: 1 };
  const { ms, bpm, mv } = measured(caliper);
  assert.deepEqual([Math.round(ms * 1e6) / 1e6, Math.round(bpm), mv], [800, 75, 1]);
  assert.equal(measuredText(caliper, true), "800 ms, 75 / min, 1.00 mV");
  assert.equal(measuredText({ ...caliper, to: 10 }, false), "0 ms");
  assert.deepEqual(
    marched(caliper, 9, 13).map((t) => Math.round(t * 10) / 10),
    [11.6, 12.4, 9.2],
  );
  assert.deepEqual(marched({ ...caliper, to: 10.01 }, 9, 13), []);
});

test("the log of edits repeats what is not confirmed and counts on after a confirmation", () => {
  const log = new EditLog("a");
  const seqs = () => log.sent().edits.map((edit) => edit.seq);
  log.add({ act: "undo", of: 1 });
  log.add({ act: "undo", of: 2 });
  assert.deepEqual(seqs(), [1, 2]);
  log.confirm(1);
  log.add({ act: "redo", of: 1 });
  assert.deepEqual(seqs(), [2, 3]);
  log.confirm(7);
  assert.deepEqual(log.add({ act: "undo", of: 7 }), { seq: 8, act: "undo", of: 7 });
  assert.equal(log.sent().client, "a");
});

const LEAD = {
  name: "II",
  gain: 200,
  baseline: 0,
  missing: MISSING,
  calibrated: true,
  levels: [],
  extent: [-200, 400],
};
const RAILS = { rhythms: 1, rings: false, score: false };

test("paper is true to scale up to 31 s, and its height never depends on the window", () => {
  const sheets = [2, 10, 30, 60].map((length) =>
    sheetOf(976, { start: 0, length }, /** @type {any} */ ([LEAD, LEAD]), { speed: 25, gain: 10 }, RAILS),
  );
  for (const sheet of sheets.slice(0, 3)) assert.ok(Math.abs(sheet.pxPerMv / sheet.pxPerS - 0.4) < 1e-12);
  assert.deepEqual(
    sheets.map((sheet) => sheet.toScale),
    [true, true, true, false],
  );
  assert.equal(new Set(sheets.map((sheet) => sheet.height)).size, 1);
});

test("a place on the sheet and its time are the same place", () => {
  const range = { start: 12.5, length: 10 };
  const sheet = sheetOf(976, range, /** @type {any} */ ([LEAD]), { speed: 25, gain: 10 }, RAILS);
  assert.equal(xOf(sheet, range, 12.5), LEFT_PX);
  assert.ok(Math.abs(timeAt(sheet, range, xOf(sheet, range, 17.123)) - 17.123) < 1e-9);
});

test("the rate of a stretch is that of its beats, and a pause says nothing", () => {
  const samples = Int32Array.from([0, 360, 720, 2160, 2340]);
  assert.deepEqual([...ratesOf(samples, 360, 3600, 2)], [60, 120]);
});

test("a dark ground is told from a light one, however it is written", () => {
  assert.deepEqual(["#121212", "rgb(14, 17, 23)", "#FFFFFF", ""].map(isDark), [true, true, false, false]);
});

/** Tiles of a made recording; `answers` says what each path gives. */
function tiled(answers, leads = 1, size = 100) {
  const asked = [];
  const tiles = new Tiles("there", size, leads, async (path) => {
    asked.push(path);
    const found = answers(path);
    if (!found) throw new Error("No such recording is open: reload the page.");
    return Int16Array.from(found).buffer;
  });
  return { tiles, asked };
}

const later = () => new Promise((done) => setTimeout(done, 0));
const upTo = (n, from = 0) => Array.from({ length: n }, (_, i) => from + i);

test("a stretch over two tiles is asked for once each and is there after they came", async () => {
  const { tiles, asked } = tiled((path) => upTo(100, 100 * Number(path.split("/").at(-1))));
  let drawn = 0;
  tiles.arrived = () => {
    drawn += 1;
  };
  assert.equal(tiles.stretch(1, 0, 150, 250), null);
  assert.equal(tiles.stretch(1, 0, 150, 250), null);
  await later();
  const { low, at } = tiles.stretch(1, 0, 150, 250);
  assert.deepEqual([at, low.length, low[50], low[149]], [100, 200, 150, 249]);
  assert.deepEqual([asked, drawn], [["there/1/1", "there/1/2"], 2]);
});

test("a coarse tile holds the lowest and the highest of each lead", async () => {
  const { tiles } = tiled(() => [1, 2, 11, 12, 3, 4, 13, 14], 2);
  tiles.stretch(8, 1, 0, 2);
  await later();
  const { low, high } = tiles.stretch(8, 1, 0, 2);
  assert.deepEqual(
    [[...low], [...high]],
    [
      [3, 4],
      [13, 14],
    ],
  );
});

test("of many tiles only the last used stay, and one that failed is said and asked for again", async () => {
  const { tiles, asked } = tiled(() => upTo(100));
  for (let i = 0; i < 150; i++) {
    tiles.stretch(1, 0, 100 * i, 100 * i + 1);
    await later();
  }
  assert.equal(tiles.held.size, 96);
  assert.equal(tiles.stretch(1, 0, 0, 1), null, "the first one has gone");
  const failing = tiled(() => null);
  failing.tiles.stretch(1, 0, 0, 1);
  await later();
  assert.match(failing.tiles.failed, /reload the page/);
  failing.tiles.stretch(1, 0, 0, 1);
  assert.equal(failing.asked.length, 2);
  assert.ok(asked.length >= 150);
});

test("as long as fine tiles are not there, columns hold what the next coarser level says", async () => {
  const raw = made(20_000);
  const whole = levelsOf(raw, MISSING);
  const { tiles } = tiled(
    (path) => {
      const index = Number(path.split("/").at(-1));
      return [...raw.subarray(index * 4096, (index + 1) * 4096)];
    },
    1,
    4096,
  );
  const levels = [{ bin: 1, n: raw.length, low: null, high: null, tiles, lead: 0 }, ...whole.slice(1)];
  const coarse = columnsOf(levels, MISSING, 800, 4, 100);
  assert.ok(
    coarse.low.every((v, i) => v <= coarse.high[i]),
    "no column is empty",
  );
  await later();
  assert.deepEqual(columnsOf(levels, MISSING, 800, 4, 100), columnsOf(whole, MISSING, 800, 4, 100));
});
