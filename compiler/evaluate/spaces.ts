/** What a written type means as a space: shape, bounds, whether numbers are whole. */
import type { Argument, Domain, Expression, Name, TypeExpression } from "../../grammar/tree.js";
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
const spaces: ReadonlyMap<string, SpaceRow> = new Map(
  Object.entries({
    Real: unbounded,
    Positive: { ...unbounded, low: 0, open: true },
    Unit: { ...unbounded, low: 0, high: 1 },
    Count: { ...unbounded, low: 0, integer: true },
    Simplex: { ...unbounded, low: 0, high: 1 },
    // Angles are taken modulo 2π: every number is one.
    Torus: unbounded,
    Mask: { ...unbounded, low: 0, high: 1, integer: true },
  }),
);

/** Spaces of the language that are not compiled yet. */
export const laterSpaces: readonly string[] = ["Sequence", "Graph", "Symmetric", "Rates", "Parameters"];
export const spaceNames: readonly string[] = [...spaces.keys(), "Image", "Class", "Optional", "Tokens", ...laterSpaces];

/** The space a type names; null after reporting. */
export function spaceOfType(type: TypeExpression, c: Context): SpaceSpec | null {
  if (type.kind === "record type") {
    report(c, catalogue.notCompiledYet, type.span, { construct: "A record here", instead: null });
    return null;
  }
  if (type.kind === "kind type") return null;
  const [first, ...fields] = type.path;
  if (first === undefined) return null;
  const row = spaces.get(first.text);
  if (row !== undefined && fields.length === 0) {
    const shape: number[] = [];
    for (const argument of type.arguments) {
      if (argument.name !== null) return unknownPart(argument.name, first.text, [], c);
      const size = axisSize(argument.value, c);
      if (size === null) return null;
      shape.push(size);
    }
    return withinLimits(shape, type.span, c) ? { space: first.text, shape, ...row, bits: null } : null;
  }
  if (first.text === "Image") return imageSpace(type.arguments, type.span, c);
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
    const construct = optional
      ? "An optional space other than `Optional[Class[k]]`"
      : "A `Class` without its one number of classes";
    report(c, catalogue.notCompiledYet, type.span, {
      construct,
      instead: "Write `Class[10]` or `Optional[Class[10]]`.",
    });
    return null;
  }
  const classes = classCount(count, c);
  return classes === null ? null : classSpace(classes, optional);
}

/** `Tokens[n, k]`: n labels of k classes each. */
function tokens(type: Extract<TypeExpression, { kind: "space" }>, c: Context): SpaceSpec | null {
  const [count, classes, more] = type.arguments;
  if (
    count === undefined ||
    classes === undefined ||
    count.name !== null ||
    classes.name !== null ||
    more !== undefined
  ) {
    report(c, catalogue.notCompiledYet, more?.span ?? type.span, {
      construct: "A space of tokens with more, or less, than their number and that of their classes",
      instead: "Write `Tokens[16, 1000]`.",
    });
    return null;
  }
  const [n, k] = [axisSize(count.value, c), classCount(classes.value, c)];
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
    report(c, catalogue.notCompiledYet, span, {
      construct: "A state that is a whole record",
      instead: `Name one field: \`${thing.name}.${thing.fields[0]?.name ?? "x"}\`.`,
    });
    return null;
  }
  report(c, catalogue.wrongKind, span, { found: describe(thing), expected: "a space or a data set" });
  return null;
}

/** A named part that a space does not have: null after reporting. */
function unknownPart(name: Name, space: string, known: readonly string[], c: Context): null {
  report(c, catalogue.unknownArgument, name.span, {
    name: name.text,
    callee: space,
    suggestion: suggest(name.text, known),
    known: known.map((word) => `\`${word}\``).join(", "),
  });
  return null;
}

function imageSpace(args: readonly Argument[], span: Span, c: Context): SpaceSpec | null {
  const shape: number[] = [];
  let bounds: { low: number | null; high: number | null } = { low: null, high: null };
  let bits: number | null = null;
  for (const { name: given, value } of args) {
    const name = given?.text ?? null;
    if (name === "range") {
      const interval = intervalOf(value, c, "The range of an image");
      if (interval === null) return null;
      bounds = { low: interval[0], high: interval[1] };
    } else if (name === "bits") {
      const count = evaluateConstant(value, "The number of bits", c);
      if (count === null) return null;
      if (!Number.isInteger(count) || count < 1 || count > 32) {
        report(c, catalogue.outOfRange, value.span, {
          what: "The number of bits",
          found: String(count),
          expected: "a whole number from 1 to 32",
        });
        return null;
      }
      bits = count;
    } else if (given !== null) return unknownPart(given, "Image", ["range", "bits"], c);
    else {
      const size = axisSize(value, c);
      if (size === null) return null;
      shape.push(size);
    }
  }
  if (shape.length !== 3) {
    report(c, catalogue.wrongShape, span, {
      what: "An image",
      expected: "three axes, `Image[channels, height, width]`",
      found: shape.length === 0 ? "none" : String(shape.length),
    });
    return null;
  }
  return withinLimits(shape, span, c) ? { space: "Image", shape, ...bounds, open: false, integer: false, bits } : null;
}

/** A whole number that the compiler knows; null after reporting. */
function axisSize(value: Expression, c: Context): number | null {
  const size = evaluateConstant(value, "The size of an axis", c);
  if (size === null || (Number.isInteger(size) && size >= 1 && size <= largestSpace)) return size;
  report(c, catalogue.outOfRange, value.span, {
    what: "The size of an axis",
    found: String(size),
    expected: "a whole number from 1 to 2^24",
  });
  return null;
}

/** A label enters a network as one number per class. */
const mostClasses = 2 ** 16;

function classCount(value: Expression, c: Context): number | null {
  const count = axisSize(value, c);
  if (count === null || count <= mostClasses) return count;
  report(c, catalogue.outOfRange, value.span, {
    what: "The number of classes",
    found: String(count),
    expected: "at most 2^16",
  });
  return null;
}

/** Numbers in one sample. */
const largestSpace = 2 ** 24;

function withinLimits(shape: readonly number[], span: Span, c: Context): boolean {
  const count = shape.reduce((a, b) => a * b, 1);
  if (count <= largestSpace) return true;
  report(c, catalogue.outOfRange, span, {
    what: "The number of numbers in one sample",
    found: String(count),
    expected: "at most 2^24",
  });
  return false;
}

/** The ends of `[a, b]`, constants; null after reporting. */
export function intervalOf(value: Expression, c: Context, what = "An interval"): readonly [number, number] | null {
  const thing = evaluate(value, c);
  if (thing.kind === "poison") return null;
  const numbers = thing.kind === "tensor" ? constantValues(thing.value) : null;
  const [low, high, more] = numbers ?? [];
  const written = value.span.source.text.slice(value.span.start, value.span.end);
  if (low === undefined || high === undefined || more !== undefined || !(low < high) || !Number.isFinite(high - low)) {
    report(c, catalogue.badTimeRange, value.span, { what, found: `\`${written}\`` });
    return null;
  }
  return [low, high];
}

/** `space in [a, b]` narrows the bounds. */
export function narrowed(space: SpaceSpec, domain: Domain | null, c: Context): SpaceSpec | null {
  if (domain === null) return space;
  const interval = intervalOf(domain.value, c, "What numbers may be");
  const stray = interval?.find(
    (end, place) =>
      (space.low !== null && end < space.low) ||
      (space.high !== null && end > space.high) ||
      (place === 1 && space.open && end <= (space.low ?? -Infinity)),
  );
  if (stray !== undefined) {
    report(c, catalogue.outOfRange, domain.span, {
      what: `An end of the interval of \`${space.space}\``,
      found: String(stray),
      expected: boundsWords(space),
    });
    return null;
  }
  return interval === null ? null : { ...space, low: interval[0], high: interval[1], open: false };
}

/** `at least 0`, `from 0 to 1`. */
function boundsWords({ low, high }: SpaceSpec): string {
  if (low !== null && high !== null) return `from ${low} to ${high}`;
  return low === null ? `at most ${high ?? 0}` : `at least ${low}`;
}
