/** The kernel of a linear system as graphs: tables over the elapsed clock, or closed forms where numbers are given from outside. */
import type { Expression } from "../calculus/expression.js";
import { number as formulaNumber } from "../calculus/expression.js";
import { integral } from "../calculus/choice.js";
import { factorTable, momentTable } from "../calculus/system-kernel.js";
import type { LinearSystemFacts, Matrix } from "../calculus/system-facts.js";
import { DEGREE } from "../calculus/system-table.js";
import type { Table } from "../calculus/system-table.js";
import { substitute } from "../calculus/traverse.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { buildFormula } from "./formula.js";
import { choleskyGraph, graphProduct, plus, times, transposedGraph } from "./graph-matrix.js";
import type { Entry, GraphMatrix, GraphVector } from "./graph-matrix.js";
import { tableRange } from "./process-law.js";
import type { Process } from "./thing.js";

/** X_t = propagator · X_s + shift + factor · z, rows and columns of the factor in the order asked for. */
export interface FactorKernel {
  readonly propagator: GraphMatrix;
  readonly shift: GraphVector;
  readonly factor: GraphMatrix;
}

export interface MomentKernel {
  readonly propagator: GraphMatrix;
  readonly shift: GraphVector;
  readonly covariance: GraphMatrix;
}

/** From the data's time on, where the covariance is `start`; null where neither numbers nor formulas give one. */
export function kernelFromStart(
  process: Process,
  facts: LinearSystemFacts,
  time: Value,
  start: readonly number[],
  order: readonly number[],
): FactorKernel | null {
  const n = facts.constant.length;
  if (facts.numbers !== null) {
    const { numbers } = facts;
    const table = cached(facts, `factor ${start.join()} ${order.join()}`, () => factorTable(numbers, start, order));
    const columns = readTable(table, elapsedSince(process, facts, formulaNumber(tableRange(process)[0]), time));
    return {
      propagator: square(columns, 0, n),
      shift: columns.slice(n * n, n * n + n),
      factor: triangle(columns, n * n + n, n),
    };
  }
  const kernel = closedBetween(process, facts, ir.scalar(process.dataTime), time);
  if (kernel === null) return null;
  const { propagator } = kernel;
  const given = start.map((value): Entry => (value === 0 ? null : ir.scalar(value)));
  const spread = graphProduct(graphProduct(propagator, square(given, 0, n)), transposedGraph(propagator));
  const covariance = kernel.covariance.map((row, i) => row.map((entry, j) => plus(entry, spread[i]?.[j] ?? null)));
  return { ...kernel, factor: choleskyGraph(order.map((i) => order.map((j) => covariance[i]?.[j] ?? null))) };
}

/** Between two times that are known when the program runs. */
export function kernelBetweenTimes(
  process: Process,
  facts: LinearSystemFacts,
  from: Value,
  to: Value,
): MomentKernel | null {
  const n = facts.constant.length;
  if (facts.numbers === null) return closedBetween(process, facts, from, to);
  const { numbers, clock } = facts;
  if (clock !== null) {
    // The clock makes all moments alike: the kernel depends on what has elapsed.
    const none = new Array<number>(n * n).fill(0);
    const order = Array.from({ length: n }, (_, i) => i);
    const table = cached(facts, `factor ${none.join()} ${order.join()}`, () => factorTable(numbers, none, order));
    const columns = readTable(table, elapsedBetween(process, facts, from, to));
    const factor = triangle(columns, n * n + n, n);
    return {
      propagator: square(columns, 0, n),
      shift: columns.slice(n * n, n * n + n),
      covariance: graphProduct(factor, transposedGraph(factor)),
    };
  }
  const table = cached(facts, "moments", () => momentTable(numbers));
  const first = formulaNumber(tableRange(process)[0]);
  const [before, after] = [from, to].map((time) => {
    const columns = readTable(table, elapsedSince(process, facts, first, time));
    return {
      propagator: square(columns, 0, n),
      inverse: square(columns, n * n, n),
      shift: columns.slice(2 * n * n, 2 * n * n + n),
      covariance: symmetric(columns, 2 * n * n + n, n),
    };
  });
  if (before === undefined || after === undefined) return null;
  // Φ(t, s) = Φ(t, 0) Φ(0, s), m(t, s) = m(t) - Φ(t, s) m(s), Σ(t | s) = Σ(t) - Φ(t, s) Σ(s) Φ(t, s)ᵀ
  const propagator = graphProduct(after.propagator, before.inverse);
  const pushed = graphProduct(graphProduct(propagator, before.covariance), transposedGraph(propagator));
  return {
    propagator,
    shift: after.shift.map((entry, i) =>
      plus(
        entry,
        negative(
          propagator[i]?.reduce<Entry>((sum, p, k) => plus(sum, times(p, before.shift[k] ?? null)), null) ?? null,
        ),
      ),
    ),
    covariance: after.covariance.map((row, i) => row.map((entry, j) => plus(entry, negative(pushed[i]?.[j] ?? null)))),
  };
}

function negative(entry: Entry): Entry {
  return entry === null ? null : ir.neg(entry);
}

function closedBetween(process: Process, facts: LinearSystemFacts, from: Value, to: Value): MomentKernel | null {
  const { between, earlier } = facts;
  if (between === null || facts.clock?.isClosed !== true) return null;
  const values = new Map([...process.constants, [earlier.name, from] as const, [process.time, to] as const]);
  const build = (e: Expression): Entry =>
    e.kind === "number" && e.value.numerator === 0n ? null : buildFormula(e, { values, ranges: new Map() });
  const matrix = (entries: Matrix): GraphMatrix => entries.map((row) => row.map(build));
  return {
    propagator: matrix(between.propagator),
    shift: between.shift.map(build),
    covariance: matrix(between.covariance),
  };
}

/** What elapses on the clock (of time itself, without one) since the first moment. */
function elapsedSince(process: Process, facts: LinearSystemFacts, first: Expression, time: Value): Value {
  const { clock, earlier } = facts;
  const range = tableRange(process);
  if (clock === null) return ir.sub(time, ir.scalar(range[0]));
  const { elapsed } = clock;
  // An integral without closed form is a table of its upper end.
  const formula =
    elapsed.kind === "integral"
      ? integral(elapsed.integrand, elapsed.variable, first, elapsed.to)
      : substitute(elapsed, new Map([[earlier.name, first]]));
  return buildFormula(formulaOf(formula), {
    values: new Map([...process.constants, [process.time, time]]),
    ranges: new Map([[process.time, range]]),
  });
}

/** Tables belong to the formula they were made for, so equal formulas are one. */
const formulas = new Map<string, Expression>();

function formulaOf(formula: Expression): Expression {
  const known = formulas.get(formula.key) ?? formula;
  formulas.set(formula.key, known);
  return known;
}

function elapsedBetween(process: Process, facts: LinearSystemFacts, from: Value, to: Value): Value {
  const { clock, earlier } = facts;
  if (clock === null || !clock.isClosed) {
    const first = formulaNumber(tableRange(process)[0]);
    return ir.sub(elapsedSince(process, facts, first, to), elapsedSince(process, facts, first, from));
  }
  return buildFormula(clock.elapsed, {
    values: new Map([...process.constants, [earlier.name, from], [process.time, to]]),
    ranges: new Map(),
  });
}

const tables = new WeakMap<LinearSystemFacts, Map<string, Table & { readonly value: Value }>>();

function cached(facts: LinearSystemFacts, key: string, make: () => Table): Table & { readonly value: Value } {
  const known = tables.get(facts) ?? new Map<string, Table & { readonly value: Value }>();
  tables.set(facts, known);
  const found = known.get(key);
  if (found !== undefined) return found;
  const table = make();
  const made = { ...table, value: ir.constant(table.coefficients, [table.cells, (DEGREE + 1) * table.powers.length]) };
  known.set(key, made);
  return made;
}

/** The columns at an elapsed clock; null for a column of zeros. */
function readTable(table: Table & { readonly value: Value }, elapsed: Value): readonly Entry[] {
  const { span, cells, powers, coefficients } = table;
  const columns = powers.length;
  const u = ir.sqrt(ir.max(ir.scalar(0), ir.mul(elapsed, ir.scalar(1 / span))));
  const place = ir.mul(u, ir.scalar(cells));
  const cell = ir.min(ir.max(ir.floor(place), ir.scalar(0)), ir.scalar(cells - 1));
  const s = ir.sub(ir.mul(ir.scalar(2), ir.sub(place, ir.stopGradient(cell))), ir.scalar(1));
  const row = ir.gather(table.value, ir.toInt(cell));
  const degree = (k: number): Value => ir.slice(row, [k * columns], [columns]);
  let total = degree(DEGREE);
  for (let k = DEGREE - 1; k >= 0; k -= 1) total = ir.add(degree(k), ir.mul(s, total));
  const isZero = powers.map((_, column) => {
    for (let at = column; at < coefficients.length; at += columns) if (coefficients[at] !== 0) return false;
    return true;
  });
  return powers.map((power, column) => {
    if (isZero[column] === true) return null;
    const value = ir.reshape(ir.slice(total, [column], [1]), []);
    return power === 0
      ? value
      : ir.mul(
          value,
          Array.from({ length: power - 1 }).reduce<Value>((product) => ir.mul(product, u), u),
        );
  });
}

function square(entries: readonly Entry[], from: number, n: number): GraphMatrix {
  return Array.from({ length: n }, (_, i) => entries.slice(from + i * n, from + i * n + n));
}

function triangle(entries: readonly Entry[], from: number, n: number): GraphMatrix {
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (__, j) => (j > i ? null : (entries[from + (i * (i + 1)) / 2 + j] ?? null))),
  );
}

function symmetric(entries: readonly Entry[], from: number, n: number): GraphMatrix {
  const lower = triangle(entries, from, n);
  return lower.map((row, i) => row.map((entry, j) => (j > i ? (lower[j]?.[i] ?? null) : entry)));
}
