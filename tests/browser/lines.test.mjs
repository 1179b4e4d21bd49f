// The curves of several runs.

import assert from "node:assert/strict";
import { test } from "node:test";

import { between } from "../../ganlab/ui/browser/base/numbers.js";
import { lastUpTo, meanOf, stepsOf } from "../../ganlab/ui/browser/compare/lines.js";

test("a line is read between its points and held beyond them", () => {
  const at = (x) => between([0, 10, 20], [1, 3, 7], x);
  assert.deepEqual([-5, 0, 5, 10, 15, 20, 99].map(at), [1, 1, 2, 3, 5, 7, 7]);
});

test("the mean is taken where all lines are", () => {
  const ramp = [0, 10, 20, 30];
  const found = meanOf([
    { x: ramp, y: ramp },
    { x: [5, 25], y: [7, 27] },
    { x: [], y: [] },
  ]);
  assert.deepEqual(found.x, [10, 20]);
  assert.deepEqual(found.mean, [11, 21]);
  assert.ok(Math.abs(found.high[0] - found.mean[0] - Math.SQRT2) < 1e-12);
  assert.deepEqual(meanOf([]), { x: [], mean: [], low: [], high: [] });
});

test("steps of samples are found", () => {
  assert.deepEqual(
    stepsOf([
      [0, 6, 2],
      [9, 9, 1],
    ]),
    [0, 2, 4, 6, 9],
  );
  assert.deepEqual(
    [0, 2, 5, 9, 20].map((step) => lastUpTo([2, 4, 9], step)),
    [2, 2, 4, 9, 9],
  );
});
