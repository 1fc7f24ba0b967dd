/** How straight are the paths of a flow, before and after it is trained again on its own pairs, and what is one step worth? */
import type { NdArray } from "sdec/runtime";
import { keep } from "../support/files.js";
import { distanceFloor, distanceToFresh } from "../support/judge.js";
import { withBar } from "../support/progress.js";
import { drawMoons } from "../two-moons/moons.js";
import { rectifiedFlow } from "./rectified-flow.sde.js";

const count = 5000;
const model = await rectifiedFlow.open();
await model.train({ moons: drawMoons(20_000, 1) }, withBar());
const { sample } = model;
const options = { count, seed: 7 };
const rows = {
  before: [await sample.before_1(options), await sample.before_4(options), await sample.before_100(options)],
  after: [await sample.after_1(options), await sample.after_4(options), await sample.after_100(options)],
};
const bends = { before: await sample.bend_before(options), after: await sample.bend_after(options) };
await model.dispose();

keep(import.meta.url, "samples", rows.after[0]?.x ?? drawMoons(1, 1), ["x", "y"]);
keep(import.meta.url, "data", drawMoons(count, 3), ["x", "y"]);

console.log(`sliced W1 to fresh data, floor ${distanceFloor(count, drawMoons).toFixed(4)}`);
console.log("steps         1       4     100   bend of the paths   square of their length");
for (const name of ["before", "after"] as const) {
  const distances = rows[name].map(({ x }) => distanceToFresh(x, drawMoons).toFixed(4).padStart(8));
  const { x1, x2 } = bends[name];
  console.log(
    `${name.padEnd(7)}${distances.join("")}   ${average(x1).toFixed(4).padEnd(19)} ${average(x2).toFixed(3)}`,
  );
}

function average({ data }: NdArray): number {
  return data.reduce((sum, value) => sum + value, 0) / data.length;
}
