/** Which programs does a model consist of, and which inputs may each be given? */
import { timeAt } from "../../runtime/specification.js";
import type { DataSets } from "../../compiler/cli/open-model.js";
import type { LoweredModel, LoweredProgram } from "../../compiler/lower/model.js";
import type { Engine } from "../../runtime/engines/engine.js";
import { initialWeight } from "../../runtime/initial.js";
import type { Sizes } from "../../runtime/programs.js";
import type { Feed, ParameterSpec, SamplerSpec, SpaceSpec, TravelSpec } from "../../runtime/specification.js";
import { normals, uniforms } from "../support/noise.js";
import { runOn } from "./engine-runs.js";
import type { Supply } from "./engine-runs.js";

export interface FedProgram {
  readonly program: LoweredProgram;
  readonly sizes: Sizes;
  readonly supply: Supply;
}

const batch = 8;

/** Every program of a model with inputs drawn from their spaces; schedules are computed by `reference`. */
export async function programsOf(model: LoweredModel, reference: Engine): Promise<readonly FedProgram[]> {
  const programs: FedProgram[] = [];
  const add = (program: LoweredProgram, more: Partial<Circumstances> = {}): void => {
    programs.push({
      program,
      sizes: { B: batch, K: more.nodes === undefined ? 1 : more.nodes.length - 1 },
      supply: supplyFor(model, { parameters: [], ...more }),
    });
  };
  const travelled = async (
    travel: TravelSpec<LoweredProgram>,
    parameters: readonly ParameterSpec[],
    space: SpaceSpec | null,
  ): Promise<void> => {
    if (travel.kind === "adaptive") {
      const nodes = [0.7 * travel.from + 0.3 * travel.to];
      return add(travel.field, { parameters, space, nodes });
    }
    const { nodes, every, last } = travel;
    for (const { schedule, step } of last === null ? [every] : [every, last]) {
      add(schedule, { parameters, nodes });
      const rows = await runOn(
        reference,
        schedule,
        { B: batch, K: nodes.length - 1 },
        supplyFor(model, { parameters, nodes }),
      );
      const place = Math.floor((nodes.length - 1) / 2);
      add(step, { parameters, space, rows, place, count: nodes.length - 1 });
    }
  };
  for (const { program, parameters } of model.objectives) add(program, { parameters });
  for (const sampler of model.samplers) {
    const { parameters } = sampler;
    const space = sampler.returns[0]?.space ?? null;
    if (sampler.kind === "program") {
      add(sampler.program, { parameters });
      continue;
    }
    add(sampler.start, { parameters });
    await travelled(sampler.travel, parameters, space);
    if (sampler.likelihood === null) continue;
    await travelled(sampler.likelihood.travel, parameters, space);
    add(sampler.likelihood.prior, { parameters, space });
  }
  return programs;
}

interface Circumstances {
  readonly parameters: readonly ParameterSpec[];
  readonly nodes: readonly number[];
  readonly space: SpaceSpec | null;
  readonly rows: ReadonlyMap<string, Float64Array>;
  /** Of the schedule's `count` rows, the one that a step is given. */
  readonly place: number;
  readonly count: number;
}

function supplyFor(
  model: LoweredModel,
  {
    parameters,
    nodes = [],
    space = null,
    rows,
    place = 0,
    count = 1,
  }: Partial<Circumstances> & Pick<Circumstances, "parameters">,
): Supply {
  return (feed, type) => {
    const size = type.shape.reduce((product, axis) => product * axis, 1);
    switch (feed.kind) {
      case "weight":
      case "copy": {
        const spec = model.weights.find(({ name }) => name === feed.weight);
        return spec === undefined ? [] : initialWeight(spec, 3);
      }
      case "reward":
        return uniforms(size, seedOf(feed.reward + feed.call)).map(Math.fround);
      case "normal":
        return normals(size, seedOf(feed.site)).map(Math.fround);
      case "uniform":
        return uniforms(size, seedOf(feed.site)).map(Math.fround);
      case "data":
        return inSpace(spaceOf(model, feed), size, seedOf(feed.draw + feed.data));
      case "parameter": {
        const spec = parameters.find(({ name }) => name === feed.parameter);
        const values = spec?.default ?? [0.5];
        return Array.from({ length: size }, (_, i) => values[i % values.length] ?? 0);
      }
      case "state":
        return space === null || type.dtype !== "real"
          ? new Float64Array(size)
          : inSpace(space, size, seedOf(feed.state));
      case "time":
      case "next time":
      case "earlier time":
        return Array.from({ length: size }, (_, i) => Math.fround(timeAt(nodes, Math.min(i, nodes.length - 2), feed)));
      case "rows":
        return Array.from({ length: size }, (_, i) => Math.fround(Math.sin(i + 1)));
      case "schedule": {
        const all = rows?.get(feed.row) ?? new Float64Array();
        const width = all.length / count;
        return all.slice(place * width, (place + 1) * width).map(Math.fround);
      }
    }
  };
}

/** Data sets of random rows in the spaces that the model declares. */
export function dataOf(model: LoweredModel, rows: number): DataSets {
  const array = (space: SpaceSpec, seed: number) => {
    const size = space.shape.reduce((product, axis) => product * axis, 1);
    return { data: Float32Array.from(inSpace(space, rows * size, seed)), shape: [rows, ...space.shape] };
  };
  return Object.fromEntries(
    model.data.map(({ name, fields }) => {
      const [first] = fields;
      if (first !== undefined && first.name === null) return [name, array(first.space, seedOf(name))];
      return [
        name,
        Object.fromEntries(
          fields.map((field) => [field.name ?? "", array(field.space, seedOf(`${name}.${field.name ?? ""}`))]),
        ),
      ];
    }),
  );
}

/** Values for the parameters of a sampler that have no default: the first class, one half. */
export function parametersOf({
  parameters,
}: Pick<SamplerSpec<LoweredProgram>, "parameters">): Readonly<Record<string, number>> {
  const open = parameters.filter((parameter) => parameter.default === null);
  return Object.fromEntries(open.map(({ name, space }) => [name, space.integer ? (space.low ?? 0) : 0.5]));
}

function spaceOf(model: LoweredModel, feed: Extract<Feed, { kind: "data" }>): SpaceSpec {
  const field = model.data.find(({ name }) => name === feed.data)?.fields.find(({ name }) => name === feed.field);
  if (field === undefined) throw new Error(`the data ${feed.data} is missing`);
  return field.space;
}

function inSpace({ low, high, open, integer }: SpaceSpec, size: number, seed: number): Float64Array {
  const u = uniforms(size, seed);
  if (low !== null && high !== null) {
    return u.map((value) =>
      integer
        ? Math.min(high, low + Math.floor(value * (high - low + 1)))
        : Math.fround(low + (0.05 + 0.9 * value) * (high - low)),
    );
  }
  const z = normals(size, seed).map(Math.fround);
  const bound = low;
  if (bound === null) return integer ? z.map(Math.round) : z;
  return z.map((value) =>
    integer ? bound + Math.abs(Math.round(value)) : Math.fround(bound + Math.exp(value / 2) + (open ? 0.01 : 0)),
  );
}

function seedOf(text: string): number {
  return Array.from(text).reduce((sum, letter) => (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) | 0, 7);
}
