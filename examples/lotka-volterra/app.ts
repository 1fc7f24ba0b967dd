/** Are the parameters of Lotka-Volterra recovered from five snapshots, and where were the animals in between? */
import { wasserstein } from "sdec/runtime";
import type { NdArray } from "sdec/runtime";
import { keep } from "../support/files.js";
import { withBar } from "../support/progress.js";
import { random } from "../support/random.js";
import { lotkaVolterra } from "./lotka-volterra.sde.js";

const truth = { α: 1, β: 0.4, γ: 0.4, δ: 0.1 };
const animals = 50;

const model = await lotkaVolterra.open();
const snapshots = {
  0: caughtAt(0, animals),
  2: caughtAt(2, animals),
  4: caughtAt(4, animals),
  6: caughtAt(6, animals),
  8: caughtAt(8, animals),
};
await model.train({ snapshots }, withBar());
const parameters = model.parameters();
const [times, x] = Object.values(await model.sample.held_out({ count: 2000, seed: 7, data: { snapshots } }));
await model.dispose();
if (times === undefined || x === undefined) throw new Error("the sampler returns times and states");

console.log("           found  truth");
for (const [name, value] of Object.entries(truth)) {
  console.log(`${name}         ${(parameters[`lotka_volterra.${name}`]?.data[0] ?? Number.NaN).toFixed(4)}  ${value}`);
}
console.log("time  W1 to animals there, mean of prey and predators   between two sets of animals");
const heldOut = [1, 3, 5, 7];
for (const time of heldOut) {
  const there = caughtAt(time, 1000);
  console.log(
    `${time}     ${distance(at(time), there).toFixed(3)}                                              ${distance(caughtAt(time, 1000, 1), there).toFixed(3)}`,
  );
}
keep(import.meta.url, "samples", x, ["prey", "predators"]);
keep(import.meta.url, "data", joined(heldOut.map((time) => caughtAt(time, 500))), ["prey", "predators"]);

/** The drawn states at one of the times. */
function at(time: number): NdArray {
  const rows = [...(times?.data ?? [])].flatMap((other, i) =>
    Math.abs(other - time) < 0.5 ? [x?.data[2 * i] ?? 0, x?.data[2 * i + 1] ?? 0] : [],
  );
  return { data: Float32Array.from(rows), shape: [rows.length / 2, 2] };
}

function distance(a: NdArray, b: NdArray): number {
  const column = ({ data }: NdArray, k: number): Float32Array => data.filter((_, i) => i % 2 === k);
  return (wasserstein(column(a, 0), column(b, 0)) + wasserstein(column(a, 1), column(b, 1))) / 2;
}

function joined(tables: readonly NdArray[]): NdArray {
  const rows = tables.flatMap(({ data }) => [...data]);
  return { data: Float32Array.from(rows), shape: [rows.length / 2, 2] };
}

/** Animals at a time, others at each: Euler's steps of 0.002 from U[5, 5.1] × U[4, 4.1]. */
function caughtAt(time: number, count: number, set = 0): NdArray {
  const { uniform, normal } = random(1000 * set + 10 * time + (count === animals ? 1 : 2));
  const h = 0.002;
  const rows = Array.from({ length: count }, () => {
    let [prey, predators] = [5 + 0.1 * uniform(), 4 + 0.1 * uniform()];
    for (let step = 0; step < Math.round(time / h); step += 1) {
      const meetings = prey * predators;
      [prey, predators] = [
        prey + (truth.α * prey - truth.β * meetings) * h + 0.1 * Math.sqrt(h) * normal(),
        predators + (truth.δ * meetings - truth.γ * predators) * h + 0.1 * Math.sqrt(h) * normal(),
      ];
    }
    return [prey, predators];
  });
  return { data: Float32Array.from(rows.flat()), shape: [count, 2] };
}
