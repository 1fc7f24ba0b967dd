/** Which way to a reward is worth its network evaluations, and how far from the learned law does it lead? */
import type { CheckpointStore, NdArray } from "sdec/runtime";
import { keep } from "../support/files.js";
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

const rows: number[][] = [];
console.log("method           evaluations  reward  divergence");
const tell = (place: number, name: string, spent: number, [reward, nats]: readonly [number, number]): void => {
  rows.push([place, spent, reward, nats]);
  console.log(
    `${name.padEnd(16)} ${String(spent).padStart(11)}  ${reward.toFixed(4)}  ${nats.toFixed(3).padStart(10)}`,
  );
};

tell(0, "unaligned", 0, await judged(judge0));
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
  for (const { bytes, step } of snapshots.filter((one) => one.step > start && one.step < end)) {
    await model.load(bytes);
    tell(place + 1, name, (step - start) * evaluations, await judged(judge));
  }
  await model.load(trained);
  tell(place + 1, name, (end - start) * evaluations, await judged(judge));
  start = end;
}
await model.dispose();
keep(import.meta.url, "curves", { data: Float32Array.from(rows.flat()), shape: [rows.length, 4] }, [
  "method",
  "evaluations",
  "reward",
  "divergence",
]);
