/** How near do an exact and a learned score bring the samples to the mixture? */
import type { NdArray } from "sdec/runtime";
import { keep } from "../support/files.js";
import { distanceFloor, distanceToFresh } from "../support/judge.js";
import { withBar } from "../support/progress.js";
import { random } from "../support/random.js";
import { gaussianMixture } from "./gaussian-mixture.sde.js";

/** As in the .sde file; written again so that the judge does not depend on what is judged. */
const components = [
  { weight: 0.5, mean: [0, 1.2] },
  { weight: 0.3, mean: [-1, -0.6] },
  { weight: 0.2, mean: [1, -0.6] },
] as const;
const spread = 0.3;

const count = 20_000;
const model = await gaussianMixture.open();
await model.train({}, withBar()); // the data has a law: none is handed in
const exact = await model.sample.exact_sde({ count, seed: 7 });
const learned = await model.sample.learned_sde({ count, seed: 7 });
await model.dispose();

keep(import.meta.url, "samples", learned.x, ["x", "y"]);
keep(import.meta.url, "data", drawMixture(count, 3), ["x", "y"]);

const floor = distanceFloor(count, drawMixture);
console.log("             weights              mode std             sliced W1  floor");
report("truth", drawMixture(count, 5));
report("exact_sde", exact.x);
report("learned_sde", learned.x);

function report(name: string, samples: NdArray): void {
  const { weights, deviations } = modes(samples);
  const distance = distanceToFresh(samples, drawMixture);
  const numbers = (values: readonly number[]): string => values.map((value) => value.toFixed(3)).join(", ");
  console.log(
    `${name.padEnd(11)}  ${numbers(weights)}  ${numbers(deviations)}  ${distance.toFixed(4)}     ${floor.toFixed(4)}`,
  );
}

/** Each sample belongs to the nearest component. */
function modes({ data, shape }: NdArray): {
  readonly weights: readonly number[];
  readonly deviations: readonly number[];
} {
  const [rows = 0] = shape;
  const counts = components.map(() => 0);
  const squares = components.map(() => 0);
  for (let row = 0; row < rows; row++) {
    const distances = components.map(
      ({ mean: [x, y] }) => ((data[2 * row] ?? 0) - x) ** 2 + ((data[2 * row + 1] ?? 0) - y) ** 2,
    );
    const least = Math.min(...distances);
    const nearest = distances.indexOf(least);
    counts[nearest] = (counts[nearest] ?? 0) + 1;
    squares[nearest] = (squares[nearest] ?? 0) + least;
  }
  return {
    weights: counts.map((own) => own / rows),
    deviations: squares.map((sum, k) => Math.sqrt(sum / (counts[k] ?? 0) / 2)),
  };
}

function drawMixture(rows: number, seed: number): NdArray {
  const { uniform, normal } = random(seed);
  const points = Array.from({ length: rows }, () => {
    let rest = uniform();
    const { mean } = components.find(({ weight }) => (rest -= weight) < 0) ?? components[0];
    return mean.map((centre) => centre + spread * normal());
  });
  return { data: Float32Array.from(points.flat()), shape: [rows, 2] };
}
