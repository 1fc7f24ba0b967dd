/** Is every derivative of the op table right, to second order, alone and through loops? */
import { describe, expect, test } from "vitest";
import * as o from "../../compiler/ir/build.js";
import { gradient, jvp, vjp } from "../../compiler/ir/differentiate.js";
import { evaluate } from "../../compiler/ir/evaluate.js";
import { loop } from "../../compiler/ir/loop.js";
import { mergeScans } from "../../compiler/ir/merge-scans.js";
import { valuesInOrder } from "../../compiler/ir/order.js";
import type { Derivative, Row } from "../../compiler/ir/row.js";
import { opNames, table } from "../../compiler/ir/table.js";
import type { Dim, OpName, Value } from "../../compiler/ir/value.js";
import { verify } from "../../compiler/ir/verify.js";
import { array64, referenceOps, type Array64 } from "../../runtime/engines/reference.js";
import { checkableRows, checkFunction, checkRow, randomNumbers, type Point } from "./gradient-check.js";

// Richardson's error is h⁴ times a fifth derivative: 3e-10 is the largest seen for a row, 7e-10 at order 2 (which
// differentiates an exact first derivative), and 5e-8 for the two loops within each other, whose derivatives grow.
const tolerance = { order1: 1e-8, order2: 1e-6, adjoint: 1e-12 };

describe("rows", () => {
  test("every row with a real result of a real operand is checked", () => {
    const differentiable = opNames.filter((name) => ["nonlinear", "linear", "bilinear"].includes(table[name].derivative.kind)); // prettier-ignore
    expect(checkableRows()).toEqual(expect.arrayContaining(differentiable));
    expect(differentiable.length).toBeGreaterThan(35);
  });

  test.each(checkableRows())("%s", (name) => {
    for (const seed of [1, 2, 3]) expectGood(checkRow(name, seed), `${name}, seed ${seed}`);
  });

  test("a wrong derivative is caught", () => {
    const wrong: Row = {
      ...table.tanh,
      // 1 - tanh x in place of 1 - tanh² x
      derivative: {
        kind: "nonlinear",
        jvp: (o, value, [dx]) => (dx === null || dx === undefined ? null : o.mul(dx, o.sub(o.scalar(1), value))),
      },
    };
    withRow("tanh", wrong, () => {
      expect(checkRow("tanh", 1).order1).toBeGreaterThan(1e-2);
      expect(checkRow("tanh", 1).order2).toBeGreaterThan(1e-2);
    });
    expectGood(checkRow("tanh", 1), "the row is back");
  });

  test("a wrong transpose is caught", () => {
    const { derivative } = table.slice;
    if (derivative.kind !== "linear") throw new Error("slice is linear");
    const flipped: Derivative = {
      kind: "linear",
      operands: "all",
      transpose: (o, cotangent, value, place) => o.neg(derivative.transpose(o, cotangent, value, place)),
    };
    withRow("slice", { ...table.slice, derivative: flipped }, () =>
      expect(checkRow("slice", 1).adjoint).toBeGreaterThan(0.5),
    );
  });
});

describe("special points", () => {
  test.each<[string, (x: Value) => Value, number, number]>([
    ["abs at 0", o.abs, 0, 0],
    ["sqrt at 0", o.sqrt, 0, 0],
    ["max(x, 0) at 0", (x) => o.max(x, o.scalar(0)), 0, 0.5],
    ["min(x, 0) at 0", (x) => o.min(x, o.scalar(0)), 0, 0.5],
    ["max(x, x)", (x) => o.max(x, x), 3, 1],
    ["norm at 0", (x) => o.sqrt(o.mul(x, x)), 0, 0],
    ["x² by pow, x < 0", (x) => o.pow(x, o.scalar(2)), -3, -6],
    ["x³ by pow, x < 0", (x) => o.pow(x, o.scalar(3)), -2, 12],
    ["x⁻² by pow, x < 0", (x) => o.pow(x, o.scalar(-2)), -2, 0.25],
    ["x⁰ by pow at 0", (x) => o.pow(x, o.scalar(0)), 0, 0],
    ["x by pow at 0", (x) => o.pow(x, o.scalar(1)), 0, 1],
    ["0^x at 2", (x) => o.pow(o.scalar(0), x), 2, 0],
    ["stopGradient", (x) => o.mul(x, o.stopGradient(x)), 3, 3],
    ["what does not depend on x", () => o.scalar(7), 1, 0],
  ])("%s", (_, compute, at, expected) => {
    const x = o.input("x", "real", []);
    const [slope] = numbers(gradient(compute(x), [x]), new Map([[x, at]]));
    expect(slope).toBeCloseTo(expected, 12);
    const [tangent] = numbers(jvp([compute(x)], [x], [o.scalar(1)]), new Map([[x, at]]));
    expect(tangent).toBeCloseTo(expected, 12);
  });

  test("equal maxima share the derivative evenly", () => {
    const x = o.input("x", "real", [4]);
    const found = gradient(o.reduceMax(x, [0]), [x]);
    const [row] = evaluate(found, new Map([[x, array64([1, 5, 5, 2], [4])]]), referenceOps, {});
    expect([...(row?.data ?? [])]).toEqual([0, 0.5, 0.5, 0]);
  });

  test("the second derivative of √ at 0 is not NaN", () => {
    const x = o.input("x", "real", []);
    const [first] = gradient(o.sqrt(o.mul(x, x)), [x]);
    if (first === undefined) throw new Error("one gradient");
    expect(numbers(gradient(first, [x]), new Map([[x, 0]]))).toEqual([0]);
  });

  test("third derivative", () => {
    const x = o.input("x", "real", []);
    let value = o.exp(o.mul(o.scalar(2), x));
    for (let order = 0; order < 3; order += 1) value = gradient(value, [x])[0] ?? value;
    expect(numbers([value], new Map([[x, 0.3]]))[0]).toBeCloseTo(8 * Math.exp(0.6), 10);
  });

  test("held values count as constants unless asked for", () => {
    const x = o.input("x", "real", []);
    const y = o.exp(x);
    const z = o.mul(x, y);
    const at = new Map([[x, 0.5]]);
    expect(numbers(gradient(z, [x], new Set([y])), at)[0]).toBeCloseTo(Math.exp(0.5), 12);
    expect(numbers(gradient(z, [y], new Set([y])), at)[0]).toBeCloseTo(0.5, 12);
    // Several wrt are independent of each other.
    expect(numbers(gradient(z, [x, y]), at)).toEqual([Math.exp(0.5), 0.5]);
  });
});

describe("loops", () => {
  const random = randomNumbers(11);
  const numbersOf = (length: number): number[] => Array.from({ length }, () => random() - 0.5);
  const point = (...shape: number[]): Point => ({ values: numbersOf(shape.reduce((a, b) => a * b, 1)), shape, dtype: "real" }); // prettier-ignore

  test("a recurrence of 20 rounds with a captured matrix, rows in and rows out", () => {
    const check = checkFunction(
      ([h = missing(), w = missing(), xs = missing(), b = missing()]) => {
        const { carry, rows } = loop(20, [h], [xs], ([state = missing()], [x = missing()]) => {
          const next = o.tanh(o.add(o.add(o.matMul(state, w), x), o.mul(b, b)));
          return { carry: [next], rows: [o.sumAll(o.mul(next, state)), o.mul(x, b)] };
        });
        return [...carry, ...rows];
      },
      [point(2, 3), point(3, 3), point(20, 3), point(3)],
      random,
    );
    expectGood(check, "recurrence");
  });

  test("integer and boolean carries, an unused carry, a carry that moves only later", () => {
    const check = checkFunction(
      ([x = missing(), w = missing()]) => {
        const count = o.toInt(o.scalar(0));
        const { carry, rows } = loop(
          6,
          [count, o.scalar(0), o.scalar(0), x, x, o.less(o.scalar(0), o.sumAll(x))],
          [o.iota(6)],
          (
            [n = missing(), , later = missing(), state = missing(), idle = missing(), flag = missing()],
            [k = missing()],
          ) => {
            const isOdd = o.less(o.sin(o.mul(o.scalar(3), o.toReal(k))), o.scalar(0));
            const next = o.select(o.and(isOdd, flag), o.mul(state, w), o.sin(state));
            const one = o.toInt(o.scalar(1));
            return { carry: [o.add(n, one), o.add(later, o.sumAll(state)), o.sumAll(o.mul(next, w)), next, idle, o.not(flag)], rows: [o.toReal(n)] }; // prettier-ignore
          },
        );
        return [carry[1] ?? missing(), carry[3] ?? missing(), rows[0] ?? missing()];
      },
      [point(3), point(3)],
      random,
    );
    expectGood(check, "mixed carries");
  });

  test("a loop within a loop", () => {
    const check = checkFunction(
      ([x = missing(), w = missing()]) =>
        loop(4, [x], [], ([outer = missing()]) => {
          const inner = loop(3, [outer], [], ([state = missing()]) => ({
            carry: [o.sin(o.add(o.matMul(state, w), outer))],
            rows: [o.sumAll(o.mul(state, state))],
          }));
          return { carry: [inner.carry[0] ?? missing()], rows: [o.sumAll(inner.rows[0] ?? missing())] };
        }).rows.slice(),
      [point(2, 2), point(2, 2)],
      random,
    );
    expectGood(check, "nested loops");
  });

  test("a gradient inside of a loop, and of the loop: a score by autodiff in each step", () => {
    const check = checkFunction(
      ([x = missing(), w = missing()]) =>
        loop(5, [x], [], ([state = missing()]) => {
          const [score = missing()] = gradient(o.neg(o.sumAll(o.softplus(o.matMul(state, w)))), [state]);
          return { carry: [o.add(state, o.mul(o.scalar(0.3), score))], rows: [] };
        }).carry,
      [point(2, 3), point(3, 4)],
      random,
    );
    expectGood(check, "Langevin steps");
  });

  test("θ-gradient of sliced score matching, the score being a loop of 20 steps", () => {
    // E[vᵀ ∇ₓ(vᵀ s(x)) + ½ (vᵀ s(x))²] (Song et al. 2019, eq. 8): a gradient of a jvp, through the loop.
    const slices = array64(numbersOf(8), [4, 2]);
    const check = checkFunction(
      ([x = missing(), w = missing(), b = missing()]) => {
        const v = o.constant([...slices.data], [4, 2]);
        const score = (at: Value): Value =>
          loop(20, [at], [], ([h = missing()]) => ({ carry: [o.tanh(o.add(o.matMul(h, w), b))], rows: [] })).carry[0] ?? missing(); // prettier-ignore
        const s = score(x);
        const [along = missing()] = jvp([s], [x], [v]);
        const projected = o.sum(o.mul(v, s), [1]);
        const loss = o.mean(o.add(o.sum(o.mul(v, along), [1]), o.mul(o.scalar(0.5), o.mul(projected, projected))), [0]);
        return [loss];
      },
      [point(4, 2), { values: [1.1, -0.7, 0.6, 1.2], shape: [2, 2], dtype: "real" }, point(2)],
      random,
    );
    expectGood(check, "sliced score matching");
  });

  test("a loop linear in its operands has the loop backwards as its transpose, without storing anything", () => {
    const x = o.input("x", "real", [3]);
    const { carry } = loop(7, [x], [], ([state = missing()]) => ({ carry: [o.mul(o.scalar(0.5), state)], rows: [] }));
    const [slope = missing()] = gradient(o.sumAll(carry[0] ?? missing()), [x]);
    expect(valuesInOrder([slope]).filter((value) => value.op === "scan")).toHaveLength(1);
    const [found] = evaluate([slope], new Map([[x, array64([1, 2, 3], [3])]]), referenceOps, {});
    expect([...(found?.data ?? [])]).toEqual([2 ** -7, 2 ** -7, 2 ** -7]);
  });

  test("value and gradient together need the loop once forward and once backward, at order 2 likewise", () => {
    const [x, w] = [o.input("x", "real", [2, 3]), o.input("w", "real", [3, 3])];
    const { carry } = loop(9, [x], [], ([state = missing()]) => ({ carry: [o.tanh(o.matMul(state, w))], rows: [] }));
    const value = o.sumAll(carry[0] ?? missing());
    const first = gradient(value, [w]);
    const second = gradient(o.sumAll(o.mul(first[0] ?? missing(), first[0] ?? missing())), [w, x]);
    const scans = (outputs: readonly Value[]): number => valuesInOrder(outputs).filter(({ op }) => op === "scan").length; // prettier-ignore
    expect(scans([value, ...first])).toBe(3);
    expect(scans(mergeScans([value, ...first]))).toBe(2);
    const all = [value, ...first, ...second];
    const merged = mergeScans(all);
    expect(scans(merged)).toBeLessThan(scans(all));
    const at = new Map([x, w].map((input) => [input, arrayOf(point(...input.shape.map(Number)))]));
    const results = (outputs: readonly Value[]): number[][] => evaluate(outputs, at, referenceOps, {}).map(({ data }) => [...data]); // prettier-ignore
    expect(results(merged)).toEqual(results(all));
  });

  test("loops within loops merge in their bodies", () => {
    const x = o.input("x", "real", [3]);
    const { carry } = loop(3, [x], [], ([outer = missing()]) => {
      const inner = loop(2, [outer], [], ([state = missing()]) => ({ carry: [o.sin(state)], rows: [] }));
      const [end = missing()] = inner.carry;
      return { carry: [o.add(end, gradient(o.sumAll(end), [outer])[0] ?? missing())], rows: [] };
    });
    const bodies = (outputs: readonly Value[]): number =>
      valuesInOrder(outputs)
        .flatMap(({ params }) => (params.body === undefined ? [] : valuesInOrder(params.body.nextCarry)))
        .filter(({ op }) => op === "scan").length;
    const merged = mergeScans(carry);
    expect([bodies(carry), bodies(merged)]).toEqual([3, 2]);
    const at = new Map([[x, array64([0.1, -0.4, 2], [3])]]);
    expect(evaluate(merged, at, referenceOps, {})).toEqual(evaluate(carry, at, referenceOps, {}));
  });

  test("graphs of loops are well formed, with a run-time length too", () => {
    const x = o.input("x", "real", ["B", 3]);
    const w = o.input("w", "real", [3, 3]);
    const ts = o.input("ts", "real", ["K"]);
    const { carry } = loop("K", [x], [ts], ([state = missing()], [t = missing()]) => ({
      carry: [o.tanh(o.mul(t, o.matMul(state, w)))],
      rows: [],
    }));
    const first = gradient(o.mean(carry[0] ?? missing(), [0, 1]), [w, ts]);
    const second = gradient(o.sumAll(first[0] ?? missing()), [w, x, ts]);
    const outputs = [...first, ...second].map((value, place) => ({ name: `g${place}`, value }));
    expect(verify({ name: "p", inputs: [x, w, ts], outputs }, ["B", "K"])).toEqual([]);
    expect(second.map((value) => value.shape)).toEqual([[3, 3], ["B", 3], ["K"]]);
  });
});

describe("the graphs made", () => {
  const [x, w, b] = [o.input("x", "real", ["B", 4]), o.input("w", "real", [4, 3]), o.input("b", "real", [3])];

  test("a linear layer: aᵀ g, g bᵀ, and a sum over the batch; nothing else", () => {
    const layer = o.add(o.matMul(x, w), b);
    const g = o.input("g", "real", ["B", 3]);
    const found = vjp([layer], [x, w, b], [g]);
    const made = valuesInOrder(found).map((value) => value.op).filter((op) => op !== "input"); // prettier-ignore
    expect(made.sort()).toEqual(["matMul", "matMul", "sum", "transpose", "transpose"]);
  });

  test("three leading axes are merged into one product, two run-time sizes are not", () => {
    const a = o.input("a", "real", ["B", 5, 4]);
    const [dw = missing()] = vjp([o.matMul(a, w)], [w], [o.input("g", "real", ["B", 5, 3])]);
    expect(valuesInOrder([dw]).some((value) => value.shape.includes("5*B"))).toBe(true);
    const c = o.input("c", "real", ["B", "K", 4]);
    const [dv = missing()] = vjp([o.matMul(c, w)], [w], [o.input("g", "real", ["B", "K", 3])]);
    expect(valuesInOrder([dv]).map((value) => value.op)).toContain("batchMatMul");
    expect(dv.shape).toEqual([4, 3]);
  });

  test("the kernels of a convolution by another one; with two run-time sizes by a product for each offset", () => {
    const kernels = o.input("kernels", "real", [2, 2, 3, 2]);
    const rows = (batch: readonly Dim[], size: number, channels: number): Value =>
      o.input("x", "real", [...batch, size, size, channels]);
    const byKernels = (batch: readonly Dim[]): Value =>
      vjp([o.convolve(rows(batch, 4, 3), kernels)], [kernels], [rows(batch, 3, 2)])[0] ?? missing();
    expect(opsOf([byKernels(["B"])])).toEqual(["convolve", "input", "input", "transpose", "transpose", "transpose"]);
    const apart = byKernels(["B", "K"]);
    expect(apart.shape).toEqual([2, 2, 3, 2]);
    expect(opsOf([apart]).filter((op) => op === "batchMatMul")).toHaveLength(4);
  });

  test("zero tangents are not made", () => {
    const y = o.add(o.mul(x, x), o.mul(o.stopGradient(x), o.input("c", "real", [4])));
    const [tangent = missing()] = jvp([y], [x], [o.input("v", "real", ["B", 4])]); // prettier-ignore
    expect(valuesInOrder([tangent]).filter((value) => o.uniform(value) === 0)).toEqual([]);
  });

  test("100 000 values in a chain: no stack overflow, a few values per value", () => {
    let value: Value = o.input("x", "real", []);
    const start = value;
    for (let step = 0; step < 100_000; step += 1) value = o.sin(value);
    const [slope = missing()] = gradient(value, [start]);
    expect(valuesInOrder([slope]).length).toBeLessThan(400_000);
  });

  test("repeated use does not multiply: x → x + x, 200 times", () => {
    const start = o.input("x", "real", []);
    let value: Value = start;
    for (let step = 0; step < 200; step += 1) value = o.add(value, o.sin(value));
    let count = 0;
    for (let order = 1; order <= 3; order += 1) {
      value = gradient(value, [start])[0] ?? missing();
      count = valuesInOrder([value]).length;
    }
    // 5, 15 and 46 values per step for orders 1, 2 and 3.
    expect(count).toBeLessThan(200 * 100);
  });
});

function expectGood(errors: { order1: number; order2: number; adjoint: number }, what: string): void {
  expect(errors.order1, `${what}: order 1`).toBeLessThan(tolerance.order1);
  expect(errors.order2, `${what}: order 2`).toBeLessThan(tolerance.order2);
  expect(errors.adjoint, `${what}: adjoint`).toBeLessThan(tolerance.adjoint);
}

/** The table is read-only to all but this: a row is exchanged while `run` runs. */
function withRow(name: OpName, row: Row, run: () => void): void {
  const own = table[name];
  Object.assign(table, { [name]: row });
  try {
    run();
  } finally {
    Object.assign(table, { [name]: own });
  }
}

function numbers(values: readonly Value[], at: ReadonlyMap<Value, number>): number[] {
  const bindings = new Map([...at].map(([value, number]) => [value, array64([number], [])]));
  return evaluate(values, bindings, referenceOps, {}).map((result) => result.data[0] ?? NaN);
}

function arrayOf({ values, shape, dtype }: Point): Array64 {
  return array64(values, shape, dtype);
}

function opsOf(outputs: readonly Value[]): OpName[] {
  return valuesInOrder(outputs).map((value) => value.op).sort(); // prettier-ignore
}

function missing(): never {
  throw new Error("a value is missing");
}
