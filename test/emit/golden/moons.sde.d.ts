/**
 * Made by sdec 0.1.0 from moons.sde.
 *
 * Do not edit: change moons.sde and compile it again.
 */

import type {
  ModelDefinition,
  Ops,
  Rows,
  Value,
} from "../../../runtime/index.js";

/** What `moons` takes and gives, by name. */
export interface MoonsTypes {
  readonly data: { readonly moons: Rows };
  readonly objectives: {
    readonly dsm: { readonly parameters: {}; readonly data: "moons" };
  };
  readonly samplers: {
    readonly walk: {
      readonly parameters: { readonly steps_scale?: Value };
      readonly data: never;
      readonly returns: "x";
    };
  };
  readonly likelihoods: {};
}

/** Inputs of `dsm`. */
export type DsmInput =
  "net.0.weight" | "net.0.bias" | "net.1.weight" | "x0" | "t" | "z";

/** Results of `dsm`. */
export type DsmOutput =
  "loss" | "∂net.0.weight" | "∂net.0.bias" | "∂net.1.weight";

/**
 * Objective `dsm`. The mean of the loss over the batch, and its gradient by
 * each weight.
 */
export declare function dsm<T>(
  o: Ops<T>,
  inputs: Readonly<Record<DsmInput, T>>,
  sizes: Readonly<Record<"B", number>>,
): Readonly<Record<DsmOutput, T>>;

/** Inputs of `walk`. */
export type WalkInput =
  "net.0.weight" | "net.0.bias" | "net.1.weight" | "steps_scale" | "x";

/** Sampler `walk`. Samples x. */
export declare function walk<T>(
  o: Ops<T>,
  inputs: Readonly<Record<WalkInput, T>>,
  sizes: Readonly<Record<"B", number>>,
): Readonly<Record<"x", T>>;

/** The model of moons.sde: open it to train, sample and evaluate. */
export declare const moons: ModelDefinition<MoonsTypes>;
