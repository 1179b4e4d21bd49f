// Where one stands on Explore: back and forth, and classes.

import assert from "node:assert/strict";
import { test } from "node:test";

import { classesOf, isMoved, mixOf, startingPlace, Trail } from "../../ganlab/ui/browser/explore/place.js";

test("steps lead back and forth, and a new one ends the way forth", () => {
  const trail = new Trail({ at: 0 });
  assert.equal(trail.back(), null);
  assert.ok(trail.push({ at: 1 }));
  assert.ok(!trail.push({ at: 1 }), "the same is no step");
  trail.push({ at: 2 });
  assert.deepEqual(trail.back(), { at: 1 });
  assert.deepEqual(trail.forth(), { at: 2 });
  assert.equal(trail.forth(), null);
  trail.back();
  trail.push({ at: 3 });
  assert.equal(trail.forth(), null);
});

test("at most 50 steps are kept", () => {
  const trail = new Trail({ at: 0 });
  for (let at = 1; at <= 200; at++) trail.push({ at });
  let back = 0;
  while (trail.back()) back += 1;
  assert.equal(back, 50);
});

test("a place is moved once a slider is", () => {
  const place = startingPlace();
  assert.ok(!isMoved(place));
  place.moves.raw[3] = 0.5;
  assert.ok(isMoved(place));
  assert.ok(!isMoved(startingPlace()), "the next one begins anew");
});

test("shares of classes are kept as one class, two, or a mix", () => {
  assert.equal(mixOf(null), null);
  assert.deepEqual(mixOf(Float32Array.of(0, 0.25, 0.75)), { 1: 0.25, 2: 0.75 });
  assert.deepEqual(classesOf({ 7: 1 }), { a: 7, b: null, blend: 0, mix: null });
  const two = classesOf({ 1: 0.25, 2: 0.75 });
  assert.equal(two.mix, null);
  assert.deepEqual([two.a, two.b].toSorted(), [1, 2]);
  assert.deepEqual(classesOf({ 1: 0.5, 2: 0.25, 3: 0.25 }).mix, { 1: 0.5, 2: 0.25, 3: 0.25 });
});
