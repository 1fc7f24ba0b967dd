/** Does a function given for one that hands its argument back do anything else? */
import type { Span } from "../../grammar/source.js";
import type { Parameter } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { real, tensor } from "./arithmetic.js";
import { applyClosure } from "./call.js";
import type { Context } from "./context.js";
import { newFrame, report } from "./context.js";
import type { Thing } from "./thing.js";
import { numbersAtTrial } from "./trial-numbers.js";

/** Warns where a parameter `f: fn = fn(e, …) = e` is given a function that, tried with numbers, gives e as well. */
export function warnOfNoChange(parameter: Parameter, given: Thing, span: Span, c: Context): void {
  const place = handedBack(parameter);
  if (place === null || given.kind !== "closure") return;
  const { source } = given;
  // A function that plainly says so is meant.
  if (source.body?.kind === "value" && source.body.value.kind === "reference") return;
  const things = (source.parameters ?? []).map((_, index) => tensor(ir.input(`argument ${index}`, "real", [3])));
  const argument = things[place];
  if (argument === undefined) return;
  const before = c.world.diagnostics.length;
  const result = applyClosure(given, things, span, { ...c, frame: newFrame(given.name) });
  const failed = c.world.diagnostics.length > before;
  c.world.diagnostics.length = before;
  if (failed || result.kind !== "tensor") return;
  for (const trial of [1, 2, 3]) {
    const numbers = numbersAtTrial([real(result.value), argument.value], trial, (_, fraction) => 2 * fraction - 1);
    const [after = [], own = []] = numbers ?? [];
    if (
      after.length !== own.length ||
      !own.every((number, index) => Math.abs(number - (after[index] ?? Number.NaN)) < 1e-9)
    )
      return;
  }
  report(c, catalogue.changesNothing, span, {
    parameter: parameter.name.text,
    argument: source.parameters?.[place]?.name.text ?? "its argument",
  });
}

/** The place of the parameter that a default fn returns as it is; null for any other default. */
function handedBack({ type, default: initial }: Parameter): number | null {
  if (type?.kind !== "kind type" || type.keyword !== "fn" || initial?.kind !== "fn" || initial.body.kind !== "value")
    return null;
  const { value } = initial.body;
  const place = value.kind === "reference" ? initial.parameters.findIndex((own) => own.name.text === value.text) : -1;
  return place < 0 ? null : place;
}
