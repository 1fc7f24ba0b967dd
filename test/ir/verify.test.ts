/** Does the verifier say what is wrong with a program, and nothing about a good one? */
import { describe, expect, test } from "vitest";
import * as o from "../../compiler/ir/build.js";
import type { Program, Value } from "../../compiler/ir/value.js";
import { verify } from "../../compiler/ir/verify.js";

const x = o.input("x", "real", ["B", 3]);
const y = o.input("y", "real", ["B", 3]);
const sum = o.add(x, y);

function programOf(value: Value, inputs: readonly Value[] = [x, y]): Program {
  return { name: "case", inputs, outputs: [{ name: "out", value }] };
}

/** A program with one loop over x, of which parts are replaced. */
function loopWith(change: Partial<NonNullable<Value["params"]["body"]>>, operands: readonly Value[] = [x, y]): Program {
  const carry = o.input("carry", "real", ["B", 3]);
  const captured = o.input("captured", "real", ["B", 3]);
  const good = { carry: [carry], xs: [], captures: [captured], nextCarry: [o.add(carry, captured)], rows: [] };
  const scan = { ...o.make("scan", [x, y], { length: 4, body: good }), inputs: operands };
  const changed = { ...scan, params: { length: 4, body: { ...good, ...change } } };
  return programOf(o.pick(changed, 0));
}

describe("a good program", () => {
  test("has no problems", () => {
    expect(verify(programOf(sum))).toEqual([]);
    expect(verify(loopWith({}))).toEqual([]);
  });

  test("may have sizes that its caller gives", () => {
    const noise = o.broadcast(o.scalar(0), ["N", 2]);
    expect(verify(programOf(noise))).toHaveLength(1);
    expect(verify(programOf(noise), ["N"])).toEqual([]);
  });
});

describe("a problem is said where", () => {
  const other = o.input("other", "real", ["B", 3]);
  const cases: readonly (readonly [string, Program, RegExp])[] = [
    ["a shape is not the op's", programOf({ ...sum, shape: ["B", 4] }), /says it is real\[B, 4\] where its op gives real\[B, 3\]/], // prettier-ignore
    ["a dtype is not the op's", programOf({ ...sum, dtype: "int" }), /says it is int\[B, 3\]/],
    ["operands do not fit", programOf({ ...sum, inputs: [x, o.constant([1, 2, 3, 4], [4])] }), /do not broadcast/],
    ["an operand is missing", programOf({ ...sum, inputs: [x] }), /has 1 operands/],
    ["a parameter is missing", programOf({ ...o.sum(x, [1]), params: {} }), /lacks its parameter axes/],
    ["a parameter is foreign", programOf({ ...sum, params: { axis: 1 } }), /has a parameter axis/],
    ["an input is not declared", programOf(o.add(x, other)), /other\) is not declared/],
    ["two inputs share a name", programOf(sum, [x, y, o.input("x", "real", [])]), /two inputs are named x/],
    ["an operand is younger than its user", programOf({ ...sum, id: 0 }), /which was made later/],
    ["a size comes from nowhere", programOf(o.add(x, o.size("N"))), /has a size N that nothing gives/],
    [
      "a body reads what it does not declare",
      loopWith({ nextCarry: [o.add(other, other)] }),
      /other\) is not declared/,
    ],
    ["a carry changes its shape", loopWith({ nextCarry: [o.scalar(0)] }), /enters a round as .* and leaves it as real/],
    ["an operand is not what a body takes", loopWith({}, [x, o.scalar(0)]), /the body expects real/],
  ];
  test.each(cases)("%s", (_, program, message) => {
    expect(verify(program).join("\n")).toMatch(message);
  });
});
