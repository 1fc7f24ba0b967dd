/** Which shape does the result of each operation have? Errors here are bugs of the compiler, never of a model. */
import type { Shape } from "../ops.js";

/** NumPy broadcasting: trailing axes aligned, size 1 or a missing axis stretches. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) fail(`${show(a)} and ${show(b)} do not broadcast`);
    return left === 1 ? right : left;
  });
}

export function broadcastToShape(from: Shape, to: Shape): Shape {
  if (!sameShape(broadcastShapes(from, to), to)) fail(`${show(from)} does not stretch to ${show(to)}`);
  return to;
}

export function reducedShape(shape: Shape, axes: readonly number[]): Shape {
  checkAxes(shape, axes);
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** The shape with the given axes of size 1 instead of removed. */
export function keptShape(shape: Shape, axes: readonly number[]): Shape {
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

export function reshapedShape(from: Shape, to: Shape): Shape {
  const count = (shape: Shape) => shape.reduce((product, size) => product * size, 1);
  if (count(from) !== count(to)) fail(`${show(from)} cannot be reshaped to ${show(to)}`);
  return to;
}

export function transposedShape(shape: Shape, permutation: readonly number[]): Shape {
  if (permutation.length !== shape.length) fail(`a permutation of ${permutation.length} axes for ${show(shape)}`);
  checkAxes(shape, permutation);
  return permutation.map((axis) => at(shape, axis));
}

export function slicedShape(shape: Shape, starts: readonly number[], sizes: readonly number[]): Shape {
  if (starts.length !== shape.length || sizes.length !== shape.length) fail(`slice of ${show(shape)} needs every axis`);
  shape.forEach((size, axis) => {
    const start = at(starts, axis);
    if (start < 0 || at(sizes, axis) < 0 || start + at(sizes, axis) > size) {
      fail(`slice at ${show(starts)} of sizes ${show(sizes)} leaves ${show(shape)}`);
    }
  });
  return sizes;
}

export function paddedShape(shape: Shape, before: readonly number[], after: readonly number[]): Shape {
  if (before.length !== shape.length || after.length !== shape.length) fail(`pad of ${show(shape)} needs every axis`);
  return shape.map((size, axis) => size + at(before, axis) + at(after, axis));
}

export function concatenatedShape(parts: readonly Shape[], axis: number): Shape {
  const first = parts[0] ?? fail("concat of nothing");
  checkAxes(first, [axis]);
  for (const part of parts) {
    if (part.length !== first.length || part.some((size, other) => other !== axis && size !== first[other])) {
      fail(`${show(first)} and ${show(part)} do not join along axis ${axis}`);
    }
  }
  return first.map((size, other) => (other === axis ? parts.reduce((sum, part) => sum + at(part, axis), 0) : size));
}

export function reversedShape(shape: Shape, axes: readonly number[]): Shape {
  checkAxes(shape, axes);
  return shape;
}

export function gatheredShape(table: Shape, indices: Shape): Shape {
  if (table.length === 0) fail("gather from a scalar");
  return [...indices, ...table.slice(1)];
}

export function scatteredShape(indices: Shape, updates: Shape, size: number): Shape {
  if (!sameShape(updates.slice(0, indices.length), indices)) {
    fail(`updates of shape ${show(updates)} do not belong to indices of shape ${show(indices)}`);
  }
  return [size, ...updates.slice(indices.length)];
}

export function matMulShape(a: Shape, b: Shape): Shape {
  if (a.length < 1 || b.length !== 2 || a.at(-1) !== b[0]) fail(`matMul of ${show(a)} and ${show(b)}`);
  return [...a.slice(0, -1), at(b, 1)];
}

export function batchMatMulShape(a: Shape, b: Shape): Shape {
  const leading = a.slice(0, -2);
  if (a.length < 2 || b.length !== a.length || !sameShape(leading, b.slice(0, -2)) || a.at(-1) !== b.at(-2)) {
    fail(`batchMatMul of ${show(a)} and ${show(b)}`);
  }
  return [...leading, at(a, a.length - 2), at(b, b.length - 1)];
}

export function convolvedShape(x: Shape, kernels: Shape): Shape {
  const [height = 0, width = 0, channels] = x.slice(-3);
  const [h = 0, w = 0, inner, outer = 0] = kernels;
  const fits =
    x.length >= 3 && kernels.length === 4 && channels === inner && h >= 1 && w >= 1 && h <= height && w <= width;
  if (!fits) fail(`convolve of ${show(x)} and ${show(kernels)}`);
  return [...x.slice(0, -3), height - h + 1, width - w + 1, outer];
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Distance in memory between neighbours along each axis, row-major. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = at(strides, axis + 1) * at(shape, axis + 1);
  return strides;
}

/** The element that must be there. */
export function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`index ${index} of ${items.length} items`);
  return item;
}

function checkAxes(shape: Shape, axes: readonly number[]): void {
  const legal = axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < shape.length);
  if (!legal || new Set(axes).size !== axes.length) fail(`axes ${show(axes)} of shape ${show(shape)}`);
}

function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

function fail(message: string): never {
  throw new RangeError(message);
}
