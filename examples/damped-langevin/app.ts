/** Does a diffusion with a velocity give its data back, and is its kernel that of its equation? */
import type { NdArray } from "sdec/runtime";
import { keep } from "../support/files.js";
import { distanceFloor, distanceToFresh } from "../support/judge.js";
import { withBar } from "../support/progress.js";
import { random } from "../support/random.js";
import { dampedLangevin } from "./damped-langevin.sde.js";

const count = 20_000;
const model = await dampedLangevin.open();
await model.train({}, withBar());
const byNoise = await model.sample.sde({ count, seed: 7 });
const byFlow = await model.sample.flow({ count, seed: 7 });
const kernel = await model.sample.kernel({ count: 1 });
const simulated = await model.sample.simulated({ count, seed: 3 });
await model.dispose();

keep(import.meta.url, "samples", byNoise.x, ["x", "y"]);
keep(import.meta.url, "data", drawModes(count, 3), ["x", "y"]);

const floor = distanceFloor(count, drawModes).toFixed(4);
for (const [name, { x }] of [
  ["sde", byNoise],
  ["flow", byFlow],
] as const) {
  console.log(
    `${name.padEnd(5)} sliced W1 to fresh data, and its floor: ${distanceToFresh(x, drawModes).toFixed(4)} ${floor}`,
  );
}
for (const [name, mean, std, rows] of [
  ["x", kernel.x1, kernel.x3, simulated.x],
  ["v", kernel.x2, kernel.x4, simulated.v],
] as const) {
  for (const axis of [0, 1]) {
    const values = Array.from({ length: count }, (_, i) => rows.data[2 * i + axis] ?? Number.NaN);
    const center = values.reduce((sum, value) => sum + value, 0) / count;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / count);
    const told = `mean ${(mean.data[axis] ?? Number.NaN).toFixed(3)}, deviation ${(std.data[axis] ?? Number.NaN).toFixed(3)}`;
    console.log(
      `${name}[${axis}]  at 0.3: kernel ${told}; 500 steps mean ${center.toFixed(3)}, deviation ${spread.toFixed(3)}`,
    );
  }
}

/** Eight Gaussians of deviation 0.15 on a circle of radius √2. */
function drawModes(rows: number, seed: number): NdArray {
  const { uniform, normal } = random(seed);
  const points = Array.from({ length: rows }, () => {
    const angle = (Math.PI / 4) * Math.floor(8 * uniform());
    return [Math.SQRT2 * Math.cos(angle) + 0.15 * normal(), Math.SQRT2 * Math.sin(angle) + 0.15 * normal()];
  });
  return { data: Float32Array.from(points.flat()), shape: [rows, 2] };
}
