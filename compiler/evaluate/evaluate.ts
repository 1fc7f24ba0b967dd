/** What an expression denotes: the evaluator, one case per kind of expression. */
import type { Span } from "../../grammar/source.js";
import type {
  Argument,
  Conditional,
  Domain,
  Expression,
  FieldAccess,
  FunctionExpression,
  Indexed,
  List,
} from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import * as ir from "../ir/build.js";
import { broadcastShapes } from "../ir/dims.js";
import type { Value } from "../ir/value.js";
import {
  binary,
  constantOf,
  isCondition,
  mapRecord,
  negate,
  notANumber,
  number,
  real,
  showShape,
  tensor,
  truth,
} from "./arithmetic.js";
import { call } from "./call.js";
import type { Context } from "./context.js";
import { report, resolve } from "./context.js";
import { describe } from "./describe.js";
import { partOfGrid } from "./course.js";
import { fieldOf } from "./fields.js";
import { chooseLabel } from "./labels.js";
import { headOf } from "./network.js";
import { generated, generatedThings } from "./generators.js";
import { memberAt } from "./group.js";
import { rowAt } from "./lane.js";
import { fromStart, placeAt } from "./nodes.js";
import { possibleValues } from "./possible.js";
import { stepAt } from "./path.js";
import { evaluateUsing, evaluateWith } from "./run.js";
import { spaceNames } from "./spaces.js";
import type { Group, Steps, Thing } from "./thing.js";
import { poison } from "./thing.js";

export function evaluate(e: Expression, c: Context): Thing {
  if (!affordable(e.span, c)) return poison;
  return ir.withOrigin(e.span, () => evaluateHere(e, c));
}

/** Lists, sums over generators and nested fns multiply: past this many evaluations the text asks for too much. */
const evaluationLimit = 50_000;

function affordable(span: Span, c: Context): boolean {
  const { world } = c;
  world.evaluations += 1;
  if (world.evaluations <= evaluationLimit) return true;
  if (world.evaluations === evaluationLimit + 1) {
    report(c, catalogue.tooMuch, span, { what: `more than ${evaluationLimit} formulas to unroll` });
  }
  return false;
}

function evaluateHere(e: Expression, c: Context): Thing {
  switch (e.kind) {
    case "missing":
      return poison;
    case "number":
      return number(e.value);
    case "string":
      return report(c, catalogue.misplaced, e.span, {
        construct: "A string",
        place: "an expression",
        instead: "Strings stand in imports only; options take names without quotes.",
      });
    case "differential":
    case "increment":
      return report(c, catalogue.misplaced, e.span, {
        construct: "A differential",
        place: "this expression",
        instead: "Differentials stand in the equations of a process and in `integral(… dt for t in [a, b])`.",
      });
    case "reference":
      return resolve(e.text, e.span, c) ?? undeclared(e.text, e.span, c);
    case "tuple": {
      const items = e.items.map((item) => evaluate(item, c));
      return items.some((item) => item.kind === "poison") ? poison : { kind: "tuple", items };
    }
    case "list":
      return list(e, c);
    case "braces":
      return braces(e.items, c);
    case "call":
      return call(e, c);
    case "indexed":
      return indexed(e, c);
    case "access":
      return access(e, c);
    case "unary": {
      const operand = evaluate(e.operand, c);
      if (e.operator === "-") return negate(operand, e.span, c);
      if (!isCondition(operand, e.operand.span, c) || operand.kind !== "tensor") return poison;
      const known = constantOf(operand);
      return known === null ? tensor(ir.not(truth(operand.value))) : number(known === 0 ? 1 : 0);
    }
    case "binary":
      return binary(e.operator, evaluate(e.left, c), evaluate(e.right, c), e.span, c, {
        left: e.left.span,
        right: e.right.span,
      });
    case "if":
      return conditional(e, c);
    case "fn":
      return predicting(e, c);
    case "using":
      return evaluateUsing(e, c);
    case "with":
      return evaluateWith(e, c);
  }
}

/** A function value; with a head it stands wherever a network does. */
function predicting(e: FunctionExpression, c: Context): Thing {
  const head = headOf(e, c.scope, c);
  if (e.annotation?.kind === "predicts" && head === null) return poison;
  const made = c.world.library.has(e.span.source)
    ? c.world.uses.findLast(({ span }) => !c.world.library.has(span.source))?.span
    : undefined;
  return {
    kind: "closure",
    name: "",
    source: e,
    scope: c.scope,
    head,
    copy: null,
    ...(made === undefined ? {} : { made }),
  };
}

export function undeclared(name: string, span: Span, c: Context): Thing {
  if (spaceNames.includes(name)) {
    return report(c, catalogue.notCompiledYet, span, {
      construct: `The space \`${name}\` in a formula`,
      instead: "Name a data set, or a value that has the space.",
    });
  }
  const visible = new Set<string>();
  for (let scope: Context["scope"] | null = c.scope; scope !== null; scope = scope.parent) {
    for (const known of scope.names.keys()) visible.add(known);
  }
  return report(c, catalogue.undeclaredName, span, { name, suggestion: suggest(name, [...visible]) });
}

/** A tensor, or null after reporting that something else stands there. */
export function evaluateTensor(e: Expression, c: Context): Value | null {
  const thing = evaluate(e, c);
  if (thing.kind === "tensor") return real(thing.value);
  notANumber(thing, e.span, c);
  return null;
}

/** A number known at compile time, or null after reporting. */
export function evaluateConstant(e: Expression, what: string, c: Context): number | null {
  const thing = evaluate(e, c);
  if (thing.kind === "poison") return null;
  const known = constantOf(thing);
  if (known === null) report(c, catalogue.notConstant, e.span, { what });
  return known;
}

function braces(items: readonly Argument[], c: Context): Thing {
  if (items.length > 0 && items.every((item) => item.name !== null)) {
    const fields = new Map<string, Thing>();
    for (const item of items) fields.set(item.name?.text ?? "", evaluate(item.value, c));
    return [...fields.values()].some((field) => field.kind === "poison") ? poison : { kind: "record", fields };
  }
  const things = items.map((item) => evaluate(item.value, c));
  return things.some((thing) => thing.kind === "poison") ? poison : { kind: "set", items: things };
}

function list(e: List, c: Context): Thing {
  const [first, more] = e.items;
  if (first !== undefined && more === undefined) {
    const { things, isStacked } = generated(first, c);
    return isStacked ? (things[0] ?? poison) : stack(things, e.span, c);
  }
  return stack(
    e.items.flatMap((item) => generatedThings(item, c)),
    e.span,
    c,
  );
}

/** A tensor with the items along a new first axis; a tuple if they are not tensors. */
export function stack(things: readonly Thing[], span: Span, c: Context): Thing {
  if (things.some((thing) => thing.kind === "poison")) return poison;
  const values = things.flatMap((thing) => (thing.kind === "tensor" ? [real(thing.value)] : []));
  if (values.length < things.length || values.length === 0) return { kind: "tuple", items: things };
  const constants = values.flatMap((value) => constantValues(value) ?? []);
  const [first] = values;
  if (first === undefined) return poison;
  const misfit = values.find((value) => showShape(value.shape) !== showShape(first.shape));
  if (misfit !== undefined) {
    return report(c, catalogue.shapesDiffer, span, {
      operation: "Stacking",
      left: showShape(first.shape),
      right: showShape(misfit.shape),
    });
  }
  const shape = first.shape.flatMap((dim) => (typeof dim === "number" ? [dim] : []));
  if (constants.length === values.length * shape.reduce((a, b) => a * b, 1)) {
    return tensor(ir.constant(constants, [values.length, ...shape]));
  }
  return tensor(
    ir.concat(
      values.map((value) => ir.reshape(value, [1, ...value.shape])),
      0,
    ),
  );
}

/** The numbers of a constant, row-major; null if the value is computed. */
export function constantValues(value: Value): readonly number[] | null {
  if (value.op === "scalar") return value.params.value === undefined ? null : [value.params.value];
  return value.op === "constant" ? (value.params.values ?? null) : null;
}

/** A range with more integers is no loop that anybody waits for. */
const roundLimit = 1e5;

/** The elements of a domain that is finite and known: integers, a set, a list, a grid's pairs. */
export function elementsOf(domain: Domain, c: Context): readonly Thing[] | null {
  return domain.to === null ? elementsOfThing(evaluate(domain.value, c), domain, c) : elementsOfRange(domain, c);
}

/** The integers `from ≤ i < to`. */
export function elementsOfRange(domain: Domain, c: Context): readonly Thing[] | null {
  const from = evaluateConstant(domain.value, "The start of the range", c);
  const to = domain.to === null ? null : evaluateConstant(domain.to, "The end of the range", c);
  if (from === null || to === null) return null;
  for (const [bound, e] of [
    [from, domain.value],
    [to, domain.to ?? domain.value],
  ] as const) {
    if (Number.isInteger(bound)) continue;
    report(c, catalogue.outOfRange, e.span, {
      what: "An end of a range",
      found: String(bound),
      expected: "a whole number",
    });
    return null;
  }
  if (!(to - from <= roundLimit)) {
    report(c, catalogue.outOfRange, domain.span, {
      what: "The number of rounds",
      found: String(to - from),
      expected: "at most 10^5",
    });
    return null;
  }
  return Array.from({ length: Math.max(0, Math.ceil(to - from)) }, (_, i) => number(from + i));
}

export function elementsOfThing(thing: Thing, domain: Domain, c: Context): readonly Thing[] | null {
  if (thing.kind === "set" || thing.kind === "tuple") return thing.items;
  if (thing.kind === "grid" && thing.part === null) {
    return thing.nodes
      .slice(1)
      .map((next, i) => ({ kind: "tuple", items: [number(thing.nodes[i] ?? 0), number(next)] }));
  }
  if (thing.kind === "tensor" && typeof thing.value.shape[0] === "number") {
    const { value } = thing;
    return Array.from({ length: thing.value.shape[0] }, (_, i) => tensor(elementAt(value, i)));
  }
  if (thing.kind === "tensor" && thing.value.shape.length === 0)
    report(c, catalogue.wrongKind, domain.span, {
      found: describe(thing),
      expected: "something with several elements",
      instead: "A range of whole numbers is written `0..3`.",
    });
  else if (thing.kind !== "poison") {
    report(c, catalogue.notCompiledYet, domain.span, {
      construct: `A generator over ${describe(thing)}`,
      instead: null,
    });
  }
  return null;
}

/** `value[i]` along the first axis. */
export function elementAt(value: Value, i: number): Value {
  const rest = value.shape.slice(1);
  const constants = constantValues(value);
  if (constants !== null && rest.length === 0) return ir.scalar(constants[i] ?? Number.NaN);
  const block = ir.slice(value, [i, ...rest.map(() => 0)], [1, ...rest]);
  return ir.reshape(block, rest);
}

function conditional(e: Conditional, c: Context): Thing {
  const condition = evaluate(e.condition, c);
  if (!isCondition(condition, e.condition.span, c)) return poison;
  const known = constantOf(condition);
  if (known !== null) return evaluate(known !== 0 ? e.then : e.else, c);
  if (condition.kind !== "tensor") return notANumber(condition, e.condition.span, c);
  const left = evaluate(e.then, c);
  const right = evaluate(e.else, c);
  return choose(condition.value, left, right, e.span, c);
}

function choose(condition: Value, left: Thing, right: Thing, span: Span, c: Context): Thing {
  if (left.kind === "poison" || right.kind === "poison") return poison;
  const label = chooseLabel(condition, left, right, span, c);
  if (label !== null) return label;
  if (left.kind === "record" && right.kind === "record") {
    return mapRecord(left, (field, name) => choose(condition, field, right.fields.get(name) ?? poison, span, c));
  }
  if (left.kind !== "tensor") return notANumber(left, span, c);
  if (right.kind !== "tensor") return notANumber(right, span, c);
  if (broadcastShapes(left.value.shape, right.value.shape) === null) {
    return report(c, catalogue.shapesDiffer, span, {
      operation: "`if`",
      left: showShape(left.value.shape),
      right: showShape(right.value.shape),
    });
  }
  return tensor(ir.select(truth(condition), real(left.value), real(right.value)));
}

function access(e: FieldAccess, c: Context): Thing {
  const base = evaluate(e.base, c);
  return base.kind === "poison" ? poison : fieldOf(base, e.name, c);
}

function indexed(e: Indexed, c: Context): Thing {
  const base = evaluate(e.base, c);
  if (base.kind === "poison") return poison;
  if (base.kind === "tuple") return tupleAt(base.items, e, c);
  if (base.kind === "steps" || base.kind === "group") return drawnAt(base, e, c);
  const part = base.kind === "grid" ? partOfGrid(base, e, c) : null;
  if (part !== null) return part;
  const gridValue = base.kind === "grid" ? ir.constant(base.nodes, [base.nodes.length]) : null;
  if (base.kind !== "tensor" && gridValue === null) return notANumber(base, e.base.span, c);
  let value = gridValue ?? (base.kind === "tensor" ? base.value : ir.scalar(0));
  let axis = 0;
  for (const index of e.indices) {
    const size = value.shape[axis];
    if (typeof size !== "number") {
      return report(c, catalogue.badIndex, index.span, {
        index: index.span.source.text.slice(index.span.start, index.span.end),
        shape: showShape(value.shape),
      });
    }
    if (index.kind === "range") {
      const from = index.from === null ? 0 : evaluateConstant(index.from, "A slice's start", c);
      const to = index.to === null ? size : evaluateConstant(index.to, "A slice's end", c);
      if (from === null || to === null) return poison;
      const block = clampRange(from, to, size);
      if (block === null)
        return report(c, catalogue.badIndex, index.span, { index: `${from}..${to}`, shape: showShape(value.shape) });
      const known = value.shape.length === 1 ? constantValues(value)?.slice(...block) : undefined;
      value =
        known !== undefined
          ? ir.constant(known, [known.length])
          : ir.slice(
              value,
              value.shape.map((_, a) => (a === axis ? block[0] : 0)),
              value.shape.map((dim, a) => (a === axis ? block[1] - block[0] : dim)),
            );
      axis += 1;
      continue;
    }
    const thing = evaluate(index.argument.value, c);
    if (thing.kind === "poison") return poison;
    if (thing.kind !== "tensor") return notANumber(thing, index.span, c);
    const known = constantOf(thing);
    if (known === null) {
      if (axis > 0)
        return report(c, catalogue.notCompiledYet, index.span, {
          construct: "A drawn index after the first axis",
          instead: null,
        });
      const stray = possibleValues(thing.value)?.find(
        (outcome) => !Number.isInteger(outcome) || outcome < -size || outcome >= size,
      );
      if (stray !== undefined)
        return report(c, catalogue.badIndex, index.span, { index: String(stray), shape: showShape(value.shape) });
      const at = fromStart(thing.value, size);
      value = rowAt(value, at);
      if (base.kind === "grid") placeAt(value, { nodes: base.nodes, index: at });
      continue;
    }
    const at = known < 0 ? known + size : known;
    if (!Number.isInteger(at) || at < 0 || at >= size) {
      return report(c, catalogue.badIndex, index.span, { index: String(known), shape: showShape(value.shape) });
    }
    const constants = constantValues(value);
    if (constants !== null && value.shape.length === 1) {
      value = ir.scalar(constants[at] ?? Number.NaN);
      continue;
    }
    const block = ir.slice(
      value,
      value.shape.map((_, a) => (a === axis ? at : 0)),
      value.shape.map((dim, a) => (a === axis ? 1 : dim)),
    );
    value = ir.reshape(
      block,
      value.shape.filter((_, a) => a !== axis),
    );
  }
  return tensor(value);
}

function clampRange(from: number, to: number, size: number): [number, number] | null {
  const start = from < 0 ? from + size : from;
  const end = to < 0 ? to + size : to;
  return Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end <= size && start < end
    ? [start, end]
    : null;
}

/** One step of a path, or one member of a group. */
function drawnAt(base: Steps | Group, e: Indexed, c: Context): Thing {
  const [index, more] = e.indices;
  if (index === undefined || index.kind !== "at" || more !== undefined) {
    return report(c, catalogue.notCompiledYet, e.span, {
      construct: `This index into ${describe(base)}`,
      instead: null,
    });
  }
  const at = evaluateTensor(index.argument.value, c);
  if (at === null) return poison;
  const found = base.kind === "steps" ? stepAt(base.path, at) : memberAt(base, at);
  if (found !== null) return found;
  const count = base.kind === "steps" ? base.path.nodes.length - 1 : base.count;
  return report(c, catalogue.badIndex, index.span, { index: String(constantOf(tensor(at))), shape: `[${count}]` });
}

function tupleAt(items: readonly Thing[], e: Indexed, c: Context): Thing {
  const [index, more] = e.indices;
  if (index === undefined || index.kind !== "at" || more !== undefined) {
    return report(c, catalogue.notCompiledYet, e.span, { construct: "This index into a list", instead: null });
  }
  const at = evaluateConstant(index.argument.value, "An index into a list", c);
  if (at === null) return poison;
  const item = items[at < 0 ? at + items.length : at];
  return item ?? report(c, catalogue.badIndex, index.span, { index: String(at), shape: `[${items.length}]` });
}
