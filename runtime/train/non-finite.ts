/** When training leaves the finite numbers: at which step, in which operation, on which line of the model? */
import type { HeldTensor, Tensor } from "../engines/engine.js";
import { array64, referenceOps } from "../engines/reference.js";
import { NonFiniteError } from "../errors.js";
import { need, recordOf } from "../programs.js";
import type { CopyOf } from "../specification.js";
import type { Numbers } from "../state.js";
import { describeCulprit, runChecked } from "../locate.js";
import type { Culprit } from "../locate.js";
import { blockInputs, vectorsOf } from "./block.js";
import { reach, readReals, readVector, releaseAll } from "./carry.js";
import type { Carry, Prepared, TurnRun } from "./carry.js";

/**
 * Repeats the steps of a block that went wrong one at a time from its beginning, keeps the last good state by `save`,
 * and throws an error that names the place.
 */
export async function throwNonFinite(
  prepared: Prepared,
  turn: TurnRun,
  start: Carry,
  captured: readonly HeldTensor[],
  firstStep: number,
  count: number,
): Promise<never> {
  const { run, block } = prepared;
  const executable = await prepared.executable(1, { from: 0, count: 1 });
  let carry = start;
  for (let step = firstStep; step < firstStep + count; step++) {
    const rows = prepared.rows(step, 1);
    const outputs = await executable.run([...carry, ...captured, ...rows]);
    const next = outputs.slice(0, carry.length);
    const sum = await readReals(need(outputs[carry.length], "the sum of the weights"));
    const loss = await readReals(need(outputs[carry.length + 1], "the loss"));
    if (loss.every(Number.isFinite) && sum.every(Number.isFinite)) {
      if (carry !== start) releaseAll(carry);
      carry = next;
      continue;
    }
    releaseAll(next);
    await turn.save(await reach(prepared, carry, step, turn.state));
    const found = await locateStep(prepared, turn, carry, captured, step, rows);
    if (carry !== start) releaseAll(carry);
    const { objective } = block;
    const where =
      found === null
        ? "No single operation of the objective makes it; the learning rate may be too high."
        : describeCulprit(found, run.model.source);
    throw new NonFiniteError(
      { program: objective.name, step, op: found?.op ?? null, line: found?.line ?? null, source: run.model.source },
      `Training of ${objective.name} left the finite numbers at step ${step}. ${where} The weights before it are kept.`,
    );
  }
  throw new NonFiniteError(
    { program: block.objective.name, step: firstStep, op: null, line: null, source: run.model.source },
    `Training of ${block.objective.name} left the finite numbers between steps ${firstStep} and ${firstStep + count}, but not when repeated.`,
  );
}

/** Evaluates the objective of one step in the checked mode, batch by batch. */
async function locateStep(
  prepared: Prepared,
  turn: TurnRun,
  carry: Carry,
  captured: readonly HeldTensor[],
  step: number,
  rows: readonly Tensor[],
): Promise<Culprit | null> {
  const { block, average, run } = prepared;
  const { program } = block.objective;
  const inputs = blockInputs(block);
  const { layout } = block;
  const flat = await Promise.all(vectorsOf(layout, carry).map((pieces) => readVector(layout, pieces)));
  const vectors = new Map(inputs.carry.map((name, i) => [name, need(flat[i], name)]));
  const fixed = await Promise.all(captured.map(toArray64));
  for (let batch = 0; batch < block.accumulate; batch++) {
    const values = recordOf(
      program.inputs.map((input) => input.name),
      (name, i) => {
        const { from } = need(program.inputs[i], name);
        const place =
          from.kind === "weight" || from.kind === "copy"
            ? layout.places.find((entry) => entry.name === from.weight)
            : undefined;
        if (place !== undefined) {
          const vector = vectorOf(from.kind === "copy" ? from.of : "weights");
          return array64(vector.subarray(place.offset, place.offset + place.length), place.shape);
        }
        const at = inputs.captured.findIndex(({ type }) => type.name === name);
        if (from.kind === "data" && at >= 0) {
          const picked = inputs.perBatch.findIndex((entry) => entry.kind === "rows" && entry.draw === from.draw);
          return referenceOps.gather(need(fixed[at], name), batchOf(rows, picked, batch));
        }
        if (at >= 0) return need(fixed[at], name);
        return batchOf(
          rows,
          inputs.perBatch.findIndex((entry) => entry.type.name === name),
          batch,
        );
      },
    );
    const { culprit } = runChecked(program, values, { B: block.batch }, run.engine.precision);
    if (culprit !== null) return culprit;
  }
  return null;

  /** The weights that a step begins with, or a copy of them. */
  function vectorOf(of: CopyOf | "weights"): Numbers {
    const weights = need(vectors.get("weights"), "the weights");
    const isDrawn = step % block.reuse === 0;
    if (of === "weights" || (of === "frozen" && isDrawn)) return weights;
    if (of === "initial") return need(prepared.initial(turn.state), "the initial weights");
    const vector = need(vectors.get(of), of);
    return of === "frozen" ? vector : vector.map((value) => value / need(average, of).scaleAfter(step));
  }

  function batchOf(all: readonly Tensor[], index: number, batch: number): ReturnType<typeof array64> {
    const { type } = need(inputs.perBatch[index], "a row");
    const { data } = need(all[index], type.name);
    const size = type.shape.reduce((product, length) => product * length, 1);
    return array64(data.subarray(batch * size, (batch + 1) * size), type.shape, type.dtype);
  }
}

async function toArray64(held: HeldTensor): Promise<ReturnType<typeof array64>> {
  const { data, shape, dtype } = await held.read();
  return array64(data, shape, dtype);
}
