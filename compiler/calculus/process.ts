/** What kind of process is an equation, and what follows from it: kernel, reverse, flow, conversions? */
import { derivationOf, equationOf, kernels, signalOf, step, terminalLaw } from "./affine.js";
import { add, divide, multiply, negate, sqrt, square, subtract } from "./algebra.js";
import { differentiate } from "./differentiate.js";
import { isZero, number, ONE, symbol, ZERO } from "./expression.js";
import type { Expression } from "./expression.js";
import type {
  AffineFacts,
  CommonFacts,
  Conversion,
  GaussianKernel,
  GeneralFacts,
  Head,
  LogAffineFacts,
  ProcessFacts,
  ProcessInput,
  SignalFacts,
} from "./facts.js";
import { affineIn, expand, termsOf } from "./polynomial.js";
import { fraction } from "./rational.js";
import { contains, partsOf, replaceSymbol, sizeOf, substitute } from "./traverse.js";

export function analyse(input: ProcessInput): ProcessFacts {
  const time = symbol(input.time.name, Math.min(input.range[0], input.dataTime) >= 0 ? "nonnegative" : "any");
  const inTime = (e: Expression): Expression => replaceSymbol(e, time.name, time);
  const common = commonFacts({ ...input, time, drift: inTime(input.drift), diffusion: inTime(input.diffusion) });
  const { drift, diffusion } = common;
  const x = input.state.name;
  if (!contains(diffusion, x)) {
    const affine = affineIn(drift, x);
    return affine === null ? general(common, "drift") : affineFacts(common, affine.linear, affine.constant);
  }
  const noise = affineIn(diffusion, x);
  const growth = affineIn(drift, x);
  if (noise === null || !isZero(noise.constant)) return general(common, "diffusion");
  if (growth === null || !isZero(expand(growth.constant))) return general(common, "drift");
  return logAffineFacts(common, growth.linear, noise.linear);
}

/** A process whose drift is no formula of its state, number by number: `spoiler` stands for it. */
export function analyseOpaque(input: ProcessInput, spoiler: Expression): GeneralFacts {
  return { ...general(commonFacts(input), "drift"), spoiler, reason: "the drift is not computed number by number" };
}

/** The kernel of an affine process (of its logarithm, for a log-affine one) between any two times. */
export function kernelBetween(facts: AffineFacts | LogAffineFacts, from: Expression, to: Expression): GaussianKernel {
  const places = new Map([
    [facts.earlier.name, from],
    [facts.input.time.name, to],
  ]);
  const { between } = facts;
  const put = (e: Expression): Expression => substitute(e, places);
  return {
    ...between,
    from,
    to,
    scale: put(between.scale),
    shift: put(between.shift),
    mean: put(between.mean),
    variance: put(between.variance),
    std: put(between.std),
  };
}

/** p(x_s | x_t, x_0), Gaussian: from the kernels 0 → s and s → t by Bayes' rule. */
export function posterior(
  start: GaussianKernel,
  step: GaussianKernel,
  initial: Expression,
  later: Expression,
): { readonly mean: Expression; readonly variance: Expression; readonly std: Expression } {
  const before = add(multiply(start.scale, initial), start.shift);
  // v_t = Φ² v_s + v_{t|s};  mean = (Φ v_s (x_t - shift) + v_{t|s} m_s) / v_t;  variance = v_s v_{t|s} / v_t
  const total = add(multiply(square(step.scale), start.variance), step.variance);
  const pulled = multiply(step.scale, start.variance, subtract(later, step.shift));
  const mean = divide(add(pulled, multiply(step.variance, before)), total);
  const variance = divide(multiply(start.variance, step.variance), total);
  return { mean, variance, std: sqrt(variance) };
}

/** Drift of the reverse-time process in the declared clock: f - ∇·D - D score. */
export function reverseDrift(facts: CommonFacts, score: Expression): Expression {
  return add(facts.drift, negate(facts.divergence), negate(multiply(facts.squaredDiffusion, score)));
}

/** Drift of the deterministic flow with the same marginals: f - ½ ∇·D - ½ D score. */
export function probabilityFlowDrift(facts: CommonFacts, score: Expression): Expression {
  return add(facts.drift, multiply(HALF, negate(add(facts.divergence, multiply(facts.squaredDiffusion, score)))));
}

/** Drift run backward with noise λ in place of g, same marginals: f - ½ ∇·D - ½ (D + λ²) score; λ free of the state. */
export function stochasticFlowDrift(facts: CommonFacts, score: Expression, noise: Expression): Expression {
  return subtract(probabilityFlowDrift(facts, score), multiply(HALF, square(noise), score));
}

/** One head's value by another's, where x = α x0 + m + σ ε: the determinant is α σ̇ - α̇ σ. */
export function convertHead(signal: SignalFacts, from: Head, to: Head, value: Expression, x: Expression): Conversion {
  if (from === to) return { value, divisors: [] };
  const { scale, shift, std, scaleRate, shiftRate, stdRate, determinant } = signal;
  const centred = subtract(x, shift);
  const moving = subtract(value, shiftRate);
  const factor = (above: Expression, ...below: readonly Expression[]): Expression => divide(above, multiply(...below));
  // Where velocity is involved, coefficients are divided one by one: α/α and the like cancel before evaluation.
  const sum = (
    divisors: readonly Expression[],
    ...parts: readonly (readonly [Expression, Expression])[]
  ): Conversion => ({
    value: add(...parts.map(([coefficient, of]) => multiply(coefficient, of))),
    divisors: divisors.filter((divisor) => divisor.kind !== "number"),
  });
  const over = (divisors: readonly Expression[], above: Expression): Conversion => ({
    value: divide(above, multiply(...divisors)),
    divisors: divisors.filter((divisor) => divisor.kind !== "number"),
  });
  const drifting = [factor(scaleRate, scale), centred] as const;
  switch (`${from} → ${to}` as const) {
    case "noise → score":
      return sum([std], [factor(MINUS_ONE, std), value]);
    case "noise → denoised":
      return over([scale], subtract(centred, multiply(std, value)));
    case "noise → velocity":
      return sum([scale], drifting, [ONE, shiftRate], [factor(determinant, scale), value]);
    case "score → noise":
      return sum([], [negate(std), value]);
    case "score → denoised":
      return over([scale], add(centred, multiply(square(std), value)));
    case "score → velocity":
      return sum([scale], drifting, [ONE, shiftRate], [negate(factor(multipliedOut(determinant, std), scale)), value]);
    case "denoised → noise":
      return over([std], subtract(centred, multiply(scale, value)));
    case "denoised → score":
      return over([square(std)], subtract(multiply(scale, value), centred));
    case "denoised → velocity":
      // α̇ - α σ̇/σ = -determinant/σ
      return sum([std], [negate(factor(determinant, std)), value], [ONE, shiftRate], [factor(stdRate, std), centred]);
    case "velocity → noise":
      // α (v - ṁ) - α̇ (x - m) = determinant · ε
      return sum(
        [determinant],
        [factor(scale, determinant), moving],
        [negate(factor(scaleRate, determinant)), centred],
      );
    case "velocity → score": {
      const both = multiply(std, determinant);
      return sum([both], [negate(factor(scale, both)), moving], [factor(scaleRate, both), centred]);
    }
    case "velocity → denoised":
      // σ̇ (x - m) - σ (v - ṁ) = determinant · x0
      return sum([determinant], [factor(stdRate, determinant), centred], [negate(factor(std, determinant)), moving]);
    default:
      return { value, divisors: [] };
  }
}

/** A product whose roots cancel once it is multiplied out: σ σ̇ has none where σ̇ diverges. */
function multipliedOut(...factors: readonly Expression[]): Expression {
  const [written, open] = [multiply(...factors), expand(multiply(...factors.map(expand)))];
  return sizeOf(open) < sizeOf(written) ? open : written;
}

const MINUS_ONE = number(-1);
const HALF = number(fraction(1, 2));

function commonFacts(input: ProcessInput): CommonFacts {
  const { state, convention, diffusion } = input;
  const squaredDiffusion = square(diffusion);
  // f_Strat = f_Itô - ½ g ∂g/∂x
  const correction = multiply(HALF, diffusion, differentiate(diffusion, state.name));
  const drift = convention === "ito" ? input.drift : add(input.drift, correction);
  return {
    input,
    drift,
    stratonovichDrift: convention === "ito" ? subtract(input.drift, correction) : input.drift,
    diffusion,
    squaredDiffusion,
    divergence: differentiate(squaredDiffusion, state.name),
    additive: !contains(diffusion, state.name),
    derivation: [...(convention === "stratonovich" ? [step("Itô's drift: f + ½ g ∂g/∂x", "f", drift)] : [])],
  };
}

function affineFacts(common: CommonFacts, linear: Expression, constant: Expression): AffineFacts {
  const equation = equationOf(common, linear, constant, common.squaredDiffusion);
  const { earlier, between, fromData } = kernels(common.input, equation, common.input.state.name);
  const signal = fromData === null ? null : signalOf(fromData, equation);
  return {
    ...common,
    kind: "affine",
    linear,
    constant,
    between,
    earlier,
    fromData,
    signal,
    terminal: fromData === null ? null : terminalLaw(fromData, common.input),
    derivation: [...common.derivation, ...derivationOf(equation, fromData ?? between)],
  };
}

function logAffineFacts(common: CommonFacts, growth: Expression, volatility: Expression): LogAffineFacts {
  // Itô: d log x = (μ - ½ σ²) dt + σ dW
  const constant = subtract(growth, multiply(HALF, square(volatility)));
  const equation = equationOf(common, ZERO, constant, square(volatility));
  const { earlier, between, fromData } = kernels(common.input, equation, `log ${common.input.state.name}`);
  return {
    ...common,
    kind: "log-affine",
    growth,
    volatility,
    between,
    earlier,
    fromData,
    signal: fromData === null ? null : signalOf(fromData, equation),
    terminal: fromData === null ? null : terminalLaw(fromData, common.input),
    derivation: [
      ...common.derivation,
      step("Itô's lemma for log x: μ - ½ σ²", `drift of log ${common.input.state.name}`, constant),
      ...derivationOf(equation, fromData ?? between),
    ],
  };
}

function general(common: CommonFacts, where: "drift" | "diffusion"): GeneralFacts {
  const x = common.input.state.name;
  const spoiler = where === "drift" ? spoilerOf(common.drift, x) : spoilerOf(common.diffusion, x);
  const reason =
    where === "drift"
      ? "the drift is not linear in the state"
      : "the diffusion depends on the state other than by proportion";
  return {
    ...common,
    kind: "general",
    spoiler,
    reason,
    instead:
      "There is no closed kernel: draw paths with a solver (euler_maruyama), and train with an objective that needs no kernel" +
      " (implicit or sliced score matching), or change the term.",
  };
}

/** The smallest part without which the expression would be affine in the state. */
function spoilerOf(e: Expression, x: string): Expression {
  const isBad = (part: Expression): boolean => affineIn(part, x) === null;
  const terms = termsOf(expand(e)).filter(isBad);
  let found = terms.reduce<Expression | null>((a, b) => (a === null || sizeOf(b) < sizeOf(a) ? b : a), null) ?? e;
  for (let inner = partsOf(found).find(isBad); inner !== undefined; inner = partsOf(found).find(isBad)) found = inner;
  return found;
}
