/** How does the application answer for a batch? What it is asked about is computed, it is called, and its answers are checked. */
import type { RewardCall } from "../api.js";
import type { HeldTensor, Tensor } from "../engines/engine.js";
import { SdecError } from "../errors.js";
import { elements } from "../ndarray.js";
import type { NdArray } from "../ndarray.js";
import { need } from "../programs.js";
import type { RewardSpec, RolloutSpec } from "../specification.js";
import { blockInputs } from "./block.js";
import { releaseAll } from "./carry.js";
import type { Carry, Prepared } from "./carry.js";

/** The rewards by name as the application gave them; every one that is needed is there. */
export function gatherRewards(
  given: unknown,
  specs: readonly RewardSpec[],
  needed: ReadonlySet<string>,
): ReadonlyMap<string, RewardCall> {
  const entries = new Map<string, unknown>(typeof given === "object" && given !== null ? Object.entries(given) : []);
  const unknown = [...entries.keys()].find((name) => !specs.some((spec) => spec.name === name));
  if (unknown !== undefined) throw new SdecError("data", `The model asks for no reward "${unknown}"`);
  const rewards = new Map<string, RewardCall>();
  for (const { name } of specs) {
    const call = entries.get(name);
    if (typeof call === "function")
      rewards.set(name, call as RewardCall); // its parameters are the model's, by the emitted type
    else if (needed.has(name))
      throw new SdecError(
        "data",
        `The reward "${name}" is missing: give \`rewards: { ${name}: (…) => … }\` beside the data`,
      );
  }
  return rewards;
}

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
      const given: NdArray[] = [];
      for (const name of ask.arguments) {
        const held = need(outputs[at++], name);
        const { data, shape } = await held.read();
        held.release();
        // One row for every place of a group.
        const lead = 1 + ask.axes.length;
        given.push({ data: Float32Array.from(data), shape: [elements(shape.slice(0, lead)), ...shape.slice(lead)] });
      }
      const answers = await need(run.rewards.get(ask.reward), ask.reward)(...given);
      const expected = block.batch * elements(ask.axes);
      if (answers.length !== expected) {
        throw new SdecError(
          "data",
          `The reward "${ask.reward}" answered with ${answers.length} numbers for ${expected} rows`,
        );
      }
      checkRange(ask, answers);
      const place = perBatch.findIndex((entry) => entry.kind === "answer" && entry.input.from.call === ask.call);
      const row = filled[place];
      if (row === undefined) continue;
      for (let copy = 0; copy < steps; copy++) row.data.set(answers, (copy * block.accumulate + batch) * expected);
    }
    outputs.slice(at).forEach((held) => held.release());
  }
  if (prepared.average !== null) releaseAll(average);
  return filled;
}

function checkRange({ reward, range }: RolloutSpec["asks"][number], answers: ArrayLike<number>): void {
  for (let row = 0; row < answers.length; row++) {
    const value = answers[row] ?? Number.NaN;
    if (!Number.isFinite(value)) throw new SdecError("data", `The reward "${reward}" of row ${row} is ${value}`);
    if (range === null || (value >= range[0] && value <= range[1])) continue;
    throw outside(reward, row, value, range);
  }
}

export function outside(reward: string, row: number, value: number, range: readonly [number, number]): SdecError {
  return new SdecError(
    "data",
    `The reward "${reward}" of row ${row} is ${value}, outside of its range [${range[0]}, ${range[1]}]`,
  );
}
