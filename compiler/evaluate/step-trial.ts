/** What does a step do with numbers? It is tried on a run, with a number in place of every score that is asked for. */
import * as ir from "../ir/build.js";
import { numbersAt } from "../ir/constant-value.js";
import { valuesInOrder } from "../ir/order.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { newFrame } from "./context.js";
import { predictionOf } from "./independent-target.js";
import { stepCoordinates } from "./run-coordinates.js";
import { applyStep, memoryOf } from "./step.js";
import type { Process, Run, SamplerThing } from "./thing.js";

/** Numbers of which all places of the state, the draw and the score are filled. */
export interface Place {
  readonly x: number;
  readonly t: number;
  readonly s?: number;
  readonly z?: number;
  readonly score?: number;
}

export interface Trial {
  /** What is stepped: the coordinates' process where steps are taken in them. */
  readonly process: Process;
  /** The first number of the state after the step; not a number where a network is needed for it. */
  readonly after: (place: Place) => number;
  /** First numbers of graphs of the state's and the time's placeholders. */
  readonly numbers: (graphs: (x: Value, t: Value) => readonly Value[], place: Place) => readonly number[];
  /** Whether the step asks for a score. */
  readonly asksScore: boolean;
}

/** Of a run of the same process; null of steps that draw otherwise than once from a normal law. */
export function trialOf({ step, correctors, name, span }: SamplerThing, run: Run, c: Context): Trial | null {
  const process = stepCoordinates(run)?.process ?? run.process;
  if (process.dynamics.kind !== "sde" || step.declaration === null) return null;
  const { shape } = process.space;
  const frame = newFrame("trial");
  // What the trial reports is no mistake of the user's.
  const trial: Context = { ...c, frame, pureIn: null, owner: null, world: { ...c.world, diagnostics: [] } };
  const [x, t, s] = [ir.input("x", "real", shape), ir.input("t", "real", []), ir.input("s", "real", [])];
  const memory = memoryOf(step).map(({ initial }) => initial(tensor(x), { ...trial, scope: step.scope ?? c.scope }));
  const states = [{ shape }, ...memory.map((thing) => ({ shape: thing.kind === "tensor" ? thing.value.shape : [] }))];
  const [made] =
    applyStep(
      { kind: "sampler", name, run, step, correctors, span },
      step,
      [tensor(x), ...memory],
      [t, s],
      states,
      trial,
    ) ?? [];
  const [noise, more] = frame.inputs;
  if (made === undefined || noise === undefined || more !== undefined || noise.feed.kind !== "normal") return null;
  const scores = new Map(
    valuesInOrder([made]).flatMap((value) =>
      predictionOf(value)?.quantity === "score" ? [[value, ir.input("score", "real", value.shape)] as const] : [],
    ),
  );
  const [next = made] = substitute([made], scores);
  const filled = (value: Value, number = Number.NaN): readonly [Value, readonly number[]] => [
    value,
    Array.from({ length: value.shape.reduce<number>((a, b) => a * Number(b), 1) }, () => number),
  ];
  const first = (values: readonly Value[], place: Place): readonly number[] => {
    const leaves = new Map([
      filled(x, place.x),
      filled(t, place.t),
      filled(s, place.s),
      filled(noise.value, place.z),
      ...[...scores.values()].map((score) => filled(score, place.score)),
    ]);
    return values.map((value) => numbersAt([value], leaves)?.[0]?.[0] ?? Number.NaN);
  };
  return {
    process,
    after: (place) => first([next], place)[0] ?? Number.NaN,
    numbers: (graphs, place) => first(graphs(x, t), place),
    asksScore: scores.size > 0,
  };
}

/** Nodes and weights that integrate polynomials of degree 5 against the standard normal density (Gauss-Hermite). */
const normalNodes = [
  [-Math.sqrt(3), 1 / 6],
  [0, 2 / 3],
  [Math.sqrt(3), 1 / 6],
] as const;

/** E[x' - x] / (s - t) of the step from a place. */
export function meanRate(trial: Trial, { x, t, s = t, score }: Place): number {
  const change = normalNodes.reduce(
    (sum, [z, weight]) => sum + weight * (trial.after({ x, t, s, z, ...(score === undefined ? {} : { score }) }) - x),
    0,
  );
  return change / (s - t);
}
