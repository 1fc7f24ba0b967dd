/** How a deterministic sampler becomes a likelihood: its solver, run on the state beside the trace of its Jacobian. */
import type { LikelihoodSpec, StateSpec } from "../../runtime/specification.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { real, tensor } from "../evaluate/arithmetic.js";
import { finish, overBatch } from "./batched.js";
import type { Context, Frame } from "../evaluate/context.js";
import { newFrame, newInput } from "../evaluate/context.js";
import { gridOf, untilOf } from "../evaluate/grid.js";
import { logProb } from "../evaluate/laws.js";
import type { LoweredProgram } from "./model.js";
import { stepCoordinates } from "../evaluate/run-coordinates.js";
import { driftOf, logDet } from "../evaluate/run.js";
import type { Job } from "./step.js";
import { lowerField, stepPrograms, tolerances, wholeStep } from "./step.js";
import { drawsNoise, memoryOf, stepResult } from "../evaluate/step.js";
import type { Run, Thing } from "../evaluate/thing.js";
import { poison } from "../evaluate/thing.js";

/** Up to this many coordinates the divergence is summed exactly; beyond, by random probes. */
const exactTraceLimit = 16;

/** The same solver on the state with log_det, from the data to the known end. */
export function lowerLikelihood(
  job: () => Job,
  ends: readonly [number, number],
  c: Context,
): LikelihoodSpec<LoweredProgram> | null {
  const { sampler, name } = job();
  const { run: flow, step, correctors } = sampler;
  const { process } = flow;
  if (process.dynamics.kind === "system") return null;
  if (
    flow.mode !== "flow" ||
    correctors.length > 0 ||
    process.known === null ||
    (step.declaration !== null && drawsNoise(step))
  )
    return null;
  if (step.declaration !== null && (memoryOf(step).length > 0 || stepCoordinates(flow) !== null)) return null;
  const size = process.space.shape.reduce((a, b) => a * b, 1);
  const exact = size <= exactTraceLimit;
  const names = ["x", logDet];
  const frame = newFrame(`${name}_likelihood`);
  const run: Run = { ...flow, probe: exact ? null : randomSigns(frame, process.space.shape) };
  const states: StateSpec[] = names.map((state) => ({
    name: state,
    shape: state === logDet ? [] : process.space.shape,
    perSample: true,
  }));
  const inputs = states.map((state) => ir.input(state.name, "real", state.shape));
  const record = (): Thing => ({
    kind: "record",
    fields: new Map(names.map((state, place) => [state, tensor(inputs[place] ?? ir.scalar(0))])),
  });
  const fieldsOf = (thing: Thing): readonly Thing[] =>
    thing.kind === "record" ? names.map((state) => thing.fields.get(state) ?? poison) : [poison];
  const x = ir.input("x", "real", process.space.shape);
  const density = logProb(process.known, tensor(x), run.span, c);
  if (density.kind !== "tensor") return null;
  const batchedX = ir.input("x", "real", ["B", ...process.space.shape]);
  const lifted = overBatch([real(density.value)], new Map([[x, batchedX]]));
  const prior = finish(
    `${name}_prior`,
    `Log-density of the law at time ${ends[0]}.`,
    [{ name: "log_prob", value: lifted.values[0] ?? density.value }],
    [...job().extras, { value: batchedX, feed: { kind: "state", state: "x" } }],
  );
  const common = { states, prior, trace: exact ? "exact" : "hutchinson" } as const;
  if (step.declaration === null) {
    const end = untilOf(ends, step.options, c);
    const field = lowerField(job, inputs, names, frame, (t) =>
      fieldsOf(driftOf(run, record(), tensor(t), step.span, c)),
    );
    return field === null || end === null
      ? null
      : { ...common, travel: { kind: "adaptive", from: end, to: ends[0], ...tolerances(step), field } };
  }
  const nodes = gridOf({ ...run, from: ends[0], to: ends[1] }, step.options, step.span, c);
  const t = ir.input("t", "real", []);
  const s = ir.input("s", "real", []);
  const said = c.world.diagnostics.length;
  const result = stepResult({ ...sampler, run }, step, [record()], [t, s], { ...c, frame, pureIn: null, owner: null });
  const values = fieldsOf(result).flatMap((thing) => (thing.kind === "tensor" ? [real(thing.value)] : []));
  if (nodes === null || values.length < names.length) {
    // The step is right, as was seen, but reads its state as one tensor (through a prediction): it has no likelihood.
    c.world.diagnostics.length = said;
    return null;
  }
  const every = stepPrograms(job, `${name}_likelihood`, wholeStep(states, inputs, [t, s], values, frame));
  return { ...common, travel: { kind: "grid", nodes: [...nodes].reverse(), every, last: null, denoise: false } };
}

/** -1 or 1 with equal chance (Hutchinson 1989): drawn once and kept along the path. */
function randomSigns(frame: Frame, shape: readonly number[]): Value {
  const u = newInput(frame, "probe_uniform", shape, { kind: "uniform", site: `${frame.name}.probe` }, true);
  return ir.sub(ir.mul(ir.scalar(2), ir.toReal(ir.less(u, ir.scalar(0.5)))), ir.scalar(1));
}
