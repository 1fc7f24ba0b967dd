/** How does a `.sde` file become a running model without leaving a file behind? */
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import type { LikelihoodOptions, LikelihoodResult, LossOptions, OpenOptions } from "../../runtime/api.js";
import type { SampleOptions, TrainOptions, TrainResult } from "../../runtime/api.js";
import type { NdArray } from "../../runtime/ndarray.js";
import type { LoweredModel } from "../lower/model.js";
import { engineNames } from "../../runtime/engines/registry.js";
import type { EngineName } from "../../runtime/engines/registry.js";
import { emitJavaScript } from "../emit/index.js";
import { unknown } from "./data.js";
import { packageRoot } from "./package.js";

/** Data sets by name; one of several fields is a record of them. */
export type DataSets = Readonly<Record<string, NdArray | Readonly<Record<string, NdArray>>>>;

/**
 * What the command line sees of an opened model: the runtime's `Model` with names that only the specification knows.
 * Values of parameters stand among the options under their names.
 */
export interface AnyModel {
  readonly name: string;
  readonly engine: string;
  train(data: DataSets, options: TrainOptions): Promise<TrainResult>;
  readonly sample: Readonly<
    Record<string, (options: SampleOptions & Named) => Promise<Readonly<Record<string, NdArray>>>>
  >;
  readonly logProb: Readonly<Record<string, (options: LikelihoodOptions & Named) => Promise<LikelihoodResult>>>;
  loss(objective: string, data: DataSets, options: LossOptions): Promise<number>;
  /** Every `param` by name, in its space. */
  parameters(): Readonly<Record<string, NdArray>>;
  /** A checkpoint: weights and the state of training. */
  toBytes(): Promise<Uint8Array>;
  load(from: string | Uint8Array): Promise<void>;
  dispose(): Promise<void>;
}

type Named = Readonly<Record<string, unknown>>;

interface AnyDefinition {
  open(options: OpenOptions): Promise<AnyModel>;
}

/**
 * Emits the model as JavaScript and imports it from memory. Its runtime is the copy this command line uses itself, so
 * that engines and errors are the same objects on both sides.
 */
export async function openModel(model: LoweredModel, engine: string, seed: number | null): Promise<AnyModel> {
  if (!isEngine(engine)) unknown("engine", engine, ["auto", ...engineNames]);
  const runtimeImport = pathToFileURL(join(packageRoot(), "dist", "runtime", "index.js")).href;
  const text = emitJavaScript(model, { runtimeImport });
  const module: unknown = await import(
    /* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`
  );
  const definition = Object.values(module ?? {}).find(isDefinition);
  if (definition === undefined) throw new Error("the emitted module exports no model");
  return definition.open({ engine, ...(seed === null ? {} : { seed }) });
}

function isEngine(name: string): name is EngineName | "auto" {
  return name === "auto" || engineNames.some((known) => known === name);
}

function isDefinition(value: unknown): value is AnyDefinition {
  return typeof value === "object" && value !== null && "open" in value && typeof value.open === "function";
}
