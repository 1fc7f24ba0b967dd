/** How do all `train` statements of a model run, one after another, with checkpoints and a place to resume from? */
import type { LossCurve, TrainOptions, TrainResult } from "../api.js";
import { gatherData } from "../data/sets.js";
import type { Engine } from "../engines/engine.js";
import { SdecError } from "../errors.js";
import { gatherParameters } from "../parameters.js";
import { inputsFrom, need } from "../programs.js";
import type { ModelSpec, ObjectiveSpec, TrainSpec } from "../specification.js";
import type { ModelState } from "../state.js";
import type { Reached } from "./carry.js";
import { runStatement } from "./loop.js";

export interface ScheduleRun {
  readonly engine: Engine;
  readonly model: ModelSpec;
  /** Where to begin: at `state.run`, or at the first statement with `state.weights`. */
  readonly state: ModelState;
  readonly data: object;
  readonly options: TrainOptions;
  readonly saveEvery: number;
  /** Called whenever the state is known on the host. */
  readonly keep: (state: ModelState) => Promise<void>;
}

export async function runSchedule(run: ScheduleRun): Promise<TrainResult> {
  const { model, options, engine } = run;
  const statements = model.train;
  if (statements.length === 0) {
    throw new SdecError("option", `${model.source} has no \`train\` statement, so there is nothing to train`);
  }
  const objectives = statements.map((statement) => objectiveOf(model, statement.objective));
  const wanted = new Set(objectives.flatMap((objective) => dataOf(objective)));
  const data = await gatherData(run.data, model.data, wanted);
  const parameters = await gatherParameters(
    options.parameters ?? {},
    [...new Map(objectives.flatMap((objective) => objective.parameters).map((spec) => [spec.name, spec])).values()],
    null,
    [],
  );
  const began = performance.now();
  const curves: LossCurve[] = [];
  let state = run.state;
  const first = state.run?.statement ?? 0;
  if (first >= statements.length) {
    throw new SdecError(
      "checkpoint",
      `The checkpoint is of \`train\` statement ${first + 1}; there are ${statements.length}`,
    );
  }
  for (const [index, statement] of statements.entries()) {
    if (index < first) continue;
    const steps = stepsOf(statement, options);
    const start = state.run?.statement === index ? state.run.step : 0;
    // The seed of a run goes with its checkpoint: a resumed run draws what the first would have drawn.
    const chosen = state.run === null ? (options.seed ?? null) : state.run.seed;
    const keep = async (reached: Reached): Promise<void> => {
      const { weights, averages, vectors, step } = reached;
      const done = step >= steps;
      const place = done ? { statement: index + 1, step: 0, vectors: new Map() } : { statement: index, step, vectors };
      // The last statement stays open, so that it may be resumed with more steps.
      const last = index === statements.length - 1;
      state = {
        weights,
        averages,
        run: last ? { statement: index, step, vectors, seed: chosen } : { ...place, seed: chosen },
      };
      await run.keep(state);
    };
    const report = reporter(statement, index, start, steps, options, curves);
    await runStatement(
      {
        engine,
        model,
        statement,
        index,
        steps,
        seed: chosen ?? statement.seed,
        data,
        parameters,
        signal: options.signal,
        saveEvery: run.saveEvery,
        save: keep,
        report,
      },
      state,
    );
  }
  return { curves, seconds: (performance.now() - began) / 1000 };
}

/** The data sets an objective draws from. */
export function dataOf(objective: ObjectiveSpec): readonly string[] {
  return inputsFrom(objective.program, "data").map(({ from }) => from.data);
}

export function objectiveOf(model: ModelSpec, name: string): ObjectiveSpec {
  return need(
    model.objectives.find((objective) => objective.name === name),
    `the objective ${name}`,
  );
}

function stepsOf(statement: TrainSpec, options: TrainOptions): number {
  const steps = options.steps ?? statement.steps;
  if (Number.isSafeInteger(steps) && steps >= 0) return steps;
  throw new SdecError("option", `\`steps\` must be a whole number, not ${steps}`);
}

/** Collects the curve of a statement and tells the application. */
function reporter(
  statement: TrainSpec,
  index: number,
  start: number,
  steps: number,
  options: TrainOptions,
  curves: LossCurve[],
): (step: number, losses: Float32Array) => void {
  const all = new Float32Array(Math.max(steps - start, 0));
  curves.push({ objective: statement.objective, first: start, losses: all });
  const began = performance.now();
  return (step, losses) => {
    all.set(losses, step - start - losses.length);
    options.onProgress?.({
      objective: statement.objective,
      statement: index,
      step,
      steps,
      losses,
      loss: losses.at(-1) ?? Number.NaN,
      stepsPerSecond: ((step - start) * 1000) / (performance.now() - began),
    });
  };
}
