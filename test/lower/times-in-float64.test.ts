/** Do kernels between near times keep their digits in a sampler's compiled steps? */
import { expect, it } from "vitest";
import { openText } from "../support/model.js";

/** Without one rate for all coefficients, a kernel between two times is a difference of tables: in float32 2e-4 are lost here. */
const text = `
data D : Real[2]
process P on x : D, t in [0, 1] {
  let A = [[0, 1], [-sin(t), -cos(3 * t)]]
  dx = A @ x dt + [[0.1, 0], [0, 1 + t]] dW
}
sampler transition(R: process) on x, t, s {
  y ~ R.forward(s | x(t) = x)
  return y
}
sampler run = P(start: Normal([1, 0.3], 0.1)) using transition(steps: 500)
`;

it("in 500 exact transitions of a system, as in float64", async () => {
  const found: number[][] = [];
  for (const engine of ["reference", "onnx"]) {
    const model = await openText(text, engine);
    found.push([...((await model.sample["run"]?.({ count: 1, seed: 1 }))?.["x"]?.data ?? [])]);
    await model.dispose();
  }
  const [right = [], other = []] = found;
  expect(right).toHaveLength(2);
  const apart = Math.hypot(...right.map((value, i) => (other[i] ?? NaN) - value)) / Math.hypot(...right);
  expect(apart).toBeLessThan(1e-5);
});
