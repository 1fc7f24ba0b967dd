/** What is an array at the border of the application: numbers, row-major, with their shape. */
import type { Shape } from "./ops.js";

export interface NdArray {
  readonly data: Float32Array;
  readonly shape: Shape;
}

/** The number of elements of a shape. */
export function elements(shape: Shape): number {
  let product = 1;
  for (const size of shape) product *= size;
  return product;
}

export function ndArray(data: Float32Array, shape: Shape): NdArray {
  if (data.length !== elements(shape)) {
    throw new RangeError(
      `An array of shape ${describeShape(shape)} holds ${elements(shape)} numbers, not ${data.length}`,
    );
  }
  return { data, shape };
}

/** `[3, 2]` */
export function describeShape(shape: readonly (number | string)[]): string {
  return `[${shape.join(", ")}]`;
}

/** Rows `from` … `to` - 1 of the first axis, sharing memory. */
export function rowsOf(array: NdArray, from: number, to: number): NdArray {
  const [, ...inner] = array.shape;
  const width = elements(inner);
  return { data: array.data.subarray(from * width, to * width), shape: [to - from, ...inner] };
}

/** The array as nested lists of numbers; a scalar is a number. */
export function toNested(array: NdArray): NestedNumbers {
  const nest = (axis: number, offset: number): NestedNumbers => {
    if (axis === array.shape.length) return array.data[offset] ?? Number.NaN;
    const width = elements(array.shape.slice(axis + 1));
    return Array.from({ length: array.shape[axis] ?? 0 }, (_, i) => nest(axis + 1, offset + i * width));
  };
  return nest(0, 0);
}

export type NestedNumbers = number | readonly NestedNumbers[];
