/** Means over all rows of a set and over a normal law, and the mean of a row given an observation of it: what set-up needs of data. */
import type { Argument, Call, Generator } from "../../grammar/tree.js";
import { symbol } from "../calculus/expression.js";
import { affineIn } from "../calculus/polynomial.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { vectorise } from "../ir/vectorise.js";
import { fillNormals, openStream } from "../../runtime/random/stream.js";
import { constantOf, real, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report, withScope } from "./context.js";
import { describe } from "./describe.js";
import { evaluate, evaluateConstant, evaluateTensor } from "./evaluate.js";
import { buildFormula, dependsOn, readFormula } from "./formula.js";
import { childOf } from "./scope.js";
import { setupOf, wholeSet } from "./setup.js";
import type { Data, Law, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** `mean(e for x in D for z in Normal(0, 1))`; null if the generators run over integers or lists, as usual. */
export function meanOverLaws(name: string, e: Call, c: Context): Thing | null {
  const [argument, ...options] = e.arguments;
  const [first] = argument?.generators ?? [];
  if (argument === undefined || first === undefined || first.domain.to !== null || first.domain.value.kind === "list")
    return null;
  const domain = evaluate(first.domain.value, c);
  if (domain.kind !== "data" && domain.kind !== "law") return null;
  const samples = options.find((option) => option.name?.text === "samples");
  const count = samples === undefined ? null : evaluateConstant(samples.value, "`samples:`", c);
  const value = reduced(name, argument, argument.generators, count, c);
  return value === null ? poison : tensor(value);
}

function reduced(
  name: string,
  argument: Argument,
  generators: readonly Generator[],
  count: number | null,
  c: Context,
): Value | null {
  const [first, ...rest] = generators;
  if (first === undefined) return evaluateTensor(argument.value, c);
  const domain = evaluate(first.domain.value, c);
  if (domain.kind === "data" && domain.law === null && domain.fields.length === 1)
    return overRows(name, first, domain, c, (inner) => reduced(name, argument, rest, count, inner));
  if (domain.kind === "law")
    return overNormal(first, domain, count, c, (inner) => reduced(name, argument, rest, count, inner));
  if (domain.kind !== "poison")
    report(c, catalogue.notCompiledYet, first.span, { construct: `A ${name} over ${describe(domain)}`, instead: null });
  return null;
}

function bound(generator: Generator, value: Value, kind: Data | "normal", c: Context): Context {
  const scope = childOf(c.scope);
  scope.names.set(generator.names[0]?.text ?? "", tensor(value));
  setupOf(c).generated.set(value, kind);
  return withScope(c, scope);
}

function overRows(
  name: string,
  generator: Generator,
  data: Data,
  c: Context,
  f: (c: Context) => Value | null,
): Value | null {
  const rows = wholeSet(data, c);
  const row = ir.input(generator.names[0]?.text ?? "row", "real", rows.shape.slice(1));
  const value = f(bound(generator, row, data, c));
  if (value === null) return null;
  const dim = rows.shape[0] ?? 1;
  const lifted = vectorise([value], new Map([[row, rows]]), dim);
  const values =
    lifted.batched[0] === true ? (lifted.values[0] ?? value) : ir.broadcastTo(value, [dim, ...value.shape]);
  return name === "sum" ? ir.sum(values, [0]) : ir.mean(values, [0]);
}

/** One number by the trapezoidal rule, whose error is below rounding for smooth functions and which needs no draws; more numbers by `samples:` draws. */
function overNormal(
  generator: Generator,
  law: Law,
  count: number | null,
  c: Context,
  f: (c: Context) => Value | null,
): Value | null {
  const shape = law.law === "normal" ? (law.like?.shape ?? []) : [];
  const size = shape.reduce((a, b) => a * b, 1);
  if (law.law !== "normal" || constantOf(law.mean) !== 0 || constantOf(law.std) !== 1) {
    report(c, catalogue.notCompiledYet, generator.span, {
      construct: "A mean over this law",
      instead: "Take `Normal(0, 1)`, scaled in the formula.",
    });
    return null;
  }
  if (size > 1 && count === null) {
    report(c, catalogue.needsSamples, generator.span, { numbers: size });
    return null;
  }
  const grid = Array.from({ length: 129 }, (_, i) => (i - 64) / 8);
  const density = grid.map((z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) / 8);
  const [nodes, weights] =
    size === 1
      ? [grid, density]
      : [standardNormals((count ?? 1) * size), Array.from({ length: count ?? 1 }, () => 1 / (count ?? 1))];
  const z = ir.input(generator.names[0]?.text ?? "z", "real", shape);
  const value = f(bound(generator, z, "normal", c));
  if (value === null) return null;
  const lifted = vectorise([value], new Map([[z, ir.constant(nodes, [weights.length, ...shape])]]), weights.length);
  if (lifted.batched[0] !== true) return value;
  const column = ir.reshape(ir.constant(weights, [weights.length]), [weights.length, ...value.shape.map(() => 1)]);
  return ir.sum(ir.mul(lifted.values[0] ?? value, column), [0]);
}

function standardNormals(count: number): readonly number[] {
  const numbers = new Float32Array(count);
  fillNormals(numbers, openStream(0, "mean"), 0, 0);
  return [...numbers];
}

/**
 * `conditional_mean(D, a x + b z + c)` with x from D and z standard normal: the mean of the rows weighted by their likelihoods,
 * Σ x_j exp(-|y - c - a x_j|² / 2b²) / Σ exp(…), which is E[x | y] for data that is the rows themselves.
 */
export function conditionalMean(e: Call, c: Context): Thing {
  const [of, observed, more] = e.arguments;
  if (of === undefined || observed === undefined || more !== undefined) {
    return report(c, catalogue.missingArgument, e.span, { name: "observation", callee: "conditional_mean" });
  }
  const data = evaluate(of.value, c);
  const y = evaluateTensor(observed.value, c);
  if (data.kind === "poison" || y === null) return poison;
  if (data.kind !== "data" || data.law !== null)
    return report(c, catalogue.wrongKind, of.span, { found: describe(data), expected: "a data set of rows" });
  const { generated } = setupOf(c);
  const leaves = [...generated].filter(([value]) => dependsOn(y, new Set([value])));
  const row = leaves.find(([, kind]) => kind !== "normal" && kind.name === data.name)?.[0];
  const noise = leaves.find(([, kind]) => kind === "normal")?.[0];
  const parts = row === undefined || noise === undefined ? null : affineParts(y, row, noise);
  if (parts === null) return report(c, catalogue.notObserved, observed.span, { data: data.name });
  const rows = wholeSet(data, c);
  const away = ir.sub(ir.sub(y, parts.shift), ir.mul(parts.scale, rows));
  const squares = ir.sum(
    ir.mul(away, away),
    rows.shape.slice(1).map((_, axis) => axis + 1),
  );
  const logs = ir.neg(ir.div(squares, ir.mul(ir.scalar(2), ir.mul(parts.spread, parts.spread))));
  const likelihood = ir.exp(ir.sub(logs, ir.reduceMax(logs, [0])));
  const weights = ir.div(likelihood, ir.sum(likelihood, [0]));
  const column = ir.reshape(weights, [rows.shape[0] ?? 1, ...rows.shape.slice(1).map(() => 1)]);
  return tensor(ir.sum(ir.mul(column, rows), [0]));
}

/** y = scale · row + spread · noise + shift with numbers that depend on neither; null where it is not of that form. */
function affineParts(y: Value, row: Value, noise: Value): { scale: Value; spread: Value; shift: Value } | null {
  const opaque = new Map<string, Value>();
  const [x, z] = [symbol("the row"), symbol("the noise")];
  const { formula } = readFormula(
    y,
    new Map([
      [row, x],
      [noise, z],
    ]),
    opaque,
  );
  if ([...opaque.values()].some((value) => dependsOn(value, new Set([row, noise])))) return null;
  const inRow = affineIn(formula, x.name);
  const inNoise = inRow === null ? null : affineIn(inRow.constant, z.name);
  if (inRow === null || inNoise === null) return null;
  const build = (e: Parameters<typeof buildFormula>[0]): Value =>
    real(buildFormula(e, { values: opaque, ranges: new Map() }));
  const [scale, spread, shift] = [inRow.linear, inNoise.linear, inNoise.constant].map(build);
  if (scale === undefined || spread === undefined || shift === undefined) return null;
  const isNumber = scale.shape.length === 0 && spread.shape.length === 0 && !dependsOn(scale, new Set([noise]));
  return isNumber ? { scale, spread, shift } : null;
}
