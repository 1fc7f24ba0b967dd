/** What does the application answer for a batch of training? What it is asked about is computed, and its answers put in place. */
import type { HeldTensor, Tensor } from "../engines/engine.js";
import { elements } from "../ndarray.js";
import { need } from "../programs.js";
import { answersTo } from "../rewards.js";
import type { RolloutSpec } from "../specification.js";
import { blockInputs } from "./block.js";
import { releaseAll } from "./carry.js";
import type { Carry, Prepared } from "./carry.js";

/** The rows of a block with the answers in place; all its steps share their draws. */
export async function withAnswers(
  prepared: Prepared,
  rollout: RolloutSpec,
  carry: Carry,
  captured: readonly HeldTensor[],
  rows: readonly Tensor[],
  step: number,
): Promise<readonly Tensor[]> {
  const { block, run } = prepared;
  const { perBatch, carry: names } = blockInputs(block);
  const count = block.layout.pieces.length;
  const piecesOf = (name: string): Carry => {
    const at = names.indexOf(name);
    return at < 0 ? carry.slice(0, count) : carry.slice(at * count, (at + 1) * count);
  };
  const average = prepared.average === null ? piecesOf("weights") : await prepared.averaged(piecesOf("average"), step);
  // A run resumed between two updates of a batch asks about what was drawn then.
  const weights = step % block.reuse === 0 || !names.includes("frozen") ? piecesOf("weights") : piecesOf("frozen");
  const executable = await prepared.rollout(rollout);
  const filled = rows.map((row, i) =>
    perBatch[i]?.kind === "answer" ? { ...row, data: Float32Array.from(row.data) } : row,
  );
  const steps = rows[0] === undefined ? 1 : (rows[0].shape[0] ?? 1);
  for (let batch = 0; batch < block.accumulate; batch++) {
    const batches = perBatch.map(({ type }, i): Tensor => {
      const row = need(rows[i], type.name);
      const size = elements(type.shape);
      return { ...row, data: row.data.subarray(batch * size, (batch + 1) * size), shape: type.shape } as Tensor; // the same numbers, fewer of them
    });
    const outputs = await executable.run([...weights, ...average, ...captured, ...batches]);
    let at = 0;
    for (const ask of rollout.asks) {
      const held = ask.arguments.map((name) => need(outputs[at++], name));
      const answers = await answersTo(ask, held, block.batch, run.rewards);
      const place = perBatch.findIndex((entry) => entry.kind === "answer" && entry.input.from.call === ask.call);
      const row = filled[place];
      if (row === undefined) continue;
      for (let copy = 0; copy < steps; copy++)
        row.data.set(answers, (copy * block.accumulate + batch) * answers.length);
    }
    outputs.slice(at).forEach((held) => held.release());
  }
  if (prepared.average !== null) releaseAll(average);
  return filled;
}
