/** The lowered graphs of a sampler's steps run one by one in float64, nothing rounded in between: what the scheme itself does. */
import { run } from "../../compiler/ir/evaluate.js";
import type { LoweredModel, LoweredProgram } from "../../compiler/lower/model.js";
import { array64, referenceOps } from "../../runtime/engines/reference.js";
import type { Array64 } from "../../runtime/engines/reference.js";
import { timeAt } from "../../runtime/specification.js";
import type { Feed } from "../../runtime/specification.js";

export type States = Readonly<Record<string, Float64Array>>;

export interface Steps {
  readonly nodes: readonly number[];
  /** The state after the step with this number; `noise` gives the numbers of each draw. */
  readonly take: (states: States, step: number, noise?: (size: number) => ArrayLike<number>) => States;
  /** The states at the start, x as given. */
  readonly begin: (x: ArrayLike<number>) => States;
  /** The states at the start as its law makes them of the numbers of each draw. */
  readonly draw: (noise: (size: number) => ArrayLike<number>) => States;
  /** The last step is taken without noise. */
  readonly denoise: boolean;
}

/** The steps of the solver `name` for `count` samples; all networks must be exact functions. */
export function float64Steps(model: LoweredModel, name: string, count: number): Steps {
  const sampler = model.samplers.find((candidate) => candidate.name === name);
  if (sampler?.kind !== "solver" || sampler.travel.kind !== "grid") throw new Error(`${name} is no solver on a grid`);
  const { states, travel, start, parameters } = sampler;
  const { nodes } = travel;
  const fed = (
    program: LoweredProgram,
    give: (feed: Feed, size: number) => ArrayLike<number>,
    sizes: Readonly<Record<string, number>>,
  ): Record<string, Array64> => {
    const inputs = program.program.inputs.map((value, place) => {
      const shape = value.shape.map((dim) => (typeof dim === "number" ? dim : (sizes[dim] ?? 1)));
      const feed = program.feeds[place];
      if (feed === undefined) throw new Error("an input without a source");
      const size = shape.reduce((a, b) => a * b, 1);
      const values =
        feed.kind === "parameter"
          ? (parameters.find((p) => p.name === feed.parameter)?.default ?? [])
          : give(feed, size);
      return [value.params.name ?? "", array64(Array.from(values), shape, value.dtype)] as const;
    });
    return Object.fromEntries(inputs);
  };
  const draw: Steps["draw"] = (noise) => {
    const outputs = run(
      start.program,
      fed(start, (_, size) => noise(size), { B: count }),
      referenceOps,
      { B: count },
    );
    return Object.fromEntries(states.map((state) => [state.name, outputs[state.name]?.data ?? new Float64Array()]));
  };
  return {
    nodes,
    denoise: travel.denoise,
    draw,
    begin: (x) => ({ ...draw((size) => new Float64Array(size)), x: Float64Array.from(x) }),
    take(state, step, noise = (size) => new Float64Array(size)) {
      const spec = step === nodes.length - 2 && travel.last !== null ? travel.last : travel.every;
      const times = fed(spec.schedule, (feed) => [timeAt(nodes, step, feed)], { K: 1 });
      const rows = run(spec.schedule.program, times, referenceOps, { K: 1 });
      const inputs = fed(
        spec.step,
        (feed, size) => {
          if (feed.kind === "state") return state[feed.state] ?? [];
          if (feed.kind === "schedule") return rows[feed.row]?.data ?? [];
          return feed.kind === "normal" ? noise(size) : [];
        },
        { B: count },
      );
      const outputs = run(spec.step.program, inputs, referenceOps, { B: count });
      return Object.fromEntries(
        states.map(({ name: of }) => [of, outputs[of]?.data ?? state[of] ?? new Float64Array()]),
      );
    },
  };
}

/** Where x = `from` is led in float64 without noise. */
export function arrive(model: LoweredModel, name: string, from: ArrayLike<number>): Float64Array {
  const steps = float64Steps(model, name, from.length);
  let states = steps.begin(from);
  for (let step = 0; step < steps.nodes.length - 1; step += 1) states = steps.take(states, step);
  return states["x"] ?? new Float64Array();
}
