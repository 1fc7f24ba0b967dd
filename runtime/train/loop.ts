/** How does one `train` statement run: blocks of steps on the engine, while the next block's random numbers are made. */
import type { Executable, Tensor } from "../engines/engine.js";
import { SdecError, throwIfAborted } from "../errors.js";
import { makeAverage, makeOptimizer } from "../optimize.js";
import { parameterTensor } from "../parameters.js";
import { need } from "../programs.js";
import type { ModelState, Numbers } from "../state.js";
import { blockInputs, blockProgram, numbersPerBatch } from "./block.js";
import type { BlockSpec } from "./block.js";
import { reach, readReals, releaseAll } from "./carry.js";
import type { Carry, Prepared, Reached, StatementRun } from "./carry.js";
import { openRows, tableTensor } from "./feed.js";
import { layOut } from "./layout.js";
import { throwNonFinite } from "./non-finite.js";

/** Runs the statement from `state`; the steps already done are in `state.run`, if that is of this statement. */
export async function runStatement(run: StatementRun, state: ModelState): Promise<Reached> {
  const prepared = prepare(run, state);
  const first = state.run?.statement === run.index ? state.run.step : 0;
  const length = blockLength(prepared.block);
  // Blocks begin at multiples of their length, wherever a run was resumed, so that each step keeps its place in them.
  const rowsAt = (step: number): readonly Tensor[] => prepared.rows(step - (step % length), length);
  let step = first;
  let saved = first;
  let carry: Carry = initialCarry(prepared, state, first);
  let rows = rowsAt(step);
  try {
    while (step < run.steps) {
      const from = step % length;
      const count = Math.min(length - from, run.steps - step);
      const executable = await prepared.executable(length, { from, count });
      const running = executable.run([...carry, ...prepared.captured, ...rows]);
      // Made here, on this thread, while the engine computes on its own; a failure of the run is met below.
      if (step + count < run.steps) rows = rowsAt(step + count);
      const outputs = await running;
      const next = outputs.slice(0, carry.length);
      const losses = await readReals(need(outputs[carry.length], "the losses"));
      const sum = await readReals(need(outputs[carry.length + 1], "the sum of the weights"));
      if (!losses.every(Number.isFinite) || !sum.every(Number.isFinite)) {
        releaseAll(next);
        await throwNonFinite(prepared, carry, step, count, state, (reached) => run.save(reached));
      }
      releaseAll(carry);
      carry = next;
      step += count;
      run.report(step, Float32Array.from(losses));
      const stopped = run.signal?.aborted === true;
      if (step < run.steps && (stopped || Math.floor(step / run.saveEvery) > Math.floor(saved / run.saveEvery))) {
        await run.save(await reach(prepared, carry, step, state));
        saved = step;
      }
      if (step < run.steps) throwIfAborted(run.signal, `Training, after step ${step} of ${run.steps},`);
    }
    const reached = await reach(prepared, carry, step, state);
    await run.save(reached);
    return reached;
  } finally {
    releaseAll([...carry, ...prepared.captured]);
    await prepared.dispose();
  }
}

/** Sets larger than this, in numbers, are not kept on the engine but fed row by row. */
const RESIDENT_NUMBERS = 2 ** 27;

function prepare(run: StatementRun, state: ModelState): Prepared & { dispose(): Promise<void> } {
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
    resident,
  };
  const average = statement.ema === null ? null : makeAverage(statement.ema);
  const scope = `train/${run.index}`;
  const captured = blockInputs(block).captured.map((entry) => {
    switch (entry.kind) {
      case "weight": {
        const data = need(state.weights.get(entry.input.from.weight), entry.input.from.weight);
        return engine.hold({ data: data.slice(), shape: entry.type.shape, dtype: entry.type.dtype });
      }
      case "parameter": {
        const parameter = need(run.parameters.get(entry.input.from.parameter), entry.input.from.parameter);
        return engine.hold(parameterTensor(parameter, entry.input, entry.type, 0));
      }
      case "table":
        return engine.hold(tableTensor(entry, data));
    }
  });
  const executables = new Map<string, Promise<Executable>>();
  return {
    run,
    block,
    average,
    rows: openRows(block, average, data, run.seed, scope),
    captured,
    executable(length, part) {
      const key = `${part.count} of ${length} from ${part.from}`;
      const known = executables.get(key) ?? engine.compile(blockProgram(block, length, part));
      executables.set(key, known);
      return known;
    },
    async dispose() {
      for (const executable of executables.values()) await (await executable).dispose();
    },
  };
}

/** The weights as they are, and the other vectors as the checkpoint has them, or as they are at first. */
function initialCarry(prepared: Prepared, state: ModelState, step: number): Carry {
  const { run, block, average } = prepared;
  const { layout } = block;
  const flat = new Float64Array(layout.length);
  for (const { name, offset } of layout.places) flat.set(need(state.weights.get(name), name), offset);
  const kept = state.run?.statement === run.index ? state.run.vectors : new Map<string, Numbers>();
  const atFirst = (name: string): Numbers => {
    if (name === "weights") return flat;
    if (name !== "average" || average === null) return new Float64Array(layout.length);
    const scale = average.scaleAfter(step);
    return flat.map((value) => value * scale);
  };
  return blockInputs(block).carry.map((name) => {
    const numbers = kept.get(name) ?? atFirst(name);
    if (numbers.length !== layout.length) {
      throw new SdecError("checkpoint", `The checkpoint's ${name} has ${numbers.length} numbers, not ${layout.length}`);
    }
    const data = run.engine.precision === "float32" ? Float32Array.from(numbers) : Float64Array.from(numbers);
    return run.engine.hold({ data, shape: [layout.length], dtype: "real" });
  });
}

/**
 * Steps in one call of the engine: enough that the call's own cost vanishes, few enough that a block takes about a
 * second (at 5e10 operations a second, six per weight and sample) and its rows less than 64 MB. It depends on nothing that
 * differs between a whole run and a resumed one.
 */
function blockLength(block: BlockSpec): number {
  const operations = 6 * block.layout.length * block.batch * block.accumulate;
  const byWork = 5e10 / Math.max(operations, 1);
  const byMemory = 2 ** 24 / Math.max(numbersPerBatch(block), 1);
  return Math.max(1, Math.floor(Math.min(50, byWork, byMemory)));
}
