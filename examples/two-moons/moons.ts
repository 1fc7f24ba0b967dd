/** What do two moons look like as data? */
import type { NdArray } from "sdec/runtime";
import { random } from "../support/random.js";

/** Two half circles of radius 1 with noise, moved and scaled to mean 0 and deviation about 1. */
export function drawMoons(count: number, seed: number): NdArray {
  const { uniform, normal } = random(seed);
  const rows = Array.from({ length: count }, () => {
    const angle = Math.PI * uniform();
    const [x, y] = uniform() < 0.5 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    return [(x + 0.08 * normal() - 0.5) / 0.87, (y + 0.08 * normal() - 0.25) / 0.5];
  });
  return { data: Float32Array.from(rows.flat()), shape: [count, 2] };
}
