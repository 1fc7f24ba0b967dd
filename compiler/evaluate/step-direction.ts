/** Does a step bring its noise into the state, and does it go the way of its run? */
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { tensor } from "./arithmetic.js";
import type { Context, Frame } from "./context.js";
import { newFrame, report } from "./context.js";
import { driftOf, isStochastic } from "./run.js";
import { applyStep, memoryOf } from "./step.js";
import type { Process, SamplerThing } from "./thing.js";
import { inputsBelow, numbersAtTrial } from "./trial-numbers.js";

/** What a step makes of placeholders, with the noises it draws; null where that is not known. What the trial reports is reported again by the step itself. */
function tried(
  sampler: SamplerThing,
  process: Process,
  c: Context,
): { readonly x: Value; readonly t: Value; readonly s: Value; readonly next: Value; readonly frame: Frame } | null {
  const { step } = sampler;
  if (step.declaration === null || process.dynamics.kind === "system") return null;
  const { shape } = process.space;
  const frame = newFrame("consistency");
  const trial: Context = { ...c, frame, pureIn: null, owner: null, world: { ...c.world, diagnostics: [] } };
  const [x, t, s] = [ir.input("x", "real", shape), ir.input("t", "real", []), ir.input("s", "real", [])];
  const memory = memoryOf(step).map(({ initial }) => initial(tensor(x), { ...trial, scope: step.scope ?? c.scope }));
  const states = [{ shape }, ...memory.map((thing) => ({ shape: thing.kind === "tensor" ? thing.value.shape : [] }))];
  const [next] = applyStep(sampler, step, [tensor(x), ...memory], [t, s], states, trial) ?? [];
  return next === undefined ? null : { x, t, s, next, frame };
}

/** True after reporting that no noise that a step of a process with noise draws comes into the state. */
export function reportLostNoise(
  { run, step }: SamplerThing,
  next: readonly Value[],
  noises: readonly Value[],
  c: Context,
): boolean {
  if (!isStochastic(run) || inputsBelow(next).some((input) => noises.includes(input))) return false;
  report(c, catalogue.illegalStep, step.span, {
    step: step.name,
    use: "step this process",
    reason: "the process has noise, but none that the step draws comes into the state",
    instead: "Use a step that adds its noise, such as `euler_maruyama`, or run its `probability_flow`.",
  });
  return true;
}

/** True where a flow's step of the modeller's own moves against its drift, whatever the state: h is then t - s where it should be s - t. */
export function goesBackwards(sampler: SamplerThing, ends: readonly [number, number], c: Context): boolean {
  const { run } = sampler;
  if (
    isStochastic(run) ||
    run.mode === "redrift" ||
    sampler.step.declaration === null ||
    c.world.library.has(sampler.step.declaration.span.source)
  )
    return false;
  const found = tried(sampler, run.process, c);
  if (found === null || found.frame.inputs.length > 0) return false;
  const drift = driftOf(run, tensor(found.x), tensor(found.t), run.span, {
    ...c,
    frame: newFrame("drift"),
    world: { ...c.world, diagnostics: [] },
  });
  if (drift.kind !== "tensor") return false;
  const at = ends[0] + 0.37 * (ends[1] - ends[0]);
  const h = 1e-4 * (ends[1] - ends[0]);
  return [1, 2, 3].every((trial) => {
    const numbers = numbersAtTrial([found.next, found.x, drift.value], trial, (input, fraction) =>
      input === found.t ? at : input === found.s ? at + h : fraction - 0.4,
    );
    const [next = [], from = [], rate = []] = numbers ?? [];
    const moved = next.map((value, i) => value - (from[i] ?? 0));
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
    return (
      dot(moved, rate) * h < -0.5 * Math.sqrt(dot(moved, moved) * dot(rate, rate)) * Math.abs(h) &&
      dot(moved, moved) > 0
    );
  });
}
