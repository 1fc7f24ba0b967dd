/** Runs along a part of a grid: slices by drawn indices, strides, and the objective that needs them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openText, openTrained } from "../support/model.js";

const toy = `data points : Real[1] = Normal(1, 0.5)
interpolant flow = rectified_flow(points)
fn exact(x, t) predicts velocity of flow = -1 + (t - (1 - t) * 0.25) / ((1 - t)^2 * 0.25 + t^2) * (x - (1 - t))
sampler noisy = stochastic_flow(flow, exact, noise: 0.5) using euler_maruyama(steps: 8, shift: 3)
sampler still = probability_flow(noisy) using euler(steps: 8, shift: 3)
`;
const nodes = Array.from({ length: 9 }, (_, i) => 1 - i / 8).map((u) => (3 * u) / (1 + 2 * u));
const velocity = (x: number, t: number): number =>
  -1 + ((t - (1 - t) * 0.25) / ((1 - t) ** 2 * 0.25 + t * t)) * (x - (1 - t));

/** Euler's steps through these nodes. */
const along = (x: number, places: readonly number[]): number =>
  places.slice(1).reduce((at, place, i) => {
    const [t = 0, s = 0] = [nodes[places[i] ?? 0], nodes[place]];
    return at + (s - t) * velocity(at, t);
  }, x);
const range = (from: number, to: number, stride = 1): number[] => {
  const all = Array.from({ length: Math.ceil((to - 1 - from) / stride) }, (_, i) => from + i * stride);
  return [...all, to - 1];
};

async function columns(body: string, count: number): Promise<readonly (readonly number[])[]> {
  const model = await openText(`${toy}sampler walk {\n${body}\n}\n`, "reference");
  const result = await model.sample["walk"]?.({ count, seed: 1 });
  await model.dispose();
  return Object.values(result ?? {}).map(({ data }) => Array.from(data as Float32Array));
}

test("a run along a part of a grid that differs from sample to sample", async () => {
  const body = `  k ~ UniformInteger(0, 6)
  j ~ UniformInteger(6, 10)
  x ~ flow(1)
  let times = grid(still)
  let head = advance(still, x, times[..k + 1])
  return k, j, x, advance(still, x, times), head, advance(still, head, times[k..]), advance(still, head, stride(times[k..], 3)), advance(still, x, stride(times[k..j], 2)), advance(still, x, times[2..4])`;
  const [k = [], j = [], x = [], ...found] = await columns(body, 40);
  expect(new Set(k).size).toBe(6);
  const expected = x.map((start, i) => {
    const [from, to] = [k[i] ?? 0, j[i] ?? 0];
    const head = along(start, range(0, from + 1));
    return [
      along(start, range(0, 9)),
      head,
      along(start, range(0, 9)),
      along(head, range(from, 9, 3)),
      along(start, range(from, to, 2)),
      along(start, [2, 3]),
    ];
  });
  for (const [place, column] of found.entries())
    column.forEach((value, i) => expect(value).toBeCloseTo(expected[i]?.[place] ?? Number.NaN, 5));
});

test("with noise it is a law, whose draw is the path's end in distribution", async () => {
  const [x = [], y = []] = await columns(
    "  X ~ path(noisy)\n  y ~ advance(noisy, X(1), grid(noisy))\n  return X.x, y",
    4000,
  );
  const deviation = (values: readonly number[]): number => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  };
  expect(x).not.toEqual(y);
  expect(Math.abs(deviation(x) / deviation(y) - 1)).toBeLessThan(0.05); // 3 standard errors of a ratio of 4000 draws
});

test("trains model e at a small size: one noisy step, two rewards that the application gives", async () => {
  const changes = [
    ["Tokens[77, 49408]", "Tokens[4, 11]"],
    ["Image[3, 64, 64", "Image[1, 4, 4"],
    ["depth: 12, width: 512, patch: 4", "depth: 1, width: 8, patch: 2"],
    ["group = 12", "group = 3"],
    ["batch: 256, steps: 200000", "batch: 4, steps: 2"],
    ["batch: 8, steps: 300", "batch: 2, steps: 2"],
  ] as const;
  const text = changes.reduce(
    (whole, [from, to]) => whole.replaceAll(from, to),
    readFileSync(join(import.meta.dirname, "..", "language", "models", "e.sde"), "utf8"),
  );
  const model = await openTrained(text);
  const prompts = { data: Int32Array.from({ length: 64 }, (_, i) => i % 11), shape: [16, 4] };
  const x = { data: Float32Array.from({ length: 256 }, (_, i) => Math.sin(i)), shape: [16, 1, 4, 4] };
  const asked: string[] = [];
  const answer = (name: string) => (images: { readonly shape: readonly number[] }) => {
    asked.push(`${name} ${images.shape.join()}`);
    return Float32Array.from({ length: images.shape[0] ?? 0 }, (_, i) => 0.5 + 0.5 * Math.sin(i));
  };
  const { curves } = await model.train({
    prompts,
    images: { x, prompt: prompts },
    rewards: { preference: answer("preference"), alignment: answer("alignment") },
  });
  await model.dispose();
  expect(curves.flatMap(({ losses }) => [...losses]).every(Number.isFinite)).toBe(true);
  // Two samples of three members: for each of two strides both rewards, in each of two steps.
  expect(new Set(asked)).toEqual(new Set(["preference 6,1,4,4", "alignment 6,1,4,4"]));
  expect(asked.length).toBe(8);
}, 60_000);
