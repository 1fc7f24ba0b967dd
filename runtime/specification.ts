/**
 * What an emitted module tells the runtime about its model: data only, plus one function per compiled program.
 * `P` is how a program is given: a function here, a graph while the compiler still works on it.
 */
import type { DType, Ops } from "./ops.js";

/** Sizes known at run time by name: `B` the batch, `K` the nodes of a time grid. `"3*B"` is three times `B`. */
export type SizeSpec = number | string;

/**
 * A compiled program. `I`, `O`, `S` are the names of its inputs, outputs and run-time sizes.
 * The function is pure: it calls only methods of `o`.
 */
export interface ProgramSpec<I extends string = string, O extends string = string, S extends string = string> {
  readonly name: string;
  readonly inputs: readonly InputSpec<I>[];
  readonly outputs: readonly O[];
  /** Line of the `.sde` file behind each call of `o`, in order of the calls, as pairs [count, line]; line 0 is none. */
  readonly lines: readonly (readonly [number, number])[];
  run<T>(o: Ops<T>, inputs: Readonly<Record<I, T>>, sizes: Readonly<Record<S, number>>): Readonly<Record<O, T>>;
}

export interface InputSpec<I extends string = string> {
  readonly name: I;
  readonly shape: readonly SizeSpec[];
  readonly dtype: DType;
  readonly from: Feed;
}

/** Who supplies an input. */
export type Feed =
  /** A learned tensor, by name. */
  | { readonly kind: "weight"; readonly weight: string }
  /** Another value of a learned tensor, which no gradient reaches. */
  | { readonly kind: "copy"; readonly weight: string; readonly of: CopyOf }
  /** Independent standard normal or uniform [0, 1) numbers; `site` keys the random stream. */
  | { readonly kind: "normal" | "uniform"; readonly site: string }
  /** A row of a data set per sample. Inputs with the same `draw` come from the same row. */
  | { readonly kind: "data"; readonly data: string; readonly field: string | null; readonly draw: string }
  /** What the application answers to a question of the rollout. */
  | { readonly kind: "reward"; readonly reward: string; readonly call: number }
  /** A value parameter of a sampler or objective. */
  | { readonly kind: "parameter"; readonly parameter: string }
  /** All rows of a data set, for what is computed before training. */
  | { readonly kind: "rows"; readonly data: string; readonly field: string | null }
  /** The state (or a component of it, or memory) of a step. */
  | { readonly kind: "state"; readonly state: string }
  /** The time a step starts from or leads to: shape [K] in a schedule, [] in a field. */
  | { readonly kind: "time" | "next time" }
  /** A node visited `back` steps before, shape [K]; the start of the run where there was none. */
  | { readonly kind: "earlier time"; readonly back: number }
  /** One row of what the step's schedule program returns under this name. */
  | { readonly kind: "schedule"; readonly row: string };

/** `steps` + 1 times in even steps, the first and the last exactly as given. */
export function evenly(from: number, to: number, steps: number): readonly number[] {
  return Array.from({ length: steps + 1 }, (_, i) => (i === steps ? to : from + (to - from) * (i / steps)));
}

/** The node of a grid that a step with this number is told of. */
export function timeAt(nodes: readonly number[], step: number, feed: Feed): number {
  const offset = feed.kind === "next time" ? 1 : feed.kind === "earlier time" ? -feed.back : 0;
  return nodes[Math.max(0, step + offset)] ?? Number.NaN;
}

/**
 * Which values of a weight a copy has: those when the batch was drawn, those at the start of the `train` statement, or the
 * moving average. Outside of training all are the weight itself.
 */
export type CopyOf = "frozen" | "initial" | "average";

/** A space as the runtime checks it: per-sample shape, and a range every number must lie in. */
export interface SpaceSpec {
  /** `Real`, `Positive`, `Unit`, … as declared. */
  readonly space: string;
  readonly shape: readonly number[];
  /** Closed bounds; null is unbounded. A strict lower bound has `open: true`. */
  readonly low: number | null;
  readonly high: number | null;
  readonly open: boolean;
  /** Every number is an integer. */
  readonly integer: boolean;
  /** The numbers are 2^bits levels spread over [low, high]; null where they are not rounded. */
  readonly bits: number | null;
}

/** A data set the application supplies. A plain one has a single field named null. */
export interface DataSpec {
  readonly name: string;
  /** The family it is a member of, and its value there: the application supplies `{ family: { value: rows } }`. */
  readonly family: { readonly name: string; readonly at: string } | null;
  readonly fields: readonly { readonly name: string | null; readonly space: SpaceSpec }[];
}

/** A learned tensor and how it starts. `scale` is the standard deviation or half-width. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial:
    | { readonly kind: "normal" | "uniform"; readonly scale: number }
    | { readonly kind: "constant"; readonly value: number }
    /** Computed from the data when training begins, and not moved by it. */
    | { readonly kind: "setup" }
    | { readonly kind: "values"; readonly values: readonly number[] };
  /** Of a `param`: the space that bijection.ts takes the stored numbers into. null for a network's own tensors. */
  readonly space: SpaceSpec | null;
}

/** Outputs: `loss` (scalar, mean over the batch), then the gradient of each weight in `gradients`, in that order. */
export interface ObjectiveSpec<P = ProgramSpec> {
  readonly name: string;
  readonly program: P;
  readonly gradients: readonly { readonly weight: string; readonly output: string }[];
  readonly parameters: readonly ParameterSpec[];
  /** Scalars of the program that are curves of a run: means over the batch. */
  readonly reports: readonly { readonly name: string; readonly output: string }[];
  /** Rewards whose values are watched: outputs [B] with the largest and the negated smallest value of each sample. */
  readonly checks: readonly {
    readonly reward: string;
    readonly range: readonly [number, number];
    readonly high: string;
    readonly low: string;
  }[];
  /** What looks across the samples of a batch, and how a run sees that it went well. */
  readonly crossings: readonly CrossingSpec[];
  /** What is asked of the application between drawing and updating; null: nothing. */
  readonly rollout: RolloutSpec<P> | null;
}

/** A program of the objective's draws and weights whose outputs are the arguments of every question. */
export interface RolloutSpec<P = ProgramSpec> {
  readonly program: P;
  readonly asks: readonly {
    readonly reward: string;
    readonly call: number;
    readonly range: readonly [number, number] | null;
    /** Axes of the answer behind that of the batch: one question for each place. */
    readonly axes: readonly number[];
    readonly arguments: readonly string[];
  }[];
}

/**
 * What must hold in every step: an output of the objective's program, a scalar, is at most `limit`. Where it is more, the
 * run fails, or the application is told.
 */
export interface CrossingSpec {
  readonly output: string;
  readonly limit: number;
  /** Of the `.sde` file, from 1. */
  readonly line: number | null;
  readonly policy: "fail" | "warn";
  /** What more than the limit means, as a clause. */
  readonly what: string;
}

/** A reward that the application gives. */
export interface RewardSpec {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly space: SpaceSpec }[];
}

/** A value parameter with its default; `default: null` must be given by the caller. */
export interface ParameterSpec {
  readonly name: string;
  readonly space: SpaceSpec;
  readonly default: readonly number[] | null;
}

/** State carried from step to step. `perSample` false: one value for the whole batch. */
export interface StateSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly perSample: boolean;
}

/**
 * One solver step. `schedule` computes, for K pairs (time, next time) at once, all that does not depend on the sample;
 * its outputs have leading axis K. `step` takes one row of each and the state; its outputs are the new state by name.
 */
export interface StepSpec<P = ProgramSpec> {
  readonly schedule: P;
  readonly step: P;
}

/** How a sampler moves: over fixed nodes, or with a step size controlled by the error (Dormand-Prince 5(4)). */
export type TravelSpec<P = ProgramSpec> =
  | {
      readonly kind: "grid";
      /** steps + 1 nodes in the order visited. */
      readonly nodes: readonly number[];
      readonly every: StepSpec<P>;
      /** The last step where it differs (no corrector after it); null: like the others. */
      readonly last: StepSpec<P> | null;
      /** The last step's noise is left out. */
      readonly denoise: boolean;
    }
  | {
      readonly kind: "adaptive";
      readonly from: number;
      readonly to: number;
      readonly rtol: number;
      readonly atol: number;
      /** Inputs: state, time. Outputs: the time derivative of each state, named like it. */
      readonly field: P;
    };

export interface LikelihoodSpec<P = ProgramSpec> {
  /** From the data's end to the known end, over the state and one more scalar state `log_det`, which starts at 0. */
  readonly travel: TravelSpec<P>;
  readonly states: readonly StateSpec[];
  /** Log-density of the known law: inputs the state (without log_det), output `log_prob` [B]. log p(x) = it + log_det. */
  readonly prior: P;
  /** How the divergence is taken: exactly, or with random probes (then a standard error is reported). */
  readonly trace: "exact" | "hutchinson";
}

export type SamplerSpec<P = ProgramSpec> =
  | {
      readonly kind: "solver";
      readonly name: string;
      readonly parameters: readonly ParameterSpec[];
      /** Inputs: draws (and data). Outputs: the initial states by name. */
      readonly start: P;
      readonly states: readonly StateSpec[];
      /** The states handed out, in order, with their spaces. */
      readonly returns: readonly { readonly state: string; readonly space: SpaceSpec }[];
      readonly travel: TravelSpec<P>;
      readonly likelihood: LikelihoodSpec<P> | null;
    }
  | {
      readonly kind: "program";
      readonly name: string;
      readonly parameters: readonly ParameterSpec[];
      readonly program: P;
      /** What is computed first, to ask the application for rewards; null where it asks for none. */
      readonly rollout: RolloutSpec<P> | null;
      readonly returns: readonly { readonly output: string; readonly space: SpaceSpec }[];
    };

export interface OptimizerSpec {
  readonly kind: "sgd" | "adam" | "adamw";
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly momentum: number;
  /** Decoupled weight decay (adamw). */
  readonly decay: number;
  readonly schedule: "constant" | "cosine";
  /** Steps over which the rate rises linearly from 0. */
  readonly warmup: number;
  /** Bound on the global norm of the gradient; null: none. */
  readonly clip: number | null;
}

/** A part of the schedule of runs: one run of a `train` statement, or several parts over and over. */
export type Turn =
  | { readonly kind: "statement"; readonly statement: number }
  | { readonly kind: "repeat"; readonly times: number; readonly of: readonly Turn[] };

/** One `train` statement; one that is repeated goes on where it stopped. */
export interface TrainSpec {
  readonly objective: string;
  readonly optimizer: OptimizerSpec;
  readonly batch: number;
  readonly steps: number;
  /** Decay of the moving average of the weights; null: none. */
  readonly ema: number | null;
  /** Batches whose gradients are averaged for one update. */
  readonly accumulate: number;
  /** Updates made with the same draws. */
  readonly reuse: number;
  readonly seed: number;
}

/** What is computed from whole data sets before training: tables that stand among the weights, and demands on them. */
export interface SetupSpec<P = ProgramSpec> {
  readonly program: P;
  readonly tables: readonly { readonly weight: string; readonly output: string }[];
  /** Numbers that must not be negative. */
  readonly checks: readonly { readonly output: string; readonly says: string }[];
}

export interface ModelSpec<P = ProgramSpec> {
  readonly name: string;
  /** File name of the `.sde` text, without folders. */
  readonly source: string;
  /** Changes when anything a checkpoint depends on changes: weights, objectives. */
  readonly fingerprint: string;
  readonly data: readonly DataSpec[];
  readonly weights: readonly WeightSpec[];
  /** Those that the application gives. */
  readonly rewards: readonly RewardSpec[];
  readonly objectives: readonly ObjectiveSpec<P>[];
  readonly samplers: readonly SamplerSpec<P>[];
  /** Only where something is computed from the data before training. */
  readonly setup?: SetupSpec<P>;
  readonly train: readonly TrainSpec[];
  /** In which order the statements run. */
  readonly schedule: readonly Turn[];
}
