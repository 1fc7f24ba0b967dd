/** What is known about a process, an interpolant and a claimed law once the calculus is done: the types every stage reads. */
import type { Expression, SymbolExpression } from "./expression.js";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Mean and standard deviation of the data, per coordinate, each known up to an interval. */
export interface Moments {
  readonly mean: Interval;
  readonly std: Interval;
}

/** One scalar (or elementwise) equation dx = drift dt + diffusion dW. */
export interface ProcessInput {
  readonly drift: Expression;
  /** Coefficient of dW. Several independent motions: the root of the sum of their squares. */
  readonly diffusion: Expression;
  readonly convention: "ito" | "stratonovich";
  readonly state: SymbolExpression;
  readonly time: SymbolExpression;
  readonly range: readonly [number, number];
  /** The time at which the data stands; it may lie outside the range. */
  readonly dataTime: number;
  /** Defaults of the other scalar symbols: they choose signs and check closed forms, they are not substituted. */
  readonly values?: ReadonlyMap<string, number>;
  /** Moments of the data; unit data (mean 0, standard deviation 1) where not given. */
  readonly data?: Moments;
}

/** x_to given x_from is Normal(scale · x_from + shift, std). */
export interface GaussianKernel {
  readonly from: Expression;
  readonly to: Expression;
  /** The symbol that stands for the state at `from` in `mean`. */
  readonly given: SymbolExpression;
  readonly scale: Expression;
  readonly shift: Expression;
  readonly mean: Expression;
  readonly variance: Expression;
  readonly std: Expression;
  /** False where an `integral` node is left, to be evaluated by quadrature. */
  readonly closed: boolean;
}

/** α(t), σ(t) and what follows from them, seen from the data. */
export interface SignalFacts {
  readonly scale: Expression;
  readonly shift: Expression;
  readonly std: Expression;
  readonly variance: Expression;
  readonly snr: Expression;
  readonly logSnr: Expression;
  readonly scaleRate: Expression;
  readonly shiftRate: Expression;
  readonly stdRate: Expression;
  readonly snrRate: Expression;
  readonly logSnrRate: Expression;
  /** α σ̇ - α̇ σ: where it vanishes, velocity says nothing about noise. */
  readonly determinant: Expression;
}

/** Mean and standard deviation reached at the end of the range, over all data with the stated moments. */
export interface TerminalLaw {
  readonly time: number;
  readonly mean: Interval;
  readonly std: Interval;
}

/** One line of a derivation: `name = value`, by `rule`. */
export interface DerivationStep {
  readonly rule: string;
  readonly name: string;
  readonly value: Expression;
}

/** A place where a coefficient is not defined. */
export interface Pole {
  /** The divisor that vanishes, or the argument that leaves the function's domain. */
  readonly term: Expression;
  readonly reason: "division by zero" | "logarithm of a non-positive number" | "root of a negative number";
  /** Where, in the symbol searched over. */
  readonly at: number;
  /** The finite limit that the whole expression has there; null if it has none. */
  readonly limit: number | null;
}

export interface CommonFacts {
  readonly input: ProcessInput;
  /** Itô's drift. */
  readonly drift: Expression;
  readonly stratonovichDrift: Expression;
  readonly diffusion: Expression;
  /** D = g² */
  readonly squaredDiffusion: Expression;
  /** (∇·D)_i, for one coordinate. */
  readonly divergence: Expression;
  /** True where the diffusion does not contain the state. */
  readonly additive: boolean;
  readonly derivation: readonly DerivationStep[];
}

/** dx = (a(t) x + c(t)) dt + g(t) dW */
export interface AffineFacts extends CommonFacts {
  readonly kind: "affine";
  readonly linear: Expression;
  readonly constant: Expression;
  /** The general kernel from time `s` to time `t`, symbols `earlier` and the process's time. */
  readonly between: GaussianKernel;
  readonly earlier: SymbolExpression;
  /** From the data; null where the data does not stand at or before the range. */
  readonly fromData: GaussianKernel | null;
  readonly signal: SignalFacts | null;
  readonly terminal: TerminalLaw | null;
}

/** dx = μ(t) x dt + σ(t) x dW: the logarithm has the kernels below, x itself is LogNormal. */
export interface LogAffineFacts extends CommonFacts {
  readonly kind: "log-affine";
  readonly growth: Expression;
  readonly volatility: Expression;
  readonly between: GaussianKernel;
  readonly earlier: SymbolExpression;
  readonly fromData: GaussianKernel | null;
  /** Of log x, given log x0. */
  readonly signal: SignalFacts | null;
  /** Of log x, where the data's moments are those of its logarithm. */
  readonly terminal: TerminalLaw | null;
}

export interface GeneralFacts extends CommonFacts {
  readonly kind: "general";
  /** The sub-expression without which the process would have a closed kernel. */
  readonly spoiler: Expression;
  /** A sentence: why, and what to use instead. */
  readonly reason: string;
  readonly instead: string;
}

export type ProcessFacts = AffineFacts | LogAffineFacts | GeneralFacts;

export type Head = "noise" | "score" | "denoised" | "velocity";

/** A head's value expressed by another's, and the divisors that must not vanish. */
export interface Conversion {
  readonly value: Expression;
  readonly divisors: readonly Expression[];
}

/** x = Σ coefficient · draw + remainder, with the draws that do not stand linearly in the remainder. */
export interface InterpolantInput {
  readonly path: Expression;
  readonly time: SymbolExpression;
  readonly range: readonly [number, number];
  readonly draws: readonly SymbolExpression[];
  /** Those of the draws that are standard normal and independent of all others. */
  readonly gaussian: readonly SymbolExpression[];
  readonly values?: ReadonlyMap<string, number>;
}

export interface DrawFacts {
  readonly draw: SymbolExpression;
  readonly coefficient: Expression;
  readonly rate: Expression;
  /** coefficient · rate, simplified: finite at the ends where the rate is not. */
  readonly product: Expression;
  readonly atStart: number;
  readonly atEnd: number;
}

export interface LinearInterpolantFacts {
  readonly kind: "linear";
  /** Those that stand linearly: the Gaussian ones always. */
  readonly draws: readonly DrawFacts[];
  readonly remainder: Expression;
  /** Every draw, as declared. */
  readonly order: readonly SymbolExpression[];
  /** ∂x/∂t with the draws held fixed. */
  readonly velocity: Expression;
  /** The draw alone at the end, where exactly one is left with coefficient 1. */
  readonly start: SymbolExpression | null;
  readonly end: SymbolExpression | null;
  /** score = -E[draw | x] / coefficient, for the Gaussian draw; null without one. */
  readonly score: { readonly draw: SymbolExpression; readonly factor: Expression } | null;
  /** Signal seen from the one other draw, where one end is Gaussian and one data; null otherwise. */
  readonly signal: SignalFacts | null;
  readonly data: SymbolExpression | null;
}

export interface NonlinearInterpolantFacts {
  readonly kind: "nonlinear";
  readonly spoiler: Expression;
  /** ∂x/∂t with the draws held fixed. */
  readonly velocity: Expression;
}

export type InterpolantFacts = LinearInterpolantFacts | NonlinearInterpolantFacts;

/** A law claimed with `x(1) ~ Normal(mean, std)`. */
export interface ClaimedLaw {
  readonly mean: number;
  readonly std: number;
}

export interface PriorVerdict {
  readonly reached: boolean;
  /** KL(derived ‖ claimed) in nats per coordinate, the worst over the data's moments. */
  readonly kl: number;
  readonly tolerance: number;
  /** What the process reaches instead. */
  readonly derived: TerminalLaw;
  /** How much of x0 is left: the scale at that time. */
  readonly remaining: number;
}
