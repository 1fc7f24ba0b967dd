/** Row 6: every program of every example on every engine, one evaluation and ten steps, beside the float64 reference. */
import { openModel } from "../../compiler/cli/open-model.js";
import type { AnyModel, DataSets } from "../../compiler/cli/open-model.js";
import type { LoweredModel, LoweredProgram } from "../../compiler/lower/model.js";
import type { Engine } from "../../runtime/engines/engine.js";
import type { EngineName } from "../../runtime/engines/registry.js";
import { openReferenceEngine } from "../../runtime/engines/reference.js";
import type { SamplerSpec, TravelSpec } from "../../runtime/specification.js";
import { readTensors } from "../../runtime/safetensors.js";
import { distance, presentEngines, runOn } from "./engine-runs.js";
import { comparedModels } from "./engine-models.js";
import type { ComparedModel } from "./engine-models.js";
import { dataOf, parametersOf, programsOf } from "./engine-programs.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 6;
const BOUND = 1e-4;

export async function measureEnginesAgree(): Promise<readonly Figure[]> {
  return engineFigures(["onnx", "tfjs-wasm", "tfjs-cpu"]);
}

export async function engineFigures(
  names: readonly EngineName[],
  models = comparedModels(),
): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const engines = await presentEngines(names);
  for (const { name, model } of models.filter(computesSomething)) {
    for (const { name: engine, worst, count } of await programErrors(model, engines)) {
      figures.push(figure(`${name}, ${count} programs once, ${engine}`, worst));
    }
  }
  for (const engine of engines) await engine.dispose();
  for (const { name, model } of models.filter(computesSomething)) {
    for (const steps of [1, 10]) {
      const truth = await journeys(model, steps, "reference");
      for (const { name: engine } of engines) {
        const found = await journeys(model, steps, engine);
        const errors = [...truth].map(([what, numbers]) => ({
          what,
          error: distance([found.get(what) ?? []], [numbers]),
        }));
        figures.push(
          figure(
            `${name}, ${truth.size} results after ${steps} ${steps === 1 ? "step" : "steps"}, ${engine}`,
            worstOf(errors),
          ),
        );
      }
    }
  }
  return figures;
}

/** One of the examples only states a process. */
function computesSomething({ model }: ComparedModel): boolean {
  return model.objectives.length + model.samplers.length > 0;
}

interface NamedError {
  readonly what: string;
  readonly error: number;
}

function figure(what: string, { what: where, error }: NamedError): Figure {
  return { row, what, measured: `${digits(error)} (${where})`, bound: `<= ${BOUND}`, passed: error <= BOUND };
}

function worstOf(errors: readonly NamedError[]): NamedError {
  const [first] = [...errors].sort((a, b) => (Number.isNaN(a.error) ? -1 : b.error - a.error));
  return first ?? { what: "nothing was compared", error: Number.NaN };
}

interface EngineErrors {
  readonly name: string;
  readonly worst: NamedError;
  readonly count: number;
}

async function programErrors(model: LoweredModel, engines: readonly Engine[]): Promise<readonly EngineErrors[]> {
  const reference = openReferenceEngine();
  const errors = engines.map(() => [] as NamedError[]);
  const programs = await programsOf(model, reference);
  for (const { program, sizes, supply } of programs) {
    const truth = await runOn(reference, program, sizes, supply);
    for (const [i, engine] of engines.entries()) {
      const found = await runOn(engine, program, sizes, supply);
      errors[i]?.push({ what: program.program.name, error: distance(found.values(), truth.values()) });
    }
  }
  return engines.map(({ name }, i) => ({ name, worst: worstOf(errors[i] ?? []), count: programs.length }));
}

/** Weights, moments and averages after `steps` steps; samples and log-densities of journeys of that length. */
async function journeys(
  lowered: LoweredModel,
  steps: number,
  engine: string,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const short = shortened(lowered, steps);
  const results = new Map<string, readonly number[]>();
  const model = await openModel(short, engine, 3);
  const data = dataOf(lowered, 96);
  for (const [name, numbers] of await draws(model, short, data)) results.set(name, numbers);
  if (short.train.length > 0) {
    await model.train(data, { steps, seed: 5 });
    const { tensors } = readTensors(await model.toBytes());
    const kinds = new Map<string, number[]>();
    for (const [name, tensor] of tensors) {
      const kind = name.startsWith("run/") ? name : (name.split("/")[0] ?? name);
      kinds.set(kind, [...(kinds.get(kind) ?? []), ...Array.from(tensor.data)]);
    }
    for (const [kind, numbers] of kinds) results.set(`training: ${kind}`, numbers);
  }
  await model.dispose();
  return results;
}

async function draws(
  model: AnyModel,
  { samplers }: LoweredModel,
  data: DataSets,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const results = new Map<string, readonly number[]>();
  for (const sampler of samplers) {
    const arrays = (await model.sample[sampler.name]?.({ ...parametersOf(sampler), count: 24, seed: 7, data })) ?? {};
    const numbers = Object.values(arrays).flatMap((array) => Array.from(array.data));
    results.set(`sampler ${sampler.name}`, numbers);
    if (sampler.kind !== "solver" || sampler.likelihood === null) continue;
    const { logProb } =
      (await model.logProb[sampler.name]?.({ ...parametersOf(sampler), ...arrays, seed: 8, probes: 2 })) ?? {};
    results.set(`log-density by ${sampler.name}`, Array.from(logProb?.data ?? []));
  }
  return results;
}

/** Fixed grids are cut to their first steps; adaptive journeys stay whole, for their steps follow the error. */
function shortened(model: LoweredModel, steps: number): LoweredModel {
  const cut = (travel: TravelSpec<LoweredProgram>): TravelSpec<LoweredProgram> =>
    travel.kind === "grid" ? { ...travel, nodes: travel.nodes.slice(0, steps + 1) } : travel;
  const shorter = (sampler: SamplerSpec<LoweredProgram>): SamplerSpec<LoweredProgram> => {
    if (sampler.kind === "program") return sampler;
    const { likelihood } = sampler;
    return {
      ...sampler,
      travel: cut(sampler.travel),
      likelihood: likelihood === null ? null : { ...likelihood, travel: cut(likelihood.travel) },
    };
  };
  return {
    ...model,
    samplers: model.samplers.map(shorter),
    train: model.train.map((statement) => ({ ...statement, batch: Math.min(statement.batch, 32) })),
  };
}
