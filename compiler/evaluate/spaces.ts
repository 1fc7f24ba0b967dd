/** What a written type means as a space: shape, bounds, whether numbers are whole. */
import type { Domain, Expression, TypeExpression } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import type { Context } from "./context.js";
import { report, resolve } from "./context.js";
import { describe } from "./describe.js";
import { constantValues, evaluate, evaluateConstant } from "./evaluate.js";
import { classSpace, tokenSpace } from "./labels.js";
import { fieldOf } from "./fields.js";
import type { Thing } from "./thing.js";

interface SpaceRow {
  readonly low: number | null;
  readonly high: number | null;
  readonly open: boolean;
  readonly integer: boolean;
}

const unbounded: SpaceRow = { low: null, high: null, open: false, integer: false };

/** Spaces that lowering knows: what their numbers may be. Every argument is the size of an axis. */
const spaces: Readonly<Record<string, SpaceRow>> = {
  Real: unbounded,
  Positive: { ...unbounded, low: 0, open: true },
  Unit: { ...unbounded, low: 0, high: 1 },
  Count: { ...unbounded, low: 0, integer: true },
  Simplex: { ...unbounded, low: 0, high: 1 },
  // Angles are taken modulo 2π: every number is one.
  Torus: unbounded,
  Mask: { ...unbounded, low: 0, high: 1, integer: true },
};

/** Spaces of the language that are not compiled yet. */
export const laterSpaces: readonly string[] = [
  "Sequence",
  "Graph",
  "Symmetric",
  "Rates",
  "Parameters",
];
export const spaceNames: readonly string[] = [...Object.keys(spaces), "Image", "Class", "Optional", "Tokens", ...laterSpaces];

/** The space a type names; null after reporting. */
export function spaceOfType(type: TypeExpression, c: Context): SpaceSpec | null {
  if (type.kind === "record type") {
    report(c, catalogue.notCompiledYet, type.span, { construct: "A record here", instead: null });
    return null;
  }
  if (type.kind === "kind type") return null;
  const [first, ...fields] = type.path;
  if (first === undefined) return null;
  const row = spaces[first.text];
  if (row !== undefined && fields.length === 0) {
    const shape: number[] = [];
    for (const argument of type.arguments) {
      const size = axisSize(argument.value, c);
      if (size === null) return null;
      shape.push(size);
    }
    return withinLimits(shape, type.span, c) ? { space: first.text, shape, ...row, bits: null } : null;
  }
  if (first.text === "Image") return imageSpace(type.arguments.map((a) => ({ name: a.name?.text ?? null, value: a.value })), type.span, c);
  if (first.text === "Class" || first.text === "Optional") return labelSpace(first.text === "Optional", type, c);
  if (first.text === "Tokens") return tokens(type, c);
  if (laterSpaces.includes(first.text)) {
    report(c, catalogue.notCompiledYet, type.span, { construct: `The space \`${first.text}\``, instead: null });
    return null;
  }
  const named = resolve(first.text, first.span, c);
  if (named === null) {
    report(c, catalogue.unknownSpace, first.span, { name: first.text, suggestion: suggest(first.text, spaceNames) });
    return null;
  }
  let thing: Thing = named;
  for (const field of fields) thing = fieldOf(thing, field, c);
  return spaceOfThing(thing, type.span, c);
}

/** `Class[k]`, or `Optional[Class[k]]`. */
function labelSpace(optional: boolean, type: Extract<TypeExpression, { kind: "space" }>, c: Context): SpaceSpec | null {
  const [argument, more] = type.arguments;
  const inner = optional && argument?.value.kind === "indexed" ? argument.value : null;
  const [index] = inner?.indices ?? [];
  const isClass = inner?.base.kind === "reference" && inner.base.text === "Class" && index?.kind === "at";
  const count = optional ? (isClass ? index.argument.value : null) : (argument?.value ?? null);
  if (count === null || more !== undefined) {
    const construct = optional ? "An optional space other than `Optional[Class[k]]`" : "A `Class` without its one number of classes";
    report(c, catalogue.notCompiledYet, type.span, { construct, instead: "Write `Class[10]` or `Optional[Class[10]]`." });
    return null;
  }
  const classes = axisSize(count, c);
  return classes === null ? null : classSpace(classes, optional);
}

/** `Tokens[n, k]`: n labels of k classes each. */
function tokens(type: Extract<TypeExpression, { kind: "space" }>, c: Context): SpaceSpec | null {
  const [count, classes, more] = type.arguments;
  if (count === undefined || classes === undefined || count.name !== null || classes.name !== null || more !== undefined) {
    report(c, catalogue.notCompiledYet, more?.span ?? type.span, {
      construct: "A space of tokens with more, or less, than their number and that of their classes",
      instead: "Write `Tokens[16, 1000]`.",
    });
    return null;
  }
  const [n, k] = [axisSize(count.value, c), axisSize(classes.value, c)];
  return n === null || k === null || !withinLimits([n], type.span, c) ? null : tokenSpace(n, k);
}

/** The space of a data set or a law's target, where a name stands as a type. */
export function spaceOfThing(thing: Thing, span: TypeExpression["span"], c: Context): SpaceSpec | null {
  if (thing.kind === "poison") return null;
  if (thing.kind === "coupling") return thing.space;
  if (thing.kind === "process") return thing.space;
  const [field, more] = thing.kind === "data" || thing.kind === "family" ? thing.fields : [];
  if (field !== undefined && more === undefined) return field.space;
  if (thing.kind === "data" || thing.kind === "family") {
    report(c, catalogue.notCompiledYet, span, { construct: "A state that is a whole record", instead: `Name one field: \`${thing.name}.${thing.fields[0]?.name ?? "x"}\`.` });
    return null;
  }
  report(c, catalogue.wrongKind, span, { found: describe(thing), expected: "a space or a data set" });
  return null;
}

function imageSpace(args: readonly { readonly name: string | null; readonly value: Expression }[], span: Span, c: Context): SpaceSpec | null {
  const shape: number[] = [];
  let bounds: { low: number | null; high: number | null } = { low: null, high: null };
  let bits: number | null = null;
  for (const { name, value } of args) {
    if (name === "range") {
      const interval = intervalOf(value, c);
      if (interval === null) return null;
      bounds = { low: interval[0], high: interval[1] };
    } else if (name === "bits") {
      const count = evaluateConstant(value, "The number of bits", c);
      if (count === null) return null;
      bits = count;
    } else if (name === null) {
      const size = axisSize(value, c);
      if (size === null) return null;
      shape.push(size);
    }
  }
  return withinLimits(shape, span, c) ? { space: "Image", shape, ...bounds, open: false, integer: false, bits } : null;
}

/** A whole number that the compiler knows; null after reporting. */
function axisSize(value: Expression, c: Context): number | null {
  const size = evaluateConstant(value, "The size of an axis", c);
  if (size === null || (Number.isInteger(size) && size >= 1 && size <= largestSpace)) return size;
  report(c, catalogue.outOfRange, value.span, { what: "The size of an axis", found: String(size), expected: "a whole number from 1 to 2^24" });
  return null;
}

/** Numbers in one sample. */
const largestSpace = 2 ** 24;

function withinLimits(shape: readonly number[], span: Span, c: Context): boolean {
  const count = shape.reduce((a, b) => a * b, 1);
  if (count <= largestSpace) return true;
  report(c, catalogue.outOfRange, span, { what: "The number of numbers in one sample", found: String(count), expected: "at most 2^24" });
  return false;
}

/** The ends of `[a, b]`, constants; null after reporting. */
export function intervalOf(value: Expression, c: Context): readonly [number, number] | null {
  const thing = evaluate(value, c);
  if (thing.kind === "poison") return null;
  const numbers = thing.kind === "tensor" ? constantValues(thing.value) : null;
  const [low, high, more] = numbers ?? [];
  const written = value.span.source.text.slice(value.span.start, value.span.end);
  if (low === undefined || high === undefined || more !== undefined || !(low < high) || !Number.isFinite(high - low)) {
    report(c, catalogue.badTimeRange, value.span, { found: `\`${written}\`` });
    return null;
  }
  return [low, high];
}

/** `space in [a, b]` narrows the bounds. */
export function narrowed(space: SpaceSpec, domain: Domain | null, c: Context): SpaceSpec | null {
  if (domain === null) return space;
  const interval = intervalOf(domain.value, c);
  return interval === null ? null : { ...space, low: interval[0], high: interval[1], open: false };
}

