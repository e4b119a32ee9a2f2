/** What a chart shows as CSV. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { csvOf } from "../../ecg_core/ui/save_charts.js";

test("each point of each trace is a line, by the trace's name", () => {
  const traces = [
    { name: "N", x: [1, 2], y: Float64Array.from([0.5, 0.25]) },
    { x: ["S"], y: [3], text: ["a, b"] },
  ];
  assert.equal(csvOf(traces), 'trace,x,y,z,text\nN,1,0.5,,\nN,2,0.25,,\ntrace 2,S,3,,"a, b"\n');
});

test("a grid is a line a cell", () => {
  const grid = { name: "counts", x: ["N", "S"], y: ["N"], z: [[5, 1]] };
  assert.equal(csvOf([grid]), "trace,x,y,z,text\ncounts,N,N,5,\ncounts,S,N,1,\n");
});

test("a text that a spreadsheet would run gets an apostrophe, a number does not", () => {
  const lines = csvOf([{ name: "=1+1", x: ["@cmd"], y: [-3] }]).split("\n");
  assert.equal(lines[1], "'=1+1,'@cmd,-3,,");
});
