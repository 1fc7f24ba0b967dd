/** Built-in transforms of tensors: the cosine transform and its wave numbers, written as products with constant matrices. */
import { catalogue } from "../../diagnostics/catalogue.js";
import * as ir from "../../ir/build.js";
import type { Value } from "../../ir/value.js";
import { showShape, tensor } from "../arithmetic.js";
import type { Context } from "../context.js";
import { report } from "../context.js";
import { spaceOfThing } from "../spaces.js";
import type { BuiltinCall, BuiltinRow } from "./row.js";
import { spanAt, tensorAt } from "./row.js";
import type { Thing } from "../thing.js";
import { poison } from "../thing.js";

export const transformBuiltins: readonly (readonly [string, BuiltinRow])[] = [
  [
    "dct2",
    transform(
      "The orthonormal cosine transform (DCT-II) over the last axis of a vector, the last two of an image.",
      cosines,
    ),
  ],
  ["idct2", transform("The inverse of `dct2`.", (size) => transposed(cosines(size), size))],
  [
    "wave_numbers",
    {
      doc: "The wave number π i / L of every mode of `dct2`; of an image's modes the length of the two.",
      parameters: ["x"],
      evaluate: waveNumbers,
    },
  ],
];

/** Applies the matrix of each transformed axis: y = x M along the last one. */
function transform(doc: string, matrixOf: (size: number) => readonly number[]): BuiltinRow {
  return {
    doc,
    parameters: ["x"],
    evaluate: (call, c) => {
      const x = tensorAt(call, 0, c);
      if (x === null) return poison;
      const sizes = transformedSizes(x.shape);
      if (sizes === null) return noAxes(call, c, showShape(x.shape));
      const [last, other] = [sizes.at(-1) ?? 1, sizes.length === 2 ? sizes[0] : undefined];
      const along = (value: Value, size: number): Value => ir.matMul(value, ir.constant(matrixOf(size), [size, size]));
      const rows = along(x, last);
      return tensor(other === undefined ? rows : ir.swapLast(along(ir.swapLast(rows), other)));
    },
  };
}

/** Row n, column k: s_k cos(π k (2n + 1) / 2N), s_0 = √(1/N), s_k = √(2/N) (Ahmed, Natarajan and Rao 1974). */
function cosines(size: number): readonly number[] {
  return Array.from({ length: size * size }, (_, place) => {
    const [n, k] = [Math.floor(place / size), place % size];
    return Math.sqrt((k === 0 ? 1 : 2) / size) * Math.cos((Math.PI * k * (2 * n + 1)) / (2 * size));
  });
}

function transposed(matrix: readonly number[], size: number): readonly number[] {
  return matrix.map((_, place) => matrix[(place % size) * size + Math.floor(place / size)] ?? 0);
}

/** The sizes of the axes that a transform runs over: all of a vector, the last two of everything else. */
function transformedSizes(shape: Value["shape"]): readonly number[] | null {
  const sizes = shape.slice(-2).flatMap((dim) => (typeof dim === "number" ? [dim] : []));
  return sizes.length === 0 ? null : sizes;
}

function noAxes(call: BuiltinCall, c: Context, found: string): Thing {
  return report(c, catalogue.wrongShape, spanAt(call, 0), {
    what: `What \`${call.name}\` takes`,
    expected: "at least one axis",
    found,
  });
}

function waveNumbers(call: BuiltinCall, c: Context): Thing {
  const [thing] = call.things;
  if (thing === undefined) return poison;
  // A data set stands for its space: `wave_numbers(images)`.
  const shape = thing.kind === "tensor" ? thing.value.shape : spaceOfThing(thing, spanAt(call, 0), c)?.shape;
  if (shape === undefined) return poison;
  const sizes = transformedSizes(shape);
  if (sizes === null) return noAxes(call, c, showShape(shape));
  const squares = sizes.map((size, place) => {
    const along = ir.constant(
      Array.from({ length: size }, (_, i) => ((Math.PI * i) / size) ** 2),
      [size],
    );
    return place === sizes.length - 1 ? along : ir.reshape(along, [size, 1]);
  });
  return tensor(ir.broadcastTo(ir.sqrt(squares.reduce((a, b) => ir.add(a, b))), shape));
}
