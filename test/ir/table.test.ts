/** Is the op table consistent with itself, with `Ops` and with the reference engine, and are sizes computed rightly? */
import { describe, expect, test } from "vitest";
import { input, make, withOrigin } from "../../compiler/ir/build.js";
import * as o from "../../compiler/ir/build.js";
import { broadcastShapes, elements, multiply, quotient, resolve } from "../../compiler/ir/dims.js";
import { evaluate } from "../../compiler/ir/evaluate.js";
import { substitute } from "../../compiler/ir/substitute.js";
import { opNames, table } from "../../compiler/ir/table.js";
import type { Value } from "../../compiler/ir/value.js";
import { array64, referenceOps } from "../../runtime/engines/reference.js";
import { drawPoint, randomNumbers } from "./gradient-check.js";

test("the rows are the methods of Ops and what exists at compile time alone", () => {
  const atCompileTime = ["across", "input", "pick", "size", "stopGradient"];
  const methods = Object.keys(referenceOps).filter((name) => name !== "shapeOf");
  expect([...opNames].sort()).toEqual([...methods, ...atCompileTime].sort());
});

test.each(opNames)("%s: document, symbol, and shape rule beside the reference engine", (name) => {
  const row = table[name];
  expect(row.doc).toMatch(/^[^\n]+\.$/);
  const placeholders = [...row.symbol.matchAll(/\{([^}]*)\}/g)].map(([, placeholder]) => placeholder ?? "");
  for (const placeholder of placeholders.filter((each) => each !== "*")) {
    const isOperand = row.arity !== "any" && /^\d$/.test(placeholder) && Number(placeholder) < row.arity;
    expect(isOperand || row.params.some((param) => param === placeholder), placeholder).toBe(true);
  }
  const random = randomNumbers(5);
  for (const each of row.domain.cases) {
    const point = drawPoint(row.domain, each, random);
    const operands = point.map(({ dtype, shape }, place) => input(`x${place}`, dtype, shape));
    const value = make(name, operands, each.params);
    const bindings = new Map(operands.map((operand, place) => [operand, arrayOf(point[place])]));
    const [found] = evaluate([value], bindings, referenceOps, { B: 2 });
    expect({ dtype: found?.dtype, shape: found?.shape }).toEqual({ dtype: value.dtype, shape: value.shape });
  }
});

test("a violated shape rule is a bug of the compiler, shortcuts or not", () => {
  const [a, k] = [o.input("a", "real", ["B", 3]), o.input("k", "int", [2])];
  expect(() => o.add(a, o.input("b", "real", [2]))).toThrow("add: [B, 3] and [2] do not broadcast");
  expect(() => o.mul(k, o.scalar(1))).toThrow("mul: the operands are int and real");
  expect(() => make("neg", [], {})).toThrow("neg takes 1 operands, not 0");
  expect(() => o.slice(a, [0, 1], [2, 2])).toThrow("leaves [B, 3]");
});

describe("shortcuts", () => {
  const x = o.input("x", "real", ["B", 3]);
  const row = o.input("row", "real", [3]);
  test.each<[string, () => Value, () => Value]>([
    ["x + 0", () => o.add(x, o.zeros(["B", 3])), () => x],
    ["x · 1", () => o.mul(o.ones([3]), x), () => x],
    ["- - x", () => o.neg(o.neg(x)), () => x],
    ["one axis order undone by another", () => o.transpose(o.transpose(x, [1, 0]), [1, 0]), () => x],
    ["a slice of what pad put zeros around", () => o.slice(o.pad(row, [2], [1]), [2], [3]), () => row],
    ["a slice within one part", () => o.slice(o.concat([row, row], 0), [3], [3]), () => row],
    ["reverse of reverse", () => o.reverse(o.reverse(x, [0]), [0]), () => x],
  ])("%s", (_, make, expected) => expect(make()).toBe(expected()));

  test("x · 0 keeps its symbolic shape", () => {
    const zero = o.mul(row, o.zeros(["B", 1]));
    expect([o.uniform(zero), zero.shape]).toEqual([0, ["B", 3]]);
  });
  test("x + 0 is stretched where 0 has the larger shape", () => {
    expect(o.add(row, o.zeros(["B", 3])).shape).toEqual(["B", 3]);
  });
  test("elementwise ops take operands unstretched", () => {
    const product = o.mul(x, o.broadcast(row, ["B", 3]));
    expect(product.inputs).toEqual([x, row]);
  });
  test("the sum of a stretched value is a product with the size", () => {
    const total = o.sum(o.broadcast(row, ["B", 3]), [0]);
    const at = new Map([[row, array64([1, 2, 3], [3])]]);
    const [found] = evaluate([total], at, referenceOps, { B: 5 });
    expect([...(found?.data ?? [])]).toEqual([5, 10, 15]);
  });
  test("constants are computed in float64", () => {
    expect(o.uniform(o.exp(o.div(o.scalar(1), o.scalar(3))))).toBe(Math.exp(1 / 3));
    expect(o.log(o.scalar(0)).op).toBe("log");
  });
});

test("values carry the origin around them, also after substitution", () => {
  const span = { source: { name: "m.sde", text: "a" }, start: 0, end: 1 };
  const x = o.input("x", "real", []);
  const y = withOrigin(span, () => o.sin(x));
  const [z] = substitute([y], new Map([[x, o.input("u", "real", [])]]));
  expect([y.origin, z?.origin, o.sin(x).origin]).toEqual([span, span, null]);
});

test("run-time sizes", () => {
  expect([multiply(3, "B"), multiply("B", 1), multiply("2*B", 3), multiply(0, "B")]).toEqual(["3*B", "B", "6*B", 0]);
  expect(() => multiply("B", "K")).toThrow("more than one symbol");
  expect([quotient("6*B", 3), quotient("6*B", "2*B"), quotient(5, 2), quotient(6, "B")]).toEqual([
    "2*B",
    3,
    null,
    null,
  ]);
  expect([elements(["K", 2, "B"]), elements(["B", "2*K"]), elements([])]).toEqual(["2*B*K", "2*B*K", 1]);
  expect(broadcastShapes(["B", 1, 3], [2, 1])).toEqual(["B", 2, 3]);
  expect(broadcastShapes(["B"], ["K"])).toBeNull();
  expect(resolve("3*B", { B: 4 })).toBe(12);
});

function arrayOf(point: ReturnType<typeof drawPoint>[number] | undefined): ReturnType<typeof array64> {
  if (point === undefined) throw new Error("no such operand");
  return array64(point.values, point.shape, point.dtype);
}
