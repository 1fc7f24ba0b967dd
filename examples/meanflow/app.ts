/** How good are samples for their price? Four ways from noise to two moons, at 1, 4, 20 and 200 network evaluations. */
import { keep } from "../support/files.js";
import { distanceFloor, distanceToFresh } from "../support/judge.js";
import { withBar } from "../support/progress.js";
import { drawMoons } from "../two-moons/moons.js";
import { meanflow } from "./meanflow.sde.js";

const count = 10_000;
const model = await meanflow.open();
await model.train({ moons: drawMoons(20_000, 1) }, withBar());
const { sample } = model;
const options = { count, seed: 7 };
const rows = {
  mean: [
    await sample.mean_1(options),
    await sample.mean_4(options),
    await sample.mean_20(options),
    await sample.mean_200(options),
  ],
  flow: [
    await sample.flow_1(options),
    await sample.flow_4(options),
    await sample.flow_20(options),
    await sample.flow_200(options),
  ],
  noisy: [
    await sample.noisy_1(options),
    await sample.noisy_4(options),
    await sample.noisy_20(options),
    await sample.noisy_200(options),
  ],
  diffusion: [
    await sample.diffusion_1(options),
    await sample.diffusion_4(options),
    await sample.diffusion_20(options),
    await sample.diffusion_200(options),
  ],
};
await model.dispose();

keep(import.meta.url, "samples", rows.mean[1]?.x ?? drawMoons(1, 1), ["x", "y"]);
keep(import.meta.url, "data", drawMoons(count, 3), ["x", "y"]);

const evaluations = [1, 4, 20, 200];
const distances = Object.values(rows).map((results) => results.map(({ x }) => distanceToFresh(x, drawMoons)));
const lines = evaluations.flatMap((n, place) => [n, ...distances.map((ofWay) => ofWay[place] ?? Number.NaN)]);
keep(import.meta.url, "lines", { data: Float32Array.from(lines), shape: [evaluations.length, 5] }, [
  "network evaluations",
  "MeanFlow",
  "flow matching",
  "with noise",
  "diffusion",
]);

console.log(`sliced W1 to fresh data, floor ${distanceFloor(count, drawMoons).toFixed(4)}`);
console.log("evaluations       1       4      20     200");
for (const [place, name] of Object.keys(rows).entries()) {
  console.log(name.padEnd(11) + (distances[place] ?? []).map((distance) => distance.toFixed(4).padStart(8)).join(""));
}
