/** What does a step do with numbers? It is tried on the process itself, forward, where no network is needed. */
import * as ir from "../ir/build.js";
import { numbersAt } from "../ir/constant-value.js";
import type { Value } from "../ir/value.js";
import { tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { newFrame } from "./context.js";
import { forwardRun } from "./run.js";
import { stepCoordinates } from "./run-coordinates.js";
import { applyStep, memoryOf } from "./step.js";
import type { Process, SamplerThing } from "./thing.js";

export interface Trial {
  /** What is stepped: the coordinates' process where steps are taken in them. */
  readonly process: Process;
  /** Every number of the state at x from time t to s, each draw z: the first number after, with graphs of x and t beside it. */
  readonly at: (x: number, t: number, s: number, z: number) => number;
  /** Numbers of graphs of the state's and the time's placeholders. */
  readonly numbers: (graphs: (x: Value, t: Value) => readonly Value[], x: number, t: number) => readonly number[];
}

/** Null of steps that need a network, or draw otherwise than once from a normal law. */
export function trialOf({ run, step, correctors, name, span }: SamplerThing, c: Context): Trial | null {
  const process = stepCoordinates(run)?.process ?? run.process;
  if (process.dynamics.kind !== "sde" || step.declaration === null) return null;
  const { shape } = process.space;
  const frame = newFrame("trial");
  // What the trial reports is no mistake of the user's.
  const trial: Context = { ...c, frame, pureIn: null, owner: null, world: { ...c.world, diagnostics: [] } };
  const [x, t, s] = [ir.input("x", "real", shape), ir.input("t", "real", []), ir.input("s", "real", [])];
  const memory = memoryOf(step).map(({ initial }) => initial(tensor(x), { ...trial, scope: step.scope ?? c.scope }));
  const states = [{ shape }, ...memory.map((thing) => ({ shape: thing.kind === "tensor" ? thing.value.shape : [] }))];
  const alone = { kind: "sampler", name, run: forwardRun(process, span), step, correctors, span } as const;
  const [next] = applyStep(alone, step, [tensor(x), ...memory], [t, s], states, trial) ?? [];
  const [noise, more] = frame.inputs;
  if (next === undefined || noise === undefined || more !== undefined || noise.feed.kind !== "normal") return null;
  const filled = (value: Value, number: number): readonly [Value, readonly number[]] => [value, Array.from({ length: value.shape.reduce<number>((a, b) => a * Number(b), 1) }, () => number)];
  const first = (values: readonly Value[], leaves: readonly (readonly [Value, readonly number[]])[]): readonly number[] =>
    values.map((value) => numbersAt([value], new Map(leaves))?.[0]?.[0] ?? Number.NaN);
  return {
    process,
    at: (from, start, end, z) => first([next], [filled(x, from), filled(t, start), filled(s, end), filled(noise.value, z)])[0] ?? Number.NaN,
    numbers: (graphs, from, start) => first(graphs(x, t), [filled(x, from), filled(t, start)]),
  };
}
