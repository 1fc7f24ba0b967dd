/** What is known about an equation of several components, dX = f dt + G dW, once the calculus is done. */
import type { Expression, SymbolExpression } from "./expression.js";
import type { ClaimedLaw, DerivationStep, Moments } from "./facts.js";
import type { NoiseFacts } from "./noise-structure.js";

export type Matrix = readonly (readonly Expression[])[];
export type Vector = readonly Expression[];

/** Components are scalars, or tensors of one shape on which everything acts elementwise. */
export interface SystemInput {
  readonly states: readonly SymbolExpression[];
  readonly drift: Vector;
  /** Coefficients of independent Brownian motions: component by motion. */
  readonly noise: Matrix;
  readonly time: SymbolExpression;
  readonly range: readonly [number, number];
  readonly dataTime: number;
  /** The law of a component at the data's time that is declared and not the data's; null for the data's components. */
  readonly initial: readonly (ClaimedLaw | null)[];
  /** Moments of the data, per number. */
  readonly data?: Moments;
}

/** X_to given X_from is Normal(propagator · X_from + shift, covariance), formulas of two times. */
export interface SystemKernel {
  readonly propagator: Matrix;
  readonly shift: Vector;
  readonly covariance: Matrix;
}

/** Coefficients as numbers; matrices are row by row. */
export interface NumericSystem {
  readonly size: number;
  readonly linear: (w: number) => readonly number[];
  readonly constant: (w: number) => readonly number[];
  readonly squared: (w: number) => readonly number[];
}

/**
 * All coefficients are one function of time, the rate, times constants: in the time that the rate measures the kernel
 * between two moments depends on what has elapsed alone.
 */
export interface SystemClock {
  readonly rate: Expression;
  /** ∫ rate from `earlier` to the process's time. */
  readonly elapsed: Expression;
  readonly isClosed: boolean;
}

interface CommonSystemFacts {
  readonly input: SystemInput;
  readonly drift: Vector;
  readonly noise: Matrix;
  /** D = G Gᵀ */
  readonly squaredDiffusion: Matrix;
  /** (∇·D)_i = Σ_j ∂D_ij/∂x_j */
  readonly divergence: Vector;
  readonly structure: NoiseFacts;
  readonly derivation: readonly DerivationStep[];
}

/** dX = (A(t) X + c(t)) dt + G(t) dW */
export interface LinearSystemFacts extends CommonSystemFacts {
  readonly kind: "linear system";
  readonly linear: Matrix;
  readonly constant: Vector;
  readonly earlier: SymbolExpression;
  readonly clock: SystemClock | null;
  /** The kernel in closed form, of `earlier` and the process's time; null where it is a table. */
  readonly between: SystemKernel | null;
  /** The span of elapsed clock (of time since the first moment, without a clock), and the coefficients on it; null where something given from outside is among them. */
  readonly numbers: { readonly system: NumericSystem; readonly span: number } | null;
  /** Mean and covariance reached at the end, over data with the stated moments; null where not known. */
  readonly terminal: SystemTerminal | null;
}

export interface SystemTerminal {
  readonly time: number;
  readonly mean: readonly number[];
  readonly covariance: readonly (readonly number[])[];
}

export interface GeneralSystemFacts extends CommonSystemFacts {
  readonly kind: "general system";
  readonly spoiler: Expression;
  readonly reason: string;
  readonly instead: string;
}

export type SystemFacts = LinearSystemFacts | GeneralSystemFacts;
