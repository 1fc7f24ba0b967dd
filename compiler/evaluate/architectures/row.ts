/** What must be said of an architecture? A row of the table: its options, and what it computes. */
import type { Span } from "../../../grammar/source.js";
import type { Value } from "../../ir/value.js";
import type { Context, WeightOwner } from "../context.js";
import type { Architecture } from "../thing.js";
import type { Weights } from "./layers.js";

export interface ArchitectureRow {
  readonly options: readonly string[];
  /** Null after reporting. */
  apply(call: ArchitectureCall): Value | null;
}

export interface ArchitectureCall {
  readonly architecture: Architecture;
  /** Real tensors of one sample, the time embedded where `time:` asks for it. */
  readonly inputs: readonly Value[];
  readonly owner: WeightOwner;
  readonly weights: Weights;
  /** Where it is applied. */
  readonly span: Span;
  readonly c: Context;
}
