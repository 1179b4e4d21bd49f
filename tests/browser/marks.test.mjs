// Where the labels of marks and the pinned samples go: none covers another, none leaves the chart.

import assert from "node:assert/strict";
import { test } from "node:test";

import { rowsOf } from "../../ganlab/ui/browser/train/marks.js";
import { spread } from "../../ganlab/ui/browser/train/pins.js";

/** Numbers from 0 to 1 that are the same each time. */
function drawing(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
const oneOf = (draw, choices) => choices[Math.floor(draw() * choices.length)];

test("labels of marks never cover each other nor leave the chart", () => {
  const draw = drawing(1);
  let shown = 0;
  for (let n = 0; n < 2000; n++) {
    const width = oneOf(draw, [250, 400, 800]);
    const places = Array.from({ length: Math.floor(10 * draw()) }, () => ({
      at: width * draw(),
      wide: oneOf(draw, [30, 90, 200]),
    })).sort((one, other) => one.at - other.at);
    const rows = rowsOf(places, width);
    if (!rows) continue;
    shown += 1;
    rows.forEach(({ row, left }, place) => {
      const right = left + places[place].wide;
      assert.ok(left >= 0 && right <= width);
      rows.slice(0, place).forEach((other, before) => {
        const end = other.left + places[before].wide;
        assert.ok(other.row !== row || right < other.left || end < left);
      });
    });
  }
  assert.ok(shown > 500 && shown < 2000);
});

test("a label wider than the chart, or one of too many, is left to the hover box", () => {
  assert.equal(rowsOf([{ at: 10, wide: 300 }], 250), null);
  const many = Array.from({ length: 9 }, (_, n) => ({ at: 100 + n, wide: 80 }));
  assert.equal(rowsOf(many, 800), null);
  assert.deepEqual(rowsOf([], 250), []);
});

test("pinned samples stand side by side within the chart", () => {
  const draw = drawing(2);
  for (let n = 0; n < 500; n++) {
    const wide = oneOf(draw, [340, 500, 900]);
    const places = Array.from({ length: 1 + Math.floor(8 * draw()) }, () => (wide + 100) * draw() - 50);
    const moved = spread(
      places.sort((one, other) => one - other),
      40,
      wide - 36,
    );
    moved.forEach((left, place) => {
      assert.ok(left >= -1e-9 && left <= wide - 36);
      assert.ok(!place || left - moved[place - 1] >= 40 - 1e-9);
    });
  }
  assert.deepEqual(spread([10, 200, 400], 40, 500), [10, 200, 400], "what has room stays");
});
