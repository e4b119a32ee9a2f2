/** What the light charts make of a figure, without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bases,
  csvRows,
  filledIn,
  legendPlaces,
  linesOf,
  nearest,
  numbers,
  piecesOf,
  plain,
  stepped,
  thinned,
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

test("what was escaped for Plotly is said as it was", () => {
  assert.equal(plain("&lt;b&gt;208 &amp;amp; 1"), "<b>208 &amp; 1");
  assert.equal(linesOf("<b>&lt;x&gt;</b>")[0][0].text, "<x>");
});

test("a template is filled in, and what names its trace is left out", () => {
  assert.equal(filledIn("%{x:.0f} ms, %{y:.2f} mV<extra></extra>", { x: 12.4, y: -1 }), "12 ms, -1.00 mV");
});

test("a line with gaps comes apart there, whether they are numbers or not", () => {
  const pieces = piecesOf([0, 1, 2, 3, 4, 5], [1, 2, Number.NaN, null, 0, 4]);
  assert.deepEqual(
    pieces.map((piece) => piece.map(({ y }) => y)),
    [
      [1, 2],
      [0, 4],
    ],
  );
});

test("a thinned line keeps its ends and corners and is never farther off than it may be", () => {
  assert.deepEqual(
    thinned(
      [
        [0, 0],
        [1, 0.1],
        [2, 0],
        [3, 5],
        [4, 0],
      ],
      0.2,
    ),
    [
      [0, 0],
      [2, 0],
      [3, 5],
      [4, 0],
    ],
  );
  const wave = Array.from({ length: 300 }, (_, k) => [k / 3, 20 * Math.sin(k / 20)]);
  const kept = thinned(wave, 0.2);
  assert.ok(kept.length < wave.length / 3, `${kept.length}`);
  for (const [x, y] of wave) {
    const after = Math.max(
      1,
      kept.findIndex(([at]) => at >= x),
    );
    const [[x0, y0], [x1, y1]] = [kept[after - 1], kept[after]];
    assert.ok(Math.abs(y0 + ((x - x0) / (x1 - x0)) * (y1 - y0) - y) < 0.5);
  }
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
