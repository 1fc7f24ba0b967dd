/** Does the model find a Gaussian whose mean, covariance and density are known? */
import { moments } from "sdec/runtime";
import type { NdArray } from "sdec/runtime";
import { keep } from "../support/files.js";
import { distanceFloor, distanceToFresh } from "../support/judge.js";
import { withBar } from "../support/progress.js";
import { random } from "../support/random.js";
import { ornsteinUhlenbeck } from "./ornstein-uhlenbeck.sde.js";

const [meanX, meanY] = [0.5, -0.5];
const correlation = 0.8;

const model = await ornsteinUhlenbeck.open();
await model.train({ cloud: drawCloud(20_000, 1) }, withBar());
const { x } = await model.sample.flow({ count: 20_000, seed: 7 });
const heldOut = drawCloud(2000, 2);
const { logProb } = await model.logProb.flow({ x: heldOut });
await model.dispose();

keep(import.meta.url, "samples", x, ["x", "y"]);
keep(import.meta.url, "data", drawCloud(20_000, 3), ["x", "y"]);

const { mean, covariance } = moments(x);
const [varianceX = 0, covarianceXY = 0, , varianceY = 0] = covariance;
const errors = Array.from(logProb.data, (value, row) =>
  Math.abs(value - logDensity(heldOut.data[2 * row] ?? 0, heldOut.data[2 * row + 1] ?? 0)),
);
const distance = distanceToFresh(x, drawCloud);
const floor = distanceFloor(20_000, drawCloud);
console.log(`            samples          truth
mean        ${pair(mean[0] ?? 0, mean[1] ?? 0)}   ${pair(meanX, meanY)}
deviations  ${pair(Math.sqrt(varianceX), Math.sqrt(varianceY))}   ${pair(1, 1)}
correlation  ${(covarianceXY / Math.sqrt(varianceX * varianceY)).toFixed(3)}            ${correlation.toFixed(3)}
mean |log p error| on ${errors.length} points: ${(errors.reduce((a, b) => a + b, 0) / errors.length).toFixed(3)} nats
sliced W1 to fresh data: ${distance.toFixed(4)} (floor ${floor.toFixed(4)})`);

function drawCloud(count: number, seed: number): NdArray {
  const { normal } = random(seed);
  const rows = Array.from({ length: count }, () => {
    const shared = normal();
    return [meanX + shared, meanY + correlation * shared + Math.sqrt(1 - correlation ** 2) * normal()];
  });
  return { data: Float32Array.from(rows.flat()), shape: [count, 2] };
}

function logDensity(x: number, y: number): number {
  const [u, v] = [x - meanX, y - meanY];
  const determinant = 1 - correlation ** 2;
  const distance = (u * u - 2 * correlation * u * v + v * v) / determinant;
  return -distance / 2 - Math.log(2 * Math.PI) - Math.log(determinant) / 2;
}

function pair(first: number, second: number): string {
  return `${first.toFixed(3).padStart(6)}, ${second.toFixed(3).padStart(6)}`;
}
