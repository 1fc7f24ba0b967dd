/** Is what is computed before the loop what the loop would have computed, and is it computed there? */
import { describe, expect, test } from "vitest";
import { array64, referenceOps } from "../../runtime/engines/reference.js";
import type { Array64 } from "../../runtime/engines/reference.js";
import { trace } from "../../runtime/engines/trace.js";
import type { Node } from "../../runtime/engines/tape.js";
import type { Ops } from "../../runtime/ops.js";
import { asFixed, asRow, computeAhead } from "../../runtime/train/ahead.js";

type Step = <T>(o: Ops<T>, weight: T, matrix: T, rows: readonly T[]) => readonly T[];

const steps = 4;
const rowShapes = [[2, 3], [3], []] as const;

/** The steps one after the other, and with what can be computed ahead. */
function plain<T>(o: Ops<T>, step: Step, weight: T, matrix: T, rows: readonly T[]): readonly T[] {
  return o.scan(steps, [weight], rows, (inner, [state], row) => {
    const [next = state, ...results] = step(inner, state as T, matrix, row);
    return { carry: [next as T], rows: results };
  }).rows;
}

function ahead<T>(o: Ops<T>, step: Step, weight: T, matrix: T, rows: readonly T[]): readonly T[] {
  const { stacks, finish } = computeAhead(o, steps, [weight], (staged, [state]) =>
    step(staged, state!, asFixed(matrix), rows.map(asRow)),
  );
  return o.scan(steps, [weight], stacks, (inner, [state], row) => {
    const [next, ...results] = finish(inner, [state as T], row);
    return { carry: [next as T], rows: results };
  }).rows;
}

const weight = array64(Float64Array.of(0.3, -0.2, 0.5), [3], "real");
const matrix = array64(
  Float64Array.from({ length: 9 }, (_, i) => Math.sin(i + 1)),
  [3, 3],
  "real",
);
const rows = rowShapes.map((shape, place) => {
  const size = shape.reduce<number>((product, length) => product * length, steps);
  return array64(
    Float64Array.from({ length: size }, (_, i) => Math.cos(1.7 * i + place)),
    [steps, ...shape],
    "real",
  );
});

const cases: readonly (readonly [string, Step])[] = [
  [
    "operands of different ranks",
    (o, w, _, [a, b, c]) => [o.add(w, b!), o.add(o.mul(a!, b!), o.sub(c!, o.mul(w, b!)))],
  ],
  ["a choice", (o, w, _, [a, b]) => [w, o.select(o.less(a!, b!), o.exp(a!), w)]],
  ["sums and maxima", (o, w, _, [a]) => [w, o.mul(w, o.sum(a!, [0])), o.reduceMax(a!, [1])]],
  [
    "moved numbers",
    (o, w, _, [a, b]) => {
      const stretched = o.broadcast(o.reshape(b!, [1, 3]), [2, 3]);
      const joined = o.concat(
        [o.pad(o.slice(a!, [0, 1], [2, 1]), [0, 1], [0, 1]), stretched, o.constant([1, 2], [2, 1])],
        1,
      );
      return [w, o.mul(o.sum(w, [0]), o.reverse(o.transpose(joined, [1, 0]), [1]))];
    },
  ],
  ["a fixed part beside rows", (o, w, _, [a]) => [w, o.add(w, o.concat([a!, o.constant([1, 2, 3], [1, 3])], 0))]],
  [
    "products with what is fixed, and with what is not",
    (o, w, matrix, [a, b]) => {
      const own = o.matMul(a!, o.mul(matrix, b!));
      return [o.tanh(o.add(w, o.sum(own, [0]))), o.add(o.matMul(a!, matrix), own)];
    },
  ],
  [
    "picked rows",
    (o, w, matrix, [a, b]) => {
      const index = o.toInt(o.mul(o.abs(b!), o.scalar(2.9)));
      return [w, o.add(o.gather(matrix, index), w), o.gather(a!, o.toInt(o.mul(o.abs(b!), o.scalar(1.9))))];
    },
  ],
  [
    "a loop that reads all kinds",
    (o, w, matrix, [a, b]) => {
      const before = o.sin(a!);
      const { carry } = o.scan(3, [w], [matrix], (inner, [state], [line]) => ({
        carry: [inner.add(inner.mul(state!, o.exp(b!)), inner.mul(line!, inner.sum(before, [0])))],
        rows: [],
      }));
      return [carry[0]!, o.sum(carry[0]!, [0])];
    },
  ],
  ["results that no weight enters", (o, w, _, [a]) => [w, o.exp(a!), o.scalar(2)]],
];

describe("the steps give the same", () => {
  test.each(cases)("%s", (_, step) => {
    const all: readonly Array64[] = rows;
    expect(ahead(referenceOps, step, weight, matrix, all)).toEqual(plain(referenceOps, step, weight, matrix, all));
  });
});

test("only what the weights enter stays in the loop", () => {
  const step: Step = (o, w, _, [a, b]) => [w, o.mul(w, o.exp(o.add(o.sin(a!), o.cos(b!))))];
  const types = [[3], [3, 3], ...rowShapes.map((shape) => [steps, ...shape])];
  const tape = trace({
    name: "steps",
    inputs: types.map((shape, i) => ({ name: `x${i}`, shape, dtype: "real" })),
    build: (o, [w, matrix, ...rest]) => ahead(o, step, w!, matrix!, rest),
  });
  const ops = (nodes: readonly Node[]): string[] => nodes.map(({ op }) => op).filter((op) => op !== "pick");
  expect(ops(tape.nodes)).toEqual(["sin", "cos", "reshape", "add", "exp", "scan"]);
  expect(tape.nodes.flatMap((node) => (node.op === "scan" ? ops(node.body.nodes) : []))).toEqual(["mul"]);
});
