/** What does a compiled program compute, in float64? */
import { run } from "../../compiler/ir/evaluate.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import { referenceOps } from "../../runtime/engines/reference.js";
import { lowered } from "./model.js";

/** The numbers that a sampler without draws returns, one list per returned value. */
export function programNumbers(
  model: string | LoweredModel,
  name: string,
  parameters: Readonly<Record<string, readonly number[]>> = {},
): readonly (readonly number[])[] {
  const { samplers } = typeof model === "string" ? lowered(model) : model;
  const sampler = samplers.find((known) => known.name === name);
  if (sampler?.kind !== "program") throw new Error(`no program ${name}`);
  const { program } = sampler.program;
  const inputs = Object.fromEntries(
    program.inputs.map((input) => {
      const known = input.params.name ?? "";
      const shape = input.shape.map((size) => (typeof size === "number" ? size : 1));
      const spec = sampler.parameters.find((parameter) => parameter.name === known);
      const numbers = parameters[known] ?? spec?.default ?? [];
      return [known, { dtype: "real" as const, shape, data: Float64Array.from(numbers) }];
    }),
  );
  const results = run(program, inputs, referenceOps, { B: 1 });
  return program.outputs.map((output) => Array.from(results[output.name]?.data ?? []));
}
