/** Which moves of numbers can be one move, or none? */
import * as o from "../build.js";
import { equalShape } from "../dims.js";
import type { Dim, Value } from "../value.js";
import { addsLeadingOnes } from "./operands.js";
import { operand } from "./rule.js";
import type { Facts, Rule, RuleTable } from "./rule.js";

/** A constant of equal numbers is a stretched scalar: the form that other rules look for. */
const uniformConstant: Rule = ({ params, shape }) => {
  const [first, ...rest] = params.values ?? [];
  return first !== undefined && rest.every((number) => Object.is(number, first)) ? o.fill(first, shape) : null;
};

/** One number stretched has every shape alike. */
const reshapeOfNumber: Rule = (value) => {
  const x = operand(value, 0);
  return x.op === "broadcast" && operand(x, 0).shape.length === 0 ? o.broadcast(operand(x, 0), value.shape) : null;
};

/** Where only axes of size 1 change places, the order of the numbers does not. */
const transposeOfOnes: Rule = (value) => {
  const x = operand(value, 0);
  const real = (value.params.permutation ?? []).filter((axis) => x.shape[axis] !== 1);
  return real.every((axis, place) => place === 0 || axis > (real[place - 1] ?? 0)) ? o.reshape(x, value.shape) : null;
};

const broadcastOfOnes: Rule = (value) => {
  const x = operand(value, 0);
  return addsLeadingOnes(x) ? o.broadcast(operand(x, 0), value.shape) : null;
};

/** A block of a stretched value, cut along stretched axes only, is the value stretched less far. */
const sliceOfBroadcast: Rule = (value) => {
  const x = operand(value, 0);
  if (x.op !== "broadcast") return null;
  const source = operand(x, 0);
  const lead = x.shape.length - source.shape.length;
  const isWhole = source.shape.every((dim, axis) => dim === 1 || value.shape[axis + lead] === dim);
  return isWhole && !value.shape.includes(0) ? o.broadcastTo(source, value.shape) : null;
};

const padOfPad: Rule = (value) => {
  const x = operand(value, 0);
  if (x.op !== "pad") return null;
  const sums = (outer: readonly number[] = [], inner: readonly number[] = []): number[] =>
    outer.map((places, axis) => places + (inner[axis] ?? 0));
  return o.pad(operand(x, 0), sums(value.params.before, x.params.before), sums(value.params.after, x.params.after));
};

/** Nested and empty parts, and parts that are neighbouring blocks of one value. */
const fewerParts: Rule = (value) => {
  const axis = value.params.axis ?? 0;
  const parts: Value[] = [];
  for (const part of value.inputs.flatMap((part) => (isConcatAlong(part, axis) ? part.inputs : [part]))) {
    if (part.shape[axis] === 0) continue;
    const joined = joinedBlocks(parts.at(-1), part, axis);
    if (joined !== null) parts.pop();
    parts.push(joined ?? part);
  }
  const isSame = parts.length === value.inputs.length && parts.every((part, i) => part === value.inputs[i]);
  return isSame || parts.length === 0 ? null : o.concat(parts, axis);
};

/** Axes of size 1 have no order, and what is reversed twice is not. */
const fewerReversed: Rule = (value) => {
  const x = operand(value, 0);
  const inner = x.op === "reverse" ? (x.params.axes ?? []) : [];
  const outer = value.params.axes ?? [];
  const once = [...outer.filter((axis) => !inner.includes(axis)), ...inner.filter((axis) => !outer.includes(axis))];
  const axes = once.filter((axis) => x.shape[axis] !== 1);
  if (axes.length === outer.length && x.op !== "reverse") return null;
  return o.reverse(x.op === "reverse" ? operand(x, 0) : x, axes);
};

const gatherOfKnown: Rule = (value, facts) => {
  const [rows, indices] = [operand(value, 0), operand(value, 1)];
  const length = rows.shape[0];
  if (indices.op === "iota" && indices.params.length === length) return rows;
  const row = indices.shape.length === 0 ? facts.constantOf(indices)?.data[0] : undefined;
  if (row === undefined || typeof length !== "number") return null;
  const starts = rows.shape.map((_, axis) => (axis === 0 ? row : 0));
  return o.reshape(o.slice(rows, starts, [1, ...rows.shape.slice(1)]), value.shape);
};

const scatterInPlace: Rule = (value) => {
  const indices = operand(value, 0);
  return indices.op === "iota" && indices.params.length === value.params.size ? operand(value, 1) : null;
};

const withoutDerivative: Rule = (value, facts: Facts) => {
  const x = operand(value, 0);
  return x.dtype !== "real" || facts.constantOf(x) !== null || x.op === "size" ? x : null;
};

export const movement: RuleTable = {
  constant: [uniformConstant],
  reshape: [reshapeOfNumber],
  transpose: [transposeOfOnes],
  broadcast: [broadcastOfOnes],
  slice: [sliceOfBroadcast],
  pad: [padOfPad],
  concat: [fewerParts],
  reverse: [fewerReversed],
  gather: [gatherOfKnown],
  scatterAdd: [scatterInPlace],
  stopGradient: [withoutDerivative],
};

function isConcatAlong(part: Value, axis: number): boolean {
  return part.op === "concat" && part.params.axis === axis;
}

/** Two blocks of one value as one block, where the second begins at the end of the first. */
function joinedBlocks(first: Value | undefined, second: Value, axis: number): Value | null {
  if (first?.op !== "slice" || second.op !== "slice" || operand(first, 0) !== operand(second, 0)) return null;
  const [before, after] = [first.params.starts ?? [], second.params.starts ?? []];
  const [size, added] = [Number(first.shape[axis]), Number(second.shape[axis])];
  const follows = after.every((start, place) => start === (before[place] ?? 0) + (place === axis ? size : 0));
  if (!follows) return null;
  const sizes = first.shape.map((dim, place): Dim => (place === axis ? size + added : dim));
  return equalShape(sizes, operand(first, 0).shape) ? operand(first, 0) : o.slice(operand(first, 0), before, sizes);
}
