/** Are random programs valid, and do printing, parsing and verifying agree on them? */
import { describe, expect, test } from "vitest";
import * as o from "../../compiler/ir/build.js";
import { run } from "../../compiler/ir/evaluate.js";
import { parse } from "../../compiler/ir/parse.js";
import { print } from "../../compiler/ir/print.js";
import { verify } from "../../compiler/ir/verify.js";
import { referenceOps } from "../../runtime/engines/reference.js";
import { randomInputs, randomProgram } from "./random-program.js";

const seeds = Array.from({ length: 150 }, (_, seed) => seed);

describe("random programs", () => {
  test.each(seeds)("are valid and finite (seed %i)", (seed) => {
    const program = randomProgram(seed);
    expect(verify(program)).toEqual([]);
    const results = run(program, randomInputs(program, seed), referenceOps, {});
    for (const { data } of Object.values(results)) expect([...data].every(Number.isFinite)).toBe(true);
  });

  test.each(seeds)("survive printing and parsing (seed %i)", (seed) => {
    const program = randomProgram(seed);
    const text = print(program);
    const parsed = parse(text);
    expect(print(parsed)).toBe(text);
    expect(verify(parsed)).toEqual([]);
    const inputs = randomInputs(program, seed);
    expect(run(parsed, inputs, referenceOps, {})).toEqual(run(program, inputs, referenceOps, {}));
  });
});

describe("the text of a program", () => {
  const x = o.input("x", "real", ["B", 2]);
  const state = o.input("state", "real", ["B", 2]);
  const step = o.input("step", "real", []);
  const body = { carry: [state], xs: [step], captures: [], nextCarry: [o.mul(state, step)], rows: [] };
  const { carry } = o.scan(3, body, [x, o.constant([0.1, -0, 1e-300], [3])]);
  const program = {
    name: 'a "name"',
    inputs: [x],
    outputs: [
      { name: "end", value: o.sum(carry[0] ?? x, [1]) },
      { name: "limit", value: o.scalar(-Infinity) },
    ],
  };

  test("is readable, nested and exact", () => {
    expect(print(program)).toBe(`program "a \\"name\\"" {
  %0 = input() {name: "x"} : real[B, 2]
  %1 = constant() {values: [0.1, -0, 1e-300], shape: [3]} : real[3]
  %2 = scan(%0, %1) {length: 3} : real[] {
    carry (1) xs (1) captures (0)
    %3 = input() {name: "state"} : real[B, 2]
    %4 = input() {name: "step"} : real[]
    %5 = mul(%3, %4) : real[B, 2]
    next (%5) rows ()
  }
  %6 = pick(%2) {index: 0} : real[B, 2]
  %7 = sum(%6) {axes: [1]} : real[B]
  %8 = scalar() {value: -Infinity} : real[]
  return "end" = %7
  return "limit" = %8
}
`);
    expect(print(parse(print(program)))).toBe(print(program));
  });

  test.each([
    ["an unknown op", "sum(%6)", "total(%6)", /line 12: there is no op total/],
    ["an unknown value", "mul(%3, %4)", "mul(%3, %9)", /line 8: %9 is not defined above/],
    ["another type", "{axes: [1]} : real[B]", "{axes: [1]} : real[]", /line 12: sum is real\[B\] here, not real\[\]/],
    ["no end", "%8\n}\n", "%8\n", /line 15: the text ends too early/],
  ])("with %s is refused, with the line", (_, good, bad, message) => {
    expect(print(program)).toContain(good);
    expect(() => parse(print(program).replace(good, bad))).toThrow(message);
  });
});
