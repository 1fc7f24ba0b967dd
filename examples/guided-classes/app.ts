/** What does guidance do? The three classes overlap; the stronger it is, the more surely a sample is of the class asked for. */
import type { NdArray } from "sdec/runtime";
import { keep } from "../support/files.js";
import { distanceFloor, distanceToFresh } from "../support/judge.js";
import { withBar } from "../support/progress.js";
import { drawClass, drawShapes, nearestClass } from "./shapes.js";
import { guidedClasses } from "./guided-classes.sde.js";

const count = 6000;
const model = await guidedClasses.open();
await model.train({ shapes: drawShapes(20_000, 1) }, withBar());

/** The share of rows that lie nearest to the centre of their own class. */
const shareOf = (rows: NdArray, label: number): number => {
  let own = 0;
  for (let i = 0; i < rows.data.length; i += 2)
    if (nearestClass(rows.data[i] ?? 0, rows.data[i + 1] ?? 0) === label) own += 1;
  return own / (rows.shape[0] ?? 1);
};

console.log("guidance   share nearest to their class   sliced W1 to the class, floor");
const strongest: NdArray[] = [];
for (const w of [0, 1, 3]) {
  const shares: number[] = [];
  const distances: number[] = [];
  for (const y of [0, 1, 2]) {
    const { x } = await model.sample.of_class({ count, seed: 5 + y, y, w });
    shares.push(shareOf(x, y));
    distances.push(distanceToFresh(x, (rows, seed) => drawClass(y, rows, seed)));
    if (w === 3) strongest.push(x);
  }
  const share = (shares.reduce((a, b) => a + b, 0) / 3).toFixed(4);
  const floor = distanceFloor(count, (rows, seed) => drawClass(0, rows, seed)).toFixed(4);
  console.log(`${String(w).padEnd(10)} ${share.padEnd(30)} ${Math.max(...distances).toFixed(4)} (floor ${floor})`);
}
await model.dispose();
const data = [0, 1, 2].map((y) => shareOf(drawClass(y, 20_000, 40 + y), y)).reduce((a, b) => a + b, 0) / 3;
console.log(`data       ${data.toFixed(4)}`);

const joined = Float32Array.from(strongest.flatMap(({ data: rows }) => Array.from(rows)));
keep(import.meta.url, "samples", { data: joined, shape: [joined.length / 2, 2] }, ["x", "y"]);
keep(import.meta.url, "data", drawShapes(3 * count, 3).x, ["x", "y"]);
