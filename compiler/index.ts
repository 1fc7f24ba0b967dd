/** The compiler's door: text in, diagnostics, tree, derived facts and lowered model out. Pure. */
import type { Diagnostic } from "../grammar/diagnostic.js";
import { parse } from "../grammar/parse.js";
import type { Source } from "../grammar/source.js";
import type { File } from "../grammar/tree.js";
import type { InterpolantFacts, ProcessFacts } from "./calculus/facts.js";
import type { SystemFacts } from "./calculus/system-facts.js";
import { checkNames } from "./check/names.js";
import { checkRecursion } from "./check/recursion.js";
import { checkStructure } from "./check/structure.js";
import { builtins } from "./evaluate/builtins/table.js";
import type { World } from "./evaluate/context.js";
import type { Texts } from "./evaluate/file.js";
import type { SpaceSpec } from "../runtime/specification.js";
import { intoSpace } from "../runtime/bijection.js";
import { lower } from "./lower/lower.js";
import type { LoweredModel } from "./lower/model.js";
import type { Process } from "./evaluate/thing.js";
import type { Weighting } from "./evaluate/weighting.js";

export type { Texts } from "./evaluate/file.js";

export interface Compilation {
  /** In the order of their places in the text, without repetitions. */
  readonly diagnostics: readonly Diagnostic[];
  readonly file: File;
  readonly processes: readonly DerivedProcess[];
  readonly objectives: readonly DerivedObjective[];
  /** null if there is an error. */
  readonly model: LoweredModel | null;
}

/** What was derived about one process or interpolant of the file. */
export interface DerivedProcess {
  readonly name: string;
  readonly time: string;
  readonly range: readonly [number, number];
  readonly facts: ProcessFacts | SystemFacts | InterpolantFacts;
  readonly prior: Process["prior"];
  /** What is learned in its equation: name, space, and where it starts. */
  readonly params: readonly DerivedParam[];
}

/** What was derived about one objective; null for one that is no weighted square of a prediction's error. */
export interface DerivedObjective {
  readonly name: string;
  readonly weighting: () => Weighting | null;
}

export interface DerivedParam {
  readonly name: string;
  readonly space: SpaceSpec;
  readonly start: number;
}

export function compile(source: Source, texts: Texts): Compilation {
  const { file, diagnostics: syntax } = parse(source);
  if (hasError(syntax)) return { diagnostics: syntax, file, processes: [], objectives: [], model: null };
  const names = checkNames(file, texts);
  const structure = checkStructure(file);
  const world: World = {
    builtins,
    diagnostics: [...syntax, ...names, ...structure.diagnostics],
    misshapen: structure.misshapen,
    weights: new Map(),
    copies: new Map(),
    params: new Map(),
    weightings: new Map(),
    open: [],
    library: new Set(texts.library),
    uses: [],
    evaluations: 0,
  };
  const { model, processes } = lower(file, texts, world);
  if (!hasError(world.diagnostics)) world.diagnostics.push(...checkRecursion(file));
  const diagnostics = ordered(world.diagnostics);
  const derived = processes.map((process) => ({
    name: process.name,
    time: process.time,
    range: process.range,
    facts: factsOf(process),
    prior: process.prior,
    params: paramsOf(process.constants, world),
  }));
  return {
    diagnostics,
    file,
    processes: derived,
    objectives: [...world.weightings].map(([name, weighting]) => ({ name, weighting })),
    model: hasError(diagnostics) ? null : model,
  };
}

/** Of the coordinates, where the equation is theirs. */
function factsOf({ dynamics }: Process): DerivedProcess["facts"] {
  return dynamics.kind === "coordinates" ? factsOf(dynamics.process) : dynamics.facts;
}

function paramsOf(constants: Process["constants"], world: World): readonly DerivedParam[] {
  return [...constants].flatMap(([name, value]) => {
    const param = world.params.get(value);
    const initial = param === undefined ? undefined : world.weights.get(param.stored)?.spec.initial;
    return param === undefined || initial?.kind !== "constant"
      ? []
      : [{ name, space: param.space, start: intoSpace(param.space, initial.value) }];
  });
}

function hasError(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

/** By place; what two stages say of one place with one code is said once. */
function ordered(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return [...diagnostics]
    .filter(({ code, span }) => {
      const key = `${code} ${span.source.name} ${span.start} ${span.end}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
}
