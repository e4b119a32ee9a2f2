/** The table of places: what a key leads to, and numbers of a column as they are read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { digitsOf, rowAfter, rowsOf, textOf } from "../../../ecg_core/ui/place_list/list.js";

test("a key leads to a row of the table, and other keys are left to the page", () => {
  assert.deepEqual(
    ["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"].map((key) => rowAfter(key, 4, 20, 10)),
    [5, 3, 14, 0, 0, 19],
  );
  assert.deepEqual(
    [rowAfter("ArrowDown", 19, 20, 5), rowAfter("ArrowUp", 0, 20, 5), rowAfter("v", 3, 20, 5)],
    [19, 0, null],
  );
});

test("rows are texts, numbers, and nothing where a cell is empty", () => {
  assert.deepEqual(rowsOf({ rows: "00:01\tV\t812\n00:02\t\t", numeric: [false, false, true] }), [
    ["00:01", "V", 812],
    ["00:02", null, null],
  ]);
  assert.deepEqual(rowsOf({ rows: "", numeric: [] }), []);
});

test("numbers of a column have as many digits as the one with the most", () => {
  assert.equal(digitsOf([12, 3.5, null, 1000.25]), 2);
  assert.equal(digitsOf(["N", "V"]), null);
  assert.deepEqual([textOf(1000, 1), textOf(null, 1), textOf("N", null)], ["1,000.0", "–", "N"]);
});
