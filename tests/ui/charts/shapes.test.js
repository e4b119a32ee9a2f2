/** What the light charts make of a figure, without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bases,
  csvRows,
  legendPlaces,
  linesOf,
  nearest,
  numbers,
  plain,
  stepped,
} from "../../../ecg_core/ui/charts/shapes.js";

test("numbers that Plotly packed are read as those it wrote out", () => {
  const bytes = Buffer.from(new Float32Array([0.5, -2, 1024]).buffer).toString("base64");
  assert.deepEqual(numbers({ dtype: "f4", bdata: bytes }), [0.5, -2, 1024]);
  assert.deepEqual(numbers([1, 2]), [1, 2]);
  assert.deepEqual(numbers(undefined), []);
});

test("marks become bold pieces and lines, and anything else that looks like markup stays text", () => {
  assert.deepEqual(linesOf("<b>N</b>  Normal<br>beat"), [
    [
      { text: "N", bold: true },
      { text: "  Normal", bold: false },
    ],
    [{ text: "beat", bold: false }],
  ]);
  assert.equal(plain("<b>S</b> of <i>a</i><br>record"), "S of <i>a</i> record");
});

test("steps change at the next point or half way to it", () => {
  assert.deepEqual(stepped([0, 2], [1, 5], "hv"), [
    [0, 1],
    [2, 1],
    [2, 5],
  ]);
  assert.deepEqual(stepped([0, 2], [1, 5], "hvh"), [
    [0, 1],
    [1, 1],
    [1, 5],
    [2, 5],
  ]);
  assert.deepEqual(stepped([0, 2], [1, 5], undefined), [
    [0, 1],
    [2, 5],
  ]);
});

test("what is stacked begins where the one before it ends, at the same place only", () => {
  const traces = [
    { at: [0, 1], values: [3, 4] },
    { at: [1, 2], values: [5, 6] },
  ];
  assert.deepEqual(bases(traces, true), [
    [0, 0],
    [4, 0],
  ]);
  assert.deepEqual(bases(traces, false), [
    [0, 0],
    [0, 0],
  ]);
});

test("the nearest of several values is found, beyond them the last", () => {
  assert.deepEqual(
    [1.4, 1.6, -9, 9].map((value) => nearest([0, 1, 2, 3], value)),
    [1, 2, 0, 3],
  );
});

test("a table has a line for each point, with its words", () => {
  const rows = csvRows([
    { name: "DS1", x: [7], y: [0], text: ["7 beats"] },
    { x: [1], y: [2] },
  ]);
  assert.deepEqual(rows.slice(1), [
    ["DS1", 7, 0, "7 beats"],
    ["trace 2", 1, 2, undefined],
  ]);
});

test("names of an axis stand in place of its numbers, and what only makes a shape whole is left out", () => {
  const axes = { x: { tickvals: [0, 1], ticktext: ["<b>232</b>", "209"] }, y: {} };
  assert.deepEqual(csvRows([{ name: "S", x: [-1, 0, 1, 2], y: [9, 9, 4, 4] }], axes).slice(1), [
    ["S", "232", 9, undefined],
    ["S", "209", 4, undefined],
  ]);
  assert.equal(csvRows([{ name: "S", x: [5], y: [-0.21] }], { y: axes.x })[1][2], "232");
});

test("a legend goes on in the next row where there is no more room", () => {
  assert.deepEqual(legendPlaces([60, 60, 60], 130), [
    { x: 0, row: 0 },
    { x: 60, row: 0 },
    { x: 0, row: 1 },
  ]);
  assert.deepEqual(legendPlaces([200], 130), [{ x: 0, row: 0 }]);
});
