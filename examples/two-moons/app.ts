/** What does an application do with a compiled model? It trains it, samples it, scores points and saves it. */
import { keep, pathInRun } from "../support/files.js";
import { distanceFloor, distanceToFresh } from "../support/judge.js";
import { withBar } from "../support/progress.js";
import { drawMoons } from "./moons.js";
import { twoMoons } from "./two-moons.sde.js";

const model = await twoMoons.open(); // picks the fastest engine present
const training = await model.train({ moons: drawMoons(20_000, 1) }, withBar());
const { x } = await model.sample.flow({ count: 20_000, seed: 7 });
const { logProb } = await model.logProb.flow({ x: drawMoons(1000, 2) });
await model.save(pathInRun(import.meta.url, "two-moons.safetensors"));
await model.dispose();

keep(import.meta.url, "samples", x, ["x", "y"]);
keep(import.meta.url, "data", drawMoons(20_000, 3), ["x", "y"]);

const steps = training.curves.reduce((sum, { losses }) => sum + losses.length, 0);
const meanLogProb = logProb.data.reduce((sum, value) => sum + value, 0) / logProb.data.length;
const distance = distanceToFresh(x, drawMoons);
const floor = distanceFloor(20_000, drawMoons);
console.log(
  [
    `${Math.round(steps / training.seconds)} steps/s on ${model.engine}`,
    `held-out log-likelihood ${meanLogProb.toFixed(3)} nats`,
    `sliced W1 to fresh data ${distance.toFixed(4)} (floor ${floor.toFixed(4)})`,
  ].join(" · "),
);
