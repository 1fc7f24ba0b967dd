/** Are densities in many dimensions, where the divergence is estimated, and bits per dimension of rounded data right? */
import { expect, it } from "vitest";
import { normals } from "../support/noise.js";
import { openText } from "../support/model.js";

const model = (space: string): string => `
data start : ${space}
process noising = ou(start, theta: 1, sigma: 1, horizon: 6)
/// Of data with independent coordinates Normal(0, 0.5).
fn exact(x, t) predicts score of noising = -x / (scale(noising, t)^2 * 0.25 + std(noising, t)^2)
sampler flow = probability_flow(noising, exact) using rk4(steps: 100)
sampler adaptive = probability_flow(noising, exact) using dopri5(rtol: 1e-6)
`;

const count = 5;
const dimensions = 25;
const points = Float64Array.from(normals(count * dimensions, 3), (z) => 0.5 * z);
const truth = Array.from({ length: count }, (_, i) => {
  const row = points.subarray(i * dimensions, (i + 1) * dimensions);
  return row.reduce((sum, x) => sum - (x / 0.5) ** 2 / 2 - Math.log(0.5 * Math.sqrt(2 * Math.PI)), 0);
});

it("estimates the divergence beyond sixteen coordinates, without bias and with a standard error", async () => {
  const running = await openText(model(`Real[${dimensions}]`), "reference");
  for (const name of ["flow", "adaptive"]) {
    const result = await running.logProb[name]?.({
      x: { data: points, shape: [count, dimensions] },
      seed: 1,
      probes: 3,
    });
    expect(result?.standardError).not.toBeNull();
    // The Jacobian is a multiple of the identity: every probe of signs gives its trace exactly, so the error shown is 0.
    expect(Math.max(...(result?.standardError?.data ?? [1]))).toBeLessThan(1e-4);
    // What is left is the claimed law's own error, e^-12 in variance, stretched along the tails.
    truth.forEach((value, i) => expect(Math.abs((result?.logProb.data[i] ?? Number.NaN) - value)).toBeLessThan(2e-3));
  }
  await running.dispose();
});

it("counts bits per dimension against the levels of rounded data", async () => {
  const running = await openText(model("Image[1, 5, 5, range: [-1, 1], bits: 8]"), "reference");
  const inside = Float64Array.from(points, (x) => Math.max(-1, Math.min(1, x)));
  const result = await running.logProb["flow"]?.({ x: { data: inside, shape: [count, 1, 5, 5] } });
  await running.dispose();
  const [first = Number.NaN] = result?.logProb.data ?? [];
  // 256 levels over [-1, 1] lie 2/256 apart: -log2(density · 2/256) per number.
  expect(result?.bitsPerDimension.data[0]).toBeCloseTo(-first / dimensions / Math.LN2 + 7, 5);
});
