/** What does every operation mean? Plain loops in float64, written to be read: the oracle of the other engines. */
import type { DType, Ops, Shape } from "../ops.js";
import { dataAs, isHeld, sizeOf } from "./engine.js";
import type { Engine, Executable, HeldTensor, Tensor, TensorProgram } from "./engine.js";
import {
  at,
  batchMatMulShape,
  broadcastShapes,
  broadcastToShape,
  concatenatedShape,
  convolvedShape,
  gatheredShape,
  keptShape,
  matMulShape,
  paddedShape,
  reducedShape,
  reshapedShape,
  reversedShape,
  scatteredShape,
  slicedShape,
  stridesOf,
  transposedShape,
} from "./shapes.js";
import { erf, roundToEven, sigmoid, softplus } from "./special.js";

/** Numbers in row-major order. Integers and booleans (0 or 1) are kept as float64 too. */
export interface Array64 {
  readonly data: Float64Array;
  readonly shape: Shape;
  readonly dtype: DType;
}

export function array64(values: ArrayLike<number>, shape: Shape, dtype: DType = "real"): Array64 {
  if (values.length !== sizeOf(shape)) throw new RangeError(`${values.length} numbers for shape [${shape.join(", ")}]`);
  return { data: Float64Array.from(values), shape, dtype };
}

export const referenceOps: Ops<Array64> = {
  scalar: (value) => array64([value], []),
  constant: (values, shape) => array64(values, shape),
  iota: (length) => array64([...Array(length).keys()], [length], "int"),

  neg: (x) => map(x, (value) => -value),
  exp: (x) => map(x, Math.exp),
  log: (x) => map(x, Math.log),
  sqrt: (x) => map(x, Math.sqrt),
  abs: (x) => map(x, Math.abs),
  sign: (x) => map(x, Math.sign),
  floor: (x) => map(x, Math.floor),
  round: (x) => map(x, roundToEven),
  sin: (x) => map(x, Math.sin),
  cos: (x) => map(x, Math.cos),
  tan: (x) => map(x, Math.tan),
  atan: (x) => map(x, Math.atan),
  tanh: (x) => map(x, Math.tanh),
  erf: (x) => map(x, erf),
  sigmoid: (x) => map(x, sigmoid),
  softplus: (x) => map(x, softplus),
  silu: (x) => map(x, (value) => value * sigmoid(value)),
  not: (x) => map(x, (value) => 1 - value),
  toReal: (x) => ({ ...x, dtype: "real" }),
  toInt: (x) => ({ ...map(x, Math.trunc), dtype: "int" }),

  add: (a, b) => zip(a, b, (left, right) => left + right),
  sub: (a, b) => zip(a, b, (left, right) => left - right),
  mul: (a, b) => zip(a, b, (left, right) => left * right),
  div: (a, b) => zip(a, b, (left, right) => left / right),
  pow: (a, b) => zip(a, b, Math.pow),
  max: (a, b) => zip(a, b, Math.max),
  min: (a, b) => zip(a, b, Math.min),
  atan2: (y, x) => zip(y, x, Math.atan2),
  less: (a, b) => compare(a, b, (left, right) => left < right),
  lessEqual: (a, b) => compare(a, b, (left, right) => left <= right),
  equal: (a, b) => compare(a, b, (left, right) => left === right),
  and: (a, b) => zip(a, b, Math.min),
  or: (a, b) => zip(a, b, Math.max),
  select(condition, a, b) {
    const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
    const [test, yes, no] = [stretch(condition, shape), stretch(a, shape), stretch(b, shape)];
    return { data: test.map((chosen, i) => at(chosen ? yes : no, i)), shape, dtype: a.dtype };
  },

  sum: (x, axes) => reduce(x, axes, 0, (total, value) => total + value),
  reduceMax: (x, axes) => reduce(x, axes, -Infinity, Math.max),

  reshape: (x, shape) => ({ ...x, shape: reshapedShape(x.shape, shape) }),
  transpose(x, permutation) {
    const strides = stridesOf(x.shape);
    const moved = permutation.map((axis) => at(strides, axis));
    return read(x, transposedShape(x.shape, permutation), moved, 0);
  },
  broadcast: (x, shape) => ({ data: stretch(x, broadcastToShape(x.shape, shape)), shape, dtype: x.dtype }),
  slice(x, starts, sizes) {
    const strides = stridesOf(x.shape);
    return read(x, slicedShape(x.shape, starts, sizes), strides, dot(starts, strides));
  },
  pad(x, before, after) {
    const result = zeros(paddedShape(x.shape, before, after), x.dtype);
    write(result, x, before);
    return result;
  },
  concat(parts, axis) {
    const shape = concatenatedShape(
      parts.map((part) => part.shape),
      axis,
    );
    const result = zeros(shape, at(parts, 0).dtype);
    const start = shape.map(() => 0);
    for (const part of parts) {
      write(result, part, start);
      start[axis] = at(start, axis) + at(part.shape, axis);
    }
    return result;
  },
  reverse(x, axes) {
    const strides = stridesOf(x.shape);
    const backward = strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride));
    const last = axes.reduce((offset, axis) => offset + (at(x.shape, axis) - 1) * at(strides, axis), 0);
    return read(x, reversedShape(x.shape, axes), backward, last);
  },
  gather(table, indices) {
    const shape = gatheredShape(table.shape, indices.shape);
    const rowSize = sizeOf(table.shape.slice(1));
    const data = new Float64Array(sizeOf(shape));
    indices.data.forEach((row, i) => {
      checkRow(row, at(table.shape, 0));
      data.set(table.data.subarray(row * rowSize, (row + 1) * rowSize), i * rowSize);
    });
    return { data, shape, dtype: table.dtype };
  },
  scatterAdd(indices, updates, size) {
    const result = zeros(scatteredShape(indices.shape, updates.shape, size), updates.dtype);
    const rowSize = sizeOf(result.shape.slice(1));
    indices.data.forEach((row, i) => {
      checkRow(row, size);
      for (let k = 0; k < rowSize; k++) result.data[row * rowSize + k]! += at(updates.data, i * rowSize + k);
    });
    return result;
  },

  matMul(a, b) {
    const shape = matMulShape(a.shape, b.shape);
    const [inner, columns] = [at(b.shape, 0), at(b.shape, 1)];
    const rows = sizeOf(a.shape.slice(0, -1));
    return { data: product(a.data, b.data, rows, inner, columns), shape, dtype: "real" };
  },
  batchMatMul(a, b) {
    const shape = batchMatMulShape(a.shape, b.shape);
    const [rows, columns] = [at(shape, shape.length - 2), at(shape, shape.length - 1)];
    const inner = at(a.shape, a.shape.length - 1);
    const data = new Float64Array(sizeOf(shape));
    for (let batch = 0; batch < sizeOf(shape.slice(0, -2)); batch++) {
      const left = a.data.subarray(batch * rows * inner, (batch + 1) * rows * inner);
      const right = b.data.subarray(batch * inner * columns, (batch + 1) * inner * columns);
      data.set(product(left, right, rows, inner, columns), batch * rows * columns);
    }
    return { data, shape, dtype: "real" };
  },
  convolve(x, kernels) {
    const shape = convolvedShape(x.shape, kernels.shape);
    const [h, w, inner, outer] = [
      at(kernels.shape, 0),
      at(kernels.shape, 1),
      at(kernels.shape, 2),
      at(kernels.shape, 3),
    ];
    const [height, width] = [at(shape, shape.length - 3), at(shape, shape.length - 2)];
    const [rows, columns] = [height + h - 1, width + w - 1];
    const data = new Float64Array(sizeOf(shape));
    for (let image = 0; image < sizeOf(shape.slice(0, -3)); image++) {
      for (let place = 0; place < height * width; place++) {
        const [top, left] = [Math.floor(place / width), place % width];
        for (let k = 0; k < h * w * inner; k++) {
          const [row, column] = [top + Math.floor(k / (w * inner)), left + (Math.floor(k / inner) % w)];
          const factor = at(x.data, ((image * rows + row) * columns + column) * inner + (k % inner));
          for (let n = 0; n < outer; n++) {
            data[(image * height * width + place) * outer + n]! += factor * at(kernels.data, k * outer + n);
          }
        }
      }
    }
    return { data, shape, dtype: "real" };
  },

  scan(length, carry, xs, body) {
    // A scan of no rounds still has rows of a certain shape: the body says which.
    const sample =
      length === 0
        ? body(
            referenceOps,
            carry,
            xs.map((x) => zeros(x.shape.slice(1), x.dtype)),
          )
        : null;
    const stacked: Array64[][] = [];
    let state = carry;
    for (let round = 0; round < length; round++) {
      const next = body(
        referenceOps,
        state,
        xs.map((x) => rowOf(x, round)),
      );
      state = next.carry;
      stacked.push([...next.rows]);
    }
    const rows = (sample?.rows ?? at(stacked, 0)).map((first, i) => {
      const data = new Float64Array(length * first.data.length);
      stacked.forEach((row, round) => data.set(at(row, i).data, round * first.data.length));
      return { data, shape: [length, ...first.shape], dtype: first.dtype };
    });
    return { carry: state, rows };
  },

  while(most, carry, body) {
    let state = carry;
    for (let round = 0; round < most; round++) {
      const next = body(referenceOps, state);
      state = next.carry;
      if (at(next.again.data, 0) === 0) break;
    }
    return state;
  },

  shapeOf: (x) => x.shape,
};

/** The reference engine: nothing is compiled, the program is called with numbers. */
export function openReferenceEngine(): Engine {
  return {
    name: "reference",
    precision: "float64",
    hold: (tensor) => held(fromTensor(tensor)),
    compile: (program) => Promise.resolve(executable(program)),
    dispose: () => Promise.resolve(),
  };
}

function executable(program: TensorProgram): Executable {
  const build = (inputs: readonly Array64[]) => program.build(referenceOps, inputs);
  const sample = build(program.inputs.map(({ shape, dtype }) => zeros(shape, dtype)));
  return {
    outputs: sample.map(({ shape, dtype }, i) => ({ name: `output${i}`, shape, dtype })),
    run: async (inputs) => {
      const tensors = await Promise.all(inputs.map((input) => (isHeld(input) ? input.read() : input)));
      return build(tensors.map(fromTensor)).map(held);
    },
    dispose: () => Promise.resolve(),
  };
}

function held(x: Array64): HeldTensor {
  const read = (): Tensor => {
    if (x.dtype === "int") return { ...x, data: Int32Array.from(x.data) };
    return x.dtype === "bool" ? { ...x, data: Uint8Array.from(x.data) } : x;
  };
  return { shape: x.shape, dtype: x.dtype, read: () => Promise.resolve(read()), release: () => undefined };
}

function fromTensor(tensor: Tensor): Array64 {
  const data = dataAs(tensor, "float64");
  const { shape, dtype } = tensor;
  return { data: data instanceof Float64Array ? data : Float64Array.from(data), shape, dtype };
}

function map(x: Array64, f: (value: number) => number): Array64 {
  return { data: x.data.map((value) => f(value)), shape: x.shape, dtype: x.dtype };
}

function zip(a: Array64, b: Array64, f: (left: number, right: number) => number): Array64 {
  const shape = broadcastShapes(a.shape, b.shape);
  const right = stretch(b, shape);
  return { data: stretch(a, shape).map((left, i) => f(left, at(right, i))), shape, dtype: a.dtype };
}

function compare(a: Array64, b: Array64, f: (left: number, right: number) => boolean): Array64 {
  return { ...zip(a, b, (left, right) => (f(left, right) ? 1 : 0)), dtype: "bool" };
}

function reduce(x: Array64, axes: readonly number[], start: number, f: (total: number, value: number) => number) {
  const shape = reducedShape(x.shape, axes);
  const kept = stridesOf(keptShape(x.shape, axes)).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  const data = new Float64Array(sizeOf(shape)).fill(start);
  walk(x.shape, kept, 0, (position, target) => (data[target] = f(at(data, target), at(x.data, position))));
  return { data, shape, dtype: x.dtype };
}

/** The numbers of x repeated to fill `shape`. */
function stretch(x: Array64, shape: Shape): Float64Array {
  if (sizeOf(shape) === x.data.length) return x.data;
  const own = stridesOf(x.shape);
  const missing = shape.length - x.shape.length;
  const strides = shape.map((_, axis) => ((x.shape[axis - missing] ?? 1) === 1 ? 0 : at(own, axis - missing)));
  return read(x, shape, strides, 0).data;
}

/** The array of the given shape whose element at index i is element offset + i · strides of x. */
function read(x: Array64, shape: Shape, strides: readonly number[], offset: number): Array64 {
  const data = new Float64Array(sizeOf(shape));
  walk(shape, strides, offset, (position, source) => (data[position] = at(x.data, source)));
  return { data, shape, dtype: x.dtype };
}

/** Writes `block` into `target` so that its first element lands at index `start`. */
function write(target: Array64, block: Array64, start: readonly number[]): void {
  const strides = stridesOf(target.shape);
  walk(block.shape, strides, dot(start, strides), (position, to) => (target.data[to] = at(block.data, position)));
}

/** Visits every index of `shape` in row-major order with its position and offset + index · strides. */
function walk(
  shape: Shape,
  strides: readonly number[],
  offset: number,
  visit: (position: number, place: number) => void,
) {
  const total = sizeOf(shape);
  const index = shape.map(() => 0);
  let place = offset;
  for (let position = 0; position < total; position++) {
    visit(position, place);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [count, size, stride] = [at(index, axis) + 1, at(shape, axis), at(strides, axis)];
      place += stride;
      index[axis] = count;
      if (count < size) break;
      place -= size * stride;
      index[axis] = 0;
    }
  }
}

function product(a: Float64Array, b: Float64Array, rows: number, inner: number, columns: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < inner; k++) {
      const factor = at(a, row * inner + k);
      for (let column = 0; column < columns; column++) {
        result[row * columns + column]! += factor * at(b, k * columns + column);
      }
    }
  }
  return result;
}

function rowOf(x: Array64, row: number): Array64 {
  const size = sizeOf(x.shape.slice(1));
  return { data: x.data.slice(row * size, (row + 1) * size), shape: x.shape.slice(1), dtype: x.dtype };
}

function zeros(shape: Shape, dtype: DType): Array64 {
  return { data: new Float64Array(sizeOf(shape)), shape, dtype };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * at(b, i), 0);
}

function checkRow(row: number, rows: number): void {
  if (row < 0 || row >= rows) throw new RangeError(`row ${row} of ${rows}`);
}
