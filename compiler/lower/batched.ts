/** How a per-sample frame becomes a program over a batch. */
import { mergeScans } from "../ir/merge-scans.js";
import { simplify } from "../ir/simplify.js";
import type { Output, Program, Value } from "../ir/value.js";
import * as ir from "../ir/build.js";
import { vectorise } from "../ir/vectorise.js";
import type { Feed } from "../../runtime/specification.js";
import type { Frame, World } from "../evaluate/context.js";
import type { LoweredProgram } from "./model.js";

/** An input of a batched program beside those of the frame: weights, parameters, states, times. */
export interface ExtraInput {
  readonly value: Value;
  readonly feed: Feed;
}

/** Every weight known so far, and its copies: beside a run of training those are the weight itself. */
export function weightInputs(world: World): readonly ExtraInput[] {
  const copies = [...world.copies.values()].map(({ weight, value }): ExtraInput => ({
    value,
    feed: { kind: "weight", weight },
  }));
  return [...plainWeights(world), ...copies];
}

/** The same for a program that training runs. */
export function weightInputsOfTraining(world: World): readonly ExtraInput[] {
  const copies = [...world.copies.values()].map(({ weight, of, value }): ExtraInput => ({
    value,
    feed: { kind: "copy", weight, of },
  }));
  return [...plainWeights(world), ...copies];
}

function plainWeights(world: World): readonly ExtraInput[] {
  return [...world.weights.values()].map(({ spec, value }) => ({ value, feed: { kind: "weight", weight: spec.name } }));
}

/** The frame's inputs over the batch: per-sample ones get the leading axis, inside loops after that of the rounds. */
export interface BatchedInputs {
  readonly map: ReadonlyMap<Value, Value>;
  readonly inputs: readonly ExtraInput[];
}

export function batchInputs(frame: Frame): BatchedInputs {
  const map = new Map<Value, Value>();
  const inputs = frame.inputs.map(({ value, feed, perSample }) => {
    if (!perSample) return { value, feed };
    const name = value.params.name ?? "input";
    const batched = ir.input(name, value.dtype, ["B", ...value.shape]);
    map.set(value, batched);
    return { value: batched, feed };
  });
  return { map, inputs };
}

/** Per-sample outputs over the batch; what does not depend on the sample stays without the axis. */
export function overBatch(
  outputs: readonly Value[],
  map: ReadonlyMap<Value, Value>,
): { values: Value[]; batched: boolean[] } {
  return vectorise(outputs, map, "B");
}

/** A finished program: simplified, its inputs reduced to those that are read. */
export function finish(
  name: string,
  doc: string,
  outputs: readonly Output[],
  candidates: readonly ExtraInput[],
): LoweredProgram {
  const values = simplify(mergeScans(outputs.map((output) => output.value)));
  const read = leavesOf(values);
  const inputs = candidates.filter((candidate) => read.has(candidate.value));
  const program: Program = {
    name,
    inputs: inputs.map((candidate) => candidate.value),
    outputs: outputs.map((output, place) => ({ name: output.name, value: values[place] ?? output.value })),
  };
  return { program, feeds: inputs.map((candidate) => candidate.feed), doc };
}

/** All inputs under the outputs. */
export function leavesOf(outputs: readonly Value[]): Set<Value> {
  return leavesBefore(outputs, () => false);
}

/** All inputs under the outputs on ways that do not enter the values at which `isEnd` holds. */
export function leavesBefore(outputs: readonly Value[], isEnd: (value: Value) => boolean): Set<Value> {
  const leaves = new Set<Value>();
  const seen = new Set<Value>();
  const open = [...outputs];
  while (open.length > 0) {
    const value = open.pop();
    if (value === undefined || seen.has(value)) continue;
    seen.add(value);
    if (value.op === "input") leaves.add(value);
    if (!isEnd(value)) open.push(...value.inputs);
  }
  return leaves;
}
