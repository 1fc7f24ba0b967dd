/** What is the value of an expression, in float64? */
import { add, negate } from "./algebra.js";
import { symbol } from "./expression.js";
import type { Expression, FunctionName, IntegralExpression } from "./expression.js";
import { quadrature } from "./quadrature.js";
import { toNumber } from "./rational.js";
import { stable } from "./stable.js";
import { freeSymbols, replaceSymbol } from "./traverse.js";

export type Environment = ReadonlyMap<string, number>;

/** Values where the form is undefined (a division by zero) come out as floats do: infinite or NaN. */
export function evaluate(e: Expression, environment: Environment = new Map()): number {
  const names = [...freeSymbols(e)].sort();
  let compiled = cache.get(e);
  if (compiled === undefined) {
    compiled = compile(e, names);
    cache.set(e, compiled);
  }
  return compiled(
    ...names.map((name) => {
      const value = environment.get(name);
      if (value === undefined) throw new Error(`no value for ${name}`);
      return value;
    }),
  );
}

/** The expression as a function of the named symbols, in that order. */
export function compile(e: Expression, names: readonly string[]): (...values: number[]) => number {
  const cells: number[] = names.map(() => NaN);
  const code = translate(stable(e), new Map(names.map((name, i) => [name, i])), cells);
  return (...values) => {
    for (let i = 0; i < names.length; i++) cells[i] = values[i] ?? NaN;
    return code();
  };
}

type Code = () => number;

const cache = new WeakMap<Expression, (...values: number[]) => number>();

function translate(e: Expression, slots: ReadonlyMap<string, number>, cells: number[]): Code {
  const inner = (part: Expression): Code => translate(part, slots, cells);
  switch (e.kind) {
    case "number": {
      const value = toNumber(e.value);
      return () => value;
    }
    case "constant":
      return () => Math.PI;
    case "symbol": {
      const slot = slots.get(e.name);
      if (slot === undefined) throw new Error(`no value for ${e.name}`);
      return () => cells[slot] ?? NaN;
    }
    case "sum": {
      const terms = e.terms.map(inner);
      return () => {
        let total = 0;
        for (const term of terms) total += term();
        return total;
      };
    }
    case "product": {
      const factors = e.factors.map(inner);
      return () => {
        let total = 1;
        for (const factor of factors) total *= factor();
        return total;
      };
    }
    case "power": {
      const base = inner(e.base);
      const exponent = toNumber(e.exponent);
      if (exponent === 0.5) return () => Math.sqrt(base());
      if (exponent === -0.5) return () => 1 / Math.sqrt(base());
      if (exponent === 2) return () => base() ** 2;
      if (exponent === -1) return () => 1 / base();
      if (e.exponent.denominator % 2n === 1n && e.exponent.denominator > 1n) return () => realRoot(base(), e.exponent);
      return () => base() ** exponent;
    }
    case "call": {
      const argument = inner(e.argument);
      const apply = FUNCTIONS[e.name];
      return () => apply(argument());
    }
    case "extremum": {
      const values = e.arguments.map(inner);
      return e.name === "max"
        ? () => Math.max(...values.map((value) => value()))
        : () => Math.min(...values.map((value) => value()));
    }
    case "piecewise": {
      const [left, right] = [inner(e.condition.left), inner(e.condition.right)];
      const [then, otherwise] = [inner(e.then), inner(e.otherwise)];
      const isStrict = e.condition.relation === "<";
      return () => ((isStrict ? left() < right() : left() <= right()) ? then() : otherwise());
    }
    case "integral":
      return translateIntegral(e, slots, cells);
  }
}

function translateIntegral(e: IntegralExpression, slots: ReadonlyMap<string, number>, cells: number[]): Code {
  const slot = cells.length;
  cells.push(NaN);
  const [from, to] = [translate(e.from, slots, cells), translate(e.to, slots, cells)];
  const at = onCell(e.integrand, e.variable.name, slot, slots, cells);
  // Near an end the integrand is written in the distance from it, so that 1 - u does not round at u = 1.
  const near = lazily(() => {
    const distance = symbol(`distance in ${e.variable.name}`, "nonnegative");
    const ahead = replaceSymbol(e.integrand, e.variable.name, add(e.from, distance));
    const back = replaceSymbol(e.integrand, e.variable.name, add(e.to, negate(distance)));
    return {
      fromStart: onCell(stable(ahead), distance.name, slot, slots, cells),
      fromEnd: onCell(stable(back), distance.name, slot, slots, cells),
    };
  });
  return () =>
    quadrature(
      { at, fromStart: (distance) => near().fromStart(distance), fromEnd: (distance) => near().fromEnd(distance) },
      from(),
      to(),
    );
}

function onCell(
  e: Expression,
  name: string,
  slot: number,
  slots: ReadonlyMap<string, number>,
  cells: number[],
): (x: number) => number {
  const code = translate(e, new Map([...slots, [name, slot]]), cells);
  return (x) => {
    cells[slot] = x;
    return code();
  };
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

const FUNCTIONS: Readonly<Record<FunctionName, (x: number) => number>> = {
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  atan: Math.atan,
  erf: errorFunction,
  abs: Math.abs,
  expm1: Math.expm1,
  log1p: Math.log1p,
};

function realRoot(base: number, exponent: { readonly numerator: bigint; readonly denominator: bigint }): number {
  const size = Math.abs(base) ** (Number(exponent.numerator) / Number(exponent.denominator));
  return base < 0 && exponent.numerator % 2n !== 0n ? -size : size;
}

/** erf to full precision: Maclaurin's series with all terms of one sign, and the continued fraction of erfc beyond 3. */
export function errorFunction(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  const scale = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (size < 3) {
    // erf x = 2/√π e^{-x²} Σ 2ⁿ x^{2n+1} / (1·3·…·(2n+1))
    let term = x;
    let total = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      total += term;
    }
    return 2 * scale * total;
  }
  // erfc x = e^{-x²}/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …))))
  let tail = size;
  for (let n = 60; n >= 1; n--) tail = size + n / 2 / tail;
  return Math.sign(x) * (1 - scale / tail);
}
