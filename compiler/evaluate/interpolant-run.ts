/** What moves the samples of an interpolant: b, or b ± ½λ² s for a noise level λ, from whichever of b, v, s and E[z | x] were trained. */
import type { Span } from "../../grammar/source.js";
import { divide, multiply, negate, square } from "../calculus/algebra.js";
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import { number, symbol } from "../calculus/expression.js";
import type { Expression } from "../calculus/expression.js";
import type { LinearInterpolantFacts } from "../calculus/facts.js";
import { expand } from "../calculus/polynomial.js";
import { freeSymbols } from "../calculus/traverse.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { real, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { dependsOn, readFormula } from "./formula.js";
import { predictOfRun } from "./heads.js";
import { differentiatedDensity } from "./laws.js";
import { atTime } from "./process-law.js";
import type { Process, Run, Tensor, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** λ(t), and whether time runs forward (1) or back (-1). */
export interface NoiseLevel {
  readonly value: Value;
  readonly direction: 1 | -1;
}

/** b, or b ± ½λ² s forward and back: the same marginals for every λ (Albergo et al. 2023, ε = λ²/2; methods 0.3). */
export function interpolantDrift(
  run: Run,
  x: Tensor,
  t: Tensor,
  level: NoiseLevel | null,
  span: Span,
  c: Context,
): Thing {
  const velocity = velocityOf(run, x, t, span, c);
  if (velocity === null || level === null) return velocity === null ? poison : tensor(velocity);
  const push = scoreTimes(run, noiseFactor(run.process, level, t), x, t, span, c);
  return push === null ? poison : tensor(ir.add(velocity, push));
}

/** b as predicted, or b = v - γγ̇ s from v = E[∂_t I | x], the head `drift` (methods B). */
function velocityOf(run: Run, x: Tensor, t: Tensor, span: Span, c: Context): Value | null {
  const heads = run.predictors.map((predictor) => predictor.head?.quantity);
  const facts = linearFacts(run.process);
  const derived = facts !== null && heads.includes("drift") && !heads.includes("velocity");
  const known = predictOfRun(run, derived ? "drift" : "velocity", x, t, span, c);
  if (known.kind !== "tensor") return null;
  const gamma = derived ? facts.draws.find(({ draw }) => draw.name === facts.score?.draw.name) : undefined;
  if (gamma === undefined) return real(known.value);
  const rest = scoreTimes(
    run,
    { formula: negate(gamma.product), overGamma: negate(gamma.rate), values: new Map() },
    x,
    t,
    span,
    c,
  );
  return rest === null ? null : ir.add(real(known.value), rest);
}

/** A factor of the score as a function of time; `values` are what its other symbols stand for. */
interface Factor {
  readonly formula: Expression;
  /** The same over γ, where that is known without dividing. */
  readonly overGamma: Expression | null;
  readonly values: ReadonlyMap<string, Value>;
}

/** ±½λ² */
function noiseFactor(process: Process, level: NoiseLevel, t: Tensor): Factor {
  const opaque = new Map<string, Value>();
  const time = symbol(process.time, process.range[0] >= 0 ? "nonnegative" : "any");
  const { formula } = readFormula(level.value, new Map([[real(t.value), time]]), opaque);
  const half = number(level.direction === 1 ? "0.5" : "-0.5");
  const isFormula = ![...opaque.values()].some((value) => dependsOn(value, new Set([real(t.value)])));
  if (isFormula) return { formula: multiply(half, square(formula)), overGamma: null, values: opaque };
  return {
    formula: multiply(half, square(symbol("noise level"))),
    overGamma: null,
    values: new Map([["noise level", level.value]]),
  };
}

/**
 * factor · s. From E[z | x] that is -(factor/γ) E[z | x], divided as formulas, so that a factor which vanishes with γ leaves no
 * pole at the ends. Where a pole is left at the end whose law is known, the score there is that of the law itself.
 */
function scoreTimes(run: Run, factor: Factor, x: Tensor, t: Tensor, span: Span, c: Context): Value | null {
  const { process } = run;
  const facts = linearFacts(process);
  const heads = run.predictors.map((predictor) => predictor.head?.quantity);
  const time = real(t.value);
  const build = (formula: Expression, at: Value = time): Value => atTime(formula, process, at, factor.values);
  if (facts?.score == null || heads.includes("score") || !heads.includes("noise")) {
    const score = predictOfRun(run, "score", x, t, span, c);
    return score.kind === "tensor" ? ir.mul(build(factor.formula), real(score.value)) : null;
  }
  const gamma = facts.score.factor;
  const noise = predictOfRun(run, "noise", x, t, span, c);
  if (noise.kind !== "tensor") return null;
  const ratio = factor.overGamma ?? ratioOf(factor.formula, gamma, process);
  const applied = (at: Value): Value => ir.neg(ir.mul(build(ratio, at), real(noise.value)));
  const { known, knownTime } = process;
  if (known === null || knownTime === null || isFinite(ratio, process, knownTime)) return applied(time);
  const there = differentiatedDensity(known, real(x.value), span, c);
  if (there === null) return applied(time);
  const isThere = ir.equal(time, ir.scalar(knownTime));
  const inside = ir.select(isThere, ir.scalar((process.range[0] + process.range[1]) / 2), time);
  return ir.select(isThere, ir.mul(build(factor.formula), there), applied(inside));
}

/** factor/γ in the first form that is finite at both ends; as it stands if none is. */
function ratioOf(factor: Expression, gamma: Expression, process: Process): Expression {
  const forms = [
    divide(factor, gamma),
    multiply(divide(factor, square(gamma)), gamma),
    multiply(divide(expand(factor), expand(square(gamma))), gamma),
    divide(expand(factor), gamma),
  ];
  return forms.find((form) => process.range.every((end) => isFinite(form, process, end))) ?? divide(factor, gamma);
}

/** A γ that rounding keeps from being 0 at its end leaves numbers beyond this. */
const pole = 1e9;

function isFinite(formula: Expression, process: Process, time: number): boolean {
  // Symbols beside the time are numbers of the caller's, none of which makes a pole.
  const values = new Map([...freeSymbols(formula)].map((name) => [name, name === process.time ? time : 1]));
  return Math.abs(evaluateFormula(formula, values)) < pole;
}

function linearFacts({ dynamics }: Process): LinearInterpolantFacts | null {
  return dynamics.kind === "interpolant" && dynamics.facts.kind === "linear" ? dynamics.facts : null;
}
