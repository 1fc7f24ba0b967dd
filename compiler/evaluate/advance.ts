/** Where a sampler leads from a state along given nodes: a number where nothing is drawn on the way, else a law. */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { dependents } from "../ir/dependents.js";
import { simplify } from "../ir/simplify.js";
import type { Value } from "../ir/value.js";
import { showShape, tensor } from "./arithmetic.js";
import type { Context, Frame } from "./context.js";
import { newFrame, report } from "./context.js";
import { courseOf } from "./course.js";
import { goesTheWay } from "./grid.js";
import { repeatStep } from "./path.js";
import { endsOf } from "./run.js";
import { runState } from "./run-state.js";
import { applyStep, drawsNoise, legalStep, memoryOf, timeInputs } from "./step.js";
import type { Grid, Law, SamplerThing, Thing } from "./thing.js";
import { poison } from "./thing.js";

type Advanced = Extract<Law, { law: "advanced" }>;

/** `advance(S, x, times)`. */
export function advance(sampler: SamplerThing, x: Value, grid: Grid, span: Span, c: Context): Thing {
  if (!canAdvance(sampler, x, grid, span, c)) return poison;
  const law: Advanced = { kind: "law", law: "advanced", sampler, x, grid };
  return drawsOnTheWay(sampler, c) ? law : drawAdvanced(law, span, c.frame ?? newFrame("advance"), c);
}

function canAdvance(sampler: SamplerThing, x: Value, { nodes }: Grid, span: Span, c: Context): boolean {
  const { run } = sampler;
  const ends = endsOf(run, span, c);
  if (ends === null || !legalStep(sampler, ends, c)) return false;
  const obstacle = obstacleOf(sampler);
  if (obstacle !== null) {
    report(c, catalogue.notCompiledYet, span, obstacle);
    return false;
  }
  const { shape } = run.process.space;
  if (showShape(x.shape) !== showShape(shape)) {
    report(c, catalogue.wrongShape, span, {
      what: `The state of \`${run.process.name}\``,
      expected: showShape(shape),
      found: showShape(x.shape),
    });
    return false;
  }
  return nodes.length === 1 || goesTheWay(nodes, ends, span, c);
}

/** Why a sampler cannot be led along given nodes; null if it can. */
function obstacleOf({ run, step, correctors }: SamplerThing): { construct: string; instead: string | null } | null {
  if (step.declaration === null) {
    return { construct: "Advancing a solver with step control", instead: "Use a step: `… using heun(steps: 20)`." };
  }
  if (correctors.length > 0) return { construct: "Advancing a sampler with correctors", instead: null };
  if (run.offset !== undefined) return { construct: "Advancing a run from a drawn time", instead: null };
  const isOne = runState(run.process).specs.length === 1;
  return isOne
    ? null
    : { construct: "Advancing a process of several states", instead: "Put the states into one vector." };
}

/** Whether the noise that a step draws counts in where it leads. */
function drawsOnTheWay(sampler: SamplerThing, c: Context): boolean {
  const { run, step } = sampler;
  if (!drawsNoise(step)) return false;
  const frame = newFrame("trial");
  // What the trial reports is reported again where the step is taken.
  const trial: Context = { ...c, frame, pureIn: null, owner: null, world: { ...c.world, diagnostics: [] } };
  const x = ir.input(run.process.state, "real", run.process.space.shape);
  const memory = memoryOf(step).flatMap(({ initial }) => {
    const thing = initial(tensor(x), { ...trial, scope: step.scope ?? c.scope });
    return thing.kind === "tensor" ? [thing.value] : [];
  });
  const state = [x, ...memory];
  const next = applyStep(
    sampler,
    step,
    state.map((value) => tensor(value)),
    timeInputs(step),
    state,
    trial,
  );
  if (next === null) return true;
  const results = simplify(next);
  const moved = dependents(
    results,
    frame.inputs.map(({ value }) => value),
  );
  return results.some((result) => moved.has(result));
}

export function drawAdvanced({ sampler, x, grid }: Advanced, span: Span, frame: Frame, c: Context): Thing {
  const course = courseOf(sampler.step, grid, span, c);
  if (course === null) return poison;
  if (course.count === 0) return tensor(x);
  const [end] = repeatStep(sampler, x, course, frame, c)?.last ?? [];
  return end === undefined ? poison : tensor(end);
}
