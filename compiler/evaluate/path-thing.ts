/** What of a run can be named in a formula: its nodes, what it went through, one step of that, and groups of draws. */
import type { Value } from "../ir/value.js";
import type { SamplerThing, Thing } from "./thing.js";

export interface Grid {
  readonly kind: "grid";
  readonly nodes: readonly number[];
  /** The path whose nodes they are, for generators over them. */
  readonly path: Path | null;
  /** Which of the nodes are meant, if that is drawn; null: all. */
  readonly part: GridPart | null;
}
/** The nodes numbered `from` to before `to`: every `stride`-th from the first on, and the last. */
export interface GridPart {
  readonly from: Value;
  readonly to: Value;
  readonly stride: number;
}

/** What a sampler went through. */
export interface Path {
  readonly kind: "path";
  readonly sampler: SamplerThing;
  /** In the order visited, counted from `offset`. */
  readonly nodes: readonly number[];
  /** Where the nodes are counted from, if the run begins at a time that is drawn; null: from 0. */
  readonly offset: Value | null;
  /** The state at every node, and each memory, along a leading axis. */
  readonly states: Value;
  readonly memory: readonly Value[];
}
/** All steps of a path. */
export interface Steps {
  readonly kind: "steps";
  readonly path: Path;
}
/** One step that was drawn: from x at t to y at s. */
export interface PathStep {
  readonly kind: "path step";
  /** What drew it. */
  readonly sampler: SamplerThing;
  readonly x: Value;
  readonly t: Value;
  readonly y: Value;
  readonly s: Value;
  readonly memory: readonly Value[];
  /** The pairs of times that it certainly takes in turn; null if which of them is drawn. */
  readonly visits: readonly (readonly [number, number])[] | null;
  /** The grid it is of; null for a step by itself. */
  readonly nodes: readonly number[] | null;
}

/** Independent draws of one law, `iid(law, n)`. */
export interface Group {
  readonly kind: "group";
  readonly count: number;
  /** One of them, in terms of placeholders, and those along the axis of the group. */
  readonly member: Thing;
  readonly leaves: readonly { readonly inner: Value; readonly outer: Value }[];
}
