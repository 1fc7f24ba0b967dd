/** What does each op become when some of its operands have a batch axis in front? */
import { InternalError } from "../internal-error.js";
import * as o from "./build.js";
import { elements, multiply } from "./dims.js";
import type { Dim, OpName, SymbolicShape, Value } from "./value.js";

/** The counterpart of a per-sample value: with the batch axis in front, or the same for every sample. */
export interface Lane {
  readonly value: Value;
  readonly batched: boolean;
}

/** The op over the batch. `value` is the per-sample op; at least one operand is batched, and so is the result. */
export type BatchRule = (operands: readonly Lane[], value: Value, dim: Dim) => Value;

/** Ops that have no operands, and those that the walk itself treats. */
type Untreated = "input" | "scalar" | "constant" | "iota" | "size" | "scan" | "while" | "across" | "pick";

/** Engines broadcast trailing axes, so operands of lower rank get ones behind the batch axis. */
const elementwise: BatchRule = (operands, value, dim) =>
  o.apply(
    value.op,
    operands.map((lane) => aligned(lane, value.shape.length, dim)),
    value.params,
  );

const shiftedAxes: BatchRule = (operands, value) =>
  same(value, [first(operands).value], { axes: param(value, "axes").map((axis) => axis + 1) });

export const batchRules: { readonly [Name in Exclude<OpName, Untreated>]: BatchRule } = {
  neg: elementwise,
  exp: elementwise,
  log: elementwise,
  sqrt: elementwise,
  abs: elementwise,
  sign: elementwise,
  floor: elementwise,
  round: elementwise,
  sin: elementwise,
  cos: elementwise,
  tan: elementwise,
  atan: elementwise,
  tanh: elementwise,
  erf: elementwise,
  sigmoid: elementwise,
  softplus: elementwise,
  silu: elementwise,
  not: elementwise,
  toReal: elementwise,
  toInt: elementwise,
  add: elementwise,
  sub: elementwise,
  mul: elementwise,
  div: elementwise,
  pow: elementwise,
  max: elementwise,
  min: elementwise,
  atan2: elementwise,
  less: elementwise,
  lessEqual: elementwise,
  equal: elementwise,
  and: elementwise,
  or: elementwise,
  select: elementwise,
  stopGradient: elementwise,

  sum: shiftedAxes,
  reduceMax: shiftedAxes,
  reverse: shiftedAxes,

  reshape: (operands, value, dim) => same(value, [first(operands).value], { shape: [dim, ...value.shape] }),
  transpose: (operands, value) =>
    same(value, [first(operands).value], {
      permutation: [0, ...param(value, "permutation").map((axis) => axis + 1)],
    }),
  broadcast: (operands, value, dim) =>
    same(value, [aligned(first(operands), value.shape.length, dim)], { shape: [dim, ...value.shape] }),
  slice: (operands, value, dim) =>
    same(value, [first(operands).value], {
      starts: [0, ...param(value, "starts")],
      sizes: [dim, ...param(value, "sizes")],
    }),
  pad: (operands, value) =>
    same(value, [first(operands).value], {
      before: [0, ...param(value, "before")],
      after: [0, ...param(value, "after")],
    }),
  concat: (operands, value, dim) =>
    same(
      value,
      operands.map((lane) => materialised(lane, dim)),
      { axis: param(value, "axis") + 1 },
    ),

  gather: (operands, _value, dim) => {
    const [table, indices] = two(operands);
    if (!table.batched) return o.gather(table.value, indices.value);
    if (!indices.batched) {
      const rows = o.gather(swapLeading(table.value), indices.value);
      return toFront(rows, indices.value.shape.length);
    }
    const size = sampleShape(table)[0] ?? 1;
    const rows = o.reshape(table.value, [multiply(dim, size), ...sampleShape(table).slice(1)]);
    return o.gather(rows, offsetBySample(indices, size, dim));
  },
  scatterAdd: (operands, value, dim) => {
    const [indices, updates] = two(operands);
    const size = param(value, "size");
    if (!indices.batched) {
      const rows = fromFront(updates.value, indices.value.shape.length);
      return swapLeading(o.scatterAdd(indices.value, rows, size));
    }
    const rows = o.scatterAdd(offsetBySample(indices, size, dim), materialised(updates, dim), multiply(dim, size));
    return o.reshape(rows, [dim, ...value.shape]);
  },

  matMul: (operands, value, dim) => {
    const [a, b] = two(operands);
    if (!b.batched) return o.matMul(a.value, b.value);
    if (!a.batched) return sharedTimesBatched(a.value, b.value, value, dim);
    const inner = sampleShape(a).at(-1) ?? 1;
    const rows = elements(sampleShape(a).slice(0, -1));
    const product = o.batchMatMul(o.reshape(a.value, [dim, rows, inner]), b.value);
    return o.reshape(product, [dim, ...value.shape]);
  },
  batchMatMul: (operands, value, dim) => {
    const [a, b] = two(operands);
    if (a.batched && b.batched) return o.batchMatMul(a.value, b.value);
    const isSingle = value.shape.length === 2;
    if (isSingle && a.batched) return o.matMul(a.value, b.value);
    if (isSingle) return sharedTimesBatched(a.value, b.value, value, dim);
    return o.batchMatMul(materialised(a, dim), materialised(b, dim));
  },

  convolve: (operands, _value, dim) => {
    const [x, kernels] = two(operands);
    if (!kernels.batched) return o.convolve(x.value, kernels.value);
    return ownKernels(materialised(x, dim), kernels.value, dim);
  },
};

/**
 * Images [B, ..., H, W, c] with kernels [B, h, w, c, n] of their own: what the kernels cover, side by side, times their
 * numbers. Cut either by the offsets of the kernels or by the places of the result, whichever are fewer.
 */
function ownKernels(x: Value, kernels: Value, dim: Dim): Value {
  const [height, width, inner] = numbers(x.shape.slice(-3));
  const [h, w, , outer] = numbers(kernels.shape.slice(1));
  const [rows, columns] = [height - h + 1, width - w + 1];
  const lead = x.shape.slice(0, -3);
  const images = elements(lead.slice(1));
  const byOffsets = h * w <= rows * columns;
  const [cuts, across] = byOffsets ? [h * w, w] : [rows * columns, columns];
  const block = byOffsets ? [rows, columns, inner] : [h, w, inner];
  const parts = Array.from({ length: cuts }, (_, cut) =>
    o.slice(x, [...lead.map(() => 0), Math.floor(cut / across), cut % across, 0], [...lead, ...block]),
  );
  const matrix = o.reshape(kernels, [dim, h * w * inner, outer]);
  const product = byOffsets
    ? o.batchMatMul(
        o.reshape(o.concat(parts, lead.length + 2), [dim, multiply(images, rows * columns), h * w * inner]),
        matrix,
      )
    : o.concat(
        parts.map((part) => o.batchMatMul(o.reshape(part, [dim, images, h * w * inner]), matrix)),
        2,
      );
  return o.reshape(product, [...lead, rows, columns, outer]);
}

/** The value with its batch axis; what all samples share is repeated. */
export function materialised(lane: Lane, dim: Dim): Value {
  return lane.batched ? lane.value : o.broadcast(lane.value, [dim, ...lane.value.shape]);
}

/** Axes 0 and 1 exchanged. */
export function swapLeading(value: Value): Value {
  return o.transpose(value, [1, 0, ...value.shape.map((_, axis) => axis).slice(2)]);
}

/** Axis `from` brought to the front. */
function toFront(value: Value, from: number): Value {
  if (from === 0) return value;
  const others = value.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  return o.transpose(value, [from, ...others]);
}

/** The front axis brought to place `to`. */
function fromFront(value: Value, to: number): Value {
  if (to === 0) return value;
  const others = value.shape.map((_, axis) => axis).slice(1);
  return o.transpose(value, [...others.slice(0, to), 0, ...others.slice(to)]);
}

/**
 * a [..., k] shared by all samples times b [B, k, n]: the samples stand as rows of bᵀ [B, n, k], so that a is the shared
 * matrix: (aᵀ from the right)ᵀ. Nothing is repeated.
 */
function sharedTimesBatched(a: Value, b: Value, value: Value, dim: Dim): Value {
  const inner = a.shape.at(-1) ?? 1;
  const columns = b.shape.at(-1) ?? 1;
  const rows = elements(a.shape.slice(0, -1));
  const flipped = o.transpose(b, [0, 2, 1]);
  if (rows === 1) return o.reshape(o.matMul(flipped, o.reshape(a, [inner, 1])), [dim, ...value.shape]);
  const product = o.matMul(flipped, o.transpose(o.reshape(a, [rows, inner]), [1, 0]));
  if (columns === 1) return o.reshape(product, [dim, ...value.shape]);
  return o.reshape(o.transpose(product, [0, 2, 1]), [dim, ...value.shape]);
}

/** Indices into tables of `size` rows laid one after another, sample by sample. */
function offsetBySample(indices: Lane, size: Dim, dim: Dim): Value {
  const step = o.toInt(typeof size === "number" ? o.scalar(size) : o.size(size));
  const offsets = o.mul(o.iota(dim), step);
  const indexRank = sampleShape(indices).length;
  return o.add(indices.value, aligned({ value: offsets, batched: true }, indexRank, dim));
}

/** A batched value with ones behind the batch axis, so that it has the rank of a per-sample shape of `rank`, plus one. */
function aligned(lane: Lane, rank: number, dim: Dim): Value {
  if (!lane.batched) return lane.value;
  const own = lane.value.shape.slice(1);
  const ones = Array<Dim>(rank - own.length).fill(1);
  return o.reshape(lane.value, [dim, ...ones, ...own]);
}

function sampleShape(lane: Lane): SymbolicShape {
  return lane.batched ? lane.value.shape.slice(1) : lane.value.shape;
}

/** Sizes that are never those of a run: of an image and its kernels. */
function numbers(shape: SymbolicShape): readonly [number, number, number, number] {
  const [a = 1, b = 1, c = 1, d = 1] = shape.map(Number);
  return [a, b, c, d];
}

function same(value: Value, inputs: readonly Value[], params: Value["params"]): Value {
  return o.apply(value.op, inputs, params);
}

function first(operands: readonly Lane[]): Lane {
  const lane = operands[0];
  if (lane === undefined) throw new InternalError("an op without operands cannot be batched");
  return lane;
}

function two(operands: readonly Lane[]): [Lane, Lane] {
  const [left, right] = operands;
  if (left === undefined || right === undefined) throw new InternalError("two operands expected");
  return [left, right];
}

function param<K extends keyof Value["params"]>(value: Value, key: K): NonNullable<Value["params"][K]> {
  const found = value.params[key];
  if (found === undefined) throw new InternalError(`value ${value.id} (${value.op}) has no ${key}`);
  return found;
}
