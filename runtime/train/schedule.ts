/** How do all `train` statements of a model run, turn after turn, with checkpoints and a place to resume from? */
import type { LossCurve, TrainOptions, TrainResult } from "../api.js";
import { gatherData } from "../data/sets.js";
import type { Engine } from "../engines/engine.js";
import { SdecError, throwIfAborted } from "../errors.js";
import { gatherParameters } from "../parameters.js";
import { inputsFrom, need, recordOf } from "../programs.js";
import type { ModelSpec, ObjectiveSpec, TrainSpec } from "../specification.js";
import { gatherRewards } from "../rewards.js";
import type { ModelState, StatementState } from "../state.js";
import type { Prepared, Reached } from "./carry.js";
import { prepare, runTurn } from "./loop.js";
import { dataOfSetup, setUp } from "./setup.js";
import { turnsOf } from "./turns.js";
import type { Turns } from "./turns.js";

export interface ScheduleRun {
  readonly engine: Engine;
  readonly model: ModelSpec;
  /** Where to begin: at `state.run`, or at the first turn with `state.weights`. */
  readonly state: ModelState;
  readonly data: object;
  readonly options: TrainOptions;
  readonly saveEvery: number;
  /** Called whenever the state is known on the host; `isDue` says that a checkpoint is to be written. */
  readonly keep: (state: ModelState, isDue: boolean) => Promise<void>;
}

export async function runSchedule(run: ScheduleRun): Promise<TrainResult> {
  const { model, options, engine } = run;
  const turns = turnsOf(model);
  if (turns.count === 0) {
    throw new SdecError("option", `${model.source} has no \`train\` statement, so there is nothing to train`);
  }
  const objectives = model.train.map((statement) => objectiveOf(model, statement.objective));
  const wanted = new Set([...dataOfSetup(model), ...objectives.flatMap((objective) => dataOf(objective))]);
  const { rewards: calls, ...sets } = run.data as { readonly rewards?: unknown }; // an object, by the emitted type
  const data = await gatherData(model.rewards.length > 0 ? sets : run.data, model.data, wanted);
  const asked = objectives.flatMap(({ rollout }) => rollout?.asks.map(({ reward }) => reward) ?? []);
  const rewards = gatherRewards(model.rewards.length > 0 ? calls : undefined, model.rewards, new Set(asked));
  const parameters = await gatherParameters(
    options.parameters ?? {},
    [...new Map(objectives.flatMap((objective) => objective.parameters).map((spec) => [spec.name, spec])).values()],
    null,
    [],
  );
  const began = performance.now();
  const report = reporter(model, turns, options, run.state);
  // A resumed run has its tables beside its weights.
  let state = run.state.run === null ? await setUp(model, run.state, data) : run.state;
  const first = state.run?.turn ?? 0;
  if (first >= turns.count) {
    throw new SdecError("checkpoint", `The checkpoint is of turn ${first + 1} of training; there are ${turns.count}`);
  }
  // The seed of a run goes with its checkpoint: a resumed run draws what the first would have drawn.
  const seed = state.run === null ? (options.seed ?? null) : state.run.seed;
  const prepared = new Map<number, Prepared>();
  // Each thing is said once.
  const warned = new Set<string>();
  const warn = (about: string, message: string): void => {
    if (warned.has(about)) return;
    warned.add(about);
    (options.onWarning ?? console.warn)(message);
  };
  const isStopped = (): boolean => options.signal?.aborted === true;
  let saved = stepsBefore(turns, model, options, state);
  try {
    for (let turn = first; turn < turns.count; turn++) {
      const index = turns.statementAt(turn);
      const statement = need(model.train[index], "a statement");
      const turnSteps = stepsOf(statement, options);
      const done = state.run?.turn === turn ? state.run.step : 0;
      const begun = (state.run?.statements.get(index)?.taken ?? 0) - done;
      const ready =
        prepared.get(index) ??
        prepare({
          engine,
          model,
          statement,
          index,
          steps: turnSteps * turns.turnsOf(index),
          turnSteps,
          seed: seed ?? statement.seed,
          data,
          parameters,
          rewards,
        });
      prepared.set(index, ready);
      const keep = async (reached: Reached, isEnd: boolean): Promise<void> => {
        const last = turn === turns.count - 1;
        const statements = new Map<number, StatementState>(state.run?.statements);
        statements.set(index, { taken: reached.step, vectors: reached.vectors });
        // The last statement stays open, so that it may be resumed with more steps.
        if (isEnd && !last && turns.lastTurnOf(index) === turn) statements.delete(index);
        const place = isEnd && !last ? { turn: turn + 1, step: 0 } : { turn, step: reached.step - begun };
        state = { weights: reached.weights, averages: reached.averages, run: { ...place, seed, statements } };
        const total = stepsBefore(turns, model, options, state);
        const isDue =
          !isEnd || last || isStopped() || Math.floor(total / run.saveEvery) > Math.floor(saved / run.saveEvery);
        if (isDue) saved = total;
        await run.keep(state, isDue);
      };
      const reached = await runTurn(ready, {
        state,
        first: begun + done,
        last: begun + turnSteps,
        signal: options.signal,
        saveEvery: run.saveEvery,
        save: (at) => keep(at, false),
        warn,
        report: (step, losses, reports) => report(turn, step, ready.run.steps, losses, reports),
      });
      await keep(reached, true);
      if (turn < turns.count - 1) throwIfAborted(options.signal, `Training, after turn ${turn + 1} of ${turns.count},`);
      if (turns.lastTurnOf(index) === turn) {
        prepared.delete(index);
        await ready.dispose();
      }
    }
  } finally {
    for (const ready of prepared.values()) await ready.dispose();
  }
  return { curves: report.curves(), seconds: (performance.now() - began) / 1000 };
}

/** Steps of the whole schedule until a state. */
export function stepsBefore(turns: Turns, model: ModelSpec, options: TrainOptions, state: ModelState): number {
  const { turn = 0, step = 0 } = state.run ?? {};
  let sum = step;
  for (let before = 0; before < turn; before++) {
    sum += stepsOf(need(model.train[turns.statementAt(before)], "a statement"), options);
  }
  return sum;
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

type Reports = Readonly<Record<string, Float32Array>>;

interface Reporter {
  (turn: number, step: number, steps: number, losses: Float32Array, reports: Reports): void;
  curves(): readonly LossCurve[];
}

/** Collects the curve of every statement over its turns, and tells the application. */
function reporter(model: ModelSpec, turns: Turns, options: TrainOptions, start: ModelState): Reporter {
  const parts = new Map<
    number,
    { readonly first: number; readonly losses: Float32Array[]; readonly reports: Reports[] }
  >();
  const began = performance.now();
  let before = stepsBefore(turns, model, options, start);
  const atFirst = before;
  let total = 0;
  for (let turn = 0; turn < turns.count; turn++)
    total += stepsOf(need(model.train[turns.statementAt(turn)], "a statement"), options);
  const report = (turn: number, step: number, steps: number, losses: Float32Array, reports: Reports): void => {
    const index = turns.statementAt(turn);
    const { objective } = need(model.train[index], "a statement");
    const part = parts.get(index) ?? { first: step - losses.length, losses: [], reports: [] };
    parts.set(index, part);
    part.losses.push(losses);
    part.reports.push(reports);
    before += losses.length;
    options.onProgress?.({
      objective,
      statement: index,
      turn,
      turns: turns.count,
      step,
      steps,
      done: before,
      total,
      losses,
      reports,
      loss: losses.at(-1) ?? Number.NaN,
      stepsPerSecond: ((before - atFirst) * 1000) / (performance.now() - began),
    });
  };
  const curves = (): readonly LossCurve[] =>
    [...parts].map(([index, { first, losses, reports }]) => ({
      objective: need(model.train[index], "a statement").objective,
      first,
      losses: joined(losses),
      reports: recordOf(Object.keys(reports[0] ?? {}), (name) => joined(reports.map((part) => need(part[name], name)))),
    }));
  return Object.assign(report, { curves });
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
