// The history of a run as the page puts it together from answers.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Curves, epochOf, outline, smoothed, valueAt } from "../../ganlab/ui/browser/train/curves.js";

/** An answer with some values of each step from `start` on. */
const part = (start, values, { bucket = 1, timeline = 0 } = {}) => ({
  timeline,
  bucket,
  start,
  count: start + values.length,
  series: { loss: { mean: values, low: values.map((value) => value - 1), high: values.map((value) => value + 1) } },
});

test("answers add to what is there, and the same once more changes nothing", () => {
  const curves = new Curves();
  assert.equal(curves.query, "");
  assert.ok(curves.merge(part(0, [1, 2, 3])));
  assert.equal(curves.query, "?bucket=1&start=2&timeline=0");
  assert.ok(curves.merge(part(2, [3, 4])));
  assert.ok(!curves.merge(part(3, [4])));
  assert.deepEqual(curves.series.loss.mean, [1, 2, 3, 4]);
  assert.deepEqual(curves.steps(), [1, 2, 3, 4]);
});

test("where the server has put neighbours into one, the page does so too", () => {
  const curves = new Curves();
  curves.merge(part(0, [1, 3, 5, 7, 9]));
  curves.merge(part(2, [10], { bucket: 2 }));
  assert.deepEqual(curves.series.loss, { mean: [2, 6, 10], low: [0, 4, 9], high: [4, 8, 11] });
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 99].map((step) => curves.placeOf(step)),
    [0, 0, 0, 1, 1, 2, 3],
  );
});

test("steps that were taken back are gone", () => {
  const curves = new Curves();
  curves.merge(part(0, [1, 2, 3]));
  assert.ok(curves.merge(part(0, [1], { timeline: 1 })));
  assert.deepEqual(curves.series.loss.mean, [1]);
  assert.equal(curves.count, 1);
});

test("a series that begins later has gaps before it", () => {
  const curves = new Curves();
  curves.merge(part(0, [1, 2]));
  const more = part(2, [3]);
  more.series.score = { mean: [0.5], low: [0.5], high: [0.5] };
  curves.merge(more);
  assert.deepEqual(curves.series.score.mean, [null, null, 0.5]);
  assert.equal(valueAt(curves.series.score.mean, 1), undefined);
  assert.equal(valueAt([1, null, null], Infinity), 1, "the last one before a gap");
});

test("a mean that moves is not pulled towards 0 at its start, and gaps stay gaps", () => {
  assert.deepEqual(smoothed([5, 5, null, 5], 0.9), [5, 5, null, 5]);
  assert.deepEqual(smoothed([1, 2, 3], 0), [1, 2, 3]);
  const [, second] = smoothed([0, 3], 0.5);
  assert.ok(Math.abs(second - 2) < 1e-12);
});

test("a band goes along its high and back along its low, once for each stretch without gaps", () => {
  const { x, y } = outline([1, 2, 3, 4], [0, 0, null, 5], [1, 2, 3, 6]);
  assert.deepEqual(x, [1, 2, 2, 1, null, 4, 4, null]);
  assert.deepEqual(y, [1, 2, 0, 0, null, 6, 5, null]);
});

test("epochs count what D was shown, at each batch size that there was", () => {
  const epochs = {
    examples: 100,
    rates: [
      [0, 10],
      [20, 50],
    ],
  };
  assert.deepEqual(
    [0, 10, 20, 22].map((step) => epochOf(step, epochs)),
    [0, 1, 2, 3],
  );
});
