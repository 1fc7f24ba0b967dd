/** What is computed before the application is asked for its rewards: the arguments of every question, without gradients. */
import type { RolloutSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import type { Context, Frame, Noted } from "../evaluate/context.js";
import { report } from "../evaluate/context.js";
import { finish, overBatch } from "./batched.js";
import type { BatchedInputs, ExtraInput } from "./batched.js";
import type { LoweredProgram } from "./model.js";

/** Whether a gradient would be lost in what an objective asks for; true after reporting. */
export function losesGradient(frame: Frame, c: Context): boolean {
  const weights = new Set([...c.world.weights.values()].map(({ value }) => value));
  const learning = asksOf(frame).find(({ values }) => values.some((value) => isReachedBy(value, weights)));
  if (learning !== undefined) report(c, catalogue.gradientOfAnswer, learning.span, { reward: learning.reward });
  return learning !== undefined;
}

function asksOf(frame: Frame): readonly Extract<Noted, { kind: "ask" }>[] {
  return frame.noted.filter((entry) => entry.kind === "ask");
}

/** The program of the questions, which takes `inputs` beside the draws of the batch; null if nothing is asked. */
export function lowerRollout(
  frame: Frame,
  name: string,
  batch: BatchedInputs,
  inputs: readonly ExtraInput[],
): RolloutSpec<LoweredProgram> | null {
  const asks = asksOf(frame);
  if (asks.length === 0) return null;
  const outputs = asks.flatMap(({ call, values }) => {
    const lifted = overBatch(values, batch.map);
    return lifted.values.map((value, place) => ({
      name: argumentName(call, place),
      value: lifted.batched[place] === true ? value : ir.broadcast(value, ["B", ...value.shape]),
    }));
  });
  const program = finish(`${name}_rollout`, `What the rewards of \`${name}\` are asked about.`, outputs, [
    ...inputs,
    ...batch.inputs,
  ]);
  return {
    program,
    asks: asks.map(({ reward, call, range, axes, values }) => ({
      reward,
      call,
      range,
      axes,
      arguments: values.map((_, place) => argumentName(call, place)),
    })),
  };
}

function argumentName(call: number, place: number): string {
  return `question ${call} argument ${place}`;
}

/** Whether a gradient would pass from the value to one of the weights. */
function isReachedBy(value: Value, weights: ReadonlySet<Value>): boolean {
  const seen = new Set<Value>();
  const open = [value];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at) || at.op === "stopGradient") continue;
    if (weights.has(at)) return true;
    seen.add(at);
    open.push(...at.inputs);
  }
  return false;
}
