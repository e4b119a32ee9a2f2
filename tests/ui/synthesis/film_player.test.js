// The player of a film: what is between two steps, and where it is after the film has grown.
import assert from "node:assert/strict";
import test from "node:test";
import { between, stepAfter } from "../../../ecg_core/ui/synthesis/film_player/player.js";

test("between two steps every point is on its way", () => {
  assert.deepEqual(between([[[0, 10]]], [[[100, 10]]], 0.25), [[[25, 10]]]);
  const end = [[[100, 10]]];
  assert.equal(between([[[0, 10]]], end, 1), end);
});

test("a beat that was not there before does not move", () => {
  assert.deepEqual(between([], [[[4, 6]]], 0.5), [[[4, 6]]]);
});

test("who looks at the end of a film goes on with it, who looks at an earlier step stays there", () => {
  assert.equal(stepAfter(0, 0, 3), 2);
  assert.equal(stepAfter(2, 3, 4), 3);
  assert.equal(stepAfter(1, 3, 4), 1);
  assert.equal(stepAfter(5, 9, 3), 2);
});
