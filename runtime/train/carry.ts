/** What is passed between the engine and the host while a `train` statement runs? */
import type { DataSets } from "../data/sets.js";
import type { Engine, Executable, HeldTensor } from "../engines/engine.js";
import type { Average } from "../optimize.js";
import type { Parameters } from "../parameters.js";
import { need } from "../programs.js";
import type { RewardCall } from "../api.js";
import type { ModelSpec, RolloutSpec, TrainSpec } from "../specification.js";
import type { ModelState, Numbers } from "../state.js";
import { blockInputs, vectorsOf } from "./block.js";
import type { BlockSpec, Part } from "./block.js";
import type { RowMaker } from "./feed.js";
import type { Layout } from "./layout.js";

export interface StatementRun {
  readonly engine: Engine;
  readonly model: ModelSpec;
  readonly statement: TrainSpec;
  /** Which statement it is, counted from 0; part of the random streams' names. */
  readonly index: number;
  /** Steps over all its turns, which the rate's schedule is laid over. */
  readonly steps: number;
  /** Steps of one turn. */
  readonly turnSteps: number;
  readonly seed: number;
  readonly data: DataSets;
  readonly parameters: Parameters;
  /** Those that the application gives. */
  readonly rewards: ReadonlyMap<string, RewardCall>;
}

/** One turn of a statement: the steps from `first` up to `last`, counted over all its turns. */
export interface TurnRun {
  readonly state: ModelState;
  readonly first: number;
  readonly last: number;
  readonly signal: AbortSignal | undefined;
  /** Steps between two calls of `save`. */
  readonly saveEvery: number;
  /** The state as it is after some steps: at every `saveEvery`, and when stopped. */
  readonly save: (reached: Reached) => Promise<void>;
  readonly report: (step: number, losses: Float32Array, reports: Readonly<Record<string, Float32Array>>) => void;
  /** `about` names what it is, so that it is said once. */
  readonly warn: (about: string, message: string) => void;
}

/** Where a statement stands, on the host. */
export interface Reached {
  /** Steps over all its turns. */
  readonly step: number;
  readonly weights: ReadonlyMap<string, Numbers>;
  readonly averages: ReadonlyMap<string, Numbers>;
  readonly vectors: ReadonlyMap<string, Numbers>;
}

/** A statement ready to run: what its blocks are made of. */
export interface Prepared {
  readonly run: StatementRun;
  readonly block: BlockSpec;
  readonly average: Average | null;
  /** The weights at the start of the statement, where the objective reads them; `state` is at the start of a turn. */
  initial(state: ModelState): Numbers | null;
  readonly rows: RowMaker;
  /** Steps of a block. */
  readonly length: number;
  /** The executable for a part of a block of that many steps, made once each. */
  executable(length: number, part: Part): Promise<Executable>;
  /** What a turn reads beside its carry; the weights that it does not move are as in `state`. */
  capture(state: ModelState): Captured;
  /** What computes the questions to the application. */
  rollout(spec: RolloutSpec): Promise<Executable>;
  /** The averaged weights, from the pieces of "average" before a step. */
  averaged(pieces: Carry, step: number): Promise<Carry>;
  dispose(): Promise<void>;
}

export interface Captured {
  readonly tensors: readonly HeldTensor[];
  release(): void;
}

/** The pieces of the vectors that travel from step to step, in the order of the block's carry. */
export type Carry = readonly HeldTensor[];

export async function readReals(held: HeldTensor): Promise<Numbers> {
  const { data } = await held.read();
  held.release();
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  throw new Error("the engine returned integers for reals");
}

export function releaseAll(held: readonly HeldTensor[]): void {
  for (const tensor of held) tensor.release();
}

/** A vector put together from its pieces; they stay on the engine. */
export async function readVector(layout: Layout, pieces: readonly HeldTensor[]): Promise<Numbers> {
  const parts = await Promise.all(pieces.map((piece) => piece.read()));
  const vector =
    parts[0]?.data instanceof Float64Array ? new Float64Array(layout.length) : new Float32Array(layout.length);
  layout.pieces.forEach(({ offset }, i) => vector.set(need(parts[i], "a piece").data, offset));
  return vector;
}

/** What the vectors on the engine say about each weight. */
export async function reach(prepared: Prepared, carry: Carry, step: number, state: ModelState): Promise<Reached> {
  const { block, average } = prepared;
  const names = blockInputs(block).carry;
  const vectors = new Map<string, Numbers>();
  for (const [i, pieces] of vectorsOf(block.layout, carry).entries()) {
    vectors.set(need(names[i], "a vector's name"), await readVector(block.layout, pieces));
  }
  const flat = need(vectors.get("weights"), "the weights");
  vectors.delete("weights");
  const weights = new Map(state.weights);
  const averages = new Map(state.averages);
  for (const { name, offset, length } of block.layout.places) {
    weights.set(name, flat.slice(offset, offset + length));
    const averaged = vectors.get("average");
    if (average === null || averaged === undefined) {
      averages.delete(name);
    } else {
      const scale = average.scaleAfter(step);
      averages.set(
        name,
        averaged.slice(offset, offset + length).map((value) => value / scale),
      );
    }
  }
  const initial = prepared.initial(state);
  if (initial !== null) vectors.set("initial", initial);
  return { step, weights, averages, vectors };
}
