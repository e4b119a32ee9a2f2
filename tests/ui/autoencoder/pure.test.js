/** The views' functions that know of no page: figures of a threshold, numbers as text, scales, CSV, order of rows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDarkGround, linePath, scale, stepsPath } from "../../../ecg_core/ui/autoencoder/views/draw.js";
import {
  countsOf,
  decadesOf,
  figuresOf,
  findingOf,
  fixed,
  flaggedAt,
  grouped,
  heightsOf,
  percent,
  pointAt,
  positionOf,
  ticksOf,
} from "../../../ecg_core/ui/autoencoder/views/figures.js";
import { cellText, sortedRows } from "../../../ecg_core/ui/autoencoder/views/records.js";
import { extentOf, multiples } from "../../../ecg_core/ui/autoencoder/views/tiles.js";
import { cellOf, csvText } from "../../../ecg_core/ui/csv.js";

test("numbers are written as Python writes them, exact halves to even", () => {
  assert.deepEqual(
    [12.25, 12.35, 12.75, 0.05, 2.5, 3.5, 100, 0].map((value) => fixed(value, 1)),
    ["12.2", "12.3", "12.8", "0.1", "2.5", "3.5", "100.0", "0.0"],
  );
  assert.deepEqual([fixed(2.5, 0), fixed(3.5, 0), fixed(0.125, 2)], ["2", "4", "0.12"]);
  assert.deepEqual([grouped(1234567), grouped(999), grouped(1234.56, 1)], ["1,234,567", "999", "1,234.6"]);
  assert.deepEqual([percent(49, 400), percent(1, 3), percent(0, 0)], ["12.2 %", "33.3 %", "–"]);
});

const classes = [
  { name: "N", beats: 100, drops: [0, 60, 30, 10] },
  { name: "V", beats: 10, drops: [0, 0, 2, 3] },
  { name: "F", beats: 4, drops: [0, 4, 0, 0] },
  { name: "Q", beats: 7, drops: [0, 0, 0, 0] },
];
const flagged = Object.fromEntries(classes.map(({ name, beats, drops }) => [name, flaggedAt(beats, drops)]));

test("a point counts S, V and F as abnormal and leaves Q out", () => {
  assert.deepEqual([...flagged.N], [100, 40, 10, 0]);
  assert.deepEqual(pointAt(classes, flagged, 2), { tp: 8, fp: 10, abnormal: 14, normal: 100 });
});

test("six figures come with what they are of", () => {
  const figures = figuresOf(pointAt(classes, flagged, 2), 0.5, "beats");
  assert.deepEqual(figures, [
    ["Sensitivity", "57.1 %", "8 of 14 abnormal"],
    ["Specificity", "90.0 %", "90 of 100 normal"],
    ["Positive predictivity", "44.4 %", "8 of 18 flagged"],
    ["F1", "0.500", "of sensitivity and +P"],
    ["False alarms per hour", "20.0", "over 0.5 h"],
    ["Flagged", "18", "beats of N, S, V, F"],
  ]);
  assert.equal(findingOf(pointAt(classes, flagged, 2), "beats"), "57.1 % of abnormal beats flagged, 6 missed");
});

test("where nothing is there to divide by a dash stands, and no rate where there are no hours", () => {
  const figures = Object.fromEntries(figuresOf({ tp: 0, fp: 0, abnormal: 0, normal: 5 }, 0, "windows"));
  assert.deepEqual(
    [figures.Sensitivity, figures["Positive predictivity"], figures.F1, figures["False alarms per hour"]],
    ["–", "–", "–", "–"],
  );
});

test("beats without classes are counted, and have a rate from a quarter of an hour on", () => {
  assert.deepEqual(countsOf(5, 200, 0.5, "beats")[2], ["Flagged per hour", "10.0", "over 0.5 h"]);
  assert.deepEqual(countsOf(5, 200, 0.1, "beats")[2], ["Flagged per hour", "–", "6 min are too short for a rate"]);
});

test("positions stay within those there are", () => {
  assert.deepEqual(
    [-1, 0, 1.234, 99].map((value) => positionOf(value, 0.01, 301)),
    [0, 0, 123, 300],
  );
});

test("heights of an outline are shares of the class, or its beats", () => {
  assert.deepEqual(heightsOf([1, 3], true), [25, 75]);
  assert.deepEqual(heightsOf([1, 3], false), [1, 3]);
  assert.deepEqual(heightsOf([0, 0], true), [0, 0]);
});

test("ticks are round and within", () => {
  assert.deepEqual(ticksOf(0, 23.3, 12), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
  assert.deepEqual(ticksOf(0, 0.3, 3), [0, 0.1, 0.2, 0.3]);
  assert.deepEqual(decadesOf(0.02, 150), [0.1, 1, 10, 100]);
});

test("scales are even or logarithmic, and what lies under a logarithmic one lies at its foot", () => {
  assert.equal(scale(0, 10, 100, 200)(5), 150);
  const log = scale(0.1, 10, 0, 100, true);
  assert.equal(log(1), 50);
  assert.equal(log(0), 0);
});

test("outlines stand on the axis, lines pass through their points", () => {
  const same = (value) => value;
  assert.equal(stepsPath([0, 1, 2], [3, 4], same, same), "M0 0V3H1V4H2V0");
  assert.equal(linePath([0, 1.26], [2, 3], same, same), "M0 2L1.3 3");
});

test("a dark ground is told from a light one", () => {
  assert.deepEqual(["#121212", "#FFFFFF", "rgb(18, 18, 18)", "rgb(255, 255, 255)"].map(isDarkGround), [
    true,
    false,
    true,
    false,
  ]);
});

test("a cell that a spreadsheet would take for a formula gets an apostrophe, a number does not", () => {
  assert.deepEqual([cellOf("=1+1"), cellOf(-1), cellOf('a"b,'), cellOf(null)], ["'=1+1", "-1", '"a""b,"', ""]);
  assert.equal(
    csvText([
      ["a", 1],
      ["b", 2],
    ]),
    "a,1\nb,2\n",
  );
});

test("rows without a value come last in either direction, names are in the order of their numbers", () => {
  const rows = [{ values: ["r10", 1] }, { values: ["r9", null] }, { values: ["r1", 3] }];
  const order = (column, down) => sortedRows(rows, column, down).map(({ values }) => values[0]);
  assert.deepEqual(order(1, false), ["r10", "r1", "r9"]);
  assert.deepEqual(order(1, true), ["r1", "r10", "r9"]);
  assert.deepEqual(order(0, false), ["r1", "r9", "r10"]);
  assert.deepEqual([cellText(null, 1), cellText(97.25, 1), cellText("208", 0)], ["–", "97.2", "208"]);
});

test("all tiles share one scale", () => {
  const tiles = [
    { original: [0, 1], drawn: [0, 0] },
    { original: [0, 0], drawn: [-1, 0] },
  ];
  assert.deepEqual(extentOf(tiles), [-1.1, 1.1]);
  assert.deepEqual(multiples(-250, 430, 200), [-200, 0, 200, 400]);
});
