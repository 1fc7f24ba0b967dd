/** Does a step that draws noise converge to the equation in Itô's sense? Its mean over one small step says so. */
import * as ir from "../ir/build.js";
import { numbersAt } from "../ir/constant-value.js";
import type { Value } from "../ir/value.js";
import { tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { newFrame } from "./context.js";
import { atTime } from "./process-law.js";
import { coefficient, forwardRun } from "./run.js";
import { stepCoordinates } from "./run-coordinates.js";
import { applyStep, memoryOf } from "./step.js";
import type { SamplerThing } from "./thing.js";

/** Nodes and weights that integrate polynomials of degree 5 against the standard normal density (Gauss-Hermite). */
const normalNodes = [[-Math.sqrt(3), 1 / 6], [0, 2 / 3], [Math.sqrt(3), 1 / 6]] as const;

/**
 * True where the step's mean drifts off by a part of ½ g ∂g/∂x: it looks at the diffusion elsewhere than where it starts, as
 * Stratonovich's integral does (methods 0.5). Nothing is said of steps that need a network, or more than one draw.
 */
export function isStratonovichStep({ run, step, correctors, name, span }: SamplerThing, c: Context): boolean {
  const process = stepCoordinates(run)?.process ?? run.process;
  const { dynamics } = process;
  if (dynamics.kind !== "sde" || dynamics.facts.additive || step.declaration === null) return false;
  const { shape } = process.space;
  const frame = newFrame("consistency");
  // What the trial reports is no mistake of the user's.
  const trial: Context = { ...c, frame, pureIn: null, owner: null, world: { ...c.world, diagnostics: [] } };
  const [x, t, s] = [ir.input("x", "real", shape), ir.input("t", "real", []), ir.input("s", "real", [])];
  const memory = memoryOf(step).map(({ initial }) => initial(tensor(x), { ...trial, scope: step.scope ?? c.scope }));
  const states = [{ shape }, ...memory.map((thing) => ({ shape: thing.kind === "tensor" ? thing.value.shape : [] }))];
  const alone = { kind: "sampler", name, run: forwardRun(process, span), step, correctors, span } as const;
  const [next] = applyStep(alone, step, [tensor(x), ...memory], [t, s], states, trial) ?? [];
  const [noise, more] = frame.inputs;
  if (next === undefined || noise === undefined || more !== undefined || noise.feed.kind !== "normal") return false;
  const count = shape.reduce((a, b) => a * b, 1);
  const [start, end] = process.range;
  const [at, h] = [start + 0.37 * (end - start), 1e-5 * (end - start)];
  const place: readonly (readonly [Value, readonly number[]])[] = [[x, Array.from({ length: count }, (_, i) => 0.7 + (0.5 * i) / count)], [t, [at]], [s, [at + h]]];
  const first = (values: readonly Value[], z: number): readonly number[] | null => {
    const found = numbersAt(values, new Map([...place, [noise.value, Array.from({ length: count }, () => z)]]));
    return found?.map((numbers) => numbers[0] ?? Number.NaN) ?? null;
  };
  const bend = atTime(dynamics.facts.divergence, process, t, new Map([[process.state, x]]));
  const known = first([coefficient(process, dynamics.drift, x, t), bend], 0);
  const means = normalNodes.map(([z, weight]) => weight * ((first([next], z)?.[0] ?? Number.NaN) - 0.7));
  const [drift = Number.NaN, divergence = Number.NaN] = known ?? [];
  // ½ g ∂g/∂x is a quarter of ∂(g²)/∂x. A step with another drift of its own adds what it likes.
  const part = (means.reduce((a, b) => a + b, 0) / h - drift) / (divergence / 4);
  return part > 0.1 && part < 1.1;
}
