/** What follows from a path x = I(t, draws): coefficients, velocity, ends, score? */
import { call, divide, log, multiply, negate, square, subtract } from "./algebra.js";
import { differentiate } from "./differentiate.js";
import { evaluate } from "./evaluate.js";
import { isZero, number, symbol, ZERO } from "./expression.js";
import type { Expression, SymbolExpression } from "./expression.js";
import type { DrawFacts, InterpolantFacts, InterpolantInput, SignalFacts } from "./facts.js";
import { limitAt, resolveSigns } from "./interval.js";
import { affineIn, expand, termsOf } from "./polynomial.js";
import { fraction } from "./rational.js";
import { contains, replaceSymbol, sizeOf } from "./traverse.js";

export function analyseInterpolant(input: InterpolantInput): InterpolantFacts {
  const time = symbol(input.time.name, input.range[0] >= 0 ? "nonnegative" : "any");
  const path = replaceSymbol(input.path, time.name, time);
  const velocity = differentiate(path, time.name);
  const coefficients: { draw: SymbolExpression; coefficient: Expression }[] = [];
  const bent: SymbolExpression[] = [];
  let remainder = path;
  for (const draw of input.draws) {
    const affine = affineIn(remainder, draw.name);
    const isLinear = affine !== null && !input.draws.some(({ name }) => contains(affine.linear, name));
    if (isLinear) {
      coefficients.push({ draw, coefficient: affine.linear });
      remainder = affine.constant;
      continue;
    }
    if (isGaussian(draw, input))
      return { kind: "nonlinear", spoiler: spoilerOf(remainder, draw.name, input.draws), velocity };
    bent.push(draw);
  }
  const draws = coefficients.map(({ draw, coefficient }) => drawFacts(draw, coefficient, input));
  const gaussian = draws.filter(({ draw }) => isGaussian(draw, input));
  const data = draws.filter((facts) => !gaussian.includes(facts));
  // A Gaussian draw that is nobody's end is there for the score; otherwise the base itself tells it.
  const noise = gaussian.find(({ atStart, atEnd }) => isNear(atStart, 0) && isNear(atEnd, 0)) ?? gaussian[0];
  const [only, ...moreData] = data;
  const signal =
    only !== undefined &&
    moreData.length === 0 &&
    bent.length === 0 &&
    gaussian.length === 1 &&
    gaussian[0] !== undefined
      ? signalOf(only, gaussian[0], remainder, time, input.range)
      : null;
  return {
    kind: "linear",
    draws,
    remainder,
    order: input.draws,
    velocity,
    ...(bent.length === 0 ? endsOfSum(draws, remainder, input) : endsOfBent(path, bent, draws, input)),
    score: noise === undefined || isZero(noise.coefficient) ? null : { draw: noise.draw, factor: noise.coefficient },
    signal,
    data: signal === null ? null : (only?.draw ?? null),
  };
}

function drawFacts(draw: SymbolExpression, coefficient: Expression, input: InterpolantInput): DrawFacts {
  const rate = differentiate(coefficient, input.time.name);
  // c ċ = ½ (c²)˙, which has no root to divide by
  const product = multiply(number(fraction(1, 2)), differentiate(expand(square(coefficient)), input.time.name));
  const direct = multiply(coefficient, rate);
  const shown = [expand(product), product, direct].reduce((a, b) => (sizeOf(b) < sizeOf(a) ? b : a));
  return { draw, coefficient, rate, product: shown, ...endsOf(coefficient, input) };
}

function endsOf(
  e: Expression,
  { time, range, values = new Map() }: InterpolantInput,
): { atStart: number; atEnd: number } {
  const [low, high] = range;
  const at = (place: number, side: "above" | "below"): number => {
    const value = evaluate(e, new Map([...values, [time.name, place]]));
    return Number.isFinite(value) ? value : (limitAt(e, time.name, place, side, values) ?? NaN);
  };
  return { atStart: at(low, "above"), atEnd: at(high, "below") };
}

interface Ends {
  /** The draw alone at the end, where exactly one is left with coefficient 1. */
  readonly start: SymbolExpression | null;
  readonly end: SymbolExpression | null;
}

function endsOfSum(draws: readonly DrawFacts[], remainder: Expression, input: InterpolantInput): Ends {
  const left = endsOf(remainder, input);
  return {
    start: isNear(left.atStart, 0) ? aloneAt(draws, "atStart") : null,
    end: isNear(left.atEnd, 0) ? aloneAt(draws, "atEnd") : null,
  };
}

/** Where some draws do not stand linearly: the one to which the path is equal whatever the draws are, tried at three of their values. */
function endsOfBent(
  path: Expression,
  bent: readonly SymbolExpression[],
  draws: readonly DrawFacts[],
  input: InterpolantInput,
): Ends {
  const names = [...bent, ...draws.map(({ draw }) => draw)];
  const trials = [0.377, 0.811, -1.273].map(
    (first) => new Map(names.map(({ name }, i) => [name, first + 0.291 * i * (1 + 0.137 * i)])),
  );
  const at = trials.map((trial) => ({
    trial,
    ...endsOf(path, { ...input, values: new Map([...(input.values ?? []), ...trial]) }),
  }));
  const alone = (end: "atStart" | "atEnd"): SymbolExpression | null =>
    names.find(({ name }) => at.every((values) => isNear(values[end], values.trial.get(name) ?? Number.NaN))) ?? null;
  return { start: alone("atStart"), end: alone("atEnd") };
}

function isGaussian(draw: SymbolExpression, { gaussian }: InterpolantInput): boolean {
  return gaussian.some(({ name }) => name === draw.name);
}

function aloneAt(draws: readonly DrawFacts[], end: "atStart" | "atEnd"): SymbolExpression | null {
  const left = draws.filter((facts) => !isNear(facts[end], 0));
  const [only] = left;
  return left.length === 1 && only !== undefined && isNear(only[end], 1) ? only.draw : null;
}

/** x = α data + σ z + remainder */
function signalOf(
  data: DrawFacts,
  noise: DrawFacts,
  shift: Expression,
  time: SymbolExpression,
  [low, high]: readonly [number, number],
): SignalFacts {
  const ranges = new Map([[time.name, { low, high }]]);
  const scale = data.coefficient;
  const std = resolveSigns(call("abs", noise.coefficient), ranges);
  const [scaleRate, stdRate] = [data.rate, differentiate(std, time.name)];
  const variance = square(std);
  const snr = divide(square(scale), variance);
  const crossed = subtract(multiply(scale, stdRate), multiply(scaleRate, std));
  const determinant = [expand(crossed), crossed].reduce((a, b) => (sizeOf(b) < sizeOf(a) ? b : a));
  // d/dt log(α²/σ²) = -2 (α σ̇ - α̇ σ)/(α σ)
  const logSnrRate = negate(divide(multiply(number(2), determinant), multiply(scale, std)));
  return {
    scale,
    shift,
    std,
    variance,
    snr,
    logSnr: resolveSigns(subtract(log(square(scale)), log(variance)), ranges),
    scaleRate,
    shiftRate: isZero(shift) ? ZERO : differentiate(shift, time.name),
    stdRate,
    snrRate: multiply(snr, logSnrRate),
    logSnrRate,
    determinant,
  };
}

/** The smallest term in which the draw does not stand linearly, or beside another. */
function spoilerOf(e: Expression, draw: string, draws: readonly SymbolExpression[]): Expression {
  const bad = termsOf(expand(e)).filter((term) => {
    const affine = affineIn(term, draw);
    return affine === null || draws.some(({ name }) => contains(affine.linear, name));
  });
  return bad.reduce<Expression | null>((a, b) => (a === null || sizeOf(b) < sizeOf(a) ? b : a), null) ?? e;
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9;
}
