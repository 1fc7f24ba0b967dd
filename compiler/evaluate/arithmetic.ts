/** What operators mean on tensors and records: broadcasting, meanings, and the checks that a wrong formula fails. */
import type { Span } from "../../grammar/source.js";
import type { BinaryOperator } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { broadcastShapes } from "../ir/dims.js";
import type { SymbolicShape, Value } from "../ir/value.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import { combineObjectives } from "./objective-value.js";
import { areReducedAlike } from "./reductions.js";
import { datumOf } from "./replaced-state.js";
import type { Meaning, RecordThing, Tensor, Thing } from "./thing.js";
import { poison } from "./thing.js";

export function tensor(value: Value, meaning: Meaning | null = null): Tensor {
  return { kind: "tensor", value, meaning, draw: null };
}

export function number(value: number): Tensor {
  return tensor(ir.scalar(value));
}

/** The number a tensor is, if the compiler knows it. */
export function constantOf(thing: Thing): number | null {
  return thing.kind === "tensor" && thing.value.op === "scalar" ? (thing.value.params.value ?? null) : null;
}

/** The numbers a tensor is made of, if the compiler knows them. */
export function numbersOf(value: Value): readonly number[] | null {
  if (value.op === "scalar") return value.params.value === undefined ? null : [value.params.value];
  if (value.op === "neg" && value.inputs[0] !== undefined) return numbersOf(value.inputs[0])?.map((x) => -x) ?? null;
  return value.op === "constant" ? (value.params.values ?? null) : null;
}

export function showShape(shape: SymbolicShape): string {
  return shape.length === 0 ? "a single number" : `[${shape.join(", ")}]`;
}

/** Where the operands stand. */
export interface Operands {
  readonly left: Span;
  readonly right: Span;
}

const symbols: Record<string, string> = {
  "+": "Adding",
  "-": "Subtracting",
  "*": "Multiplying",
  "/": "Dividing",
  "^": "Raising to a power",
};

export function binary(
  operator: BinaryOperator,
  left: Thing,
  right: Thing,
  span: Span,
  c: Context,
  operands: Operands = { left: span, right: span },
): Thing {
  if (left.kind === "poison" || right.kind === "poison") return poison;
  if (left.kind === "objective" || right.kind === "objective") {
    const combined = combineObjectives(operator, left, right, constantOf);
    if (combined !== null) return combined;
  }
  if ((left.kind === "none" || right.kind === "none") && (operator === "==" || operator === "!="))
    return isNone(left, right, operator === "==", span, c);
  if (operator === "@") return product(left, right, span, c, operands);
  if (left.kind === "record" || right.kind === "record") return fieldwise(operator, left, right, span, c);
  if (left.kind !== "tensor") return notANumber(left, operands.left, c);
  if (right.kind !== "tensor") return notANumber(right, operands.right, c);
  if (
    (operator === "and" || operator === "or") &&
    !(isCondition(left, operands.left, c) && isCondition(right, operands.right, c))
  )
    return poison;
  const a = left.value;
  const b = right.value;
  if (broadcastShapes(a.shape, b.shape) === null) {
    return report(c, catalogue.shapesDiffer, span, {
      operation: symbols[operator] ?? `\`${operator}\``,
      left: showShape(a.shape),
      right: showShape(b.shape),
    });
  }
  switch (operator) {
    case "+":
    case "-":
      return sum(operator, left, right, span, c);
    case "*":
      return tensor(ir.mul(real(a), real(b)));
    case "/":
      return quotient(left, right, span, c);
    case "^":
      return power(left, right, span, c);
    case "<":
      return tensor(ir.less(real(a), real(b)));
    case "<=":
      return tensor(ir.lessEqual(real(a), real(b)));
    case ">":
      return tensor(ir.less(real(b), real(a)));
    case ">=":
      return tensor(ir.lessEqual(real(b), real(a)));
    case "==":
      // One time under two names: `if r == t` is decided before the other branch divides by t - r.
      if (a === b && a.shape.length === 0) return number(1);
      return tensor(ir.equal(real(a), real(b)));
    case "!=":
      return tensor(ir.not(ir.equal(real(a), real(b))));
    case "and":
      return tensor(ir.and(truth(a), truth(b)));
    case "or":
      return tensor(ir.or(truth(a), truth(b)));
  }
}

/** `y == none`: known for a label that cannot be missing. */
function isNone(left: Thing, right: Thing, wanted: boolean, span: Span, c: Context): Thing {
  const other = left.kind === "none" ? right : left;
  if (other.kind === "none") return number(wanted ? 1 : 0);
  if (other.kind !== "tensor") return notANumber(other, span, c);
  if (other.label?.optional !== true) return number(wanted ? 0 : 1);
  const missing = ir.equal(real(other.value), ir.scalar(other.label.classes));
  return tensor(wanted ? missing : ir.not(missing));
}

export function negate(thing: Thing, span: Span, c: Context): Thing {
  if (thing.kind === "poison") return poison;
  if (thing.kind === "record") return mapRecord(thing, (field) => negate(field, span, c));
  if (thing.kind !== "tensor") return notANumber(thing, span, c);
  return { ...tensor(ir.neg(real(thing.value)), thing.meaning) };
}

/** Booleans and integers count as numbers where a formula uses them as such. */
export function real(value: Value): Value {
  return value.dtype === "real" ? value : ir.toReal(value);
}

/** Inputs that hold 0 or 1. */
const masks = new WeakSet<Value>();

export function noteMask(value: Value): void {
  masks.add(value);
}

/** A comparison, a draw of `Bernoulli`, an entry of a `Mask`, or `true` and `false`: not any number. False after reporting. */
export function isCondition(thing: Thing, span: Span, c: Context): boolean {
  if (thing.kind === "poison") return false;
  if (thing.kind === "tensor" && isTruth(thing.value)) return true;
  report(c, catalogue.wrongKind, span, {
    found: describe(thing),
    expected: "a condition",
    ...(thing.kind === "tensor" ? { instead: "Compare it with something: `x > 0`." } : {}),
  });
  return false;
}

function isTruth(value: Value): boolean {
  const [inner] = value.inputs;
  if (value.dtype === "bool" || masks.has(value)) return true;
  if (value.op === "scalar") return value.params.value === 0 || value.params.value === 1;
  // A placeholder of a loop or a fn stands for what it is given.
  if (value.op === "input") return value.shape.length === 0;
  return (
    (value.op === "toReal" || value.op === "slice" || value.op === "reshape" || value.op === "gather") &&
    inner !== undefined &&
    (value.op === "toReal" ? inner.dtype === "bool" : inner.op !== "input" || masks.has(inner)) &&
    isTruth(inner)
  );
}

export function truth(value: Value): Value {
  return value.dtype === "bool" ? value : ir.not(ir.equal(real(value), ir.scalar(0)));
}

function sum(operator: "+" | "-", left: Tensor, right: Tensor, span: Span, c: Context): Thing {
  const a = left.meaning;
  const b = right.meaning;
  if (a !== null && b !== null && a.quantity !== b.quantity) {
    return report(c, catalogue.meaningsDiffer, span, {
      left: a.quantity,
      right: b.quantity,
      operation: operator === "+" ? "added" : "subtracted",
    });
  }
  const [said, bare] = a !== null && b === null ? [a, right] : b !== null && a === null ? [b, left] : [null, null];
  if (
    said !== null &&
    said.of?.isTarget === false &&
    said.quantity !== "denoised" &&
    said.of !== null &&
    datumOf(said.of.draw) === bare.value
  ) {
    return report(c, catalogue.meaningsDiffer, span, {
      left: said.quantity,
      right: "denoised",
      operation: operator === "+" ? "added" : "subtracted",
    });
  }
  if (
    operator === "+" &&
    a !== null &&
    b !== null &&
    a.of?.isTarget === !b.of?.isTarget &&
    a.of != null &&
    b.of != null
  ) {
    return report(c, catalogue.addedToTarget, span, { quantity: a.quantity });
  }
  if (isOfTwoDraws(a, b)) return reportTwoDraws(a, b, span, c);
  if (!areReducedAlike(left.value, right.value, span, c)) return poison;
  const value =
    operator === "+" ? ir.add(real(left.value), real(right.value)) : ir.sub(real(left.value), real(right.value));
  return tensor(value, a !== null && b !== null ? a : null);
}

/** A prediction at one draw beside the target of another draw of the same process. */
export function isOfTwoDraws(a: Meaning | null, b: Meaning | null): boolean {
  const [first, second] = [a?.of ?? null, b?.of ?? null];
  return first !== null && second !== null && first.isTarget !== second.isTarget && first.draw !== second.draw;
}

export function reportTwoDraws(a: Meaning | null, b: Meaning | null, span: Span, c: Context): Thing {
  const target = a?.of?.isTarget === true ? a : b;
  return report(c, catalogue.twoDraws, span, { quantity: target?.quantity ?? "", process: target?.process.name ?? "" });
}

function quotient(left: Tensor, right: Tensor, span: Span, c: Context): Thing {
  if (numbersOf(right.value)?.includes(0) === true) return report(c, catalogue.divisionByZero, span, {});
  return tensor(ir.div(real(left.value), real(right.value)));
}

function power(left: Tensor, right: Tensor, span: Span, c: Context): Thing {
  const base = constantOf(left);
  const exponent = constantOf(right);
  if (base === 0 && exponent !== null && exponent < 0) return report(c, catalogue.divisionByZero, span, {});
  if (base !== null && base < 0 && exponent !== null && !Number.isInteger(exponent)) {
    return report(c, catalogue.outsideDomain, span, {
      operation: "A fractional power",
      value: String(base),
      domain: "a base that is not negative",
    });
  }
  return tensor(ir.pow(real(left.value), real(right.value)));
}

/** Contracts the last axis of the left side with the first of the right; a scalar or diagonal left side scales. */
function product(left: Thing, right: Thing, span: Span, c: Context, operands: Operands): Thing {
  if (left.kind !== "tensor") return notANumber(left, operands.left, c);
  if (right.kind !== "tensor") return notANumber(right, operands.right, c);
  const a = real(left.value);
  const b = real(right.value);
  const misfit = () =>
    report(c, catalogue.badProduct, span, {
      left: showShape(a.shape),
      right: showShape(b.shape),
      isScaling: a.shape.length === 0 || b.shape.length === 0,
    });
  if (a.shape.length === 0 || b.shape.length === 0 || a.shape.length > 2 || b.shape.length > 2) return misfit();
  if (a.shape[a.shape.length - 1] !== b.shape[0]) return misfit();
  if (b.shape.length === 2) return tensor(ir.matMul(a, b));
  if (a.shape.length === 1) return tensor(ir.sum(ir.mul(a, b), [0]));
  return tensor(ir.matMul(b, ir.transpose(a, [1, 0])));
}

/** Records add, scale and divide field by field; a tensor meets every field. */
function fieldwise(operator: BinaryOperator, left: Thing, right: Thing, span: Span, c: Context): Thing {
  const shape = left.kind === "record" ? left : right;
  if (shape.kind !== "record") return poison;
  const fields = new Map<string, Thing>();
  for (const name of shape.fields.keys()) {
    const a = left.kind === "record" ? left.fields.get(name) : left;
    const b = right.kind === "record" ? right.fields.get(name) : right;
    if (a === undefined || b === undefined) {
      return report(c, catalogue.shapesDiffer, span, {
        operation: "This",
        left: describe(left),
        right: describe(right),
      });
    }
    const result = binary(operator, a, b, span, c);
    if (result.kind === "poison") return poison;
    fields.set(name, result);
  }
  return { kind: "record", fields };
}

export function mapRecord(record: RecordThing, f: (field: Thing, name: string) => Thing): Thing {
  const fields = new Map<string, Thing>();
  for (const [name, field] of record.fields) {
    const result = f(field, name);
    if (result.kind === "poison") return poison;
    fields.set(name, result);
  }
  return { kind: "record", fields };
}

export function notANumber(thing: Thing, span: Span, c: Context): Thing {
  if (thing.kind === "poison") return poison;
  const instead = thing.kind === "law" ? { instead: "Draw from it: `x ~ …`." } : {};
  return report(c, catalogue.wrongKind, span, { found: describe(thing), expected: "a number or tensor", ...instead });
}
