/** What are the constants, the inputs and the loop? */
import { elements, equalShape } from "../dims.js";
import { movedDomain, shaped, shapes } from "../draws.js";
import type { Operand, Row, Typed } from "../row.js";
import { show, unary } from "../shapes.js";
import type { Dim, Params, ScanBody, Value } from "../value.js";

const constant = { family: "constant", arity: 0, derivative: { kind: "zero" } } as const;
const control = { family: "control" } as const;

export const controls = {
  scalar: {
    ...constant,
    doc: "A real number known at compile time.",
    symbol: "{value}",
    params: ["value"],
    shape: (_, { value }) => (value === undefined ? "the value is missing" : { dtype: "real", shape: [] }),
    domain: movedDomain(shaped({ value: 2.5 })),
  },
  constant: {
    ...constant,
    doc: "Real numbers known at compile time, in row-major order.",
    symbol: "{values}",
    params: ["values", "shape"],
    shape: (_, { values, shape }) => {
      if (values === undefined || shape === undefined) return "the values or the shape are missing";
      if (elements(shape) !== values.length) return `${values.length} values do not fill ${show(shape)}`;
      return { dtype: "real", shape };
    },
    domain: movedDomain(shaped({ values: [1, -2, 0.5, 3, 0, 7], shape: [2, 3] }), shaped({ values: [], shape: [0] })),
  },
  iota: {
    ...constant,
    doc: "The integers from 0 up to a length.",
    symbol: "0…{length}",
    params: ["length"],
    shape: (_, { length }) => (length === undefined ? "the length is missing" : { dtype: "int", shape: [length] }),
    domain: movedDomain(shaped({ length: 4 })),
  },
  size: {
    ...constant,
    doc: "A size known at run time, as a real number.",
    symbol: "{size}",
    params: ["size"],
    shape: (_, { size }) => (size === undefined ? "the size is missing" : { dtype: "real", shape: [] }),
    domain: movedDomain(shaped({ size: "3*B" })),
  },
  input: {
    ...control,
    doc: "An argument of a program or of a loop body.",
    symbol: "{name}",
    arity: 0,
    params: ["name", "dtype", "shape"],
    shape: (_, { name, dtype, shape }) =>
      name === undefined || dtype === undefined || shape === undefined
        ? "the name, the dtype or the shape is missing"
        : { dtype, shape },
    domain: movedDomain(),
    derivative: { kind: "zero" },
  },
  stopGradient: {
    ...control,
    doc: "The value itself, held fixed by every derivative.",
    symbol: "stopGradient({0})",
    arity: 1,
    params: [],
    shape: unary(({ dtype, shape }) => ({ dtype, shape })),
    domain: movedDomain(shapes([]), shapes([2, 3])),
    derivative: { kind: "zero" },
  },
  pick: {
    ...control,
    doc: "One result of a loop: a final carry, or after those the stacked rows.",
    symbol: "{0}.{index}",
    arity: 1,
    params: ["index"],
    shape: unary(pickType),
    domain: movedDomain(),
    derivative: { kind: "control" },
  },
  scan: {
    ...control,
    doc: "A loop of fixed length with carried values, a row of each xs a round, and stacked row results.",
    symbol: "scan({length}; {*})",
    arity: "any",
    params: ["length", "body"],
    shape: scanType,
    domain: movedDomain(),
    derivative: { kind: "control" },
  },
} satisfies Record<string, Row>;

function pickType(loop: Operand, { index }: Params): Typed | string {
  const { body, length } = loop.params;
  if (loop.op !== "scan" || body === undefined || length === undefined) return `the operand is ${loop.op}, not a scan`;
  if (index === undefined) return "the index is missing";
  const carried = body.carry[index];
  if (carried !== undefined) return { dtype: carried.dtype, shape: carried.shape };
  const row = body.rows[index - body.carry.length];
  return row === undefined ? `the scan has no result ${index}` : { dtype: row.dtype, shape: [length, ...row.shape] };
}

/** A scan itself has no value of its own; what matters here is that operands and body agree. */
function scanType(inputs: readonly Operand[], { body, length }: Params): Typed | string {
  if (body === undefined || length === undefined) return "the body or the length is missing";
  return bodyFault(inputs, body, length) ?? { dtype: "real", shape: [] };
}

function bodyFault(inputs: readonly Operand[], body: ScanBody, length: Dim): string | null {
  const { carry, xs, captures } = body;
  if (inputs.length !== carry.length + xs.length + captures.length) return "the operands are not those the body names";
  if (body.nextCarry.length !== carry.length) return "as many values must leave a round as enter it";
  for (const [place, argument] of [...carry, ...xs, ...captures].entries()) {
    const given = inputs[place];
    const isRow = place >= carry.length && place < carry.length + xs.length;
    const expected = isRow ? [length, ...argument.shape] : argument.shape;
    if (argument.op !== "input") return `argument ${place} of the body is ${argument.op}, not input`;
    if (given === undefined || given.dtype !== argument.dtype || !equalShape(given.shape, expected)) {
      return `operand ${place} is ${type(given)}, the body expects ${argument.dtype} ${show(expected)}`;
    }
  }
  for (const [place, next] of body.nextCarry.entries()) {
    const before = carry[place];
    if (before === undefined || next.dtype !== before.dtype || !equalShape(next.shape, before.shape)) {
      return `carry ${place} enters a round as ${type(before)} and leaves it as ${type(next)}`;
    }
  }
  return null;
}

function type(value: Operand | Value | undefined): string {
  return value === undefined ? "nothing" : `${value.dtype} ${show(value.shape)}`;
}
