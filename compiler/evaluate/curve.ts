/** Functions of one number on an interval: as tables, inverted, and integrated. */
import type { Argument, Call, Expression, Parameter } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import { gaussLegendre } from "../calculus/quadrature.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { vectorise } from "../ir/vectorise.js";
import { constantOf, real, tensor } from "./arithmetic.js";
import { applyClosure } from "./call.js";
import { captured } from "./capture.js";
import { readMap, stateOf } from "./coordinate-map.js";
import type { Context } from "./context.js";
import { report, withScope } from "./context.js";
import { describe } from "./describe.js";
import { evaluate, evaluateTensor } from "./evaluate.js";
import { folded } from "../ir/folded.js";
import { applied } from "./run-coordinates.js";
import { childOf } from "./scope.js";
import { demand, needsData, settledTable } from "./setup.js";
import { intervalOf } from "./spaces.js";
import type { Builtin, Closure, Curve, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** `curve(x)` */
export function callCurve(curve: Curve, e: Call, c: Context): Thing {
  const [argument, more] = e.arguments;
  if (argument === undefined)
    return report(c, catalogue.missingArgument, e.span, { name: "x", callee: "this function" });
  if (more !== undefined)
    return report(c, catalogue.tooManyArguments, e.span, {
      callee: "this function",
      expected: 1,
      found: e.arguments.length,
    });
  const x = evaluateTensor(argument.value, c);
  return x === null ? poison : tensor(curve.at(x));
}

/** `tabulate(f, nodes: n)`: straight lines between n values of f, computed once. */
export function tabulate(f: Thing, count: number, span: Span, c: Context): Thing {
  const curve = curveOf(f, span, c);
  if (curve === null) return poison;
  const { low, high, exact } = curve;
  const table = valuesAt(
    exact,
    Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1)),
  );
  const values = settledTable(folded(table), c);
  return { kind: "curve", low, high, exact, at: (x) => betweenNodes(values, x, low, high) };
}

/**
 * `inverse(f)`: where a monotone f takes the value y, by straight lines between its values at many nodes; of a built-in, such as
 * `dct2` or `log`, exactly.
 */
export function inverseOf(f: Thing, span: Span, c: Context): Thing {
  if (f.kind === "builtin") return inverseOfBuiltin(f, span, c);
  const curve = curveOf(f, span, c);
  if (curve === null) return poison;
  const { low, high } = curve;
  const nodes = Array.from({ length: cells + 1 }, (_, i) => low + ((high - low) * i) / cells);
  const values = folded(curve.running?.() ?? valuesAt(curve.exact, nodes));
  const first = ir.slice(values, [0], [cells]);
  const last = ir.slice(values, [1], [cells]);
  const direction = ir.sign(ir.sub(ir.sum(last, [0]), ir.sum(first, [0])));
  const steps = ir.mul(direction, ir.sub(last, first));
  // Below zero where a step goes back, or where the ends are equal.
  const smallest = ir.sub(ir.neg(ir.reduceMax(ir.neg(steps), [0])), ir.sub(ir.scalar(1), ir.abs(direction)));
  const name = f.kind === "closure" && f.name !== "" ? `\`${f.name}\`` : "The function";
  if (needsData(values, c)) demand(smallest, `${name} is inverted, but it is not monotone on this data`, c);
  else {
    const known = constantOf(tensor(folded(smallest)));
    if (known !== null && !(known >= 0))
      return report(c, catalogue.notMonotone, span, { name, range: `[${low}, ${high}]` });
  }
  const at = (y: Value): Value => {
    const below = ir.less(ir.mul(direction, values), ir.mul(direction, y));
    const cell = ir.min(
      ir.max(ir.sub(ir.sum(ir.toReal(below), [0]), ir.scalar(1)), ir.scalar(0)),
      ir.scalar(cells - 1),
    );
    const [from, to] = [ir.gather(values, ir.toInt(cell)), ir.gather(values, ir.toInt(ir.add(cell, ir.scalar(1))))];
    const rise = ir.sub(to, from);
    const isFlat = ir.equal(rise, ir.scalar(0));
    const part = ir.div(ir.sub(y, from), ir.select(isFlat, ir.scalar(1), rise));
    const inside = ir.min(ir.max(ir.add(ir.stopGradient(cell), part), ir.scalar(0)), ir.scalar(cells));
    return ir.add(ir.scalar(low), ir.mul(inside, ir.scalar((high - low) / cells)));
  };
  return { kind: "curve", low: -Infinity, high: Infinity, exact: at, at };
}

/** By the links of its graph, for values of the shape that it is asked about. */
function inverseOfBuiltin(f: Builtin, span: Span, c: Context): Thing {
  const at = (y: Value): Value => {
    const x = ir.input("x", "real", y.shape);
    const image = applied(f, x, span, c);
    if (image.kind !== "tensor") return y;
    const map = readMap(f.name, real(image.value), x, { low: -Infinity, high: Infinity });
    if (!("why" in map)) return stateOf(map, y);
    report(c, catalogue.notInvertible, span, { coordinates: f.name, why: map.why });
    return y;
  };
  return { kind: "curve", low: -Infinity, high: Infinity, exact: at, at };
}

/** Cells of an inverse's table. */
const cells = 512;

/** A fn of one number with its interval, or a curve as it is; null after reporting. */
function curveOf(f: Thing, span: Span, c: Context): (Curve & { readonly running?: (() => Value) | undefined }) | null {
  if (f.kind === "curve" && Number.isFinite(f.low)) return f;
  if (f.kind === "poison") return null;
  const [parameter, more] = f.kind === "closure" ? (f.source.parameters ?? []) : [];
  if (f.kind !== "closure" || parameter === undefined || more !== undefined) {
    report(c, catalogue.wrongKind, span, { found: describe(f), expected: "a function of one number" });
    return null;
  }
  const range =
    parameter.domain === null
      ? null
      : intervalOf(parameter.domain.value, { ...c, scope: f.scope }, `What \`${parameter.name.text}\` may be`);
  if (parameter.domain === null) report(c, catalogue.noInterval, span, { parameter: parameter.name.text });
  if (range === null) return null;
  const [low, high] = range;
  const trial = applyClosure(f, [tensor(ir.input(parameter.name.text, "real", []))], span, c);
  if (trial.kind !== "tensor" || trial.value.shape.length > 0) {
    if (trial.kind !== "poison")
      report(c, catalogue.wrongKind, span, { found: describe(trial), expected: "a function that gives a number" });
    return null;
  }
  const exact = (x: Value): Value => {
    const result = applyClosure(f, [tensor(x)], span, c);
    return result.kind === "tensor" ? real(result.value) : ir.scalar(Number.NaN);
  };
  return { kind: "curve", low, high, exact, at: exact, running: runningIntegral(f, parameter, low, high, c) };
}

/** f at all nodes: one after the other, since each may look at a whole set of data. */
function valuesAt(f: (x: Value) => Value, nodes: readonly number[]): Value {
  const x = ir.input("node", "real", []);
  const { captures, outer, outputs } = captured([f(x)], new Set([x]));
  const body = { carry: [], xs: [x], captures, nextCarry: [], rows: outputs };
  const [rows] = ir.scan(nodes.length, body, [ir.constant(nodes, [nodes.length]), ...outer]).rows;
  return rows ?? ir.zeros([nodes.length]);
}

function betweenNodes(values: Value, x: Value, low: number, high: number): Value {
  const count = Number(values.shape[0]);
  const place = ir.mul(ir.sub(x, ir.scalar(low)), ir.scalar((count - 1) / (high - low)));
  const cell = ir.stopGradient(ir.min(ir.max(ir.floor(place), ir.scalar(0)), ir.scalar(count - 2)));
  const [from, to] = [ir.gather(values, ir.toInt(cell)), ir.gather(values, ir.toInt(ir.add(cell, ir.scalar(1))))];
  return ir.add(from, ir.mul(ir.sub(place, cell), ir.sub(to, from)));
}

// ── integrals ────────────────────────────────────────────────────────────────────────────────────────────────────────

const panel = gaussLegendre(8);
const panels = 8;

/** `integral(e du for u in [a, b])`: Gauss-Legendre on 8 panels of 8 nodes. */
export function integralOf(e: Call, c: Context): Thing {
  const parts = integralParts(e, c);
  if (parts === null) return poison;
  const [from, to] = parts.bounds.map((bound) => evaluateTensor(bound, c));
  if (from == null || to == null) return poison;
  const nodes = Array.from({ length: panels }, (_, k) => panel.nodes.map((node) => (k + node) / panels)).flat();
  const weights = Array.from({ length: panels }, () => panel.weights.map((weight) => weight / panels)).flat();
  const width = ir.sub(to, from);
  const u = ir.input(parts.name, "real", []);
  const value = parts.integrand(u);
  if (value === null) return poison;
  const places = ir.add(from, ir.mul(ir.constant(nodes, [nodes.length]), width));
  const lifted = vectorise([value], new Map([[u, places]]), nodes.length);
  if (lifted.batched[0] !== true) return tensor(ir.mul(width, value));
  const values = lifted.values[0] ?? value;
  const column = ir.reshape(ir.constant(weights, [weights.length]), [weights.length, ...value.shape.map(() => 1)]);
  return tensor(ir.mul(width, ir.sum(ir.mul(values, column), [0])));
}

interface IntegralParts {
  readonly name: string;
  readonly bounds: readonly [Expression, Expression];
  readonly integrand: (u: Value) => Value | null;
}

function integralParts(e: Call, c: Context): IntegralParts | null {
  const [argument] = e.arguments;
  const bounds = argument === undefined ? null : intervalOfGenerator(argument);
  const name = argument?.generators[0]?.names[0]?.text;
  const written = argument?.value;
  if (
    argument === undefined ||
    bounds === null ||
    name === undefined ||
    written?.kind !== "increment" ||
    written.differential.text !== `d${name}`
  ) {
    report(c, catalogue.notCompiledYet, e.span, {
      construct: "This `integral`",
      instead: "Write `integral(f du for u in [a, b])`.",
    });
    return null;
  }
  const integrand = (u: Value): Value | null => {
    const scope = childOf(c.scope);
    scope.names.set(name, tensor(u));
    return evaluateTensor(written.coefficient, withScope(c, scope));
  };
  return { name, bounds, integrand };
}

function intervalOfGenerator(argument: Argument): readonly [Expression, Expression] | null {
  const [generator, more] = argument.generators;
  const domain = generator?.domain;
  if (
    generator === undefined ||
    more !== undefined ||
    domain === undefined ||
    domain.to !== null ||
    domain.value.kind !== "list"
  )
    return null;
  const [from, to, third] = domain.value.items;
  return from === undefined || to === undefined || third !== undefined ? null : [from.value, to.value];
}

/** The values at all nodes of a fn that is an integral up to its own parameter: cell by cell, so that nothing is computed twice. */
function runningIntegral(
  f: Closure,
  parameter: Parameter,
  low: number,
  high: number,
  c: Context,
): (() => Value) | undefined {
  const { body } = f.source;
  const call = body?.kind === "value" && body.value.kind === "call" ? body.value : null;
  if (call === null || call.callee.kind !== "reference") return undefined;
  const inner: Context = { ...withScope(c, f.scope), pureIn: f.name };
  const callee = evaluate(call.callee, inner);
  const [argument] = call.arguments;
  const bounds = argument === undefined ? null : intervalOfGenerator(argument);
  if (callee.kind !== "builtin" || callee.name !== "integral" || bounds === null) return undefined;
  const [from, to] = bounds;
  if (to.kind !== "reference" || to.text !== parameter.name.text) return undefined;
  const start = from.kind === "number" ? constantOf(evaluate(from, inner)) : null;
  const parts = start === low ? integralParts(call, inner) : null;
  if (parts === null) return undefined;
  return () => {
    const rule = gaussLegendre(2);
    const width = (high - low) / cells;
    const places = Array.from({ length: cells }, (_, i) => rule.nodes.map((node) => low + width * (i + node))).flat();
    const values = valuesAt((u) => parts.integrand(u) ?? ir.scalar(Number.NaN), places);
    const rows = ir.sum(
      ir.mul(
        ir.reshape(values, [cells, 2]),
        ir.constant(
          rule.weights.map((weight) => weight * width),
          [2],
        ),
      ),
      [1],
    );
    // Sums of the cells before each node, as a product with a triangle of ones.
    const triangle = ir.constant(
      Array.from({ length: (cells + 1) * cells }, (_, k) => (k % cells < Math.floor(k / cells) ? 1 : 0)),
      [cells + 1, cells],
    );
    return ir.reshape(ir.matMul(triangle, ir.reshape(rows, [cells, 1])), [cells + 1]);
  };
}
