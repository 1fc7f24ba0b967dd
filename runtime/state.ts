/** What does a model know that it did not know when it was compiled: its weights, and how far training has come. */
import { initialWeight } from "./initial.js";
import { SdecError } from "./errors.js";
import type { ModelSpec } from "./specification.js";

/** Numbers in the precision of the engine that made them. */
export type Numbers = Float32Array | Float64Array;

export interface ModelState {
  readonly weights: ReadonlyMap<string, Numbers>;
  /** Moving averages of those weights that have one. */
  readonly averages: ReadonlyMap<string, Numbers>;
  /** The run that `resume` continues; null before the first. */
  readonly run: RunState | null;
}

/** A place between two steps of a run over the schedule. */
export interface RunState {
  readonly seed: number | null;
  /** Which turn of the schedule, counted from 0 over all rounds. */
  readonly turn: number;
  /** Steps of that turn that are done. */
  readonly step: number;
  /** The statements that were begun and may go on, by their place in the file. */
  readonly statements: ReadonlyMap<number, StatementState>;
}

export interface StatementState {
  /** Steps done over all turns. */
  readonly taken: number;
  /** The optimizer's vectors, and "average" as it travels (see optimize.ts). */
  readonly vectors: ReadonlyMap<string, Numbers>;
}

export function initialState(spec: ModelSpec, seed: number): ModelState {
  return {
    weights: new Map(
      spec.weights.flatMap((weight) =>
        weight.initial.kind === "setup" ? [] : [[weight.name, initialWeight(weight, seed)]],
      ),
    ),
    averages: new Map(),
    run: null,
  };
}

/** A weight as samplers use it. */
export function usedWeight(state: ModelState, name: string): Numbers {
  const numbers = state.averages.get(name) ?? state.weights.get(name);
  if (numbers === undefined)
    throw new SdecError(
      "option",
      `${name} is computed from the data when training begins: train the model or load a checkpoint first`,
    );
  return numbers;
}
