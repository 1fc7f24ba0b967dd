/** What did each stage of the compiler make of a file? */
import type { Compilation } from "../index.js";
import type { LoweredModel, LoweredProgram } from "../lower/model.js";
import type { SamplerSpec, StepSpec, TravelSpec } from "../../runtime/specification.js";

export const stages = ["tree", "model", "facts", "ir", "grad", "ts"] as const;
export type Stage = (typeof stages)[number];

export function isStage(word: string): word is Stage {
  return stages.some((stage) => stage === word);
}

/** The stage as text, or null where an error kept the compiler from reaching it. */
export async function printStage(stage: Stage, compilation: Compilation): Promise<string | null> {
  const { model } = compilation;
  if (stage === "tree") return json(compilation.file);
  if (stage === "facts") {
    const { factsToText } = await import("../calculus/show.js");
    return compilation.processes.map((process) => factsToText(process)).join("\n");
  }
  if (model === null) return null;
  if (stage === "model") return json(model);
  if (stage === "ts") {
    const { emitModule } = await import("../emit/index.js");
    return emitModule(model, { runtimeImport: "sdec/runtime" });
  }
  const { print } = await import("../ir/print.js");
  const programs = stage === "grad" ? model.objectives.map(({ program }) => program) : programsOf(model);
  return programs.map(({ doc, program }) => `// ${doc}\n${print(program)}`).join("\n");
}

function programsOf(model: LoweredModel): readonly LoweredProgram[] {
  return [...model.objectives.map(({ program }) => program), ...model.samplers.flatMap(programsOfSampler)];
}

function programsOfSampler(sampler: SamplerSpec<LoweredProgram>): readonly LoweredProgram[] {
  if (sampler.kind === "program") return [sampler.program];
  const { likelihood } = sampler;
  return [
    sampler.start,
    ...programsOfTravel(sampler.travel),
    ...(likelihood === null ? [] : [...programsOfTravel(likelihood.travel), likelihood.prior]),
  ];
}

function programsOfTravel(travel: TravelSpec<LoweredProgram>): readonly LoweredProgram[] {
  if (travel.kind === "adaptive") return [travel.field];
  const steps: readonly StepSpec<LoweredProgram>[] =
    travel.last === null ? [travel.every] : [travel.every, travel.last];
  return steps.flatMap(({ schedule, step }) => [schedule, step]);
}

/** Spans become `[start, end]` and graphs their names: the text is in the file, the graphs are another stage. */
function json(value: unknown): string {
  const shorten = (key: string, inner: unknown): unknown => {
    if (typeof inner !== "object" || inner === null) return inner;
    if (key === "span" || key === "operatorSpan")
      return "start" in inner && "end" in inner ? [inner.start, inner.end] : inner;
    if ("program" in inner && "feeds" in inner && "doc" in inner) return inner.doc;
    return inner;
  };
  return `${JSON.stringify(value, shorten, 2)}\n`;
}
