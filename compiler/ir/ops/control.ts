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
    doc: "One result of a loop, a final carry or after those the stacked rows; or one of what looks across samples.",
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
  while: {
    ...control,
    doc: "Rounds while a condition that each round computes holds: at least one, at most the length.",
    symbol: "while({length}; {*})",
    arity: "any",
    params: ["length", "body"],
    shape: whileType,
    domain: movedDomain(),
    derivative: { kind: "control" },
  },
  across: {
    ...control,
    doc: "What each sample gets of a computation over all samples of the batch.",
    symbol: "across({*})",
    arity: "any",
    params: ["body"],
    shape: acrossType,
    domain: movedDomain(),
    derivative: { kind: "control" },
  },
} satisfies Record<string, Row>;

function pickType(loop: Operand, { index }: Params): Typed | string {
  const { body, length } = loop.params;
  if (body === undefined) return `the operand is ${loop.op}, which has no several results`;
  if (index === undefined) return "the index is missing";
  const carried = body.carry[index];
  if (carried !== undefined) return { dtype: carried.dtype, shape: carried.shape };
  const row = loop.op === "while" ? undefined : body.rows[index - body.carry.length];
  if (row === undefined) return `the ${loop.op} has no result ${index}`;
  return { dtype: row.dtype, shape: length === undefined ? row.shape.slice(1) : [length, ...row.shape] };
}

function whileType(inputs: readonly Operand[], { body, length }: Params): Typed | string {
  if (body === undefined || length === undefined) return "the body or the length is missing";
  const [again, more] = body.rows;
  if (body.xs.length > 0 || again === undefined || more !== undefined) return "the body is that of a scan";
  if (again.dtype !== "bool" || again.shape.length > 0) return `the condition is ${type(again)}`;
  return bodyFault(inputs, body, length) ?? { dtype: "real", shape: [] };
}

/** Samples are along a new leading axis in the body: of any size, but the same one. */
function acrossType(inputs: readonly Operand[], { body }: Params): Typed | string {
  if (body === undefined) return "the body is missing";
  const batch = body.xs[0]?.shape[0];
  if (batch === undefined || body.carry.length > 0) return "the body does not take samples";
  for (const value of [...body.xs, ...body.rows]) {
    if (value.shape[0] !== batch) return `${type(value)} has not the samples along its first axis`;
  }
  const ofSample = body.xs.map((x) => ({ ...x, shape: x.shape.slice(1) }));
  return operandFault(inputs, [...ofSample, ...body.captures]) ?? { dtype: "real", shape: [] };
}

/** A scan itself has no value of its own; what matters here is that operands and body agree. */
function scanType(inputs: readonly Operand[], { body, length }: Params): Typed | string {
  if (body === undefined || length === undefined) return "the body or the length is missing";
  return bodyFault(inputs, body, length) ?? { dtype: "real", shape: [] };
}

function bodyFault(inputs: readonly Operand[], body: ScanBody, length: Dim): string | null {
  const { carry, xs, captures } = body;
  if (body.nextCarry.length !== carry.length) return "as many values must leave a round as enter it";
  const stacked = xs.map((x) => ({ ...x, shape: [length, ...x.shape] }));
  const fault = operandFault(inputs, [...carry, ...stacked, ...captures]);
  if (fault !== null) return fault;
  for (const [place, next] of body.nextCarry.entries()) {
    const before = carry[place];
    if (before === undefined || next.dtype !== before.dtype || !equalShape(next.shape, before.shape)) {
      return `carry ${place} enters a round as ${type(before)} and leaves it as ${type(next)}`;
    }
  }
  return null;
}

function operandFault(inputs: readonly Operand[], expected: readonly Operand[]): string | null {
  if (inputs.length !== expected.length) return "the operands are not those the body names";
  for (const [place, argument] of expected.entries()) {
    const given = inputs[place];
    if (argument.op !== "input") return `argument ${place} of the body is ${argument.op}, not input`;
    if (given === undefined || given.dtype !== argument.dtype || !equalShape(given.shape, argument.shape)) {
      return `operand ${place} is ${type(given)}, the body expects ${type(argument)}`;
    }
  }
  return null;
}

function type(value: Operand | Value | undefined): string {
  return value === undefined ? "nothing" : `${value.dtype} ${show(value.shape)}`;
}
