/** How does one turn of a `train` statement run: blocks of steps on the engine, while the next block's random numbers are made. */
import type { Executable, HeldTensor, Tensor } from "../engines/engine.js";
import { SdecError, throwIfAborted } from "../errors.js";
import { makeAverage, makeOptimizer } from "../optimize.js";
import { parameterTensor } from "../parameters.js";
import { need, recordOf } from "../programs.js";
import type { ObjectiveSpec } from "../specification.js";
import type { ModelState, Numbers } from "../state.js";
import { blockInputs, blockProgram, numbersPerBatch, rolloutProgram, takesCopy } from "./block.js";
import type { BlockSpec, Captured as CapturedInput } from "./block.js";
import { reach, readReals, releaseAll } from "./carry.js";
import type { Carry, Prepared, Reached, StatementRun, TurnRun } from "./carry.js";
import { openRows, tableTensor } from "./feed.js";
import { describeViolation, violationError, violationsOf } from "./crossings.js";
import { layOut } from "./layout.js";
import type { Layout } from "./layout.js";
import { throwNonFinite } from "./non-finite.js";
import { outside } from "../rewards.js";
import { withAnswers } from "./rollout.js";

/** Runs one turn of the statement. */
export async function runTurn(prepared: Prepared, turn: TurnRun): Promise<Reached> {
  const { state, first, last } = turn;
  const { length } = prepared;
  const { objective } = prepared.block;
  const { rollout } = objective;
  // Blocks begin at multiples of their length, wherever a run was resumed, so that each step keeps its place in them.
  const rowsAt = (step: number): readonly Tensor[] => prepared.rows(step - (step % length), length);
  let step = first;
  let saved = first;
  let carry: Carry = initialCarry(prepared, state, first);
  const captured = prepared.capture(state);
  let rows = rowsAt(step);
  try {
    while (step < last) {
      const from = step % length;
      const count = Math.min(length - from, last - step);
      const executable = await prepared.executable(length, { from, count });
      if (rollout !== null) rows = await withAnswers(prepared, rollout, carry, captured.tensors, rows, step);
      const running = executable.run([...carry, ...captured.tensors, ...rows]);
      // Made here, on this thread, while the engine computes on its own; a failure of the run is met below.
      if (step + count < last) rows = rowsAt(step + count);
      const outputs = await running;
      const next = outputs.slice(0, carry.length);
      const sum = await readReals(need(outputs[carry.length], "the sum of the weights"));
      const [losses = new Float32Array(), ...curves] = await Promise.all(
        outputs.slice(carry.length + 1).map(readReals),
      );
      if (!losses.every(Number.isFinite) || !sum.every(Number.isFinite)) {
        releaseAll(next);
        await throwNonFinite(prepared, turn, carry, captured.tensors, step, count);
      }
      const [violation, ...others] = violationsOf(
        objective,
        curves.slice(-objective.crossings.length || curves.length),
      );
      if (violation?.crossing.policy === "fail") {
        releaseAll(next);
        await turn.save(await reach(prepared, carry, step, state));
        throw violationError(prepared.run.model, objective.name, step + violation.step, violation);
      }
      for (const one of violation === undefined ? [] : [violation, ...others]) {
        const when = `In step ${step + one.step} of ${objective.name}`;
        turn.warn(one.crossing.output, describeViolation(prepared.run.model, when, one));
      }
      releaseAll(carry);
      carry = next;
      step += count;
      checkRewards(objective, curves, count, step);
      turn.report(step, Float32Array.from(losses), reportsOf(objective, curves));
      const stopped = turn.signal?.aborted === true;
      if (step < last && (stopped || Math.floor(step / turn.saveEvery) > Math.floor(saved / turn.saveEvery))) {
        await turn.save(await reach(prepared, carry, step, state));
        saved = step;
      }
      if (step < last) throwIfAborted(turn.signal, `Training, after step ${step} of ${prepared.run.steps},`);
    }
    return await reach(prepared, carry, step, state);
  } finally {
    releaseAll(carry);
    captured.release();
  }
}

function reportsOf({ reports }: ObjectiveSpec, curves: readonly Numbers[]): Readonly<Record<string, Float32Array>> {
  return recordOf(
    reports.map(({ name }) => name),
    (name, i) => Float32Array.from(need(curves[i], name)),
  );
}

/** Stops where a reward left its range; the curves have the extremes of each sample in each of the `count` steps until `step`. */
function checkRewards(
  { reports, checks }: ObjectiveSpec,
  curves: readonly Numbers[],
  count: number,
  step: number,
): void {
  for (const [i, { reward, range }] of checks.entries()) {
    const [high, low] = curves.slice(reports.length + 2 * i);
    const batch = (high?.length ?? 0) / count;
    // A float32 number that rounding put just outside is at the end of the range.
    const slack = 1e-6 * Math.max(1, Math.abs(range[0]), Math.abs(range[1]));
    for (const [side, values] of [high, low].entries()) {
      const at =
        values?.findIndex((value) => (side === 0 ? value > range[1] + slack : -value < range[0] - slack)) ?? -1;
      if (at < 0) continue;
      const value = values?.[at] ?? Number.NaN;
      const error = outside(reward, at % batch, side === 0 ? value : -value, range);
      throw new SdecError("data", `${error.message}, at step ${step - count + Math.floor(at / batch)}`);
    }
  }
}

/** Sets larger than this, in numbers, are not kept on the engine but fed row by row. */
const RESIDENT_NUMBERS = 2 ** 27;

/** What all turns of a statement share. */
export function prepare(run: StatementRun): Prepared {
  const { engine, model, statement, data } = run;
  const objective = need(
    model.objectives.find(({ name }) => name === statement.objective),
    `the objective ${statement.objective}`,
  );
  const resident = new Map<string, number>();
  for (const [name, set] of data) {
    let size = 0;
    for (const array of set.fields.values()) size += array.data.length;
    if (size <= RESIDENT_NUMBERS) resident.set(name, set.rows);
  }
  const block: BlockSpec = {
    objective,
    layout: layOut(
      model.weights,
      objective.gradients.map(({ weight }) => weight),
    ),
    optimizer: makeOptimizer(statement.optimizer, run.steps),
    averaged: statement.ema !== null,
    batch: statement.batch,
    accumulate: statement.accumulate,
    reuse: statement.reuse,
    resident,
  };
  const average = statement.ema === null ? null : makeAverage(statement.ema);
  const initial = (state: ModelState): Numbers | null =>
    takesCopy(block, "initial") ? initialWeights(run, block, state) : null;
  const scope = `train/${run.index}`;
  const inputs = blockInputs(block).captured;
  // Tables and parameters stay for the whole run; weights are as another statement left them.
  const fixed = new Map<string, HeldTensor>();
  const hold = (entry: CapturedInput, state: ModelState): HeldTensor => {
    if (entry.kind === "initial") {
      const { offset, length } = need(block.layout.pieces[entry.piece], "a piece");
      const data = need(initial(state), "the initial weights").slice(offset, offset + length);
      return engine.hold({ data, shape: entry.type.shape, dtype: "real" });
    }
    if (entry.kind === "weight") {
      const numbers = need(state.weights.get(entry.input.from.weight), entry.input.from.weight);
      return engine.hold({ data: numbers.slice(), shape: entry.type.shape, dtype: entry.type.dtype });
    }
    const known = fixed.get(entry.type.name);
    if (known !== undefined) return known;
    const tensor =
      entry.kind === "table"
        ? tableTensor(entry, data)
        : parameterTensor(
            need(run.parameters.get(entry.input.from.parameter), entry.input.from.parameter),
            entry.input,
            entry.type,
            0,
          );
    const held = engine.hold(tensor);
    fixed.set(entry.type.name, held);
    return held;
  };
  const executables = new Map<string, Promise<Executable>>();
  return {
    run,
    block,
    average,
    initial,
    rows: openRows(block, average, data, run.seed, scope),
    length: blockLength(block, run),
    capture(state) {
      const tensors = inputs.map((entry) => hold(entry, state));
      return {
        tensors,
        release: () =>
          releaseAll(tensors.filter((_, i) => inputs[i]?.kind === "weight" || inputs[i]?.kind === "initial")),
      };
    },
    executable(length, part) {
      const key = `${part.count} of ${length} from ${part.from}`;
      const known = executables.get(key) ?? engine.compile(blockProgram(block, length, part));
      executables.set(key, known);
      return known;
    },
    rollout(spec) {
      const known = executables.get("rollout") ?? engine.compile(rolloutProgram(block, spec));
      executables.set("rollout", known);
      return known;
    },
    async averaged(pieces, step) {
      const scale = need(average, "the average").scaleAfter(step);
      return Promise.all(
        pieces.map(async (piece) => {
          const { data, shape, dtype } = await piece.read();
          return engine.hold({ data: (data as Numbers).map((value) => value / scale), shape, dtype } as Tensor); // averages are real
        }),
      );
    },
    async dispose() {
      releaseAll([...fixed.values()]);
      for (const executable of executables.values()) await (await executable).dispose();
    },
  };
}

/** The weights at the start of the statement's first turn. */
function initialWeights({ engine, index }: StatementRun, { layout }: BlockSpec, state: ModelState): Numbers {
  const flat = state.run?.statements.get(index)?.vectors.get("initial") ?? flatWeights(layout, state);
  return engine.precision === "float32" ? Float32Array.from(flat) : Float64Array.from(flat);
}

function flatWeights(layout: Layout, state: ModelState): Float64Array {
  const flat = new Float64Array(layout.length);
  for (const { name, offset } of layout.places) flat.set(need(state.weights.get(name), name), offset);
  return flat;
}

/** The weights as they are, and the other vectors as the checkpoint has them, or as they are at first. */
function initialCarry(prepared: Prepared, state: ModelState, step: number): Carry {
  const { run, block, average } = prepared;
  const { layout } = block;
  const flat = flatWeights(layout, state);
  const kept = state.run?.statements.get(run.index)?.vectors ?? new Map<string, Numbers>();
  const atFirst = (name: string): Numbers => {
    if (name === "weights" || name === "frozen") return flat;
    if (name !== "average" || average === null) return new Float64Array(layout.length);
    const scale = average.scaleAfter(step);
    return flat.map((value) => value * scale);
  };
  return blockInputs(block).carry.flatMap((name) => {
    const numbers = kept.get(name) ?? atFirst(name);
    if (numbers.length !== layout.length) {
      throw new SdecError("checkpoint", `The checkpoint's ${name} has ${numbers.length} numbers, not ${layout.length}`);
    }
    const data = run.engine.precision === "float32" ? Float32Array.from(numbers) : Float64Array.from(numbers);
    return layout.pieces.map(({ shape, offset, length }) =>
      run.engine.hold({ data: data.slice(offset, offset + length), shape, dtype: "real" }),
    );
  });
}

/**
 * Steps in one call of the engine: enough that the call's own cost vanishes, few enough that a block takes about a
 * second (at 5e10 operations a second, six per weight and sample) and its rows less than 64 MB. It depends on nothing that
 * differs between a whole run and a resumed one.
 */
function blockLength(block: BlockSpec, { steps, turnSteps }: StatementRun): number {
  // The application is asked once a batch, between the blocks.
  if (block.objective.rollout !== null) return block.reuse;
  const operations = 6 * block.layout.length * block.batch * block.accumulate;
  const byWork = 5e10 / Math.max(operations, 1);
  const byMemory = 2 ** 24 / Math.max(numbersPerBatch(block), 1);
  const most = Math.max(1, Math.floor(Math.min(50, byWork, byMemory)));
  if (steps === turnSteps) return most;
  // Turns that are whole numbers of blocks run the same program over and over.
  for (let length = Math.min(most, turnSteps); length > most / 4; length--) if (turnSteps % length === 0) return length;
  return turnSteps < most ? Math.max(turnSteps, 1) : most;
}
