/** A review without a page: decisions, undo and redo, and what the server says over them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ARTEFACT, Review } from "../../../ecg_core/ui/viewer/review.js";

const SAMPLES = Int32Array.from([100, 200, 300, 400, 500]);
const base = () => ({
  samples: SAMPLES,
  classes: Uint8Array.from([0, 2, 0, 2, 1]),
  codes: Uint8Array.from([..."NVNVA"].map((code) => code.charCodeAt(0))),
});

/** Beats 200 and 400, then the family of 100 and 300, then a stretch that begins at 50. */
const QUEUE = {
  anchor: Int32Array.from([200, 400, 100, 50]),
  first: Int32Array.from([200, 400, 100, 50]),
  last: Int32Array.from([200, 400, 100, 90]),
  members: Int32Array.from([200, 400, 100, 300]),
  offsets: Int32Array.from([0, 1, 2, 4, 4]),
  names: [],
};

function review(decided = []) {
  const made = new Review("a");
  made.update(QUEUE, base(), decided, { client: "", seq: 0 });
  return made;
}

const letters = (made) => String.fromCharCode(...made.beats.codes);

test("a decision relabels the beat at once, counts as reviewed and is sent until it is confirmed", () => {
  const made = review();
  assert.equal(made.decide("S", 200), true);
  assert.equal(letters(made), "NSNVA");
  assert.deepEqual([...made.beats.classes], [0, 1, 0, 2, 1]);
  assert.deepEqual([made.reviewed, made.nextOpen(0)], [1, 1]);
  assert.deepEqual(made.log.sent(), {
    client: "a",
    edits: [{ seq: 1, act: "decide", samples: [200], before: ["V"], after: ["S"] }],
  });
  made.update(QUEUE, base(), [[200, "S"]], { client: "a", seq: 1 });
  assert.deepEqual([made.log.sent().edits, letters(made), made.reviewed], [[], "NSNVA", 1]);
});

test("agreeing keeps each beat's own symbol, and a family is decided about as a whole", () => {
  const made = review();
  made.item = 2;
  made.decide(null, 100);
  assert.deepEqual(made.log.pending[0].after, ["N", "N"]);
  made.item = 2;
  made.decide("V", 100);
  assert.equal(letters(made), "VVVVA");
});

test("a stretch is looked at and gets no class", () => {
  const made = review();
  made.item = 3;
  assert.equal(made.decide("V", -1), false);
  assert.equal(made.decide(null, -1), true);
  assert.deepEqual([made.done[3], letters(made)], [1, "NVNVA"]);
});

test("a beat beside the queue is decided about alone", () => {
  const made = review();
  assert.equal(made.decide(ARTEFACT, 500), true);
  assert.deepEqual([letters(made), made.reviewed], ["NVNV|", 0]);
});

test("undo takes the last decision back, redo gives it again, and what was there before comes back", () => {
  const made = review([[200, "F"]]);
  assert.deepEqual([letters(made), made.item], ["NFNVA", 1]);
  made.item = 0;
  made.decide("S", 200);
  made.item = 1;
  made.decide("N", 400);
  made.undo();
  assert.equal(letters(made), "NSNVA");
  made.undo();
  assert.deepEqual([letters(made), made.item, made.undo()], ["NFNVA", 0, null]);
  made.redo();
  made.redo();
  assert.deepEqual([letters(made), made.redo()], ["NSNNA", null]);
  assert.deepEqual(
    made.log.pending.map((edit) => edit.act),
    ["decide", "decide", "undo", "undo", "redo", "redo"],
  );
});

test("what is not written yet stands over what the server says, whatever arrives in between", () => {
  const made = review();
  made.decide("S", 200);
  made.item = 1;
  made.decide("N", 400);
  made.undo();
  made.update(
    QUEUE,
    base(),
    [
      [200, "S"],
      [400, "N"],
    ],
    { client: "a", seq: 2 },
  );
  assert.deepEqual([letters(made), made.log.pending.map((edit) => edit.act)], ["NSNVA", ["undo"]]);
  assert.equal(made.done[1], 0);
});

test("all open items are agreed to at once", () => {
  const made = review();
  made.decide("S", 200);
  assert.equal(made.acceptAll(), 3);
  assert.deepEqual([made.reviewed, letters(made), made.nextOpen(0)], [4, "NSNVA", -1]);
});

test("a log that another page confirmed says nothing about this one", () => {
  const made = review();
  made.decide("S", 200);
  made.update(QUEUE, base(), [], { client: "b", seq: 9 });
  assert.equal(made.log.pending.length, 1);
});

test("a key of the class that a beat has keeps its code, and nobody agrees twice or with what is not there", () => {
  const made = review();
  assert.equal(made.decide("S", 500), true);
  assert.equal(letters(made), "NVNVA");
  made.item = 0;
  assert.equal(made.decide(null, 200), true);
  made.item = 0;
  assert.equal(made.decide(null, 200), false);
  const unknown = new Review("b");
  const places = { ...base(), codes: new Uint8Array(5).fill("?".charCodeAt(0)) };
  unknown.update(QUEUE, places, [], { client: "", seq: 0 });
  assert.equal(unknown.decide(null, 200), false);
  assert.deepEqual([unknown.acceptAll(), unknown.log.pending.map((edit) => edit.samples)], [1, [[50]]]);
});

test("a batch is one decision, which one undo takes back", () => {
  const made = review();
  assert.equal(made.acceptAll(), 4);
  assert.equal(made.log.pending.length, 1);
  made.undo();
  assert.deepEqual([made.reviewed, made.decided.size], [0, 0]);
});
