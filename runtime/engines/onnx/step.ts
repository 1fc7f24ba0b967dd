/** What is the plan for one node of the tape? The nodes it is computed from, and how. */
import type { Node } from "../tape.js";
import type { GraphBuilder, NodeOptions } from "./builder.js";

/** How to compute one node from others: `emit` gets their names and must give the result the name `output`. */
export interface Step {
  readonly operands: readonly Node[];
  emit(graph: GraphBuilder, operands: readonly string[], output: string): void;
}

export function step(
  operands: readonly Node[],
  emit: Step["emit"] | ((...args: Parameters<Step["emit"]>) => string),
): Step {
  return { operands, emit: (graph, names, output) => void emit(graph, names, output) };
}

export function single(type: string, operands: readonly Node[], options: NodeOptions = {}): Step {
  return step(operands, (graph, names, output) => graph.add(type, names, { ...options, outputs: [output] }));
}
