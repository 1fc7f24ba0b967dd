/** Does noise that is chosen after training change what comes out? One flow and three stochastic ones, of the same two networks. */
import { keep } from "../support/files.js";
import { distanceFloor, distanceToFresh } from "../support/judge.js";
import { withBar } from "../support/progress.js";
import { drawCheckerboard, meanLogDensity, shareOnDark } from "./checkerboard.js";
import { interpolantCheckerboard } from "./interpolant-checkerboard.sde.js";

const count = 5000;
const model = await interpolantCheckerboard.open();
await model.train({ checker: drawCheckerboard(50_000, 1) }, withBar());
const runs = [
  ["ode", await model.sample.ode({ count, seed: 7 })],
  ["sde 0.25", await model.sample.sde({ count, seed: 7, ε: 0.25 })],
  ["sde 1", await model.sample.sde({ count, seed: 7, ε: 1 })],
  ["sde 4", await model.sample.sde({ count, seed: 7, ε: 4 })],
] as const;
const { logProb } = await model.logProb.ode({ x: drawCheckerboard(1000, 2) });
await model.dispose();

keep(import.meta.url, "samples", runs[2][1].x, ["x", "y"]);
keep(import.meta.url, "data", drawCheckerboard(count, 3), ["x", "y"]);

console.log("noise ε     on dark squares   sliced W1");
for (const [name, { x }] of runs) {
  console.log(
    `${name.padEnd(11)} ${shareOnDark(x).toFixed(3).padEnd(17)} ${distanceToFresh(x, drawCheckerboard).toFixed(4)}`,
  );
}
console.log(`the data    1.000             ${distanceFloor(count, drawCheckerboard).toFixed(4)}`);
const mean = logProb.data.reduce((sum, value) => sum + value, 0) / logProb.data.length;
console.log(
  `held-out log-likelihood of the flow ${mean.toFixed(3)} nats, of the data's own density ${meanLogDensity.toFixed(3)}`,
);
