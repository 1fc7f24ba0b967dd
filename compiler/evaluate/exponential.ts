/** How does a flow solve its linear part exactly over a step, while what a network predicts follows a polynomial? */
import type { Span } from "../../grammar/source.js";
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import type { SignalFacts } from "../calculus/facts.js";
import { freeSymbols } from "../calculus/traverse.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { atTime, refuseKernel, signalOf } from "./process-law.js";
import type { Process } from "./thing.js";

/** Predictions that the state is linear in beside their counterpart: x = shift + α x0 + σ ε. */
export type Carried = "denoised" | "noise";

export interface Pieces {
  /** The state's factor, and what is added to it whatever was predicted. */
  readonly factor: Value;
  readonly shift: Value;
  /** The prediction's factor at each node. */
  readonly weights: readonly Value[];
}

/**
 * The step from t to s with the prediction q (x0 or ε) as the polynomial through its values at the nodes. With
 * x = m + a q + b p, p the other of the two, the flow's drift is ṁ + (ḃ/b)(x - m) + (ȧ - a ḃ/b) q: its linear part carries
 * a state from u to s by b(s)/b(u), and b(s)/b(u) (ȧ - a ḃ/b) du = a(s) e^(μ - μ(s)) dμ in the variable μ = log(a/b). By
 * variation of constants
 *   x(s) = m(s) + b(s)/b(t) (x - m(t)) + a(s) ∫ e^(μ - μ(s)) q(μ) dμ   from μ(t) to μ(s).
 * For q = x0, μ is half the log-SNR. Nodes at which the state already stood (the start of a run) count once.
 */
export function exponentialPieces(
  process: Process,
  carried: Carried,
  t: Value,
  s: Value,
  nodes: readonly Value[],
  span: Span,
  c: Context,
): Pieces | null {
  const signal = signalOf(process);
  const { dynamics } = process;
  const isGaussian = dynamics.kind === "interpolant" || (dynamics.kind === "sde" && dynamics.facts.kind === "affine");
  if (dynamics.kind === "coordinates") {
    report(c, catalogue.notCompiledYet, span, {
      construct: "An exponential step of the state where the equation is one of its coordinates",
      instead: "Write it as a step of a sampler: steps are taken in the coordinates.",
    });
    return null;
  }
  if (signal === null || !isGaussian) return refuseKernel(process, span, c);
  if (turns(process, signal, span, c)) return null;
  const [own, other] = carried === "denoised" ? [signal.scale, signal.std] : [signal.std, signal.scale];
  const at = (time: Value) => ({
    a: atTime(own, process, time),
    b: atTime(other, process, time),
    m: atTime(signal.shift, process, time),
  });
  const [here, there] = [at(t), at(s)];
  const factor = ir.div(there.b, here.b);
  const half = ir.scalar(carried === "denoised" ? 0.5 : -0.5);
  const mu = (time: Value): Value => ir.mul(half, atTime(signal.logSnr, process, time));
  const start = mu(t);
  const width = ir.sub(mu(s), start);
  const places = nodes.map((node) => (node === t ? ir.scalar(0) : ir.sub(mu(node), start)));
  // A constant prediction needs no logarithm: its weight holds where α or σ vanishes.
  const constant = ir.sub(there.a, ir.mul(factor, here.a));
  const moments = momentsOf(width, nodes.length);
  const isFinite = ir.less(ir.abs(width), ir.scalar(farthest));
  const fresh = nodes.map((node, i) => ir.not(ir.equal(node, nodes[i + 1] ?? node)));
  const weights = nodes.map((_, i) => (i === 0 ? constant : ir.scalar(0)));
  for (let order = 1; order < nodes.length; order += 1) {
    const usable = fresh.slice(0, order).reduce((a, b) => ir.and(a, b), isFinite);
    const integral = ir.mul(there.a, newtonIntegral(places.slice(0, order), moments));
    dividedDifference(places, order).forEach((coefficient, i) => {
      const more = ir.select(usable, ir.mul(integral, coefficient), ir.scalar(0));
      weights[i] = ir.add(weights[i] ?? ir.scalar(0), more);
    });
  }
  return { factor, shift: ir.sub(there.m, ir.mul(factor, here.m)), weights };
}

/** Steps in μ beyond this begin or end where the log-SNR is infinite: there the prediction counts as constant. */
const farthest = 80;

/** ∫ e^(u - h) u^k du from 0 to h, for k = 0, 1, …: k! h^(k+1) φ_(k+1)(-h) (Hochbruck & Ostermann 2010, section 2.1). */
function momentsOf(h: Value, count: number): readonly Value[] {
  const decay = ir.exp(ir.neg(h));
  const moments: Value[] = [ir.sub(ir.scalar(1), decay)];
  for (let k = 1; k < count; k += 1) {
    const previous = moments[k - 1] ?? decay;
    // By parts: h^k - k times the moment before. It loses digits where h is small; there the series of e^u keeps them.
    moments.push(ir.sub(integerPower(h, k), ir.mul(ir.scalar(k), previous)));
  }
  const isSmall = ir.less(ir.abs(h), ir.scalar(1));
  return moments.map((moment, k) => {
    if (k === 0) return moment;
    const terms = Array.from({ length: 17 }, (_, n) => 1 / (factorial(n) * (n + k + 1)));
    const sum = terms.reduceRight<Value>((total, term) => ir.add(ir.scalar(term), ir.mul(h, total)), ir.scalar(0));
    return ir.select(isSmall, ir.mul(ir.mul(decay, integerPower(h, k + 1)), sum), moment);
  });
}

function integerPower(base: Value, exponent: number): Value {
  return Array.from({ length: exponent }, () => base).reduce((a, b) => ir.mul(a, b));
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1);
}

/** The integral of e^(u - h) Π (u - r) over the roots r, by the moments. */
function newtonIntegral(roots: readonly Value[], moments: readonly Value[]): Value {
  let coefficients: readonly Value[] = [ir.scalar(1)];
  for (const root of roots) {
    const shifted = [ir.scalar(0), ...coefficients];
    coefficients = shifted.map((value, k) => {
      const below = coefficients[k];
      return below === undefined ? value : ir.sub(value, ir.mul(root, below));
    });
  }
  return coefficients.map((value, k) => ir.mul(value, moments[k] ?? ir.scalar(0))).reduce((a, b) => ir.add(a, b));
}

/** Newton's divided difference over the first order + 1 places, as a factor of the value at each. */
function dividedDifference(places: readonly Value[], order: number): readonly Value[] {
  const over = (first: number, last: number): readonly Value[] => {
    if (first === last) return places.slice(0, order + 1).map((_, i) => ir.scalar(i === first ? 1 : 0));
    const gap = ir.sub(places[first] ?? ir.scalar(0), places[last] ?? ir.scalar(0));
    // Equal places have no difference; whether the order counts at all is decided where it is used.
    const safe = ir.select(ir.equal(gap, ir.scalar(0)), ir.scalar(1), gap);
    const [left, right] = [over(first, last - 1), over(first + 1, last)];
    return left.map((value, i) => ir.div(ir.sub(value, right[i] ?? ir.scalar(0)), safe));
  };
  return over(0, order);
}

/** True after reporting that the log-SNR is no measure of time: it rises and falls within the declared range. */
export function turns(process: Process, signal: SignalFacts, span: Span, c: Context): boolean {
  const at = turningPoint(process, signal);
  if (at === null) return false;
  report(c, catalogue.snrTurns, span, { process: process.name, at: `${process.time} = ${at.toPrecision(3)}` }, [
    { message: "the process is declared here", span: process.declaration.name.span },
  ]);
  return true;
}

function turningPoint(process: Process, signal: SignalFacts): number | null {
  if ([...freeSymbols(signal.logSnr)].some((name) => name !== process.time)) return null;
  const [low, high] = process.range;
  const count = 512;
  const times = Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);
  const values = times.map((time) => evaluateFormula(signal.logSnr, new Map([[process.time, time]])));
  let trend = 0;
  for (let i = 1; i <= count; i += 1) {
    const rise = (values[i] ?? 0) - (values[i - 1] ?? 0);
    if (!Number.isFinite(rise) || Math.abs(rise) < 1e-9) continue;
    if (trend !== 0 && Math.sign(rise) !== trend) return times[i - 1] ?? null;
    trend = Math.sign(rise);
  }
  return null;
}
