/** What do steps over known nodes need that no sample changes? Rows for all of them at once, in float64 as far as times alone go. */
import type { HeldTensor, TensorProgram } from "../engines/engine.js";
import { inputType, need } from "../programs.js";
import { standingInput, tensorProgram } from "../session.js";
import type { Call, Session } from "../session.js";
import { timeAt } from "../specification.js";
import type { InputSpec, ProgramSpec } from "../specification.js";

/**
 * The schedule's outputs for the steps first, first + 1, …, each [length, …]. Times stand in the program as constants, so
 * that every engine computes what depends on them alone while it traces, in float64: a kernel whose exponentials cancel
 * or pass 10^38 on the way keeps the digits of its value. What weights enter is computed on the engine.
 */
export async function runSchedule(
  session: Session,
  call: Call,
  schedule: ProgramSpec,
  nodes: readonly number[],
  first: number,
  length: number,
): Promise<ReadonlyMap<string, HeldTensor>> {
  const standing = schedule.inputs.filter((input) => !isTime(input));
  const whole = tensorProgram(schedule, { K: length });
  const program: TensorProgram = {
    ...whole,
    inputs: standing.map((input) => inputType(input, { K: length })),
    build(o, values) {
      const given = new Map(standing.map((input, i) => [input, need(values[i], input.name)]));
      const timesOf = ({ from }: InputSpec): number[] =>
        Array.from({ length }, (_, i) => timeAt(nodes, first + i, from));
      return whole.build(
        o,
        schedule.inputs.map((input) => given.get(input) ?? o.constant(timesOf(input), [length])),
      );
    },
  };
  const key = `steps from ${first} at ${nodes.join()}`;
  const executable = await session.executable(schedule, key, () => program);
  const inputs = standing.map((input) => need(standingInput(session, call, input, { K: length }, 0), input.name));
  const outputs = await executable.run(inputs);
  return new Map(schedule.outputs.map((name, i) => [name, need(outputs[i], name)]));
}

function isTime({ from }: InputSpec): boolean {
  return from.kind === "time" || from.kind === "next time" || from.kind === "earlier time";
}
