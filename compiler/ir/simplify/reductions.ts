/** Which sums are over fewer numbers than they seem? */
import * as o from "../build.js";
import { equalShape } from "../dims.js";
import { operand } from "./rule.js";
import type { Rule, RuleTable } from "./rule.js";

const sumOfSum: Rule = (value) => {
  const x = operand(value, 0);
  if (x.op !== "sum") return null;
  const kept = [...operand(x, 0).shape.keys()].filter((axis) => !(x.params.axes ?? []).includes(axis));
  const outer = (value.params.axes ?? []).map((axis) => kept[axis] ?? 0);
  return o.sum(operand(x, 0), [...(x.params.axes ?? []), ...outer].sort((a, b) => a - b)); // prettier-ignore
};

/** Σ c·x = c · Σ x: fewer products. The inner product must go away, or there is one more. */
const factorOutside: Rule = (value, facts) => {
  const x = operand(value, 0);
  if (!facts.isUsedOnce(x)) return null;
  if (x.op === "neg") return o.neg(o.sum(operand(x, 0), value.params.axes ?? []));
  if (x.op !== "mul") return null;
  const [a, b] = [operand(x, 0), operand(x, 1)];
  const [number, rest] = o.uniform(a) === null ? [b, a] : [a, b];
  const factor = o.uniform(number);
  if (factor === null || !equalShape(rest.shape, x.shape)) return null;
  return o.mul(o.scalar(factor), o.sum(rest, value.params.axes ?? []));
};

/** The order of the summed axes does not matter, if the others keep theirs. */
const sumOfTranspose: Rule = (value) => {
  const x = operand(value, 0);
  if (x.op !== "transpose") return null;
  const axes = value.params.axes ?? [];
  const permutation = x.params.permutation ?? [];
  const kept = permutation.filter((_, axis) => !axes.includes(axis));
  if (!kept.every((axis, place) => place === 0 || axis > (kept[place - 1] ?? 0))) return null;
  return o.sum(operand(x, 0), axes.map((axis) => permutation[axis] ?? 0).sort((a, b) => a - b)); // prettier-ignore
};

/** Along the axes where a value was stretched, its sum is a product with their sizes. */
const sumOfBroadcast: Rule = (value) => {
  const x = operand(value, 0);
  if (x.op !== "broadcast") return null;
  const source = operand(x, 0);
  const lead = x.shape.length - source.shape.length;
  const axes = value.params.axes ?? [];
  const own = axes.filter((axis) => axis >= lead).map((axis) => axis - lead);
  const repeated = axes.filter((axis) => axis < lead || source.shape[axis - lead] !== x.shape[axis]);
  if (repeated.length === 0) return null;
  const once = o.mul(o.count(repeated.map((axis) => x.shape[axis] ?? 1)), o.sum(source, own));
  return o.broadcastTo(once, value.shape);
};

/** The maximum of one number is that number. */
const maximumOfOne: Rule = (value) => {
  const x = operand(value, 0);
  return (value.params.axes ?? []).every((axis) => x.shape[axis] === 1) ? o.reshape(x, value.shape) : null;
};

export const reductions: RuleTable = {
  sum: [sumOfBroadcast, sumOfSum, factorOutside, sumOfTranspose],
  reduceMax: [maximumOfOne],
};
