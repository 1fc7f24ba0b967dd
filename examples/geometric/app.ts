/** Does a score learned under multiplicative noise give the log-normal law of its data, all of it positive? */
import { moments } from "sdec/runtime";
import type { NdArray } from "sdec/runtime";
import { keep } from "../support/files.js";
import { distanceFloor, distanceToFresh } from "../support/judge.js";
import { withBar } from "../support/progress.js";
import { random } from "../support/random.js";
import { geometric } from "./geometric.sde.js";

const count = 20_000;
const [mean, deviation, correlation] = [0.3, 0.4, 0.6];

const model = await geometric.open();
await model.train({ prices: drawPrices(count, 1) }, withBar());
const { x } = await model.sample.dls({ count, seed: 7 });
await model.dispose();

keep(import.meta.url, "samples", x, ["first", "second"]);
keep(import.meta.url, "data", drawPrices(count, 3), ["first", "second"]);

const logarithms = moments({ data: Float32Array.from(x.data, Math.log), shape: x.shape });
const [first = 0, both = 0, , second = 0] = logarithms.covariance;
const least = x.data.reduce((a, b) => Math.min(a, b), Infinity);
console.log(`of log x        samples          truth
mean        ${pair(logarithms.mean[0] ?? 0, logarithms.mean[1] ?? 0)}   ${pair(mean, mean)}
deviations  ${pair(Math.sqrt(first), Math.sqrt(second))}   ${pair(deviation, deviation)}
correlation  ${(both / Math.sqrt(first * second)).toFixed(3)}            ${correlation.toFixed(3)}
smallest of ${2 * count} numbers: ${least.toFixed(4)}
sliced W1 to fresh data: ${distanceToFresh(x, drawPrices).toFixed(4)} (floor ${distanceFloor(count, drawPrices).toFixed(4)})`);

function drawPrices(rows: number, seed: number): NdArray {
  const { normal } = random(seed);
  const points = Array.from({ length: rows }, () => {
    const [shared, own] = [normal(), normal()];
    return [shared, correlation * shared + Math.sqrt(1 - correlation ** 2) * own].map((z) =>
      Math.exp(mean + deviation * z),
    );
  });
  return { data: Float32Array.from(points.flat()), shape: [rows, 2] };
}

function pair(a: number, b: number): string {
  return `${a.toFixed(3).padStart(6)}, ${b.toFixed(3).padStart(6)}`;
}
