/** Which addresses are a step of their own in the browser's history. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stepOf } from "../../ecg_core/ui/one_step.js";

const at = (address) => new URL(address, "http://localhost");
const step = (from, to, leaving, untouched) => stepOf(at(from), at(to), { leaving, untouched });

test("what a page adds to its address by itself is no step", () => {
  assert.equal(step("/Runs", "/Runs?run=1", false, true), "replace");
  assert.equal(step("/Records?record=100", "/Records?record=100&start=0", false, true), "replace");
});

test("what a reader does on a page is one, and so is an address that says something else", () => {
  assert.equal(step("/Runs", "/Runs?run=1", false, false), "push");
  assert.equal(step("/Records?record=100", "/Records?record=101", false, true), "push");
});

test("another page is one, whatever is pressed", () => {
  assert.equal(step("/Runs?run=1", "/Records", true, true), "push");
  assert.equal(step("/Runs?run=1", "/Records?record=1", false, false), "push");
});

test("the address of the page to come is not given to the one that goes", () => {
  assert.equal(step("/Runs?run=1", "/Runs?record=100", true, true), "skip");
});
