/** Which way to a reward is worth its network evaluations, and how far from the learned law does it lead? */
import { writeFileSync } from "node:fs";
import type { CheckpointStore, NdArray } from "sdec/runtime";
import { keep, pathInRun } from "../support/files.js";
import { withBar } from "../support/progress.js";
import { drawMoons } from "./moons.js";
import { alignedFlow } from "./aligned-flow.sde.js";

const count = 4000;
/** Of one update: 128 trajectories of 12 steps. */
const evaluations = 128 * 12;
const snapshots: { readonly bytes: Uint8Array; readonly step: number }[] = [];
const store: CheckpointStore = {
  write: (bytes, step) => Promise.resolve(void snapshots.push({ bytes, step })),
  newest: () => Promise.resolve(snapshots.at(-1)?.bytes ?? null),
};
const model = await alignedFlow.open();
const moons = drawMoons(20_000, 1);
const { curves } = await model.train({ moons }, { ...withBar(), checkpoint: { store, every: 30 } });
const { judge0, judge1, judge2, judge3 } = model.sample;

const mean = ({ data }: NdArray): number => data.reduce((sum, value) => sum + value, 0) / data.length;

/** Over both moons: the mean reward, and the mean divergence of a path in nats. */
async function judged(judge: typeof judge1): Promise<readonly [number, number]> {
  const [upper, lower] = [await judge({ count, seed: 3, y: 0 }), await judge({ count, seed: 4, y: 1 })];
  return [(mean(upper.x2) + mean(lower.x2)) / 2, (mean(upper.x3) + mean(lower.x3)) / 2];
}

const lines = ["statement,objective,curve,step,value"];
console.log("method           evaluations  reward  divergence");
type Judgement = readonly [number, number];
const tell = (name: string, updates: number, [reward, nats]: Judgement): void => {
  const spent = String(updates * evaluations).padStart(11);
  console.log(`${name.padEnd(16)} ${spent}  ${reward.toFixed(4)}  ${nats.toFixed(3).padStart(10)}`);
};
const draw = (name: string, updates: number, [reward, nats]: Judgement): void => {
  lines.push(`0,${name},reward,${updates},${reward}`, `0,${name},divergence,${updates},${nats}`);
};

const before = await judged(judge0);
tell("unaligned", 0, before);
const trained = await model.toBytes();
const joined = (parts: readonly NdArray[]): NdArray => ({
  data: Float32Array.from(parts.flatMap(({ data }) => Array.from(data))),
  shape: [parts.length * count, 2],
});
const both = async (judge: typeof judge1): Promise<NdArray> =>
  joined([(await judge({ count, seed: 7, y: 0 })).x1, (await judge({ count, seed: 8, y: 1 })).x1]);
keep(import.meta.url, "samples", await both(judge1), ["x", "y"]);
keep(import.meta.url, "data", await both(judge0), ["x", "y"]);

let start = curves[0]?.losses.length ?? 0;
for (const [place, judge] of [judge1, judge2, judge3].entries()) {
  const { objective = "", losses } = curves[place + 1] ?? {};
  const name = objective.split("(")[0] ?? "";
  const end = start + (losses?.length ?? 0);
  draw(name, 0, before);
  for (const { bytes, step } of snapshots.filter((one) => one.step > start && one.step < end)) {
    await model.load(bytes);
    const now = await judged(judge);
    tell(name, step - start, now);
    draw(name, step - start, now);
  }
  await model.load(trained);
  const now = await judged(judge);
  tell(name, end - start, now);
  draw(name, end - start, now);
  start = end;
}
await model.dispose();
writeFileSync(pathInRun(import.meta.url, "curves.csv"), `${lines.join("\n")}\n`);
