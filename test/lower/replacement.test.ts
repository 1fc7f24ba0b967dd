/** Is the library's replacement the one whose bias methods of the field have measured, in the state's own basis and in another? */
import { expect, test } from "vitest";
import { openText } from "../support/model.js";

/** Two unit Gaussians of correlation 0.8 under the variance-preserving process, with their exact score. */
const text = `
data pairs : Real[2]
process p = vp(pairs)
fn exact(x, t) predicts score of p {
  let c = 0.8 * scale(p, t)^2
  return -(x - c * [x[1], x[0]]) / (1 - c^2)
}
sampler filled = reverse(p, exact) using euler_maruyama(steps: 1000, until: 1e-3) with replacement([1.5, 0], mask: [1, 0])
sampler in_modes = reverse(p, exact) using euler_maruyama(steps: 200, until: 1e-3)
  with replacement([1.5, 1.5], mask: [1, 0], basis: dct2)
`;

test("replacement fills in what its moment equations say, not the conditional law", async () => {
  const model = await openText(text);
  const drawn = await model.sample["filled"]?.({ count: 20_000, seed: 3 });
  const second = Array.from(drawn?.["x"]?.data ?? []).filter((_, i) => i % 2 === 1);
  const mean = second.reduce((a, b) => a + b, 0) / second.length;
  const deviation = Math.sqrt(second.reduce((a, b) => a + (b - mean) ** 2, 0) / second.length);
  // The first seen at 1.5: mean .7498 and deviation .7032 as the steps go to 0. The conditional law has 1.2 and .6.
  expect(Math.abs(mean - 0.7498)).toBeLessThan(0.03);
  expect(Math.abs(deviation - 0.7032)).toBeLessThan(0.03);

  // In the basis of sum and difference only the sum is seen: it follows the observation, the difference keeps its law.
  const modes = await model.sample["in_modes"]?.({ count: 20_000, seed: 3 });
  await model.dispose();
  const pairs = Array.from(modes?.["x"]?.data ?? []);
  const at = (i: number): number => pairs[i] ?? Number.NaN;
  const sums = pairs.filter((_, i) => i % 2 === 0).map((_, i) => (at(2 * i) + at(2 * i + 1)) / 2);
  const differences = pairs.filter((_, i) => i % 2 === 0).map((_, i) => at(2 * i) - at(2 * i + 1));
  const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  expect(Math.abs(average(sums) - 1.5)).toBeLessThan(0.05);
  expect(Math.abs(average(differences))).toBeLessThan(0.02);
  // Var(x - y) = 2 - 1.6 = 0.4, and the variance of a standard error at 20 000 is .004.
  expect(Math.abs(average(differences.map((d) => d * d)) - 0.4)).toBeLessThan(0.04);
});
