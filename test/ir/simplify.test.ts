/** Does simplifying keep values and derivatives, and does it find what it should? */
import { describe, expect, test } from "vitest";
import * as o from "../../compiler/ir/build.js";
import { gradient } from "../../compiler/ir/differentiate.js";
import { run } from "../../compiler/ir/evaluate.js";
import { valuesInOrder } from "../../compiler/ir/order.js";
import { print } from "../../compiler/ir/print.js";
import { parse } from "../../compiler/ir/parse.js";
import { simplify } from "../../compiler/ir/simplify.js";
import { substitute } from "../../compiler/ir/substitute.js";
import type { OpName, Program, Value } from "../../compiler/ir/value.js";
import { vectorise } from "../../compiler/ir/vectorise.js";
import { verify } from "../../compiler/ir/verify.js";
import { referenceOps } from "../../runtime/engines/reference.js";
import type { Array64 } from "../../runtime/engines/reference.js";
import { generator, randomArray, randomInputs, randomProgram } from "./random-program.js";

type Pass = (outputs: readonly Value[]) => Value[];

const seeds = Array.from({ length: 200 }, (_, seed) => seed);

function withOutputs(program: Program, values: readonly Value[]): Program {
  return { ...program, outputs: values.map((value, i) => ({ name: `out${i}`, value })) };
}

function outputsOf(program: Program): Value[] {
  return program.outputs.map((output) => output.value);
}

/** The outputs, and the derivatives of a fixed combination of them with respect to the real inputs. */
function withDerivatives(outputs: readonly Value[], inputs: readonly Value[]): Value[] {
  const terms = outputs
    .filter((value) => value.dtype === "real")
    .map((value, i) => o.mul(o.scalar(1 + 0.37 * i), o.sumAll(o.sin(value))));
  const loss = terms.reduce((sum, term) => o.add(sum, term), o.scalar(0));
  return [...outputs, ...gradient(loss, inputs.filter((input) => input.dtype === "real"))]; // prettier-ignore
}

/** The largest difference between two sets of results, relative to numbers above one. */
function difference(found: Record<string, Array64>, expected: Record<string, Array64>): number {
  let largest = 0;
  for (const [name, wanted] of Object.entries(expected)) {
    expect([found[name]?.dtype, found[name]?.shape]).toEqual([wanted.dtype, wanted.shape]);
    wanted.data.forEach((number, i) => {
      const own = found[name]?.data[i] ?? NaN;
      const gap = Object.is(own, number) || own === number ? 0 : Math.abs(own - number) / Math.max(1, Math.abs(number));
      largest = Number.isNaN(gap) ? Infinity : Math.max(largest, gap);
    });
  }
  return largest;
}

/** How far a pass moves the values and first derivatives of a program. */
function shiftBy(pass: Pass, program: Program, seed: number): number {
  const inputs = randomInputs(program, seed);
  const before = withOutputs(program, withDerivatives(outputsOf(program), program.inputs));
  const after = withOutputs(program, withDerivatives(pass(outputsOf(program)), program.inputs));
  return difference(run(after, inputs, referenceOps, {}), run(before, inputs, referenceOps, {}));
}

/**
 * How many values of a program compute something, bodies included. Leaves and picks do not; nor do broadcasts, of which
 * there are more where x and f(x) are stretched after instead of before f. In the programs of this file the number never
 * grows; it may where the sum of a stretched value becomes a product and a sum over fewer numbers, and where a product
 * with a shared part is split.
 */
function size(outputs: readonly Value[]): number {
  return valuesInOrder(outputs).reduce((total, { inputs, op, params }) => {
    const own = inputs.length > 0 && op !== "pick" && op !== "broadcast" ? 1 : 0;
    return total + own + (params.body === undefined ? 0 : size([...params.body.nextCarry, ...params.body.rows]));
  }, 0);
}

/** A pass that replaces what `rule` gives a replacement for, where it has the same shape. */
function replacing(rule: (value: Value) => Value | null): Pass {
  return (outputs) => {
    const replaced = new Map<Value, Value>();
    const now = (value: Value): Value => replaced.get(value) ?? value;
    for (const value of valuesInOrder(outputs)) {
      const moved = o.make(value.op, value.inputs.map(now), value.params);
      const wanted = value.op === "input" ? value : rule(moved);
      const fits = wanted !== null && String(wanted.shape) === String(value.shape);
      replaced.set(value, fits ? wanted : moved);
    }
    return outputs.map(now);
  };
}

describe("random programs", () => {
  test.each(seeds)("keep their values and derivatives (seed %i)", (seed) => {
    const program = randomProgram(seed);
    const simple = withOutputs(program, simplify(outputsOf(program)));
    expect(verify(simple)).toEqual([]);
    // Reassociated sums and products: some roundings of 1e-16, which a chain of twenty ops may magnify.
    expect(shiftBy(simplify, program, seed)).toBeLessThan(1e-10);
    expect(size(outputsOf(simple))).toBeLessThanOrEqual(size(outputsOf(program)));
    expect(simplify(outputsOf(simple))).toEqual(outputsOf(simple));
    expect(print(parse(print(simple)))).toBe(print(simple));
  });

  test.each(seeds)("keep their derivatives when these are simplified (seed %i)", (seed) => {
    const program = randomProgram(seed);
    const inputs = randomInputs(program, seed);
    const plain = withOutputs(program, withDerivatives(outputsOf(program), program.inputs));
    const simple = withOutputs(program, simplify(outputsOf(plain)));
    expect(verify(simple)).toEqual([]);
    expect(difference(run(simple, inputs, referenceOps, {}), run(plain, inputs, referenceOps, {}))).toBeLessThan(1e-10);
    expect(size(outputsOf(simple))).toBeLessThanOrEqual(size(outputsOf(plain)));
  });

  test.each(seeds)("keep their values over a batch (seed %i)", (seed) => {
    const program = randomProgram(seed);
    const random = generator(seed);
    const counterparts = new Map<Value, Value>();
    const inputs = program.inputs.map((value) => {
      if (random() < 0.4) return value;
      const batch = o.input(value.params.name ?? "", value.dtype, ["B", ...value.shape]);
      counterparts.set(value, batch);
      return batch;
    });
    const plain = withOutputs({ ...program, inputs }, vectorise(outputsOf(program), counterparts, "B").values);
    const simple = withOutputs(plain, simplify(outputsOf(plain)));
    expect(verify(simple)).toEqual([]);
    const tensors = Object.fromEntries(
      inputs.map((value): [string, Array64] => [
        value.params.name ?? "",
        randomArray(value.dtype, value.shape.map((dim) => (dim === "B" ? 3 : Number(dim))), random), // prettier-ignore
      ]),
    );
    const [found, expected] = [simple, plain].map((each) => run(each, tensors, referenceOps, { B: 3 }));
    expect(difference(found ?? {}, expected ?? {})).toBeLessThan(1e-10);
  });

  test("a wrong simplification is caught", () => {
    // Wrong in value: c · x becomes x for every number c. Wrong in derivative only: stopGradient x becomes x.
    const isScaled = (value: Value): boolean => value.op === "mul" && value.inputs[0]?.op === "scalar";
    const planted = [
      replacing((value) => (isScaled(value) ? (value.inputs[1] ?? null) : null)),
      replacing((value) => (value.op === "stopGradient" ? (value.inputs[0] ?? null) : null)),
    ];
    for (const pass of planted) {
      const caught = seeds.filter((seed) => shiftBy(pass, randomProgram(seed), seed) > 1e-10);
      expect(caught.length).toBeGreaterThan(5);
    }
  });
});

/** The ops of what `outputs` become, operands first, inputs left out. */
function opsAfter(...outputs: readonly Value[]): OpName[] {
  return opsOf(simplify(outputs));
}

function opsOf(outputs: readonly Value[]): OpName[] {
  return valuesInOrder(outputs).map((value) => value.op).filter((op) => op !== "input"); // prettier-ignore
}

const make = (op: OpName, ...inputs: readonly Value[]): Value => o.make(op, inputs, {});

describe("formulas", () => {
  const x = o.input("x", "real", [3]);
  const y = o.input("y", "real", [2, 3]);
  const number = (value: number): Value => o.scalar(value);

  const cases: readonly (readonly [string, Value, readonly OpName[]])[] = [
    ["x + 0", make("add", x, number(0)), []],
    ["1 · x", make("mul", number(1), x), []],
    ["x - x", make("sub", x, x), ["scalar", "broadcast"]],
    ["- - x", make("neg", make("neg", x)), []],
    ["exp log x", make("exp", make("log", x)), []],
    ["log exp x", make("log", make("exp", x)), []],
    ["2 (3 x)", make("mul", number(2), make("mul", number(3), x)), ["scalar", "mul"]],
    ["2 (x / 3)", make("mul", number(2), make("div", x, number(3))), ["scalar", "mul"]],
    ["(2 / x) / 3", make("div", make("div", number(2), x), number(3)), ["scalar", "div"]],
    ["1 - (x + 2)", make("sub", number(1), make("add", x, number(2))), ["scalar", "sub"]],
    ["x / 4, exactly", make("div", x, number(4)), ["scalar", "mul"]],
    ["x / 3, left alone", make("div", x, number(3)), ["scalar", "div"]],
    ["x²", make("pow", x, number(2)), ["mul"]],
    ["√x", make("pow", x, number(0.5)), ["sqrt"]],
    ["x · (1 / x)", make("mul", y, make("div", number(1), x)), ["div"]],
    ["known condition", make("select", make("less", number(1), number(2)), x, y), ["broadcast"]],
    ["¬ ¬ (x < y)", make("not", make("not", make("less", x, y))), ["less"]],
    ["a constant formula", make("exp", make("mul", number(2), number(3))), ["scalar"]],
    ["a constant table", make("sin", make("toReal", o.iota(5))), ["constant"]],
    ["stretched, then stretched again", make("add", o.make("broadcast", [x], { shape: [2, 3] }), y), ["add"]],
    ["given a leading one", make("add", o.make("reshape", [x], { shape: [1, 3] }), y), ["add"]],
    ["Σ of Σ", o.make("sum", [o.make("sum", [y], { axes: [1] })], { axes: [0] }), ["sum"]],
    ["Σ of transposed", o.make("sum", [o.make("transpose", [y], { permutation: [1, 0] })], { axes: [0] }), ["sum"]],
    ["Σ 2 y", o.make("sum", [make("mul", number(2), y)], { axes: [1] }), ["scalar", "sum", "mul"]],
    ["Σ of stretched", o.make("sum", [o.make("broadcast", [x], { shape: [4, 3] })], { axes: [0] }), ["scalar", "mul"]],
    [
      "transposed twice",
      o.make("transpose", [o.make("transpose", [y], { permutation: [1, 0] })], { permutation: [1, 0] }),
      [],
    ],
    ["all rows", make("gather", y, o.iota(2)), []],
  ];
  test.each(cases)("%s", (_, value, expected) => {
    expect(opsAfter(value)).toEqual(expected);
    const program: Program = { name: "case", inputs: [x, y], outputs: [{ name: "out0", value }] };
    expect(shiftBy(simplify, positive(program), 1)).toBeLessThan(1e-14);
  });

  // The large operand is met once, and last: two walks over all numbers become one.
  const small = make("tanh", x);
  const stretches: readonly (readonly [string, Value])[] = [
    ["s + (r + X)", make("add", small, make("add", x, y))],
    ["(X · r) · s", make("mul", make("mul", y, x), small)],
    ["s · (-X)", make("mul", small, make("neg", y))],
    ["s · (X / r)", make("mul", small, make("div", y, x))],
  ];
  test.each(stretches)("what is stretched comes first: %s", (_, value) => {
    const [result] = simplify([value]);
    const large = valuesInOrder(result === undefined ? [] : [result]).filter(({ op, shape }) => op !== "input" && shape.length === 2); // prettier-ignore
    expect(large).toEqual([result]);
    const program: Program = { name: "case", inputs: [x, y], outputs: [{ name: "out0", value }] };
    expect(shiftBy(simplify, positive(program), 1)).toBeLessThan(1e-14);
  });

  test("equal values become one, whatever the order of a sum", () => {
    const [a, b] = [make("add", make("exp", x), y), make("add", y, make("exp", x))];
    const [left, right] = simplify([a, b]);
    expect(left).toBe(right);
  });

  test("the sign of a zero keeps constants apart", () => {
    const [plus, minus] = simplify([o.constant([0, 1], [2]), o.constant([-0, 1], [2])]);
    expect(plus).not.toBe(minus);
  });
});

/** The program with exp applied to its inputs, so that logarithms and roots are defined. */
function positive(program: Program): Program {
  const inputs = program.inputs.map((input) => o.input(input.params.name ?? "", input.dtype, input.shape));
  const map = new Map(program.inputs.map((input, i) => [input, make("exp", inputs[i] ?? input)]));
  return { ...withOutputs(program, substitute(outputsOf(program), map)), inputs };
}

describe("a part that all samples share", () => {
  const states = o.input("states", "real", ["B", 2]);
  const embedding = o.input("embedding", "real", [3]);
  const weights = o.input("weights", "real", [5, 4]);
  const beside = (second: Value): Value =>
    o.matMul(o.concat([states, o.make("broadcast", [second], { shape: ["B", 3] })], 1), weights);

  test("is multiplied once and never stretched", () => {
    const [value] = simplify([beside(embedding)]);
    expect(opsOf(value === undefined ? [] : [value])).not.toContain("broadcast");
    const program: Program = {
      name: "case",
      inputs: [states, embedding, weights],
      outputs: [{ name: "out0", value: beside(embedding) }],
    };
    const random = generator(1);
    const tensors = {
      states: randomArray("real", [7, 2], random),
      embedding: randomArray("real", [3], random),
      weights: randomArray("real", [5, 4], random),
    };
    const found = run(withOutputs(program, simplify(outputsOf(program))), tensors, referenceOps, { B: 7 });
    // Sums of five products in another order.
    expect(difference(found, run(program, tensors, referenceOps, { B: 7 }))).toBeLessThan(1e-14);
  });

  test("is left alone where each sample has its own", () => {
    const times = o.input("times", "real", ["B", 3]);
    const value = o.matMul(o.concat([states, times], 1), weights);
    expect(opsAfter(value)).toEqual(["concat", "matMul"]);
  });
});

describe("loops", () => {
  const outer = o.input("x", "real", [3]);
  const start = o.input("y", "real", [3]);

  const inside = o.input("captured", "real", [3]);

  test("a formula of captures moves out, and equal captures become one", () => {
    const state = o.input("state", "real", [3]);
    const again = o.input("again", "real", [3]);
    const next = o.add(o.mul(state, o.tanh(o.exp(inside))), o.tanh(o.exp(again)));
    const body = { carry: [state], xs: [], captures: [inside, again], nextCarry: [next], rows: [] };
    const results = o.scan(4, body, [start, outer, outer]).carry;
    const [result] = simplify(results);
    const scan = result?.inputs[0];
    expect(scan?.inputs.map((value) => value.op)).toEqual(["input", "tanh"]);
    expect(opsOf(scan?.params.body?.nextCarry ?? [])).toEqual(["mul", "add"]);
    const program: Program = {
      name: "case",
      inputs: [outer, start],
      outputs: [{ name: "out0", value: results[0] as Value }],
    };
    expect(shiftBy(simplify, program, 3)).toBeLessThan(1e-13);
  });

  test("unused and unchanged carries, unused rows and constant captures disappear", () => {
    const [used, unused, fixed] = ["used", "unused", "fixed"].map((name) => o.input(name, "real", [3])) as [
      Value,
      Value,
      Value,
    ];
    const two = o.input("two", "real", []);
    const body = {
      carry: [used, unused, fixed],
      xs: [],
      captures: [two],
      nextCarry: [o.mul(o.sin(used), o.mul(two, fixed)), o.exp(unused), fixed],
      rows: [o.cos(used)],
    };
    const results = o.scan(4, body, [start, start, outer, o.scalar(2)]).carry;
    const [first, last] = simplify([results[0], results[2]].filter((value) => value !== undefined));
    expect(last).toBe(outer);
    const scan = first?.inputs[0];
    expect([scan?.params.body?.carry.length, scan?.params.body?.rows.length]).toEqual([1, 0]);
    expect(scan?.inputs).toHaveLength(2);
  });
});

test("a hundred thousand values take about a second, however deep", () => {
  const x = o.input("x", "real", [3]);
  let value: Value = x;
  for (let i = 0; i < 25_000; i += 1) {
    value = make("add", make("mul", make("sin", value), o.scalar(1 + (i % 7))), make("mul", o.scalar(1), x));
  }
  const start = performance.now();
  const [result] = simplify([value]);
  const elapsed = performance.now() - start;
  expect(valuesInOrder(result === undefined ? [] : [result]).length).toBeGreaterThan(70_000);
  // Generous, for slow machines: what it is to catch, a quadratic walk, takes minutes.
  expect(elapsed).toBeLessThan(20_000);
});
