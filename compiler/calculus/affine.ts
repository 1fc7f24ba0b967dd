/** What follows from dx = (a(t) x + c(t)) dt + g(t) dW once its range and its data are known? */
import { add, divide, log, multiply, negate, square, subtract } from "./algebra.js";
import { differentiate } from "./differentiate.js";
import { evaluate } from "./evaluate.js";
import { isZero, number, symbol, ZERO } from "./expression.js";
import type { Expression, SymbolExpression } from "./expression.js";
import type {
  CommonFacts,
  DerivationStep,
  GaussianKernel,
  Interval,
  ProcessInput,
  SignalFacts,
  TerminalLaw,
} from "./facts.js";
import { resolveSigns } from "./interval.js";
import { gaussianKernel } from "./kernel.js";
import type { AffineEquation, Moment } from "./kernel.js";
import { freeSymbols, hasIntegral } from "./traverse.js";

export function equationOf(
  common: CommonFacts,
  linear: Expression,
  constant: Expression,
  squared: Expression,
): AffineEquation {
  const { time, range, dataTime, values = new Map() } = common.input;
  const span = [Math.min(range[0], dataTime), Math.max(range[1], dataTime)] as const;
  return { linear, constant, squaredDiffusion: squared, time, grounds: { values, range: span }, sought: new Map() };
}

export function kernels(
  input: ProcessInput,
  equation: AffineEquation,
  state: string,
): { earlier: SymbolExpression; between: GaussianKernel; fromData: GaussianKernel | null } {
  const { time, range, dataTime } = input;
  const [low, high] = range;
  const earlier = symbol(time.name === "s" ? "s′" : "s", time.sign);
  const width = high - low;
  const starts = [low, low + 0.4 * width];
  const later: Moment = {
    at: time,
    samples: [...starts.flatMap((s) => [0.01, 0.3, 0.999].map((share) => s + share * (high - s)))],
  };
  const between = gaussianKernel(equation, { at: earlier, samples: starts }, later, symbol(`${state}_s`));
  if (dataTime >= high) return { earlier, between, fromData: null };
  const start = Math.max(low, dataTime);
  const samples = [1e-3, 0.02, 0.2, 0.6, 0.999].map((share) => start + share * (high - start));
  const first = Math.min(1e-3, width * 1e-3) + start;
  const direct = gaussianKernel(
    equation,
    { at: number(dataTime), samples: [dataTime] },
    { at: time, samples: [first, ...samples] },
    symbol(`${state}0`),
  );
  return { earlier, between, fromData: isFinite(direct, equation, samples) ? direct : null };
}

function isFinite(kernel: GaussianKernel, { time, grounds }: AffineEquation, samples: readonly number[]): boolean {
  const values = new Map(grounds.values);
  return [kernel.scale, kernel.shift, kernel.variance].every((e) => {
    for (const name of freeSymbols(e)) if (!values.has(name)) values.set(name, 0.7);
    return samples.every((t) => Number.isFinite(evaluate(e, values.set(time.name, t))));
  });
}

export function signalOf(
  kernel: GaussianKernel,
  { linear, constant, squaredDiffusion, time, grounds }: AffineEquation,
): SignalFacts {
  const { scale, shift, std, variance } = kernel;
  const snr = divide(square(scale), variance);
  const ranges = new Map([[time.name, { low: grounds.range[0], high: grounds.range[1] }]]);
  const logOfScale = log(square(scale));
  // d/dt log(α²/σ²) = 2a - (2aσ² + g²)/σ² = -g²/σ²
  const logSnrRate = negate(divide(squaredDiffusion, variance));
  const slope = hasIntegral(std)
    ? divide(add(multiply(number(2), linear, variance), squaredDiffusion), multiply(number(2), std))
    : differentiate(std, time.name);
  return {
    scale,
    shift,
    std,
    variance,
    snr,
    logSnr: resolveSigns(subtract(logOfScale, log(variance)), ranges),
    scaleRate: multiply(linear, scale),
    shiftRate: isZero(shift) ? ZERO : add(multiply(linear, shift), constant),
    stdRate: slope,
    snrRate: multiply(snr, logSnrRate),
    logSnrRate,
    // σ̇ = aσ + g²/2σ, so α σ̇ - α̇ σ = α g² / 2σ
    determinant: divide(multiply(scale, squaredDiffusion), multiply(number(2), std)),
  };
}

export function terminalLaw(kernel: GaussianKernel, { time, range, values, data }: ProcessInput): TerminalLaw | null {
  return lawAt(kernel, time, range[1], values, data);
}

/** The law at a time of the range, over all data with the stated moments; null where a symbol has no value. */
export function lawAt(
  kernel: GaussianKernel,
  time: SymbolExpression,
  at: number,
  values: ProcessInput["values"],
  data: ProcessInput["data"],
): TerminalLaw | null {
  const environment = new Map([...(values ?? []), [time.name, at]]);
  if (
    [kernel.scale, kernel.shift, kernel.variance].some((e) =>
      [...freeSymbols(e)].some((name) => !environment.has(name)),
    )
  )
    return null;
  const scale = evaluate(kernel.scale, environment);
  const shift = evaluate(kernel.shift, environment);
  const variance = evaluate(kernel.variance, environment);
  const { mean, std } = data ?? { mean: { low: 0, high: 0 }, std: { low: 1, high: 1 } };
  const means = [scale * mean.low + shift, scale * mean.high + shift];
  const spread = (value: number): number => Math.sqrt((scale * value) ** 2 + variance);
  return { time: at, mean: ordered(means), std: ordered([spread(std.low), spread(std.high)]) };
}

function ordered(values: readonly number[]): Interval {
  return { low: Math.min(...values), high: Math.max(...values) };
}

export function derivationOf(equation: AffineEquation, kernel: GaussianKernel): readonly DerivationStep[] {
  const { time, linear, constant, squaredDiffusion } = equation;
  const [to, from] = [time.name, kernel.from.kind === "symbol" ? kernel.from.name : kernel.from.key];
  return [
    step("drift = a x + c, with a", "a", linear),
    ...(isZero(constant) ? [] : [step("and c", "c", constant)]),
    step("Φ = exp ∫ a", `Φ(${to}, ${from})`, kernel.scale),
    ...(isZero(kernel.shift) ? [] : [step("shift = ∫ Φ(t, u) c(u) du", "m", kernel.shift)]),
    step("g²", "g²", squaredDiffusion),
    step("variance = ∫ Φ(t, u)² g(u)² du", "σ²", kernel.variance),
  ];
}

export function step(rule: string, name: string, value: Expression): DerivationStep {
  return { rule, name, value };
}
