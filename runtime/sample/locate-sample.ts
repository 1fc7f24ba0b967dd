/** In which step and operation does one sample leave the finite numbers? It is followed alone, on the reference engine. */
import { isHeld } from "../engines/engine.js";
import { array64, referenceOps } from "../engines/reference.js";
import type { Array64 } from "../engines/reference.js";
import { runChecked } from "../locate.js";
import type { Culprit } from "../locate.js";
import { elements } from "../ndarray.js";
import { inputType, need, openDraw } from "../programs.js";
import type { Sizes } from "../programs.js";
import { standingInput } from "../session.js";
import type { Call, Session } from "../session.js";
import { timeAt } from "../specification.js";
import type { InputSpec, ProgramSpec, SamplerSpec } from "../specification.js";

export interface LostSample {
  /** Counted from 0; 0 for a sampler without steps. */
  readonly step: number;
  readonly culprit: Culprit;
}

/** The names of the random streams of a solver's start and of its steps. */
export function startOf(call: Call): Call {
  return { ...call, scope: `${call.scope}/start` };
}
export function stepsOf(call: Call): Call {
  return { ...call, scope: `${call.scope}/step` };
}

/** Null where the sample alone stays finite, or the steps are not known in advance. */
export async function locateSample(
  session: Session,
  call: Call,
  sampler: SamplerSpec,
  sample: number,
): Promise<LostSample | null> {
  const { precision } = session.engine;
  const one = { B: 1 };
  if (sampler.kind === "program") {
    const inputs = await standing(session, call, sampler.program, one, sample, () => null);
    const { culprit } = runChecked(sampler.program, inputs, one, precision);
    return culprit === null ? null : { step: 0, culprit };
  }
  const { start, travel } = sampler;
  const started = await standing(session, startOf(call), start, one, sample, () => null);
  const first = runChecked(start, started, one, precision);
  if (first.culprit !== null) return { step: 0, culprit: first.culprit };
  if (travel.kind === "adaptive") return null;

  const moving = stepsOf(call);
  const steps = travel.nodes.length - 1;
  let states = first.outputs;
  for (let step = 0; step < steps; step++) {
    const isLast = step === steps - 1;
    const spec = isLast && travel.last !== null ? travel.last : travel.every;
    const scheduled = await standing(session, moving, spec.schedule, { K: 1 }, 0, ({ from }) =>
      array64([timeAt(travel.nodes, step, from)], [1]),
    );
    const schedule = runChecked(spec.schedule, scheduled, { K: 1 }, "float64");
    if (schedule.culprit !== null) return { step, culprit: schedule.culprit };
    const inputs = await standing(session, moving, spec.step, one, sample, (input) => {
      const { from } = input;
      if (from.kind === "state") return need(states[from.state], from.state);
      if (from.kind === "schedule") {
        const row = need(schedule.outputs[from.row], from.row);
        const data = precision === "float32" ? row.data.map(Math.fround) : row.data;
        return referenceOps.reshape({ ...row, data }, row.shape.slice(1));
      }
      if (from.kind !== "normal" && from.kind !== "uniform") return null;
      const { shape } = inputType(input, one);
      const out = new Float32Array(elements(shape));
      const isSilent = isLast && travel.denoise && from.kind === "normal";
      if (!isSilent) openDraw({ ...input, from }, moving.seed, moving.scope)(out, step, sample);
      return array64(out, shape);
    });
    const { culprit, outputs } = runChecked(spec.step, inputs, one, precision);
    if (culprit !== null) return { step, culprit };
    states = { ...states, ...outputs };
  }
  return null;
}

/** The inputs of a program by name: what `changing` gives, else what stands for the whole call. */
async function standing(
  session: Session,
  call: Call,
  program: ProgramSpec,
  sizes: Sizes,
  first: number,
  changing: (input: InputSpec) => Array64 | null,
): Promise<Record<string, Array64>> {
  const inputs: Record<string, Array64> = {};
  for (const input of program.inputs) {
    const given = changesByStep(input) ? changing(input) : null;
    if (given !== null) {
      inputs[input.name] = given;
      continue;
    }
    const value = need(standingInput(session, call, input, sizes, first), input.name);
    const { data, shape, dtype } = isHeld(value) ? await value.read() : value;
    inputs[input.name] = array64(data, shape, dtype);
  }
  return inputs;
}

function changesByStep(input: InputSpec): boolean {
  return (
    input.from.kind !== "weight" &&
    input.from.kind !== "copy" &&
    input.from.kind !== "parameter" &&
    input.from.kind !== "data"
  );
}
