/** What does a checkpoint hold, and does this one belong to this model and is it whole? */
import { SdecError } from "./errors.js";
import { elements } from "./ndarray.js";
import { need } from "./programs.js";
import { damaged } from "./safetensors-header.js";
import { readTensors, writeTensors } from "./safetensors.js";
import type { StoredTensor, TensorFile } from "./safetensors.js";
import type { ModelSpec, WeightSpec } from "./specification.js";
import type { ModelState, Numbers, RunState } from "./state.js";

/**
 * Tensors: `weights/NAME` and `average/NAME` in their shapes, and `run/STATEMENT/VECTOR`, the optimizers' vectors. All else is in the
 * metadata: the model's name and fingerprint, where training stands, and the SHA-256 of the
 * file as it would be without that.
 */
export async function writeCheckpoint(model: ModelSpec, state: ModelState): Promise<Uint8Array> {
  const tensors = new Map<string, StoredTensor>();
  for (const weight of model.weights) {
    const { name, shape } = weight;
    tensors.set(`weights/${name}`, { data: need(state.weights.get(name), name), shape });
    const average = state.averages.get(name);
    if (average !== undefined) tensors.set(`average/${name}`, { data: average, shape });
  }
  for (const [statement, { vectors }] of state.run?.statements ?? []) {
    for (const [name, data] of vectors) tensors.set(`run/${statement}/${name}`, { data, shape: [data.length] });
  }
  const facts = new Map([
    ["format", FORMAT],
    ["model", model.name],
    ["fingerprint", model.fingerprint],
  ]);
  if (state.run !== null) {
    facts.set("turn", String(state.run.turn));
    const taken = [...state.run.statements].map(([statement, { taken: steps }]) => `${statement}:${steps}`);
    facts.set("taken", taken.join(" "));
    facts.set("step", String(state.run.step));
    // The random numbers of a step depend on the seed and the step alone: the seed is all that is to be kept of them.
    facts.set("seed", state.run.seed === null ? "of the statement" : String(state.run.seed));
  }
  return writeTensors({ tensors, metadata: new Map([...facts, ["sha256", await checksum(tensors, facts)]]) });
}

/** Throws "checkpoint" where the bytes are damaged, "fingerprint" where they belong to another model. */
export async function readCheckpoint(model: ModelSpec, bytes: Uint8Array): Promise<ModelState> {
  const file = await verify(bytes);
  const fingerprint = file.metadata.get("fingerprint");
  if (fingerprint !== model.fingerprint) {
    throw new SdecError(
      "fingerprint",
      `This checkpoint belongs to another model or another version of ${model.source}: it is of ` +
        `"${file.metadata.get("model") ?? "unknown"}" (${fingerprint ?? "no fingerprint"}), this model is "${model.name}" (${model.fingerprint})`,
    );
  }
  const weights = new Map<string, Numbers>();
  const averages = new Map<string, Numbers>();
  for (const weight of model.weights) {
    weights.set(weight.name, take(file, `weights/${weight.name}`, weight));
    if (file.tensors.has(`average/${weight.name}`)) {
      averages.set(weight.name, take(file, `average/${weight.name}`, weight));
    }
  }
  return { weights, averages, run: runOf(file) };
}

/** Whether the bytes are a whole checkpoint, of whichever model. */
export async function verify(bytes: Uint8Array): Promise<TensorFile> {
  const file = readTensors(bytes);
  if (file.metadata.get("format") !== FORMAT) throw damaged(`it is no checkpoint of this version (${FORMAT})`);
  const facts = new Map(file.metadata);
  facts.delete("sha256");
  if (file.metadata.get("sha256") !== (await checksum(file.tensors, facts)))
    throw damaged("its checksum does not match");
  return file;
}

const FORMAT = "sdec checkpoint 2";

function runOf(file: TensorFile): RunState | null {
  const { metadata } = file;
  const seed = metadata.get("seed");
  if (seed === undefined) return null;
  const statements = new Map<number, { readonly taken: number; readonly vectors: Map<string, Numbers> }>();
  for (const part of (metadata.get("taken") ?? "").split(" ")) {
    if (part === "") continue;
    const [statement = "", taken = ""] = part.split(":");
    statements.set(wholeNumber(statement, "statement"), { taken: wholeNumber(taken, "taken"), vectors: new Map() });
  }
  for (const [name, { data }] of file.tensors) {
    const [kind, statement = "", ...vector] = name.split("/");
    if (kind !== "run") continue;
    if (data instanceof Int32Array) throw damaged(`the tensor ${name} holds integers`);
    const owner = statements.get(wholeNumber(statement, "statement"));
    if (owner === undefined) throw damaged(`the tensor ${name} belongs to no statement`);
    owner.vectors.set(vector.join("/"), data);
  }
  return {
    seed: seed === "of the statement" ? null : whole(metadata, "seed"),
    turn: whole(metadata, "turn"),
    step: whole(metadata, "step"),
    statements,
  };
}

function whole(metadata: ReadonlyMap<string, string>, name: string): number {
  return wholeNumber(metadata.get(name) ?? "", name);
}

function wholeNumber(text: string, name: string): number {
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) throw damaged(`its ${name} is not a whole number`);
  return value;
}

function take(file: TensorFile, name: string, weight: WeightSpec): Numbers {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) throw damaged(`the tensor ${name} is missing`);
  const { data, shape } = tensor;
  if (shape.join() !== weight.shape.join() || data.length !== elements(weight.shape)) {
    throw damaged(`the tensor ${name} has the shape [${shape.join(", ")}], not [${weight.shape.join(", ")}]`);
  }
  if (data instanceof Int32Array) throw damaged(`the tensor ${name} holds integers`);
  return data;
}

async function checksum(
  tensors: ReadonlyMap<string, StoredTensor>,
  facts: ReadonlyMap<string, string>,
): Promise<string> {
  const bytes = writeTensors({ tensors, metadata: facts });
  const digest = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
