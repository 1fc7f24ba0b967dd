/** What a `param` denotes: a learned number or tensor, kept in its space by a smooth bijection of what the optimizer moves. */
import type { Block, Param } from "../../grammar/tree.js";
import type { SpaceSpec, WeightSpec } from "../../runtime/specification.js";
import { fromSpace, intoSpace } from "../../runtime/bijection.js";
import type { Sign } from "../calculus/expression.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, showShape, tensor } from "./arithmetic.js";
import type { Context, LearnedParam, ParamOwner } from "./context.js";
import { report } from "./context.js";
import { constantValues, evaluate } from "./evaluate.js";
import { intervalOf, narrowed, spaceOfType } from "./spaces.js";
import type { Thing } from "./thing.js";
import { poison } from "./thing.js";

/** Binds the names of a declaration in `c.scope`; false after reporting. Several names share type and start. */
export function declareParams(item: Param, owner: ParamOwner, c: Context): boolean {
  const space = spaceOf(item, c);
  const start = space === null ? null : startOf(item, space, owner, c);
  for (const name of item.names) {
    const thing = space === null || start === null ? poison : learned(name.text, item, space, start, owner, c);
    c.scope.names.set(name.text, thing);
  }
  return space !== null && start !== null;
}

/** The learned tensor of that name: the same one wherever its declaration is evaluated again. */
function learned(
  name: string,
  item: Param,
  space: SpaceSpec,
  initial: WeightSpec["initial"],
  owner: ParamOwner,
  c: Context,
): Thing {
  const { params, weights } = c.world;
  const full = owner.name === "" ? name : `${owner.name}.${name}`;
  const known = [...params].find(([, param]) => param.weight === full && param.span === item.span);
  if (known !== undefined) return tensor(known[0]);
  let weight = full;
  for (let number = 2; weights.has(weight); number += 1) weight = `${full}_${number}`;
  const stored = ir.input(weight, "real", space.shape);
  weights.set(weight, {
    spec: { name: weight, shape: space.shape, initial, space },
    value: stored,
    network: owner.name,
  });
  const value = inSpace(stored, space);
  const place = item.names.find((other) => other.text === name) ?? item;
  const param: LearnedParam = {
    name,
    weight: full,
    stored: weight,
    space,
    owner,
    span: item.span,
    nameSpan: place.span,
  };
  params.set(value, param);
  return tensor(value);
}

/** The bijection of runtime/bijection.ts as a graph. */
function inSpace(u: Value, { low, high }: SpaceSpec): Value {
  if (low === null) return u;
  if (high === null) return low === 0 ? ir.softplus(u) : ir.add(ir.scalar(low), ir.softplus(u));
  const share = ir.sigmoid(u);
  const scaled = high - low === 1 ? share : ir.mul(ir.scalar(high - low), share);
  return low === 0 ? scaled : ir.add(ir.scalar(low), scaled);
}

/** A type, or the interval alone; null after reporting. */
function spaceOf(item: Param, c: Context): SpaceSpec | null {
  const real: SpaceSpec = { space: "Real", shape: [], low: null, high: null, open: false, integer: false, bits: null };
  if (item.domain?.to != null) {
    report(c, catalogue.wrongParam, item.domain.span, {
      name: item.names[0]?.text ?? "",
      reason: "whole numbers have no gradient",
    });
    return null;
  }
  const typed = item.type === null ? real : spaceOfType(item.type, c);
  if (typed === null) return null;
  const span = item.type?.span ?? item.span;
  if (typed.integer) {
    report(c, catalogue.wrongParam, span, {
      name: item.names[0]?.text ?? "",
      reason: `a \`${typed.space}\` is whole, and whole numbers have no gradient`,
    });
    return null;
  }
  const interval = item.domain === null ? null : intervalOf(item.domain.value, c, "What a `param` may be");
  if (item.domain !== null && interval === null) return null;
  if (
    interval !== null &&
    ((typed.low !== null && interval[0] < typed.low) || (typed.high !== null && interval[1] > typed.high))
  ) {
    report(c, catalogue.outOfRange, item.domain?.span ?? span, {
      what: "An end of this interval",
      found: `[${interval.join(", ")}]`,
      expected: `inside \`${typed.space}\``,
    });
    return null;
  }
  return narrowed(typed, item.domain, c);
}

/** What is stored at first; null after reporting. */
function startOf(item: Param, space: SpaceSpec, owner: ParamOwner, c: Context): WeightSpec["initial"] | null {
  const name = item.names[0]?.text ?? "";
  if (item.default === null) {
    if (owner.kind === "network" && space.shape.length > 0)
      return { kind: "normal", scale: 1 / Math.sqrt(space.shape[0] ?? 1) };
    report(c, catalogue.missingPart, item.span, {
      owner: `The \`param\` \`${name}\``,
      part: "a start",
      instead: `Write \`param ${name} … = 0.5\`.`,
    });
    return null;
  }
  const thing = evaluate(item.default, c);
  if (thing.kind === "poison") return null;
  const constant = constantOf(thing);
  const values = constant !== null ? [constant] : thing.kind === "tensor" ? constantValues(thing.value) : null;
  if (values === null) {
    report(c, catalogue.notConstant, item.default.span, { what: `The start of \`${name}\`` });
    return null;
  }
  const count = space.shape.reduce((a, b) => a * b, 1);
  if (values.length !== 1 && thing.kind === "tensor" && showShape(thing.value.shape) !== showShape(space.shape)) {
    report(c, catalogue.wrongShape, item.default.span, {
      what: `The start of \`${name}\``,
      expected: showShape(space.shape),
      found: showShape(thing.value.shape),
    });
    return null;
  }
  const outside = values.find((value) => !Number.isFinite(fromSpace(space, value)));
  if (outside !== undefined) {
    const { low, high } = space;
    const between =
      low === null ? "a finite number" : high === null ? `above ${low}` : `between ${low} and ${high}, not at an end`;
    report(c, catalogue.startOutside, item.default.span, { name, found: String(outside), expected: between });
    return null;
  }
  const [first] = values;
  if (values.length === 1 && first !== undefined) return { kind: "constant", value: fromSpace(space, first) };
  return { kind: "values", values: Array.from({ length: count }, (_, i) => fromSpace(space, values[i] ?? 0)) };
}

/** The weights of a process's own params; null after reporting that its equation does not contain one. */
export function paramsIn(
  coefficients: readonly Value[],
  owner: ParamOwner,
  body: Block,
  c: Context,
): readonly string[] | null {
  const used = valuesUnder(coefficients);
  const own = [...c.world.params].filter(
    ([, param]) => param.owner.name === owner.name && body.statements.some(({ span }) => span === param.span),
  );
  const unused = own.find(([value]) => !used.has(value));
  if (unused === undefined) return own.map(([, param]) => param.stored);
  report(c, catalogue.unusedParam, unused[1].nameSpan, { param: unused[1].name, process: owner.name });
  return null;
}

interface ParamSymbols {
  readonly params: ReadonlyMap<Value, { readonly name: string; readonly sign: Sign }>;
  /** Where they start, by name. */
  readonly values: ReadonlyMap<string, number>;
}

/** The scalar params that formulas contain, under their names. */
export function symbolsOfParams(coefficients: readonly Value[], c: Context): ParamSymbols {
  const used = valuesUnder(coefficients);
  const params = new Map<Value, { name: string; sign: Sign }>();
  const values = new Map<string, number>();
  for (const [value, { name, space, stored }] of c.world.params) {
    if (!used.has(value) || space.shape.length > 0) continue;
    const unique = values.has(name) ? stored : name;
    params.set(value, { name: unique, sign: space.low === null || space.low < 0 ? "any" : "positive" });
    const initial = c.world.weights.get(stored)?.spec.initial;
    values.set(unique, initial?.kind === "constant" ? intoSpace(space, initial.value) : 1);
  }
  return { params, values };
}

function valuesUnder(roots: readonly Value[]): ReadonlySet<Value> {
  const seen = new Set<Value>();
  const open = [...roots];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    open.push(...value.inputs);
  }
  return seen;
}
