/** Do the library's multistep solvers give the published errors, and the same samples on every engine? */
import { expect, it } from "vitest";
import { arrive } from "../figures/float64-steps.js";
import { lowered, openText } from "../support/model.js";

const model = (samplers: string): string => `
data bump : Real[1] = Normal(1, 0.5)
process P = vp(bump)
fn exact(x, t) predicts score of P = (scale(P, t) - x) / (0.25 * scale(P, t)^2 + std(P, t)^2)
sampler one(R: process) on x, t, s = exponential(R, x, t, s, denoised: denoised(R, x, t))
${samplers}`;

/** The flow carries a Gaussian's quantiles: m + sqrt(v(s) / v(t)) (x - m(t)). */
const truth = ((): number => {
  const at = (t: number): readonly [number, number] => {
    const B = 0.1 * t + 9.95 * t * t;
    return [Math.exp(-B / 2), 0.25 * Math.exp(-B) - Math.expm1(-B)];
  };
  const [[endMean, endVariance], [mean, variance]] = [at(1), at(1e-3)];
  return mean + Math.sqrt(variance / endVariance) * (2 - endMean);
})();

// Methods, S1: x at t = 1 is 2, down to 1e-3 on a grid uniform in the log-SNR.
it.each([
  ["one", [0.2122, 0.1125, 0.0579, 0.0294]],
  ["dpmpp_2m", [0.0326, 0.01298, 0.003496, 0.000887]],
])("%s has the published errors within 2 %%", (step, errors) => {
  const counts = [10, 20, 40, 80];
  const found = lowered(
    model(
      counts
        .map(
          (n) =>
            `sampler s${n} = probability_flow(P, exact) using ${step}(steps: ${n}, spacing: log_snr, until: 1e-3)\n`,
        )
        .join(""),
    ),
  );
  counts.forEach((n, i) => {
    const error = Math.abs((arrive(found, `s${n}`, [2])[0] ?? Number.NaN) - truth);
    expect(Math.abs(error / (errors[i] ?? Number.NaN) - 1)).toBeLessThan(0.02);
  });
});

it("earlier nodes, memory and choices by time run alike on onnx and the reference", async () => {
  const text = model(
    ["dpmpp_2m", "dpmpp_3m", "exponential_2m", "ddim"]
      .map((step) => `sampler ${step}s = probability_flow(P, exact) using ${step}(steps: 7)\n`)
      .join(""),
  );
  const outputs: ArrayLike<number>[][] = [];
  for (const engine of ["reference", "onnx"]) {
    const open = await openText(text, engine);
    const samples: ArrayLike<number>[] = [];
    for (const name of ["dpmpp_2ms", "dpmpp_3ms", "exponential_2ms", "ddims"])
      samples.push((await open.sample[name]?.({ count: 5, seed: 1 }))?.["x"]?.data ?? []);
    outputs.push(samples);
    await open.dispose();
  }
  const [left = [], right = []] = outputs;
  left.forEach((values, k) => Array.from(values).forEach((value, i) => expect(right[k]?.[i]).toBeCloseTo(value, 4)));
  expect(left.every((values) => values.length === 5 && Array.from(values).every(Number.isFinite))).toBe(true);
});
