/** What is computed before the application is asked for its rewards: the arguments of every question, without gradients. */
import type { RolloutSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import type { Context, Frame } from "../evaluate/context.js";
import { report } from "../evaluate/context.js";
import { finish, overBatch, weightInputsOfTraining } from "./batched.js";
import type { BatchedInputs } from "./batched.js";
import type { LoweredProgram } from "./model.js";

/** Null if nothing is asked; "failed" after reporting that a gradient would be lost. */
export function lowerRollout(frame: Frame, name: string, batch: BatchedInputs, c: Context): RolloutSpec<LoweredProgram> | null | "failed" {
  const asks = frame.noted.filter((entry) => entry.kind === "ask");
  if (asks.length === 0) return null;
  const weights = new Set([...c.world.weights.values()].map(({ value }) => value));
  const learning = asks.find(({ values }) => values.some((value) => isReachedBy(value, weights)));
  if (learning !== undefined) {
    report(c, catalogue.gradientOfAnswer, learning.span, { reward: learning.reward });
    return "failed";
  }
  const outputs = asks.flatMap(({ call, values }) => {
    const lifted = overBatch(values, batch.map);
    return lifted.values.map((value, place) => ({
      name: argumentName(call, place),
      value: lifted.batched[place] === true ? value : ir.broadcast(value, ["B", ...value.shape]),
    }));
  });
  const program = finish(`${name}_rollout`, `What the rewards of \`${name}\` are asked about.`, outputs, [...weightInputsOfTraining(c.world), ...batch.inputs]);
  return {
    program,
    asks: asks.map(({ reward, call, range, axes, values }) => ({ reward, call, range, axes, arguments: values.map((_, place) => argumentName(call, place)) })),
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
