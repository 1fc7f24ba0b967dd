/** Do loops with a condition, and what looks across samples, survive every pass? */
import { describe, expect, test } from "vitest";
import * as o from "../../compiler/ir/build.js";
import { gradient } from "../../compiler/ir/differentiate.js";
import { evaluate } from "../../compiler/ir/evaluate.js";
import { acrossSamples, loopWhile } from "../../compiler/ir/loop.js";
import { parse } from "../../compiler/ir/parse.js";
import { print } from "../../compiler/ir/print.js";
import { simplify } from "../../compiler/ir/simplify.js";
import type { Program, Value } from "../../compiler/ir/value.js";
import { vectorise } from "../../compiler/ir/vectorise.js";
import { verify } from "../../compiler/ir/verify.js";
import { array64, referenceOps } from "../../runtime/engines/reference.js";

const x = o.input("x", "real", []);
const shrink = o.input("shrink", "real", []);

/** The first x · shrinkⁿ, n ≥ 1, that is not above 1, and n; at most 30 rounds. An idle carry goes along. */
function halved(start: Value, factor: Value): readonly Value[] {
  return loopWhile(30, [start, o.scalar(0), o.scalar(5)], ([state = start, rounds = start, idle = start]) => {
    const next = o.mul(state, o.exp(o.log(factor)));
    return { carry: [next, o.add(rounds, o.scalar(1)), idle], again: o.less(o.scalar(1), next) };
  });
}

const found = halved(x, shrink);
const program: Program = {
  name: "halved",
  inputs: [x, shrink],
  outputs: found.map((value, i) => ({ name: `out${i}`, value })),
};
const at = (a: number, b: number): number[] =>
  evaluate(found, new Map([[x, array64([a], [])], [shrink, array64([b], [])]]), referenceOps, {}).map(({ data }) => data[0] ?? NaN); // prettier-ignore

describe("while", () => {
  test("runs at least once, until its condition fails, at most as often as it may", () => {
    expect(at(8, 0.5)).toEqual([1, 3, 5]);
    expect(at(0.5, 0.5)).toEqual([0.25, 1, 5]);
    expect(at(2, 1)).toEqual([2, 30, 5]);
  });
  test("is well formed, and printing it loses nothing", () => {
    expect(verify(program)).toEqual([]);
    expect(print(parse(print(program)))).toBe(print(program));
  });
  test("its body and its condition are simplified, what does not change leaves it", () => {
    const simple = simplify(found);
    expect(simple[2]).toMatchObject({ op: "scalar", params: { value: 5 } });
    const loop = simple[0]?.inputs[0];
    expect([loop?.op, loop?.params.body?.carry.length]).toEqual(["while", 2]);
    // exp(log(shrink)) is computed once, outside.
    const ops = loop?.params.body?.nextCarry.flatMap((next) => [next.op, ...next.inputs.map(({ op }) => op)]);
    expect(ops).toEqual(["mul", "input", "input", "add", "input", "scalar"]);
    const values = evaluate(
      simple,
      new Map([
        [x, array64([8], [])],
        [shrink, array64([0.5], [])],
      ]),
      referenceOps,
      {},
    );
    expect(values.map(({ data }) => data[0])).toEqual([1, 3, 5]);
  });
  test("over a batch every sample stops in its own round", () => {
    const [many, factors] = [o.input("x", "real", ["B"]), o.input("shrink", "real", ["B"])];
    const both = vectorise(found, new Map([[x, many], [shrink, factors]]), "B"); // prettier-ignore
    expect(both.batched).toEqual([true, true, true]);
    const given = new Map([[many, array64([8, 0.5, 2], [3])], [factors, array64([0.5, 0.5, 1], [3])]]); // prettier-ignore
    const [states, rounds] = evaluate(both.values, given, referenceOps, { B: 3 });
    expect([...(states?.data ?? [])]).toEqual([1, 0.25, 2]);
    expect([...(rounds?.data ?? [])]).toEqual([3, 1, 30]);
    const whole: Program = { name: "batch", inputs: [many, factors], outputs: both.values.map((value, i) => ({ name: `o${i}`, value })) }; // prettier-ignore
    expect(verify(whole)).toEqual([]);
  });
  test("has no derivative by its rounds; what is held fixed has none to take", () => {
    expect(() => gradient(found[0] ?? x, [x])).toThrow("a derivative through while");
    const [slope] = gradient(o.mul(x, halved(o.stopGradient(x), shrink)[0] ?? x), [x]);
    const value = evaluate(
      [slope ?? x],
      new Map([
        [x, array64([8], [])],
        [shrink, array64([0.5], [])],
      ]),
      referenceOps,
      {},
    );
    expect(value[0]?.data[0]).toBe(1);
  });
});

describe("across", () => {
  const row = o.input("row", "real", [2]);
  const scale = o.input("scale", "real", []);
  /** Each sample less the mean of all, times a number that they share. */
  const [centred = row] = acrossSamples([o.mul(row, row)], ([all = row]) => [
    o.mul(scale, o.sub(all, o.mean(all, [0]))),
  ]);

  test("becomes its body over the batch", () => {
    expect(centred.shape).toEqual([2]);
    const batch = o.input("row", "real", ["B", 2]);
    const { values, batched } = vectorise([o.neg(centred)], new Map([[row, batch]]), "B");
    expect(batched).toEqual([true]);
    const given = new Map([[batch, array64([1, 2, 3, 4], [2, 2])], [scale, array64([10], [])]]); // prettier-ignore
    const [result] = evaluate(values, given, referenceOps, { B: 2 });
    expect([...(result?.data ?? [])]).toEqual([40, 60, -40, -60]);
    const whole: Program = { name: "batch", inputs: [batch, scale], outputs: [{ name: "y", value: values[0] ?? row }] };
    expect(verify(whole)).toEqual([]);
  });
  test("is not computed for one sample, nor differentiated", () => {
    const given = new Map([[row, array64([1, 2], [2])], [scale, array64([10], [])]]); // prettier-ignore
    expect(() => evaluate([centred], given, referenceOps, {})).toThrow("looks across samples");
    expect(() => gradient(o.sumAll(centred), [row])).toThrow("a derivative through across");
  });
  test("what samples share may not differ between them", () => {
    const map = new Map([[row, o.input("row", "real", ["B", 2])], [scale, o.input("scale", "real", ["B"])]]); // prettier-ignore
    expect(() => vectorise([centred], map, "B")).toThrow("differs between them");
  });
});
