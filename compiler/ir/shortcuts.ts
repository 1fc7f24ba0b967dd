/** Which results are cheaper to write than the op itself? Local rules applied while a graph is built. */
import { broadcastShapes, equalShape } from "./dims.js";
import type { Builder } from "./row.js";
import { table } from "./table.js";
import type { Dim, OpName, Params, SymbolicShape, Value } from "./value.js";

type Shortcut = (o: Builder, inputs: readonly Value[], params: Params) => Value | null;

/** A value equal to `op` on these operands, or null where no rule applies. */
export function shortcut(o: Builder, op: OpName, inputs: readonly Value[], params: Params): Value | null {
  const { family } = table[op];
  return (
    (family === "elementwise" || family === "comparison" ? elementwise(o, op, inputs) : null) ??
    rules[op]?.(o, inputs, params) ??
    null
  );
}

/** Constants are computed; stretched operands are taken unstretched and the result stretched instead. */
function elementwise(o: Builder, op: OpName, inputs: readonly Value[]): Value | null {
  const numbers = inputs.map(o.uniform);
  const folded = foldings[op]?.(numbers[0] ?? NaN, numbers[1] ?? NaN);
  const shape = inputs.map((input) => input.shape).reduce<SymbolicShape | null>(joined, []);
  if (shape === null) return null;
  if (folded !== undefined && Number.isFinite(folded) && numbers.every((number) => number !== null)) {
    return o.broadcastTo(o.computedScalar(folded, op, inputs), shape);
  }
  if (inputs.some((input) => input.op === "broadcast")) {
    const unstretched = inputs.map((input) => (input.op === "broadcast" ? operand(input, 0) : input));
    return o.broadcastTo(o.apply(op, unstretched, {}), shape);
  }
  const bare = inputs.map(withoutLeadingOnes);
  const isSame = equalShape(bare.map((input) => input.shape).reduce<SymbolicShape | null>(joined, []) ?? [], shape);
  return isSame && bare.some((input, place) => input !== inputs[place]) ? o.apply(op, bare, {}) : null;
}

/** Elementwise ops align trailing axes themselves: a reshape that only adds axes of size 1 in front is not needed. */
function withoutLeadingOnes(x: Value): Value {
  if (x.op !== "reshape") return x;
  const source = operand(x, 0);
  const lead = x.shape.length - source.shape.length;
  const onlyAdds = lead >= 0 && equalShape(x.shape.slice(lead), source.shape);
  return onlyAdds && x.shape.slice(0, lead).every((dim) => dim === 1) ? source : x;
}

function joined(a: SymbolicShape | null, b: SymbolicShape): SymbolicShape | null {
  return a && broadcastShapes(a, b);
}

/** Operations whose float64 value JavaScript gives. */
const foldings: Partial<Record<OpName, (a: number, b: number) => number>> = {
  neg: (a) => -a,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  atan: Math.atan,
  tanh: Math.tanh,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: Math.pow,
  max: Math.max,
  min: Math.min,
  atan2: Math.atan2,
};

const rules: Partial<Record<OpName, Shortcut>> = {
  neg: (o, inputs) => {
    const [x] = one(inputs);
    if (x.op === "neg") return operand(x, 0);
    if (x.op === "sub") return o.sub(operand(x, 1), operand(x, 0));
    if (x.op === "mul") {
      const [factor, rest] = factored(o, x);
      if (factor !== null) return o.mul(o.neg(factor), rest);
    }
    return null;
  },
  add: (o, inputs) => {
    const [a, b] = two(inputs);
    if (o.uniform(a) === 0) return stretched(o, b, a);
    if (o.uniform(b) === 0) return stretched(o, a, b);
    if (b.op === "neg") return o.sub(a, operand(b, 0));
    return a.op === "neg" ? o.sub(b, operand(a, 0)) : null;
  },
  sub: (o, inputs) => {
    const [a, b] = two(inputs);
    if (o.uniform(a) === 0) return o.neg(stretched(o, b, a));
    if (o.uniform(b) === 0) return stretched(o, a, b);
    return b.op === "neg" ? o.add(a, operand(b, 0)) : null;
  },
  mul: (o, inputs) => {
    const [a, b] = two(inputs);
    if (a.op === "neg" && b.op === "neg") return o.mul(operand(a, 0), operand(b, 0));
    const factor = o.scalarIn(a) ?? o.scalarIn(b);
    if (factor === null) return null;
    const [x, other] = o.uniform(a) === null ? [b, a] : [a, b];
    const { value } = factor.params;
    if (value === 0) return o.zeros(stretchedShape(x, other));
    if (value === 1) return stretched(o, other, x);
    if (value === -1) return o.neg(stretched(o, other, x));
    if (other.op === "neg") return o.mul(o.neg(factor), stretched(o, operand(other, 0), x));
    const [inner, rest] = other.op === "mul" ? factored(o, other) : [null, other];
    return inner === null ? null : o.mul(o.mul(factor, inner), stretched(o, rest, x));
  },
  div: (o, inputs) => {
    const [a, b] = two(inputs);
    if (o.uniform(a) === 0) return o.zeros(stretchedShape(a, b));
    return o.uniform(b) === 1 ? stretched(o, a, b) : null;
  },
  pow: (o, inputs) => {
    const [a, b] = two(inputs);
    const exponent = o.uniform(b);
    if (exponent === 0) return o.ones(stretchedShape(a, b));
    if (exponent === 1) return stretched(o, a, b);
    return exponent === 2 ? stretched(o, o.mul(a, a), b) : null;
  },
  select: (o, inputs) => {
    const [condition, a, b] = [operandOf(inputs, 0), operandOf(inputs, 1), operandOf(inputs, 2)];
    const same = a === b || (o.uniform(a) !== null && o.uniform(a) === o.uniform(b));
    return same ? stretched(o, stretched(o, a, b), condition) : null;
  },
  sum: (o, inputs, { axes = [] }) => {
    const [x] = one(inputs);
    const shape = x.shape.filter((_, axis) => !axes.includes(axis));
    if (axes.every((axis) => x.shape[axis] === 1)) return o.reshape(x, shape);
    if (x.op !== "broadcast") return null;
    // Along the axes where it is stretched, a sum is a product with their sizes.
    const source = operand(x, 0);
    const lead = x.shape.length - source.shape.length;
    const aligned = x.shape.map((_, axis) => source.shape[axis - lead] ?? 1);
    const repeated = axes.filter((axis) => aligned[axis] !== x.shape[axis]).map((axis) => x.shape[axis] ?? 1);
    if (repeated.length === 0) return null;
    const once = o.broadcastTo(o.sum(o.reshape(source, aligned), axes), shape);
    return o.mul(o.count(repeated), once);
  },
  reshape: (o, inputs, { shape = [] }) => {
    const [x] = one(inputs);
    if (equalShape(x.shape, shape)) return x;
    const number = o.uniform(x);
    if (number !== null) return o.fill(number, shape);
    return x.op === "reshape" ? o.reshape(operand(x, 0), shape) : null;
  },
  broadcast: (o, inputs, { shape = [] }) => {
    const [x] = one(inputs);
    if (equalShape(x.shape, shape)) return x;
    return x.op === "broadcast" ? o.broadcast(operand(x, 0), shape) : null;
  },
  transpose: (o, inputs, { permutation = [] }) => {
    const [x] = one(inputs);
    if (permutation.every((axis, place) => axis === place)) return x;
    const number = o.uniform(x);
    if (number !== null) return o.fill(number, permutation.map((axis) => x.shape[axis] ?? 1)); // prettier-ignore
    if (x.op !== "transpose") return null;
    const inner = x.params.permutation ?? [];
    return o.transpose(operand(x, 0), permutation.map((axis) => inner[axis] ?? 0)); // prettier-ignore
  },
  slice: (o, inputs, { starts = [], sizes = [] }) => {
    const [x] = one(inputs);
    if (equalShape(x.shape, sizes)) return x;
    const number = o.uniform(x);
    if (number !== null) return o.fill(number, sizes);
    if (x.op === "slice") return o.slice(operand(x, 0), starts.map((start, axis) => start + (x.params.starts?.[axis] ?? 0)), sizes); // prettier-ignore
    if (x.op === "pad") return sliceOfPad(o, x, starts, sizes);
    return x.op === "concat" ? sliceOfConcat(o, x, starts, sizes) : null;
  },
  pad: (o, inputs, { before = [], after = [] }) => {
    const [x] = one(inputs);
    if ([...before, ...after].every((places) => places === 0)) return x;
    if (o.uniform(x) !== 0) return null;
    return o.zeros(x.shape.map((dim, axis) => (typeof dim === "string" ? dim : dim + (before[axis] ?? 0) + (after[axis] ?? 0)))); // prettier-ignore
  },
  concat: (o, parts, { axis = 0 }) => {
    const [first] = parts;
    if (first === undefined || parts.length === 1) return first ?? null;
    const rest = parts.filter((part) => o.uniform(part) !== 0);
    const [only] = rest;
    if (only === undefined || rest.length > 1 || only.dtype !== "real") return null;
    const sizes = parts.map((part) => Number(part.shape[axis]));
    const place = parts.indexOf(only);
    const around = (from: number, to: number): number[] =>
      only.shape.map((_, at) => (at === axis ? sizes.slice(from, to).reduce((a, b) => a + b, 0) : 0));
    return o.pad(only, around(0, place), around(place + 1, parts.length));
  },
  reverse: (o, inputs, { axes = [] }) => {
    const [x] = one(inputs);
    if (axes.length === 0 || o.uniform(x) !== null) return x;
    return x.op === "reverse" && String(x.params.axes) === String(axes) ? operand(x, 0) : null;
  },
  gather: (o, inputs) => {
    const [rows, indices] = two(inputs);
    return o.uniform(rows) === 0 ? o.zeros([...indices.shape, ...rows.shape.slice(1)]) : null;
  },
  scatterAdd: (o, inputs, { size = 0 }) => {
    const [indices, updates] = two(inputs);
    return o.uniform(updates) === 0 ? o.zeros([size, ...updates.shape.slice(indices.shape.length)]) : null;
  },
  matMul: (o, inputs, params) => productWithZero(o, "matMul", inputs, params),
  batchMatMul: (o, inputs, params) => productWithZero(o, "batchMatMul", inputs, params),
  convolve: (o, inputs, params) => productWithZero(o, "convolve", inputs, params),
  stopGradient: (o, inputs) => {
    const [x] = one(inputs);
    return o.uniform(x) !== null || x.op === "stopGradient" || x.op === "constant" ? x : null;
  },
};

function productWithZero(o: Builder, op: OpName, inputs: readonly Value[], params: Params): Value | null {
  const [a, b] = two(inputs);
  if (o.uniform(a) !== 0 && o.uniform(b) !== 0) return null;
  const typed = table[op].shape(inputs, params);
  return typeof typed === "string" ? null : o.zeros(typed.shape);
}

/** What a block of a padded value is where it touches no padding, or nothing but padding. */
function sliceOfPad(o: Builder, x: Value, starts: readonly number[], sizes: SymbolicShape): Value | null {
  const source = operand(x, 0);
  const begin = starts.map((start, axis) => start - (x.params.before?.[axis] ?? 0));
  const isInside = source.shape.every((dim, axis) => fits(begin[axis] ?? 0, sizes[axis] ?? 0, dim));
  if (isInside) return o.slice(source, begin, sizes);
  const isOutside = source.shape.some((dim, axis) => {
    const [from, size] = [begin[axis] ?? 0, sizes[axis]];
    return typeof dim === "number" && typeof size === "number" && (from >= dim || from + size <= 0);
  });
  return isOutside ? o.zeros(sizes) : null;
}

/** A block that lies within one part. */
function sliceOfConcat(o: Builder, x: Value, starts: readonly number[], sizes: SymbolicShape): Value | null {
  const axis = x.params.axis ?? 0;
  let from = starts[axis] ?? 0;
  for (const part of x.inputs) {
    const along = part.shape[axis] ?? 0;
    if (from >= 0 && fits(from, sizes[axis] ?? 0, along)) {
      return o.slice(part, starts.map((start, place) => (place === axis ? from : start)), sizes); // prettier-ignore
    }
    from -= Number(along);
  }
  return null;
}

function fits(from: number, size: Dim, dim: Dim): boolean {
  if (typeof size === "string" || typeof dim === "string") return from === 0 && size === dim;
  return from >= 0 && from + size <= dim;
}

/** c and x of a product c · x, or null and the product itself. */
function factored(o: Builder, product: Value): readonly [Value | null, Value] {
  const [a, b] = two(product.inputs);
  const [left, right] = [o.scalarIn(a), o.scalarIn(b)];
  if (left !== null && equalShape(b.shape, product.shape)) return [left, b];
  return right !== null && equalShape(a.shape, product.shape) ? [right, a] : [null, product];
}

function stretchedShape(x: Value, beside: Value): SymbolicShape {
  return broadcastShapes(x.shape, beside.shape) ?? x.shape;
}

function stretched(o: Builder, x: Value, beside: Value): Value {
  return o.broadcastTo(x, stretchedShape(x, beside));
}

function one(inputs: readonly Value[]): readonly [Value] {
  return [operandOf(inputs, 0)];
}

function two(inputs: readonly Value[]): readonly [Value, Value] {
  return [operandOf(inputs, 0), operandOf(inputs, 1)];
}

function operand(value: Value, place: number): Value {
  return operandOf(value.inputs, place);
}

function operandOf(inputs: readonly Value[], place: number): Value {
  return inputs[place] as Value; // `apply` has checked how many there are.
}
