/** What do two moons look like as labelled data? */
import type { NdArray } from "sdec/runtime";
import { random } from "../support/random.js";

/** Two half circles of radius 1 with noise, moved and scaled to mean 0 and deviation about 1; the label says which. */
export function drawMoons(count: number, seed: number): { readonly x: NdArray; readonly y: NdArray } {
  const { uniform, normal } = random(seed);
  const x = new Float32Array(2 * count);
  const y = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    const angle = Math.PI * uniform();
    const label = uniform() < 0.5 ? 0 : 1;
    const [a, b] = label === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    x.set([(a + 0.08 * normal() - 0.5) / 0.87, (b + 0.08 * normal() - 0.25) / 0.5], 2 * i);
    y[i] = label;
  }
  return { x: { data: x, shape: [count, 2] }, y: { data: y, shape: [count] } };
}
