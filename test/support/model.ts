/** How does a test get a running model from a text? Compiled, emitted and imported as the command line does it. */
import { openModel } from "../../compiler/cli/open-model.js";
import type { AnyModel } from "../../compiler/cli/open-model.js";
import type { TrainOptions, TrainResult } from "../../runtime/api.js";
import type { NdArray } from "../../runtime/ndarray.js";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import type { LoweredModel } from "../../compiler/lower/model.js";

export function lowered(text: string, name = "model.sde"): LoweredModel {
  const { model, diagnostics } = compile({ name, text }, { library, read: () => null });
  if (model !== null) return model;
  throw new Error(diagnostics.map(({ code, message, span }) => `${code} at ${span.start}: ${message}`).join("\n"));
}

export async function openText(text: string, engine = "onnx", seed: number | null = null): Promise<AnyModel> {
  return openModel(lowered(text), engine, seed);
}

/** The same, for tests that give rewards beside the data and read weights. */
export interface TrainedModel {
  train(data: object, options?: TrainOptions): Promise<TrainResult>;
  weight(name: string): NdArray;
  dispose(): Promise<void>;
}

export async function openTrained(text: string, engine = "onnx"): Promise<TrainedModel> {
  return (await openText(text, engine)) as unknown as TrainedModel; // `AnyModel` leaves out what the command line does not use
}
