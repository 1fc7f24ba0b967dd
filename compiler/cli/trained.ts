/** How does a command get a model with the weights of a checkpoint, and one of its samplers? */
import { existsSync, statSync } from "node:fs";
import type { SamplerSpec } from "../../runtime/specification.js";
import type { LoweredModel, LoweredProgram } from "../lower/model.js";
import { unknown } from "./data.js";
import { machineLacks, wrongCall } from "./exit.js";
import { openModel } from "./open-model.js";
import type { AnyModel } from "./open-model.js";

/** `using` names the part of the model that runs; a checkpoint is needed only if that reads weights. */
export async function openWithWeights(
  model: LoweredModel,
  checkpoint: string | null,
  engine: string,
  using: SamplerSpec<LoweredProgram> | null,
): Promise<AnyModel> {
  const reads = using === null ? model.weights.length > 0 : readsWeights(using);
  if (reads && checkpoint === null) {
    throw wrongCall(
      `${using?.name ?? model.name} needs the weights of a training run`,
      "--checkpoint RUN, the folder or a file that `sdec train` wrote",
    );
  }
  const running = await openModel(model, engine, null);
  if (checkpoint !== null) await running.load(await newestBytes(checkpoint));
  return running;
}

function readsWeights(sampler: SamplerSpec<LoweredProgram>): boolean {
  return programsOf(sampler).some(({ feeds }) => feeds.some((feed) => feed.kind === "weight"));
}

function programsOf(sampler: SamplerSpec<LoweredProgram>): readonly LoweredProgram[] {
  if (sampler.kind === "program") return [sampler.program];
  const { travel } = sampler;
  if (travel.kind === "adaptive") return [sampler.start, travel.field];
  return [
    sampler.start,
    ...[travel.every, travel.last].flatMap((step) => (step === null ? [] : [step.schedule, step.step])),
  ];
}

export function chooseSampler(
  samplers: readonly SamplerSpec<LoweredProgram>[],
  name: string | null,
): SamplerSpec<LoweredProgram> {
  const names = samplers.map((sampler) => sampler.name);
  if (name !== null) return samplers.find((sampler) => sampler.name === name) ?? unknown("sampler", name, names);
  const [only, another] = samplers;
  if (only === undefined) throw wrongCall("the model declares no sampler");
  if (another !== undefined)
    throw wrongCall(`the model has the samplers ${names.join(", ")}`, `--sampler ${only.name}`);
  return only;
}

/** The bytes of a checkpoint, or of the newest whole one in a folder. */
async function newestBytes(path: string): Promise<Uint8Array | string> {
  if (!existsSync(path)) throw machineLacks(`there is no checkpoint ${path}`);
  if (!statSync(path).isDirectory()) return path;
  const { openStore } = await import("../../runtime/node/store.js");
  const bytes = await openStore(path).newest();
  if (bytes === null) throw machineLacks(`the folder ${path} holds no checkpoint`);
  return bytes;
}

/** Refuses to begin anew where a training lies: its checkpoints would be pruned away as the new ones come. */
export async function refuseToReplace(folder: string): Promise<void> {
  const { openStore } = await import("../../runtime/node/store.js");
  if (!existsSync(folder) || (await openStore(folder).newest()) === null) return;
  throw wrongCall(
    `${folder} holds a training already`,
    "--resume goes on with it, --overwrite replaces it, --out FOLDER leaves it",
  );
}

/** A sampler that draws rows of data needs them when it runs. */
export function needsData(sampler: SamplerSpec<LoweredProgram>): boolean {
  const first = sampler.kind === "program" ? sampler.program : sampler.start;
  return first.feeds.some((feed) => feed.kind === "data");
}
