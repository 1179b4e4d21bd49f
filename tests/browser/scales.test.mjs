// The scales of the charts: every value is shown, and every tick says what lies there.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LINEAR, LOG, logFor, storyOf, ticksFor } from "../../ganlab/ui/browser/train/scales.js";

const CRITIC = [0.85, -12, -3, -1.5, -1.2, -1.3, 15, 4, 1.4, 1.3];
const near = (one, other, by = 1e-9) => assert.ok(Math.abs(one - other) <= by, `${one} is not ${other}`);
const textsOf = (low, high) => {
  const scale = logFor(CRITIC);
  return ticksFor(scale, [scale.put(low), scale.put(high)]).ticktext;
};

test("values above 0 have the common logarithm, and of none there is none", () => {
  assert.equal(logFor([0.001, 7, 20]), LOG);
  assert.equal(logFor([0, 0]), null);
  assert.equal(logFor([]), null);
});

for (const values of [CRITIC, [-5, -0.5], [0, 3], [-1e-7, 1e5], [0, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3, -1e-3]])
  test(`a symmetric logarithm shows every value in its order: ${values}`, () => {
    const scale = logFor(values);
    assert.ok(scale.name.startsWith("symmetric log"));
    const sorted = values.toSorted((one, other) => one - other);
    const places = sorted.map(scale.put);
    assert.deepEqual(
      places,
      places.toSorted((one, other) => one - other),
    );
    sorted.forEach((value, n) => near(scale.back(places[n]), value, 1e-12 + 1e-9 * Math.abs(value)));
  });

for (const [low, high] of [
  [-13, 16],
  [-4, -2],
  [-0.4, 0.3],
  [0.9, 1.1],
  [-1000, 2000],
  [-1e7, 1e7],
  [2, 500],
])
  test(`ticks from ${low} to ${high} are round numbers where they say, with room between them`, () => {
    const scale = logFor(CRITIC);
    const [begin, end] = [scale.put(low), scale.put(high)];
    const { tickvals, ticktext } = ticksFor(scale, [begin, end]);
    ticktext.forEach((text, n) => {
      const value = scale.back(tickvals[n]);
      near(Number(text.replaceAll("−", "-")), value, 1e-9 + 1e-5 * Math.abs(value));
    });
    assert.ok(ticktext.length >= 3 && ticktext.length <= 17);
    assert.ok(Math.min(...tickvals) >= begin && Math.max(...tickvals) <= end);
    for (let n = 1; n < tickvals.length; n++) assert.ok(tickvals[n] - tickvals[n - 1] >= 0.05 * (end - begin));
  });

test("the ticks of a critic's curve are those that one would write", () => {
  assert.deepEqual(textsOf(-13, 16), ["−10", "−5", "−2", "−1", "0", "1", "2", "5", "10"]);
  assert.deepEqual(textsOf(-4.2, -1.9), ["−4", "−3.5", "−3", "−2.5", "−2"]);
  assert.deepEqual(ticksFor(LINEAR, [0, 1]), {}, "plotly knows how");
});

test("a dive at the beginning does not flatten what follows", () => {
  const late = Array.from({ length: 100 }, (_, n) => -2 + n / 100);
  const found = storyOf([
    [0, -15, -12, ...late],
    [null, 15, null, ...late],
  ]);
  near(found[0], -1.98, 0.02);
  near(found[1], -0.95, 0.02);
  assert.ok(storyOf([[0, -15, -12, ...late]], [0])[1] > 0, "a line that is drawn stays in sight");
});

const many = (count, value) => Array.from({ length: count }, () => value);
for (const [what, row] of Object.entries({
  none: [],
  few: [1, 30, 2],
  "no dive": Array.from({ length: 100 }, (_, n) => n),
  constant: many(100, 0.5),
  "constant after it": [9, ...many(99, 0.5)],
  unknown: many(100, null),
  "dive in the middle": [...many(60, -1), -90, ...many(60, -1)],
}))
  test(`other curves are shown whole: ${what}`, () => assert.equal(storyOf([row]), null));
