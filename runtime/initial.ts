/** With which numbers does a learned tensor start? */
import { elements } from "./ndarray.js";
import { fillNormals, fillUniforms, openStream } from "./random/stream.js";
import type { WeightSpec } from "./specification.js";

/** The same for the same seed and weight's name, whatever other weights the model has. */
export function initialWeight(weight: WeightSpec, seed: number): Float32Array {
  const { initial } = weight;
  const values = new Float32Array(elements(weight.shape));
  if (initial.kind === "constant") return values.fill(initial.value);
  // The data makes it before the first step (train/setup.ts).
  if (initial.kind === "setup") return values;
  if (initial.kind === "values") return Float32Array.from(initial.values);
  const stream = openStream(seed, `initial/${weight.name}`);
  if (initial.kind === "normal") {
    fillNormals(values, stream, 0, 0);
    return values.map((value) => value * initial.scale);
  }
  fillUniforms(values, stream, 0, 0);
  return values.map((value) => (2 * value - 1) * initial.scale);
}
