/** What is a law, as `~` draws from it? Its parts are still things: what they are made of is checked where it is drawn. */
import type { Span } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import type { Value } from "../ir/value.js";
import type { CoordinateMap } from "./coordinate-map.js";
import type { GraphMatrix, GraphVector } from "./graph-matrix.js";
import type { Grid } from "./path-thing.js";
import type { Data, Family, Process, SamplerThing, Tensor, Thing } from "./thing.js";

export type Law =
  | {
      readonly kind: "law";
      readonly law: "normal";
      readonly mean: Thing;
      readonly std: Thing;
      readonly like: SpaceSpec | null;
    }
  | {
      readonly kind: "law";
      readonly law: "log-normal";
      readonly mean: Thing;
      readonly std: Thing;
      readonly like: SpaceSpec | null;
    }
  | {
      readonly kind: "law";
      readonly law: "logit-normal";
      readonly mean: Thing;
      readonly std: Thing;
      readonly like: SpaceSpec | null;
    }
  | {
      readonly kind: "law";
      readonly law: "uniform";
      readonly low: Thing;
      readonly high: Thing;
      readonly like: SpaceSpec | null;
    }
  /** Normal(mean, std) modulo 2π. */
  | {
      readonly kind: "law";
      readonly law: "wrapped-normal";
      readonly mean: Thing;
      readonly std: Thing;
      readonly like: SpaceSpec;
    }
  | { readonly kind: "law"; readonly law: "uniform-torus"; readonly like: SpaceSpec | null }
  | {
      readonly kind: "law";
      readonly law: "uniform-integer";
      readonly low: Thing;
      readonly high: Thing;
      readonly like: null;
    }
  | { readonly kind: "law"; readonly law: "bernoulli"; readonly probability: Thing; readonly like: SpaceSpec | null }
  | { readonly kind: "law"; readonly law: "categorical"; readonly probabilities: Thing; readonly like: null }
  | { readonly kind: "law"; readonly law: "rademacher"; readonly like: SpaceSpec | null }
  | {
      readonly kind: "law";
      readonly law: "mixture";
      readonly weights: Thing;
      readonly component: Law;
      readonly like: null;
    }
  | { readonly kind: "law"; readonly law: "data"; readonly data: Data; readonly field: string | null }
  /** The member of a family whose value is `index`: one of those at these places. */
  | {
      readonly kind: "law";
      readonly law: "family";
      readonly family: Family;
      readonly index: Value;
      readonly places: readonly number[];
    }
  /** P(t) or P(t | givens): the states of a process at a time. */
  | {
      readonly kind: "law";
      readonly law: "state";
      readonly process: Process;
      readonly time: Value;
      readonly given: readonly Tensor[] | null;
      /** States known at times, in the order of time; not together with `given`. */
      readonly pins: readonly Pin[];
      readonly span: Span;
    }
  /** Components of a process of several, jointly normal: mean, and a lower triangular factor whose rows stand in `order`. */
  | {
      readonly kind: "law";
      readonly law: "joint";
      readonly process: Process;
      readonly time: Value;
      readonly condition: readonly Value[];
      readonly mean: GraphVector;
      readonly factor: GraphMatrix;
      readonly order: readonly number[];
    }
  /** Independent laws under names. */
  | { readonly kind: "law"; readonly law: "record"; readonly fields: ReadonlyMap<string, Law> }
  | { readonly kind: "law"; readonly law: "antithetic"; readonly of: Law }
  /** The law of the state whose coordinates have the law `of`. */
  | {
      readonly kind: "law";
      readonly law: "mapped";
      readonly of: Law;
      readonly map: CoordinateMap;
      readonly like: SpaceSpec;
    }
  | { readonly kind: "law"; readonly law: "path"; readonly sampler: SamplerThing }
  /** Where a sampler with noise leads from x along given nodes. */
  | {
      readonly kind: "law";
      readonly law: "advanced";
      readonly sampler: SamplerThing;
      readonly x: Value;
      readonly grid: Grid;
    }
  | {
      readonly kind: "law";
      readonly law: "transition";
      readonly sampler: SamplerThing;
      readonly x: Value;
      readonly t: Value;
      readonly s: Value;
      readonly memory: readonly Value[];
    }
  | { readonly kind: "law"; readonly law: "independent"; readonly of: Law; readonly count: number };

/** `x(t) = a` after the bar of `P(s | …)`. */
export interface Pin {
  readonly time: Value;
  readonly state: Tensor;
}
