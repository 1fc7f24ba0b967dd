/** Between which numbers does a sum of rewards lie? Exactly so where each is weighted by a constant. */
import * as ir from "../ir/build.js";
import { numbersAt } from "../ir/constant-value.js";
import type { Value } from "../ir/value.js";
import { linearForm } from "./linear-form.js";

type Range = readonly [number, number];

const ranges = new WeakMap<Value, Range>();

/** Notes the declared range of what a reward gives. */
export function noteRange(value: Value, range: Range | null): Value {
  if (range !== null) ranges.set(value, range);
  return value;
}

/** The numbers that a weighted sum of rewards with ranges goes from and to; null for anything else. */
export function rangeOfSum(value: Value): Range | null {
  const rewards = rewardsUnder(value);
  const form = rewards.length === 0 ? null : linearForm(value, rewards);
  if (form === null) return null;
  const weights = rewards.map((reward) => form.factors.get(reward) ?? ir.scalar(0));
  const constants = numbersAt([form.mean, ...weights], new Map());
  if (constants === null) return null;
  const [[offset = Number.NaN] = [], ...factors] = constants;
  const ends = rewards.map((reward, place) =>
    (ranges.get(reward) ?? [0, 0]).map((end) => end * (factors[place]?.[0] ?? 0)),
  );
  const sum = (choose: (...ends: readonly number[]) => number): number =>
    ends.reduce((total, pair) => total + choose(...pair), offset);
  return [sum(Math.min), sum(Math.max)];
}

function rewardsUnder(root: Value): readonly Value[] {
  const found = new Set<Value>();
  const seen = new Set<Value>();
  const open = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (ranges.has(value)) found.add(value);
    else open.push(...value.inputs);
  }
  return [...found];
}
