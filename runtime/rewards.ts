/** How does the application answer for rewards? It is called with what a program computed, and its answers are checked. */
import type { RewardCall } from "./api.js";
import type { HeldTensor } from "./engines/engine.js";
import { SdecError } from "./errors.js";
import { elements } from "./ndarray.js";
import type { NdArray } from "./ndarray.js";
import { need } from "./programs.js";
import type { RewardSpec, RolloutSpec } from "./specification.js";

export type Rewards = ReadonlyMap<string, RewardCall>;
type Ask = RolloutSpec["asks"][number];

/** The rewards by name as the application gave them; every one that is needed is there. */
export function gatherRewards(given: unknown, specs: readonly RewardSpec[], needed: ReadonlySet<string>): Rewards {
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

/** The answers to one question about `batch` samples, whose arguments are given back to the engine. */
export async function answersTo(
  ask: Ask,
  held: readonly HeldTensor[],
  batch: number,
  rewards: Rewards,
): Promise<ArrayLike<number>> {
  const given: NdArray[] = [];
  for (const argument of held) {
    const { data, shape } = await argument.read();
    argument.release();
    // One row for every place of a group.
    const lead = 1 + ask.axes.length;
    given.push({ data: Float32Array.from(data), shape: [elements(shape.slice(0, lead)), ...shape.slice(lead)] });
  }
  const answers = await need(rewards.get(ask.reward), ask.reward)(...given);
  const expected = batch * elements(ask.axes);
  if (answers.length !== expected) {
    throw new SdecError(
      "data",
      `The reward "${ask.reward}" answered with ${answers.length} numbers for ${expected} rows`,
    );
  }
  checkRange(ask, answers);
  return answers;
}

function checkRange({ reward, range }: Ask, answers: ArrayLike<number>): void {
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
