/** How does a specification become a model that an application can use? */
import type {
  CheckpointOptions,
  CheckpointStore,
  LikelihoodOptions,
  Model,
  ModelDefinition,
  ModelTypes,
  SampleOptions,
  TrainOptions,
  TrainResult,
} from "./api.js";
import { intoSpace } from "./bijection.js";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { EngineUnavailable } from "./engines/engine.js";
import type { Engine, Executable, HeldTensor } from "./engines/engine.js";
import { openEngine } from "./engines/registry.js";
import type { EngineName } from "./engines/registry.js";
import { SdecError } from "./errors.js";
import { heldOutLoss } from "./loss.js";
import type { NdArray } from "./ndarray.js";
import { need } from "./programs.js";
import { logProb } from "./sample/likelihood.js";
import { sample } from "./sample/sampler.js";
import type { Session } from "./session.js";
import type { ModelSpec, ProgramSpec, WeightSpec } from "./specification.js";
import { initialState, usedWeight } from "./state.js";
import type { ModelState } from "./state.js";
import { runSchedule, stepsBefore } from "./train/schedule.js";
import { turnsOf } from "./train/turns.js";

/** What an emitted module exports. */
export function defineModel<Types extends ModelTypes>(specification: ModelSpec): ModelDefinition<Types> {
  return {
    name: specification.name,
    async open(options = {}) {
      const { engine: asked = "auto", seed = specification.train[0]?.seed ?? 0 } = options;
      if (typeof asked !== "string") return makeModel<Types>(specification, asked, seed, () => Promise.resolve());
      const engine = await openNamed(asked);
      return makeModel<Types>(specification, engine, seed, () => engine.dispose());
    },
  };
}

/** `close` disposes of the engine if it was opened for this model. */
function makeModel<Types extends ModelTypes>(
  spec: ModelSpec,
  engine: Engine,
  seed: number,
  close: () => Promise<void>,
): Model<Types> {
  let state = initialState(spec, seed);
  let busy = false;
  const session = openSession(spec, engine, () => state);
  const replace = (next: ModelState): void => {
    state = next;
    session.forgetWeights();
  };

  /** One call at a time: an engine's programs share its memory and its threads. */
  const alone = async <R>(action: () => Promise<R>): Promise<R> => {
    if (busy) throw new SdecError("option", "This model is at work; wait for the call before this one");
    busy = true;
    try {
      return await action();
    } finally {
      busy = false;
    }
  };

  const train = async (data: object, given: TrainOptions): Promise<TrainResult> => {
    const { store, every } = await checkpointing(given.checkpoint);
    let start: ModelState = { ...state, run: null };
    if (given.resume === true) {
      const bytes = (await store?.newest()) ?? null;
      if (bytes !== null) start = await readCheckpoint(spec, bytes);
      else if (store === null) start = state;
    }
    const keep = async (next: ModelState, isDue: boolean): Promise<void> => {
      replace(next);
      if (store === null || !isDue) return;
      await store.write(await writeCheckpoint(spec, next), stepsBefore(turnsOf(spec), spec, given, next));
    };
    return runSchedule({ engine, model: spec, state: start, data, options: given, saveEvery: every, keep });
  };

  const samplers = spec.samplers.map((sampler) => {
    const call = (given: SampleOptions): ReturnType<typeof sample> =>
      alone(() => sample(session, spec, sampler, given));
    return [sampler.name, call] as const;
  });
  const likelihoods = spec.samplers.flatMap((sampler) => {
    if (sampler.kind !== "solver" || sampler.likelihood === null) return [];
    const { likelihood } = sampler;
    const call = (given: LikelihoodOptions): ReturnType<typeof logProb> =>
      alone(() => logProb(session, sampler, likelihood, given));
    return [[sampler.name, call] as const];
  });

  return {
    name: spec.name,
    engine: engine.name,
    train: (data, given = {}) => alone(() => train(data, given)),
    // The emitter writes `Types` from the same samplers that stand in the specification.
    sample: Object.fromEntries(samplers) as unknown as Model<Types>["sample"],
    logProb: Object.fromEntries(likelihoods) as unknown as Model<Types>["logProb"],
    loss: (objective, data, given = {}) => alone(() => heldOutLoss(session, spec, objective, data as object, given)),
    weight(name) {
      const weight = spec.weights.find((entry) => entry.name === name);
      if (weight === undefined) throw new SdecError("option", `There is no weight "${name}" in ${spec.source}`);
      return handedOut(state, weight);
    },
    parameters: () => handedOutParameters(spec, state),
    toBytes: () => writeCheckpoint(spec, state),
    async save(path) {
      const { writeBytes } = await import("./node/files.js");
      await writeBytes(path, await writeCheckpoint(spec, state));
    },
    load: (from) =>
      alone(async () => {
        const bytes = typeof from === "string" ? await (await import("./node/files.js")).readBytes(from) : from;
        replace(await readCheckpoint(spec, bytes));
      }),
    async dispose() {
      await session.dispose();
      await close();
    },
  };
}

function handedOut(state: ModelState, { name, shape, space }: WeightSpec): NdArray {
  const stored = usedWeight(state, name);
  return { data: Float32Array.from(stored, (value) => (space === null ? value : intoSpace(space, value))), shape };
}

function handedOutParameters(spec: ModelSpec, state: ModelState): Readonly<Record<string, NdArray>> {
  const params = spec.weights.filter(({ space }) => space !== null);
  return Object.fromEntries(params.map((weight) => [weight.name, handedOut(state, weight)]));
}

const EVERY = 1000;

async function checkpointing(
  given: string | CheckpointStore | CheckpointOptions | undefined,
): Promise<{ store: CheckpointStore | null; every: number }> {
  if (given === undefined) return { store: null, every: Number.POSITIVE_INFINITY };
  if (typeof given === "object" && "store" in given) {
    const { every = EVERY } = given;
    if (!(every >= 1)) throw new SdecError("option", `\`every\` must be a number of steps from 1 on, not ${every}`);
    return { ...(await checkpointing(given.store)), every };
  }
  if (typeof given === "object") return { store: given, every: EVERY };
  const { openStore } = await import("./node/files.js");
  return { store: openStore(given), every: EVERY };
}

interface OpenSession extends Session {
  /** The weights have changed: what the engine holds of them is old. */
  forgetWeights(): void;
  dispose(): Promise<void>;
}

const MOST_EXECUTABLES = 32;

function openSession(spec: ModelSpec, engine: Engine, state: () => ModelState): OpenSession {
  const held = new Map<string, HeldTensor>();
  const executables = new Map<string, Promise<Executable>>();
  const ids = new Map<ProgramSpec, number>();
  const forgetWeights = (): void => {
    for (const tensor of held.values()) tensor.release();
    held.clear();
  };
  return {
    engine,
    weight(name) {
      const known = held.get(name);
      if (known !== undefined) return known;
      const { shape } = need(
        spec.weights.find((weight) => weight.name === name),
        `the weight ${name}`,
      );
      const tensor = engine.hold({ data: usedWeight(state(), name).slice(), shape, dtype: "real" });
      held.set(name, tensor);
      return tensor;
    },
    executable(source, name, program) {
      const id = ids.get(source) ?? ids.size;
      ids.set(source, id);
      const key = `${id}: ${name}`;
      const known = executables.get(key) ?? engine.compile(program());
      executables.delete(key);
      executables.set(key, known); // now the last used
      const [oldest] = executables;
      if (executables.size > MOST_EXECUTABLES && oldest !== undefined) {
        executables.delete(oldest[0]);
        void oldest[1].then((executable) => executable.dispose());
      }
      return known;
    },
    forgetWeights,
    async dispose() {
      forgetWeights();
      for (const executable of executables.values()) await (await executable).dispose();
      executables.clear();
    },
  };
}

async function openNamed(name: EngineName | "auto"): Promise<Engine> {
  try {
    return (await openEngine(name)).engine;
  } catch (cause) {
    if (cause instanceof EngineUnavailable) throw new SdecError("engine", cause.message, { cause });
    throw cause;
  }
}
