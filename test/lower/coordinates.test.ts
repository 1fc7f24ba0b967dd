/** Are processes in coordinates the processes they claim to be, and do the models of methods C and D run at a small size? */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openText } from "../support/model.js";

const both = `data prices : Positive[2] = LogNormal(0.3, 0.4)
process inx on x : prices, t in [0, 1] {
  dx = 0.32 * x dt + 0.8 * x dW
  x(1) ~ LogNormal(0.3, sqrt(0.8))
}
process iny on x : prices, t in [0, 1] {
  let y = log(x)
  dy = 0.8 dW
  x(1) ~ LogNormal(0.3, sqrt(0.8))
}
process ring on x : prices, t in [0, 1] {
  dx = 0.8 * x o dW
  x(1) ~ LogNormal(0.3, sqrt(0.8))
}
fn sx(x, t) predicts score of inx = -(1 + log(x)) / x
fn sy(x, t) predicts score of iny = -(1 + log(x)) / x
fn so(x, t) predicts score of ring = -(1 + log(x)) / x
`;

it("writes one geometric motion in x, in log x and after Stratonovich", async () => {
  const model = await openText(
    `${both}
sampler ask {
  let x = [0.7, 1.9]
  let forward = [drift(inx, x, 0.3), drift(iny, x, 0.3), drift(ring, x, 0.3)]
  let back = [drift(reverse(inx, sx), x, 0.3), drift(reverse(iny, sy), x, 0.3), drift(reverse(ring, so), x, 0.3)]
  let scores = [grad_log(inx(0.5 | [1, 2]), x), grad_log(iny(0.5 | [1, 2]), x), grad_log(ring(0.5 | [1, 2]), x)]
  return forward, back, scores, log_prob(inx(0.5 | [1, 2]), x) - log_prob(iny(0.5 | [1, 2]), x)
}`,
    "reference",
  );
  const results = Object.values((await model.sample["ask"]?.({ count: 1, seed: 1 })) ?? {});
  for (const { data } of results.slice(0, 3)) {
    for (let i = 0; i < 2; i += 1) {
      // Results are float32.
      expect(data[2 + i]).toBeCloseTo(data[i] ?? Number.NaN, 5);
      expect(data[4 + i]).toBeCloseTo(data[i] ?? Number.NaN, 5);
    }
  }
  expect(results[3]?.data[0]).toBeCloseTo(0, 5);
  await model.dispose();
});

it("keeps the sign in the logarithm, where steps in x lose it", async () => {
  const model = await openText(
    `${both}
sampler inside  = reverse(inx, sx, coordinates: log) using euler_maruyama(steps: 2)
sampler outside = reverse(inx, sx) using euler_maruyama(steps: 2)`,
    "reference",
  );
  const least = async (name: string): Promise<number> =>
    Math.min(...((await model.sample[name]?.({ count: 500, seed: 3 }))?.["x"]?.data ?? [Number.NaN]));
  expect(await least("inside")).toBeGreaterThan(0);
  // The score of a negative number is none.
  await expect(least("outside")).rejects.toThrow(/not finite/);
  await model.dispose();
});

it.each([
  [
    "c",
    "fields",
    [
      ["Image[1, 32, 32", "Image[1, 8, 8"],
      ["channels: 96", "channels: 4"],
      ["batch: 128, steps: 200000", "batch: 2, steps: 2"],
    ],
  ],
  [
    "d",
    "dls",
    [
      ["Positive[28, 28]", "Positive[8, 8]"],
      ["channels: 64", "channels: 4"],
      ["steps: 1000)", "steps: 4)"],
      ["steps = 1000", "steps = 4"],
      ["batch: 128, steps: 100000", "batch: 2, steps: 2"],
    ],
  ],
] as const)(
  "trains and samples model %s at a small size",
  async (name, sampler, changes) => {
    const text = changes.reduce(
      (whole, [from, to]) => whole.replaceAll(from, to),
      readFileSync(join(import.meta.dirname, "..", "language", "models", `${name}.sde`), "utf8"),
    );
    const model = await openText(text);
    const shape = name === "c" ? [4, 1, 8, 8] : [4, 8, 8];
    const data = {
      data: Float32Array.from({ length: 256 }, (_, i) => (name === "c" ? Math.sin(i) : 1.5 + 0.5 * Math.sin(i))),
      shape,
    };
    await model.train(name === "c" ? { images: data } : { digits: data }, {});
    const result = (await model.sample[sampler]?.({ count: 2, seed: 1 }))?.["x"];
    expect(result?.shape).toEqual([2, ...shape.slice(1)]);
    expect(result?.data.every(Number.isFinite)).toBe(true);
    await model.dispose();
  },
  60_000,
);
