/** Variants of the hand-written model, for what it does not have itself. */
import { writeCheckpoint } from "../../runtime/checkpoint.js";
import { defineModel } from "../../runtime/index.js";
import type { Model, ModelSpec, ModelTypes, Ops, ProgramSpec } from "../../runtime/index.js";
import type { LikelihoodSpec, SamplerSpec, TrainSpec } from "../../runtime/specification.js";
import { specification } from "./fixture-model.js";
import type { OuTypes } from "./fixture-model.js";

/** The hand-written model with its `train` statement changed. */
export function withTraining(change: Partial<TrainSpec>): ModelSpec {
  return { ...specification, train: specification.train.map((statement) => ({ ...statement, ...change })) };
}

export function modelOf<Types extends ModelTypes = OuTypes>(
  spec: ModelSpec,
  engine: "reference" | "onnx" = "reference",
): Promise<Model<Types>> {
  return defineModel<Types>(spec).open({ engine });
}

/** Gives the model the exact score for data N(mean, 1): weight [[-1], [mean]], bias 0. */
export async function setExact<Types extends ModelTypes>(
  model: Model<Types>,
  spec: ModelSpec,
  mean: number,
): Promise<void> {
  const weights = new Map([
    ["net.f.weight", Float32Array.of(-1, mean)],
    ["net.f.bias", Float32Array.of(0)],
  ]);
  await model.load(await writeCheckpoint(spec, { weights, averages: new Map(), run: null }));
}

export function solver(name: string): Extract<SamplerSpec, { kind: "solver" }> {
  const found = specification.samplers.find((sampler) => sampler.name === name);
  if (found === undefined || found.kind !== "solver") throw new Error(`no solver ${name}`);
  return found;
}

export function likelihoodOf(name: string): LikelihoodSpec {
  const { likelihood } = solver(name);
  if (likelihood === null) throw new Error(`no likelihood ${name}`);
  return likelihood;
}

/** A step x -> x + noise, with noise of standard deviation 1, for counting what noise arrives. */
export const addNoise: ProgramSpec<"x" | "w", "x", "B"> = {
  name: "walk.step",
  inputs: [
    { name: "x", shape: ["B", 1], dtype: "real", from: { kind: "state", state: "x" } },
    { name: "w", shape: ["B", 1], dtype: "real", from: { kind: "normal", site: "w" } },
  ],
  outputs: ["x"],
  lines: [[1, 1]],
  run: <T>(o: Ops<T>, { x, w }: Readonly<Record<"x" | "w", T>>) => ({ x: o.add(x, w) }),
};

export const emptySchedule: ProgramSpec<"t", "t", "K"> = {
  name: "walk.schedule",
  inputs: [{ name: "t", shape: ["K"], dtype: "real", from: { kind: "time" } }],
  outputs: ["t"],
  lines: [],
  run: <T>(_o: Ops<T>, { t }: Readonly<Record<"t", T>>) => ({ t }),
};
