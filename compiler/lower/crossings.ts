/** What does an objective that looks across the samples of a batch hand out beside its loss, and may it look so? */
import { catalogue } from "../diagnostics/catalogue.js";
import type { Context, Crossing, Frame } from "../evaluate/context.js";
import { report } from "../evaluate/context.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { leavesBefore, leavesOf } from "./batched.js";

export function crossingName(place: number): string {
  return `crossing ${place + 1}`;
}

/** The greatest error of each crossing; it is the same for all samples. */
export function crossingOutputs(
  crossings: readonly Crossing[],
  errors: readonly Value[],
): { name: string; value: Value }[] {
  return crossings.map((_, place) => ({
    name: crossingName(place),
    value: ir.reduceMax(errors[place] ?? ir.scalar(0), [0]),
  }));
}

/** Whether the loss reads what was drawn together with a sample that got another partner; reported. */
export function leftBehind(total: Value, frame: Frame, c: Context): boolean {
  const read = leavesBefore([total], (value) => value.op === "across");
  for (const { value, span } of frame.repaired) {
    const own = leavesOf([value]);
    for (const { value: input, feed } of frame.inputs) {
      const isBeside =
        feed.kind === "data" &&
        read.has(input) &&
        !own.has(input) &&
        !frame.repaired.some((entry) => leavesOf([entry.value]).has(input));
      if (!isBeside) continue;
      const isTogether = frame.inputs.some(
        (other) => own.has(other.value) && other.feed.kind === "data" && other.feed.draw === feed.draw,
      );
      if (!isTogether) continue;
      report(c, catalogue.repairedApart, span, { field: feed.field ?? feed.data });
      return true;
    }
  }
  return false;
}
