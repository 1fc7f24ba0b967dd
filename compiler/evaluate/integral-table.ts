/** How does an integral without closed form become a graph? As a table over the one time that it depends on. */
import { integral } from "../calculus/choice.js";
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import { symbol } from "../calculus/expression.js";
import type { Expression, IntegralExpression } from "../calculus/expression.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";

/** Time ranges by symbol, for the tables that stand in for integrals without closed form. */
export interface Environment {
  readonly values: ReadonlyMap<string, Value>;
  readonly ranges: ReadonlyMap<string, readonly [number, number]>;
}

const tableCells = 1024;

/**
 * An integral without closed form as a function of one time: cubic Hermite pieces through values of the quadrature, on
 * nodes that crowd at the lower end, where kernels vanish. The relative error is below 1e-6 (measured in test/figures/derived-kernels.ts).
 */
export function buildTable(e: IntegralExpression, environment: Environment): Value {
  const free = [...environment.ranges].filter(([name]) => environment.values.has(name) && mentions(e, name));
  const [only, ...more] = free;
  if (only === undefined) return ir.scalar(evaluateFormula(e, new Map()));
  if (more.length > 0) throw new Error("an integral of two times has no table");
  const [name, [low, high]] = only;
  const t = environment.values.get(name) ?? ir.scalar(low);
  const table = tableOf(e, name, low, high);
  const u = ir.mul(
    ir.sqrt(ir.max(ir.scalar(0), ir.mul(ir.sub(t, ir.scalar(low)), ir.scalar(1 / (high - low))))),
    ir.scalar(tableCells),
  );
  const cell = ir.min(ir.max(ir.floor(u), ir.scalar(0)), ir.scalar(tableCells - 1));
  const s = ir.sub(u, ir.stopGradient(cell));
  const row = ir.gather(table, ir.toInt(cell));
  const c = [0, 1, 2, 3].map((k) => ir.reshape(ir.slice(row, [...t.shape.map(() => 0), k], [...t.shape, 1]), t.shape));
  const [c0, c1, c2, c3] = [c[0] ?? t, c[1] ?? t, c[2] ?? t, c[3] ?? t];
  return ir.add(c0, ir.mul(s, ir.add(c1, ir.mul(s, ir.add(c2, ir.mul(s, c3))))));
}

/** A formula of a process is built at every place that uses it; its tables are made once. */
const tables = new WeakMap<Expression, { readonly place: string; readonly table: Value }>();

/** Coefficients of the cubics, [cells, 4]. */
function tableOf(e: IntegralExpression, name: string, low: number, high: number): Value {
  const place = `${name} ${low} ${high}`;
  const known = tables.get(e);
  if (known?.place === place) return known.table;
  const { values, slopes } = tabulated(e, name, (u) => low + (high - low) * u * u, 2 * (high - low));
  const rows = Array.from({ length: tableCells }, (_, i) => {
    const [y0, y1, m0, m1] = [values[i] ?? 0, values[i + 1] ?? 0, slopes[i] ?? 0, slopes[i + 1] ?? 0];
    return [y0, m0, 3 * (y1 - y0) - 2 * m0 - m1, 2 * (y0 - y1) + m0 + m1];
  });
  const table = ir.constant(rows.flat(), [tableCells, 4]);
  tables.set(e, { place, table });
  return table;
}

/**
 * An integral and its slope per cell at the nodes t(u), dt/du = rate · u. Where the time stands in the upper end alone, each
 * cell is integrated by itself and the slope is the integrand; else the whole integral is taken anew at every node.
 */
function tabulated(
  e: IntegralExpression,
  name: string,
  at: (u: number) => number,
  rate: number,
): { readonly values: readonly number[]; readonly slopes: readonly number[] } {
  const nodes = Array.from({ length: tableCells + 1 }, (_, i) => i / tableCells);
  const whole = (u: number): number => evaluateFormula(e, new Map([[name, at(u)]]));
  const difference = (u: number): number => {
    const [before, after] = [Math.max(0, u - 0.25 / tableCells), Math.min(1, u + 0.25 / tableCells)];
    return (whole(after) - whole(before)) / (after - before) / tableCells;
  };
  const isRunning =
    e.to.kind === "symbol" && !mentions(e.from, name) && (e.variable.name === name || !mentions(e.integrand, name));
  if (!isRunning) return { values: nodes.map(whole), slopes: nodes.map(difference) };
  const cell = integral(e.integrand, e.variable, symbol("cell start"), symbol("cell end"));
  const values = [whole(0)];
  for (let i = 1; i <= tableCells; i += 1) {
    const ends = new Map([
      ["cell start", at((i - 1) / tableCells)],
      ["cell end", at(i / tableCells)],
    ]);
    values.push((values[i - 1] ?? 0) + evaluateFormula(cell, ends));
  }
  const slopes = nodes.map((u) => {
    const slope = (evaluateFormula(e.integrand, new Map([[e.variable.name, at(u)]])) * rate * u) / tableCells;
    return Number.isFinite(slope) ? slope : difference(u);
  });
  return { values, slopes };
}

function mentions(e: Expression, name: string): boolean {
  switch (e.kind) {
    case "symbol":
      return e.name === name;
    case "sum":
      return e.terms.some((part) => mentions(part, name));
    case "product":
      return e.factors.some((part) => mentions(part, name));
    case "power":
      return mentions(e.base, name);
    case "call":
      return mentions(e.argument, name);
    case "extremum":
      return e.arguments.some((part) => mentions(part, name));
    case "piecewise":
      return [e.condition.left, e.condition.right, e.then, e.otherwise].some((part) => mentions(part, name));
    case "integral":
      return (
        mentions(e.from, name) || mentions(e.to, name) || (e.variable.name !== name && mentions(e.integrand, name))
      );
    default:
      return false;
  }
}
