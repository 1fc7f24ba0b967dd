/** Which data have three classes that overlap? Round clouds at the corners of a triangle. */
import type { NdArray } from "sdec/runtime";
import { random } from "../support/random.js";

const centres = [0, 1, 2].map(
  (k) => [Math.cos((2 * Math.PI * k) / 3 + Math.PI / 2), Math.sin((2 * Math.PI * k) / 3 + Math.PI / 2)] as const,
);
const spread = 0.6;

export function drawShapes(count: number, seed: number): { readonly x: NdArray; readonly y: NdArray } {
  const { uniform, normal } = random(seed);
  const x = new Float32Array(2 * count);
  const y = new Float32Array(count);
  for (let i = 0; i < count; i += 1) {
    const label = Math.floor(3 * uniform());
    const [cx, cy] = centres[label] ?? [0, 0];
    x.set([cx + spread * normal(), cy + spread * normal()], 2 * i);
    y[i] = label;
  }
  return { x: { data: x, shape: [count, 2] }, y: { data: y, shape: [count] } };
}

export function drawClass(label: number, count: number, seed: number): NdArray {
  const { normal } = random(seed);
  const [cx, cy] = centres[label] ?? [0, 0];
  return {
    data: Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? cx : cy) + spread * normal()),
    shape: [count, 2],
  };
}

/** The likeliest class at a place: they are equally frequent and equally wide. */
export function nearestClass(x: number, y: number): number {
  const distances = centres.map(([cx, cy]) => (x - cx) ** 2 + (y - cy) ** 2);
  return distances.indexOf(Math.min(...distances));
}
