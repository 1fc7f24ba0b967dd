/** Does a vectorised graph compute, for every sample, what the graph for one sample computes? */
import { describe, expect, test } from "vitest";
import * as o from "../../compiler/ir/build.js";
import { evaluate, run } from "../../compiler/ir/evaluate.js";
import { valuesInOrder } from "../../compiler/ir/order.js";
import type { OpName, Program, Value } from "../../compiler/ir/value.js";
import { vectorise } from "../../compiler/ir/vectorise.js";
import { verify } from "../../compiler/ir/verify.js";
import { array64, referenceOps } from "../../runtime/engines/reference.js";
import type { Array64 } from "../../runtime/engines/reference.js";
import { generator, randomArray, randomProgram } from "./random-program.js";

const nSamples = 3;

/** Runs a program sample by sample and vectorised over the inputs named, and compares. Returns the batch program. */
function check(program: Program, batchedNames: readonly string[], seed: number): Program {
  const random = generator(seed);
  const counterparts = new Map<Value, Value>();
  const batchInputs = program.inputs.map((value) => {
    if (!batchedNames.includes(value.params.name ?? "")) return value;
    const counterpart = o.input(value.params.name ?? "", value.dtype, ["B", ...value.shape]);
    counterparts.set(value, counterpart);
    return counterpart;
  });
  const { values, batched } = vectorise(program.outputs.map((output) => output.value), counterparts, "B"); // prettier-ignore
  const batchProgram: Program = {
    name: program.name,
    inputs: batchInputs,
    outputs: values.map((value, i) => ({ name: `out${i}`, value })),
  };
  expect(verify(batchProgram)).toEqual([]);

  const inputs = Object.fromEntries(
    batchInputs.map((value): [string, Array64] => [
      value.params.name ?? "",
      randomArray(value.dtype, value.shape.map((dim) => (dim === "B" ? nSamples : Number(dim))), random), // prettier-ignore
    ]),
  );
  const together = Object.values(run(batchProgram, inputs, referenceOps, { B: nSamples }));
  for (let sample = 0; sample < nSamples; sample += 1) {
    const own = Object.entries(inputs).map(([name, x]): [string, Array64] => [
      name,
      batchedNames.includes(name) ? sampleOf(x, sample) : x,
    ]);
    const alone = Object.values(run(program, Object.fromEntries(own), referenceOps, {}));
    alone.forEach((expected, i) => {
      const found = together[i] as Array64; // as many outputs as the program has
      expectClose(batched[i] === true ? sampleOf(found, sample) : found, expected);
    });
  }
  return batchProgram;
}

function sampleOf({ data, shape, dtype }: Array64, sample: number): Array64 {
  const size = data.length / nSamples;
  return { data: data.slice(sample * size, (sample + 1) * size), shape: shape.slice(1), dtype };
}

/** Sums may run in another order: a few roundings of numbers of size one. */
function expectClose(found: Array64, expected: Array64): void {
  expect([found.dtype, found.shape]).toEqual([expected.dtype, expected.shape]);
  found.data.forEach((value, i) => {
    const wanted = expected.data[i] ?? NaN;
    expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(wanted)));
  });
}

function programOf(inputs: readonly Value[], ...outputs: readonly Value[]): Program {
  return { name: "case", inputs, outputs: outputs.map((value, i) => ({ name: `out${i}`, value })) };
}

function opsOf(program: Program): OpName[] {
  return valuesInOrder(program.outputs.map((output) => output.value)).map((value) => value.op);
}

describe("random programs over a batch", () => {
  const seeds = Array.from({ length: 200 }, (_, seed) => seed);
  test.each(seeds)("agree with a loop over samples (seed %i)", (seed) => {
    const program = randomProgram(seed);
    const names = program.inputs.map((value) => value.params.name ?? "");
    const random = generator(seed);
    const some = names.filter(() => random() < 0.5);
    check(program, some, seed);
    check(program, names, seed);
  });
});

describe("broadcasting", () => {
  const scalar = (): Value => o.input("t", "real", []);
  const vector = (): Value => o.input("x", "real", [3]);
  const matrix = (): Value => o.input("y", "real", [2, 3]);

  test("a batched scalar with a batched vector needs one reshape", () => {
    const [t, x] = [scalar(), vector()];
    const program = check(programOf([t, x], o.mul(t, x)), ["t", "x"], 1);
    expect(opsOf(program)).toEqual(["input", "input", "reshape", "mul"]);
  });

  test("a shared vector with a batched scalar", () => {
    const [t, x] = [scalar(), vector()];
    check(programOf([t, x], o.sub(x, t)), ["t"], 2);
  });

  test("a shared scalar with a batched vector needs nothing", () => {
    const [t, x] = [scalar(), vector()];
    const program = check(programOf([t, x], o.div(x, o.exp(t))), ["x"], 3);
    expect(opsOf(program)).toEqual(["input", "exp", "input", "div"]);
  });

  test("scalars stay scalars of the batch until they meet a vector", () => {
    const [t, x] = [scalar(), vector()];
    const program = check(programOf([t, x], o.mul(o.sqrt(o.add(o.exp(t), o.scalar(1))), x)), ["t", "x"], 4);
    expect(opsOf(program).filter((op) => op === "reshape")).toHaveLength(1);
  });

  test("ranks one and two, batched and shared, in both orders", () => {
    const [x, y] = [vector(), matrix()];
    for (const names of [["x"], ["y"], ["x", "y"]]) {
      check(programOf([x, y], o.sub(x, y), o.sub(y, x), o.select(o.less(x, y), x, y)), names, 5);
    }
  });

  test("the batch axis does not meet an axis of the same size", () => {
    const x = o.input("x", "real", [nSamples]);
    const y = o.input("y", "real", [nSamples, nSamples]);
    for (const names of [["x"], ["y"], ["x", "y"]]) check(programOf([x, y], o.add(x, y)), names, 6);
  });

  test("what depends on no batched value is left as it is", () => {
    const [t, x] = [scalar(), vector()];
    const shared = o.exp(t);
    const { values, batched } = vectorise(
      [shared, o.mul(shared, x)],
      new Map([[x, o.input("x", "real", ["B", 3])]]),
      "B",
    );
    expect(values[0]).toBe(shared);
    expect(batched).toEqual([false, true]);
  });
});

describe("products, indices and loops", () => {
  test("matrix products with any operand batched", () => {
    const x = o.input("x", "real", [3]);
    const y = o.input("y", "real", [2, 3]);
    const cube = o.input("z", "real", [2, 2, 3]);
    const weights = o.input("w", "real", [3, 2]);
    const program = programOf([x, y, cube, weights], o.matMul(x, weights), o.matMul(y, weights), o.matMul(cube, weights)); // prettier-ignore
    for (const names of [["x", "y", "z"], ["w"], ["x", "y", "z", "w"]]) check(program, names, 7);
    const shared = check(program, ["x", "y", "z"], 7);
    expect(opsOf(shared).filter((op) => op !== "input")).toEqual(["matMul", "matMul", "matMul"]);
  });

  test("convolutions with any operand batched, kernels small and large", () => {
    const image = o.input("x", "real", [4, 3, 2]);
    const images = o.input("y", "real", [2, 4, 3, 2]);
    const small = o.input("v", "real", [2, 2, 2, 3]);
    const large = o.input("w", "real", [3, 3, 2, 1]);
    const results = [image, images].flatMap((x) => [o.convolve(x, small), o.convolve(x, large)]);
    const program = programOf([image, images, small, large], ...results);
    for (const names of [
      ["x", "y"],
      ["v", "w"],
      ["x", "y", "v", "w"],
    ])
      check(program, names, 7);
    expect(opsOf(check(program, ["x", "y"], 7)).filter((op) => op !== "input")).toEqual(Array(4).fill("convolve"));
  });

  test("gather and scatterAdd with any operand batched", () => {
    const rows = o.input("rows", "real", [3, 2]);
    const indices = o.input("indices", "int", [4]);
    const single = o.input("single", "int", []);
    const picked = o.gather(rows, indices);
    const program = programOf(
      [rows, indices, single],
      picked,
      o.gather(rows, single),
      o.scatterAdd(indices, picked, 3),
    );
    for (const names of [["rows"], ["indices", "single"], ["rows", "indices"], ["rows", "single"]]) {
      check(program, names, 8);
    }
    const table = check(program, ["indices", "single"], 8);
    expect(opsOf(table).filter((op) => op === "gather")).toHaveLength(2);
  });

  test("a carry that becomes batched in the third round is batched from the start", () => {
    // a ← b, b ← c, c ← c + x: only x is batched, and a is so two rounds later.
    const [a, b, c, x] = ["a", "b", "c", "x"].map((name) => o.input(name, "real", [])) as [Value, Value, Value, Value];
    const body = { carry: [a, b, c], xs: [], captures: [x], nextCarry: [b, c, o.add(c, x)], rows: [a] };
    const outer = o.input("x", "real", []);
    const zero = o.scalar(0);
    const { carry, rows } = o.scan(4, body, [zero, zero, zero, outer]);
    const program = programOf([outer], ...carry, ...rows);
    check(program, ["x"], 9);
    const found = evaluate(program.outputs.map((output) => output.value), new Map([[outer, array64([2], [])]]), referenceOps, {}); // prettier-ignore
    expect([...(found[3]?.data ?? [])]).toEqual([0, 0, 0, 2]);
  });

  test("a loop with nothing batched is shared; results of one that is replaced stay unbatched where they can", () => {
    const carry = o.input("carry", "real", []);
    const row = o.input("row", "real", [2]);
    const other = o.input("other", "real", [2]);
    const body = {
      carry: [carry],
      xs: [row, other],
      captures: [],
      nextCarry: [o.add(carry, o.sumAll(row))],
      rows: [other],
    };
    const xs = o.input("xs", "real", [5, 2]);
    const ys = o.input("ys", "real", [5, 2]);
    const { carry: total, rows } = o.scan(5, body, [o.scalar(0), xs, ys]);
    const results = [...total, ...rows];
    expect(vectorise(results, new Map(), "B").values).toEqual(results);
    const { batched } = vectorise(results, new Map([[ys, o.input("ys", "real", ["B", 5, 2])]]), "B");
    expect(batched).toEqual([false, true]);
    for (const names of [["xs"], ["ys"], ["xs", "ys"]]) check(programOf([xs, ys], ...results), names, 10);
  });
});
