/** What does an application see of a model: its calls, their options and their results. */
import type { Rows } from "./data/rows.js";
import type { NdArray } from "./ndarray.js";
import type { Engine } from "./engines/engine.js";
import type { EngineName } from "./engines/registry.js";

/**
 * What the emitted module states about its model, for the type checker only:
 *
 *     export interface MoonsTypes {
 *       readonly data: { readonly moons: Rows };
 *       readonly objectives: { readonly dsm: { readonly parameters: {}; readonly data: "moons" } };
 *       readonly samplers: {
 *         readonly flow: { readonly parameters: { readonly w?: Value }; readonly data: never; readonly returns: "x" };
 *       };
 *       readonly likelihoods: { readonly flow: { readonly parameters: {}; readonly states: "x" } };
 *     }
 *
 * A data set of several fields is `{ readonly x: Rows; readonly y: Rows }`. A parameter with a default is optional.
 */
export interface ModelTypes {
  readonly data: object;
  readonly objectives: object;
  readonly samplers: object;
  readonly likelihoods: object;
}

/** A value of a parameter: a number, one value for all samples, or one row per sample. */
export type Value = number | Rows;

export interface OpenOptions {
  /** An engine's name, or an opened engine; "auto" takes the fastest present. */
  readonly engine?: EngineName | "auto" | Engine;
  /** Of the weights' initial values. */
  readonly seed?: number;
}

/**
 * A reward that the application gives: called with the arguments of a whole batch, one row each, it answers with one number
 * for each row.
 */
export type RewardCall = (...given: NdArray[]) => ArrayLike<number> | Promise<ArrayLike<number>>;

export interface TrainOptions {
  /** Steps of every turn of a `train` statement, in place of what it says. */
  readonly steps?: number;
  /** In place of the `train` statements' seeds. */
  readonly seed?: number;
  /** Values of the objectives' parameters. */
  readonly parameters?: Readonly<Record<string, Value>>;
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Told what the model lets pass with a warning, at its first step: a plan that was not found, say. Else the console is. */
  readonly onWarning?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** Where checkpoints go: a folder (in Node), or a store of the application's own. */
  readonly checkpoint?: string | CheckpointStore | CheckpointOptions;
  /** Continue the newest checkpoint of the store, or the run that `load` brought. Without one, start anew. */
  readonly resume?: boolean;
}

export interface CheckpointOptions {
  readonly store: string | CheckpointStore;
  /** Steps between checkpoints, rounded up to whole blocks of the compiled loop; the last step always writes one. */
  readonly every?: number;
}

/** A place for checkpoints. `newest` is the last one written that is whole. */
export interface CheckpointStore {
  write(bytes: Uint8Array, step: number): Promise<void>;
  newest(): Promise<Uint8Array | null>;
}

export interface TrainProgress {
  readonly objective: string;
  /** Which `train` statement, counted from 0. */
  readonly statement: number;
  /** Which turn of the schedule, counted from 0, of `turns`; a statement in a loop has several. */
  readonly turn: number;
  readonly turns: number;
  /** Steps done of this statement over all its turns, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Steps done of the whole schedule, of `total`. */
  readonly done: number;
  readonly total: number;
  /** Loss of each step since the last report; the last of them belongs to step `step` - 1. */
  readonly losses: Float32Array;
  /** What the objective reports, step by step like the losses. */
  readonly reports: Readonly<Record<string, Float32Array>>;
  /** The last loss. */
  readonly loss: number;
  readonly stepsPerSecond: number;
}

export interface TrainResult {
  readonly curves: readonly LossCurve[];
  readonly seconds: number;
}

/** The loss of every step of one `train` statement, over all its turns, from `first` on. */
export interface LossCurve {
  readonly objective: string;
  readonly first: number;
  readonly losses: Float32Array;
  /** What the objective reports, by name. */
  readonly reports: Readonly<Record<string, Float32Array>>;
}

export interface SampleOptions {
  readonly count: number;
  readonly seed?: number;
  readonly onProgress?: (progress: SampleProgress) => void;
  readonly signal?: AbortSignal;
}

export interface SampleProgress {
  /** The part done, 0 to 1. */
  readonly done: number;
}

export interface LikelihoodOptions {
  readonly seed?: number;
  /** Random probes where the divergence is estimated; each is one more travel. Default 4. */
  readonly probes?: number;
  readonly onProgress?: (progress: SampleProgress) => void;
  readonly signal?: AbortSignal;
}

export interface LikelihoodResult {
  /** Natural logarithm of the density, [count]. */
  readonly logProb: NdArray;
  /** Of the estimated divergence, [count]; null where it is exact. */
  readonly standardError: NdArray | null;
  /** -log p / (dimensions log 2), [count]. */
  readonly bitsPerDimension: NdArray;
}

export interface LossOptions {
  readonly seed?: number;
  /** Passes over the data, each with its own draws. Default 1. */
  readonly passes?: number;
  readonly parameters?: Readonly<Record<string, Value>>;
  readonly signal?: AbortSignal;
}

export interface ModelDefinition<Types extends ModelTypes> {
  readonly name: string;
  open(options?: OpenOptions): Promise<Model<Types>>;
}

export interface Model<Types extends ModelTypes> {
  readonly name: string;
  /** The engine at work. */
  readonly engine: string;
  /** Runs the file's `train` statements in order, from the weights as they are. */
  train(data: Types["data"], options?: TrainOptions): Promise<TrainResult>;
  readonly sample: { readonly [S in keyof Types["samplers"]]: SampleCall<Types, Types["samplers"][S]> };
  readonly logProb: { readonly [L in keyof Types["likelihoods"]]: LikelihoodCall<Types["likelihoods"][L]> };
  /** Mean of an objective over held-out data, with the weights that samplers use. */
  loss<O extends keyof Types["objectives"] & string>(
    objective: O,
    data: DataOf<Types, Types["objectives"][O]>,
    options?: LossOptions,
  ): Promise<number>;
  /** A learned tensor by name, as samplers use it: the moving average where there is one. A `param` is in its space. */
  weight(name: string): NdArray;
  /** Every `param` by name, in its space: `model.parameters().θ`. A number is an array without axes. */
  parameters(): Readonly<Record<string, NdArray>>;
  /** Writes weights and the state of training to a file (in Node). */
  save(path: string): Promise<void>;
  /** What `save` writes. */
  toBytes(): Promise<Uint8Array>;
  /** Reads what `save` or `toBytes` made. */
  load(from: string | Uint8Array): Promise<void>;
  dispose(): Promise<void>;
}

export type SampleCall<Types extends ModelTypes, S> = (
  options: SampleOptions & ParametersOf<S> & NeededData<Types, S> & NeededRewards<S>,
) => Promise<{ readonly [R in ReturnsOf<S>]: NdArray }>;

export type LikelihoodCall<L> = (
  options: { readonly [S in StatesOf<L>]: Rows } & LikelihoodOptions & ParametersOf<L>,
) => Promise<LikelihoodResult>;

type ParametersOf<S> = S extends { readonly parameters: infer P } ? P : unknown;
type ReturnsOf<S> = S extends { readonly returns: infer R extends string } ? R : never;
type StatesOf<L> = L extends { readonly states: infer S extends string } ? S : never;
type DataOf<Types extends ModelTypes, S> = S extends { readonly data: infer D }
  ? Pick<Types["data"], D & keyof Types["data"]>
  : unknown;
/** A sampler that chooses by rewards of the application asks for them under `rewards`. */
type NeededRewards<S> = S extends { readonly rewards: infer R extends string }
  ? { readonly rewards: { readonly [N in R]: RewardCall } }
  : unknown;
/** A sampler that draws from data asks for them under `data`. */
type NeededData<Types extends ModelTypes, S> = S extends { readonly data: infer D }
  ? [D] extends [never]
    ? unknown
    : { readonly data: Pick<Types["data"], D & keyof Types["data"]> }
  : unknown;
