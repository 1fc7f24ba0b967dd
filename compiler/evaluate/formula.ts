/** How graphs become formulas that the calculus reads, and its formulas become graphs again. */
import { add, call, divide, extremum, multiply, negate, power, subtract } from "../calculus/algebra.js";
import { piecewise } from "../calculus/choice.js";
import type { Expression, FunctionName, Sign } from "../calculus/expression.js";
import { number as formulaNumber, symbol } from "../calculus/expression.js";
import { stable } from "../calculus/stable.js";
import { recognise } from "../calculus/recognise.js";
import { toNumber } from "../calculus/rational.js";
import * as ir from "../ir/build.js";
import { closedNumbers, numbersOfGraph } from "../ir/constant-value.js";
import type { Value } from "../ir/value.js";
import { buildTable } from "./integral-table.js";
import type { Environment } from "./integral-table.js";

/** Characters of a formula's canonical text. Graphs share their parts, formulas repeat them: beyond this nobody reads one. */
const longestFormula = 4000;

/** A formula of the symbols given, where graphs that are none of its business stand as opaque symbols. */
export interface Reading {
  readonly formula: Expression;
  /** What the opaque symbols stand for, by name. */
  readonly opaque: ReadonlyMap<string, Value>;
  /** A graph that is opaque only because its formula would be very long. */
  readonly tooLong: Value | null;
}

/** What constants that differ from place to place are called, by their numbers: equal ones are one symbol. */
export type VaryingNames = Map<string, string>;

/**
 * Reads a graph elementwise: `symbols` maps its leaves to formula symbols. What is not elementwise becomes an opaque
 * symbol; `dependsOn` tells which of those contain one of the leaves, so that the caller can refuse them.
 */
export function readFormula(
  root: Value,
  symbols: ReadonlyMap<Value, Expression>,
  opaque: Map<string, Value>,
  names: VaryingNames = new Map(),
): Reading {
  const memo = new Map<Value, Expression>(symbols);
  const closed = closedNumbers(root);
  let tooLong: Value | null = null;
  const hide = (value: Value): Expression => {
    const name = value.op === "input" ? (value.params.name ?? "c") : `c${opaque.size + 1}`;
    opaque.set(name, value);
    return symbol(name);
  };
  const varying = (value: Value, numbers: readonly number[]): Expression => {
    const key = numbers.join();
    const name = names.get(key) ?? `c${opaque.size + 1}`;
    names.set(key, name);
    opaque.set(name, value);
    return symbol(name, signOfNumbers(numbers));
  };
  const read = (value: Value): Expression => {
    const known = memo.get(value);
    if (known !== undefined) return known;
    const numbers = differing(value, closed.get(value)?.data);
    if (numbers !== null) {
      const formula = varying(value, numbers);
      memo.set(value, formula);
      return formula;
    }
    const shown = value.computed === undefined ? value : { ...value, ...value.computed };
    const at = (place: number): Expression => {
      const part = shown.inputs[place];
      return part === undefined ? formulaNumber(0) : read(part);
    };
    const written = readOp(shown, at, read);
    const isLong = written !== null && written.key.length > longestFormula;
    if (isLong) tooLong ??= value;
    const formula = written === null || isLong ? hide(value) : written;
    memo.set(value, formula);
    return formula;
  };
  const formula = read(root);
  return { formula, opaque, tooLong };
}

/** Constants that differ from place to place are one symbol, whatever they were computed from; null for all else. */
export function varyingNumbers(value: Value): readonly number[] | null {
  return differing(value, numbersOfGraph(value) ?? undefined);
}

function differing(value: Value, numbers: ArrayLike<number> | undefined): readonly number[] | null {
  // What is stretched is read as it was before: stretched and not, it is the same constant.
  if (numbers === undefined || value.shape.length === 0 || value.op === "broadcast" || value.dtype !== "real")
    return null;
  const all = Array.from(numbers);
  return all.some((number) => number !== all[0]) ? all : null;
}

function signOfNumbers(numbers: readonly number[]): Sign {
  if (numbers.every((number) => number > 0)) return "positive";
  return numbers.every((number) => number >= 0) ? "nonnegative" : "any";
}

const functions: Partial<Record<Value["op"], FunctionName>> = {
  exp: "exp",
  log: "log",
  sin: "sin",
  cos: "cos",
  tan: "tan",
  atan: "atan",
  tanh: "tanh",
  erf: "erf",
  abs: "abs",
};

/** The two sides of `a < b` or `a <= b`; none of another condition. */
function comparedIn(condition: Value | undefined): readonly Value[] {
  if (condition?.op === "broadcast") return comparedIn(condition.inputs[0]);
  return condition?.op === "less" || condition?.op === "lessEqual" ? condition.inputs : [];
}

/** `√u == 0`, by which the derivative of a root keeps 0/0 out: as a formula it is the other branch. */
function guardsRoot(condition: Value | undefined): boolean {
  const [a, b] = condition?.inputs ?? [];
  return condition?.op === "equal" && a?.op === "sqrt" && b?.op === "scalar" && b.params.value === 0;
}

/**
 * The formula of an elementwise op in those of its operands; null for other ops, and for numbers that are not finite. `read` reads
 * what is below an operand: the two sides of a condition.
 */
export function readOp(
  value: Value,
  at: (place: number) => Expression,
  read: ((value: Value) => Expression) | null = null,
): Expression | null {
  const name = functions[value.op];
  if (name !== undefined) return call(name, at(0));
  switch (value.op) {
    case "scalar":
      return value.params.value === undefined || !Number.isFinite(value.params.value)
        ? null
        : recognise(value.params.value);
    case "constant": {
      const [first, ...rest] = value.params.values ?? [];
      return first !== undefined && Number.isFinite(first) && rest.every((other) => other === first)
        ? recognise(first)
        : null;
    }
    case "neg":
      return negate(at(0));
    case "sqrt":
      return power(at(0), 0.5);
    case "sigmoid":
      return divide(formulaNumber(1), add(formulaNumber(1), call("exp", negate(at(0)))));
    case "add":
      return add(at(0), at(1));
    case "sub":
      return subtract(at(0), at(1));
    case "mul":
      return multiply(at(0), at(1));
    case "div":
      return divide(at(0), at(1));
    case "pow":
      return power(at(0), at(1));
    case "max":
    case "min":
      return extremum(value.op, at(0), at(1));
    case "select": {
      if (guardsRoot(value.inputs[0])) return at(2);
      const [left, right] = comparedIn(value.inputs[0]);
      if (left === undefined || right === undefined || read === null) return null;
      const relation = value.inputs[0]?.op === "less" ? "<" : "<=";
      return piecewise({ relation, left: read(left), right: read(right) }, at(1), at(2));
    }
    case "broadcast":
    case "stopGradient":
      return at(0);
    case "reshape":
      return value.inputs[0]?.shape.length === 0 ? at(0) : null;
    default:
      return null;
  }
}

/** Whether anything under `root` is one of `leaves`. */
export function dependsOn(root: Value, leaves: ReadonlySet<Value>): boolean {
  const seen = new Set<Value>();
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (value === undefined || seen.has(value)) continue;
    if (leaves.has(value)) return true;
    seen.add(value);
    open.push(...value.inputs);
  }
  return false;
}

/** Builds the graph of a formula. Differences that cancel (`1 - exp(-u)`) are computed without losing digits. */
export function buildFormula(formula: Expression, environment: Environment): Value {
  const memo = new Map<string, Value>();
  const build = (e: Expression): Value => {
    const known = memo.get(e.key);
    if (known !== undefined) return known;
    const value = buildHere(e, build, environment);
    memo.set(e.key, value);
    return value;
  };
  return build(stableForm(formula));
}

function buildHere(e: Expression, build: (e: Expression) => Value, environment: Environment): Value {
  switch (e.kind) {
    case "number":
      return ir.scalar(toNumber(e.value));
    case "constant":
      return ir.scalar(Math.PI);
    case "symbol": {
      const value = environment.values.get(e.name);
      if (value === undefined) throw new Error(`the formula's symbol ${e.name} stands for nothing`);
      return value;
    }
    case "sum":
      return buildSum(e.terms, build);
    case "product":
      return buildProduct(e.factors, build);
    case "power": {
      const exponent = toNumber(e.exponent);
      if (exponent === 0.5) return ir.sqrt(build(e.base));
      if (exponent === -1) return ir.div(ir.scalar(1), build(e.base));
      if (exponent === -0.5) return ir.div(ir.scalar(1), ir.sqrt(build(e.base)));
      return ir.pow(build(e.base), ir.scalar(exponent));
    }
    case "call":
      return buildCall(e.name, build(e.argument));
    case "extremum":
      return e.arguments.map(build).reduce((a, b) => (e.name === "max" ? ir.max(a, b) : ir.min(a, b)));
    case "piecewise": {
      const { relation, left, right } = e.condition;
      const condition = relation === "<" ? ir.less(build(left), build(right)) : ir.lessEqual(build(left), build(right));
      return ir.select(condition, build(e.then), build(e.otherwise));
    }
    case "integral":
      return buildTable(e, environment);
  }
}

function buildSum(terms: readonly Expression[], build: (e: Expression) => Value): Value {
  return terms.slice(1).reduce(
    (total, term) => {
      const negated = negatedTerm(term);
      return negated === null ? ir.add(total, build(term)) : ir.sub(total, build(negated));
    },
    build(terms[0] ?? formulaNumber(0)),
  );
}

/** -term, where that has the simpler coefficient. */
function negatedTerm(term: Expression): Expression | null {
  if (term.kind === "number") return toNumber(term.value) < 0 ? negate(term) : null;
  const first = term.kind === "product" ? term.factors[0] : undefined;
  return first?.kind === "number" && toNumber(first.value) < 0 ? negate(term) : null;
}

function buildProduct(factors: readonly Expression[], build: (e: Expression) => Value): Value {
  const above = factors.filter((factor) => !isReciprocal(factor));
  const below = factors.filter(isReciprocal);
  const product = (list: readonly Expression[]) =>
    list.length === 0 ? ir.scalar(1) : list.map(build).reduce((a, b) => ir.mul(a, b));
  const top = product(above);
  return below.length === 0 ? top : ir.div(top, product(below.map((factor) => power(factor, -1))));
}

function isReciprocal(e: Expression): boolean {
  return e.kind === "power" && toNumber(e.exponent) < 0;
}

function buildCall(name: FunctionName, argument: Value): Value {
  switch (name) {
    case "expm1":
      // e^u - 1 = tanh(u/2) (e^u + 1), which keeps its digits where u is small.
      return ir.mul(ir.tanh(ir.mul(argument, ir.scalar(0.5))), ir.add(ir.exp(argument), ir.scalar(1)));
    case "log1p":
      // log(1 + u) = 2 artanh(u / (2 + u)); for |u| < 0.1 four terms of the series reach 1e-9.
      return buildLog1p(argument);
    case "exp":
      return ir.exp(argument);
    case "log":
      return ir.log(argument);
    case "sin":
      return ir.sin(argument);
    case "cos":
      return ir.cos(argument);
    case "tan":
      return ir.tan(argument);
    case "tanh":
      return ir.tanh(argument);
    case "atan":
      return ir.atan(argument);
    case "erf":
      return ir.erf(argument);
    case "abs":
      return ir.abs(argument);
  }
}

function buildLog1p(u: Value): Value {
  const w = ir.div(u, ir.add(ir.scalar(2), u));
  const w2 = ir.mul(w, w);
  const series = [1 / 9, 1 / 7, 1 / 5, 1 / 3, 1].reduce<Value | null>(
    (total, coefficient) =>
      total === null ? ir.scalar(coefficient) : ir.add(ir.scalar(coefficient), ir.mul(w2, total)),
    null,
  );
  const small = ir.mul(ir.mul(ir.scalar(2), w), series ?? ir.scalar(1));
  return ir.select(ir.less(ir.abs(u), ir.scalar(0.1)), small, ir.log(ir.add(ir.scalar(1), u)));
}

/** A formula of a process is built at every place that uses it: what takes long is done once per formula. */
const stableForms = new WeakMap<Expression, Expression>();

function stableForm(formula: Expression): Expression {
  const known = stableForms.get(formula) ?? stable(formula);
  stableForms.set(formula, known);
  return known;
}
