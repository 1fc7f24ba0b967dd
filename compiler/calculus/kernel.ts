/** What is the Gaussian kernel of dx = (a(t) x + c(t)) dt + g(t) dW between two times? */
import { add, divide, exp, multiply, negate, power, splitCoefficient, sqrt, square } from "./algebra.js";
import { integral } from "./choice.js";
import { isOne, isZero, number, ONE, same, symbol, ZERO } from "./expression.js";
import type { Expression, SymbolExpression } from "./expression.js";
import { evaluate } from "./evaluate.js";
import type { GaussianKernel } from "./facts.js";
import { antiderivativeOn } from "./integrate.js";
import type { Grounds } from "./integrate.js";
import { resolveSigns } from "./interval.js";
import type { Ranges } from "./interval.js";
import { equivalent, expand, factorsOf, termsOf } from "./polynomial.js";
import { compareRational, fraction } from "./rational.js";
import type { Rational } from "./rational.js";
import { contains, freeSymbols, hasIntegral, replaceSymbol, sizeOf } from "./traverse.js";

export interface AffineEquation {
  readonly linear: Expression;
  readonly constant: Expression;
  readonly squaredDiffusion: Expression;
  readonly time: SymbolExpression;
  /** Values of the other symbols and the whole span of time, the data's time included. */
  readonly grounds: Grounds;
  /** Antiderivatives already sought, by integrand: kernels between different times need the same ones. */
  readonly sought: Map<string, Expression | null>;
}

/** A time as an expression, and numbers that it may take. */
export interface Moment {
  readonly at: Expression;
  readonly samples: readonly number[];
}

/** Relative error up to which a closed form of the variance is used. */
const CLOSED_ENOUGH = 1e-9;

/** Φ = exp ∫a, shift = ∫Φ(t, u) c(u) du, variance = ∫Φ(t, u)² g(u)² du; pairs of samples are used where from < to. */
export function gaussianKernel(
  equation: AffineEquation,
  from: Moment,
  to: Moment,
  given: SymbolExpression,
): GaussianKernel {
  const { time, grounds } = equation;
  const variable = symbol(unusedName(equation, [from.at, to.at]), time.sign);
  const ranges: Ranges = new Map(
    [time, variable, ...[from.at, to.at].filter((e) => e.kind === "symbol")].map((name) => [
      name.name,
      { low: grounds.range[0], high: grounds.range[1] },
    ]),
  );
  const inVariable = (e: Expression): Expression => replaceSymbol(e, time.name, variable);
  const settle = (e: Expression): Expression => resolveSigns(e, ranges);
  const rate = inVariable(equation.linear);
  const growth = seek(equation, rate, variable);
  // Φ(later, u) as an expression in two times
  const propagate = (start: Expression, end: Expression): Expression => {
    if (growth === null) return exp(integral(rate, variable, start, end));
    const at = (bound: Expression): Expression => replaceSymbol(growth, variable.name, bound);
    return settle(exp(add(at(end), negate(at(start)))));
  };
  const scale = settle(expandExponents(propagate(from.at, to.at)));
  const accumulate = (weight: 1 | 2, source: Expression): Expression => {
    if (isZero(source)) return ZERO;
    const inner = symbol(`${variable.name}′`, variable.sign);
    const propagator = replaceSymbol(propagate(inner, to.at), inner.name, variable);
    const reference = integral(multiply(power(propagator, weight), inVariable(source)), variable, from.at, to.at);
    if (growth === null) return reference;
    const ahead = settle(exp(multiply(number(weight), replaceSymbol(growth, variable.name, to.at))));
    const behind = settle(exp(multiply(number(-weight), growth)));
    const sum = seek(equation, settle(multiply(behind, inVariable(source))), variable);
    if (sum === null) return reference;
    const at = (bound: Expression): Expression => settle(replaceSymbol(sum, variable.name, bound));
    const gathered = add(at(to.at), negate(at(from.at)));
    const spread = add(...termsOf(gathered).map((term) => multiply(ahead, term)));
    const expanded = expand(spread);
    const forms = [expanded, spread, multiply(ahead, gathered), factored(expanded), factored(spread)].map(settle);
    return bestForm(forms, reference, from, to, grounds) ?? reference;
  };
  const shift = accumulate(1, equation.constant);
  const spreadOut = accumulate(2, equation.squaredDiffusion);
  const std = settle(sqrt(spreadOut));
  const variance = square(std);
  return {
    from: from.at,
    to: to.at,
    given,
    scale,
    shift,
    mean: add(multiply(scale, given), shift),
    variance,
    std,
    closed: !hasIntegral(scale) && !hasIntegral(shift) && !hasIntegral(variance),
  };
}

function seek(equation: AffineEquation, integrand: Expression, variable: SymbolExpression): Expression | null {
  const known = equation.sought.get(integrand.key);
  if (known !== undefined) return known;
  const found = antiderivativeOn(integrand, variable, equation.grounds);
  equation.sought.set(integrand.key, found);
  return found;
}

/** The smallest of the forms that agree with the reference at every pair of sample times; null if none does. */
function bestForm(
  forms: readonly Expression[],
  reference: Expression,
  from: Moment,
  to: Moment,
  grounds: Grounds,
): Expression | null {
  const distinct = [...new Map(forms.map((form) => [form.key, form])).values()].sort(
    // Of two equally long forms the product is the better one: it cancels no digits.
    (a, b) => sizeOf(a) - sizeOf(b) + (a.kind === "sum" ? 2 : 0) - (b.kind === "sum" ? 2 : 0),
  );
  const pairs = from.samples.flatMap((s) => to.samples.filter((t) => t > s).map((t) => [s, t] as const));
  const environments = pairs.map(([s, t]) => {
    const values = new Map(grounds.values);
    if (from.at.kind === "symbol") values.set(from.at.name, s);
    if (to.at.kind === "symbol") values.set(to.at.name, t);
    for (const name of freeSymbols(reference)) if (!values.has(name)) values.set(name, 0.7);
    return values;
  });
  const expected = environments.map((values) => evaluate(reference, values));
  const isRight = (form: Expression): boolean =>
    environments.every((values, i) => {
      const right = expected[i] ?? NaN;
      return Math.abs(evaluate(form, values) - right) <= CLOSED_ENOUGH * Math.abs(right);
    });
  return distinct.find(isRight) ?? null;
}

/** Common factors in front; (a + b)² or (a + b)(a + c)/a where the rest is one of these: products cancel no digits. */
export function factored(e: Expression): Expression {
  if (e.kind !== "sum") return e;
  const shared = commonFactor(e.terms);
  const rest = isOne(shared) ? e : add(...e.terms.map((term) => divide(term, shared)));
  return multiply(shared, factoredSum(rest));
}

function factoredSum(e: Expression): Expression {
  if (e.kind !== "sum") return e;
  const root = sqrt(e);
  if (root.kind === "call" && root.name === "abs") return square(root.argument);
  const [a, ...others] = e.terms;
  if (a === undefined || others.length !== 3) return e;
  for (const [i, j, k] of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 2, 0],
  ] as const) {
    const [b, c, d] = [others[i], others[j], others[k]];
    if (b === undefined || c === undefined || d === undefined) continue;
    // a + b + c + d = (a + b)(1 + c/a) if d = bc/a
    if (equivalent(multiply(a, d), multiply(b, c))) return multiply(add(a, b), add(ONE, divide(c, a)));
  }
  return e;
}

/** The product of the lowest powers of all bases that every term has. */
function commonFactor(terms: readonly Expression[]): Expression {
  const [first, ...others] = terms.map((term) => factorsOf(splitCoefficient(term).rest).map(baseAndExponent));
  const shared = (first ?? []).flatMap(({ base, exponent }) => {
    const exponents = others.map((factors) => factors.find((other) => same(other.base, base))?.exponent);
    if (exponents.some((other) => other === undefined)) return [];
    const lowest = exponents.reduce<Rational>(
      (low, other) => (other !== undefined && compareRational(other, low) < 0 ? other : low),
      exponent,
    );
    return [power(base, lowest)];
  });
  return multiply(...shared);
}

function baseAndExponent(factor: Expression): { readonly base: Expression; readonly exponent: Rational } {
  return factor.kind === "power" ? factor : { base: factor, exponent: fraction(1) };
}

/** Multiplies out inside exponentials, where B(t) - B(s) collects. */
function expandExponents(e: Expression): Expression {
  const factors = factorsOf(e).map((factor) =>
    factor.kind === "call" && factor.name === "exp" ? exp(expand(factor.argument)) : factor,
  );
  return multiply(...factors);
}

function unusedName(equation: AffineEquation, times: readonly Expression[]): string {
  const all = [equation.linear, equation.constant, equation.squaredDiffusion, ...times];
  return ["u", "r", "τ", "υ"].find((name) => all.every((e) => !contains(e, name))) ?? "integration time";
}
