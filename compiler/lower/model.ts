/** The lowered model: the runtime's specification with graphs in place of functions. What lowering makes and emission reads. */
import type { Feed, ModelSpec } from "../../runtime/specification.js";
import type { Program } from "../ir/value.js";

/** A graph with the source of each of its inputs, in their order. */
export interface LoweredProgram {
  readonly program: Program;
  readonly feeds: readonly Feed[];
  /** One sentence for the emitted comment: what the program computes, in the modeller's words. */
  readonly doc: string;
}

export type LoweredModel = ModelSpec<LoweredProgram>;
