/** Which partner does each sample get of a plan? One drawn from its row, with one uniform number each. */
import * as o from "../ir/build.js";
import type { Value } from "../ir/value.js";

/** Places in 0 … m - 1: the first at which the cumulated row exceeds the uniform number's part of its sum. */
export function drawPartners(logPlan: Value, uniform: Value): Value {
  const [n = 1, m = 1] = logPlan.shape;
  const top = o.reduceMax(logPlan, [1]);
  const row = o.exp(o.sub(logPlan, o.reshape(top, [n, 1])));
  const places = o.toReal(o.iota(m));
  // Running sums as a product with a triangle of ones.
  const upTo = o.toReal(o.lessEqual(o.reshape(places, [m, 1]), places));
  const cumulated = o.matMul(row, upTo);
  const mark = o.reshape(o.mul(uniform, o.sum(row, [1])), [n, 1]);
  const below = o.sum(o.toReal(o.lessEqual(cumulated, mark)), [1]);
  return o.min(below, o.sub(o.size(m), o.scalar(1)));
}
