/** Are the density and the KL of a path those that mathematics gives for processes whose laws are known? */
import { describe, expect, test } from "vitest";
import { openText } from "../support/model.js";

const steps = 16;
const ou = (name: string, rate: number): string =>
  `process ${name} on x : xs, t in [0, 2] {\n  dx = -${rate} * x dt + 0.7 dW\n}\n`;
const text = `data xs : Real = Normal(0.4, 0.5)
${ou("slow", 0.5)}${ou("fast", 1.5)}
sampler divergence {
  X ~ path(slow(start: xs) using euler_maruyama(steps: ${steps}))
  return kl(slow, fast, X), log_prob(slow, X), X(0), X(1), X(2)
}
`;

describe("paths of two Ornstein-Uhlenbeck processes", () => {
  test("their mean KL is the closed form of the chain of Euler's steps, within three standard errors", async () => {
    const model = await openText(text, "reference");
    const drawn = await model.sample["divergence"]!({ count: 4000, seed: 3 });
    const values = drawn["x1"]!.data;
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const error = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length / values.length);
    // E x² along x' = (1 - ½ h) x + 0.7 √h z; the KL adds ½ (0.5 - 1.5)² E x² h / 0.49 at every step.
    const h = 2 / steps;
    let [m, v, expected] = [0.4, 0.25, 0];
    for (let k = 0; k < steps; k++) {
      expected += (0.5 * (m * m + v) * h) / 0.49;
      m *= 1 - 0.5 * h;
      v = v * (1 - 0.5 * h) ** 2 + 0.49 * h;
    }
    expect(error).toBeLessThan(0.03 * expected);
    expect(Math.abs(mean - expected)).toBeLessThan(3 * error);
    await model.dispose();
  });

  test("the density of a linear process is exact from node to node, whatever the step of the solver", async () => {
    const model = await openText(text.replaceAll(`steps: ${steps}`, "steps: 2"), "reference");
    const drawn = await model.sample["divergence"]!({ count: 5, seed: 3 });
    const at = (name: string, i: number): number => drawn[name]!.data[i]!;
    for (let i = 0; i < 5; i++) {
      const states = [at("x3", i), at("x4", i), at("x5", i)];
      const variance = (0.49 * (1 - Math.exp(-1))) / 1;
      const term = (x: number, y: number): number =>
        -((y - Math.exp(-0.5) * x) ** 2) / (2 * variance) - 0.5 * Math.log(2 * Math.PI * variance);
      expect(at("x2", i)).toBeCloseTo(term(states[0]!, states[1]!) + term(states[1]!, states[2]!), 3);
    }
    await model.dispose();
  });
});

describe("the ratio of two laws at a path", () => {
  const ratio = (of: string): string =>
    `${text.slice(0, text.indexOf("sampler"))}sampler ratio {\n  X ~ path(${of} using euler_maruyama(steps: 8))\n  return log_ratio(slow, fast, X), kl(slow, fast, X), X(0), X(0.25), X(0.5), X(0.75), X(1), X(1.25), X(1.5), X(1.75), X(2)\n}\n`;
  const drawn = async (of: string, count: number): Promise<readonly (readonly number[])[]> => {
    const model = await openText(ratio(of), "reference");
    const columns = Object.values(await model.sample["ratio"]!({ count, seed: 4 })).map(({ data }) => [...data]);
    await model.dispose();
    return columns;
  };
  const within = (values: readonly number[], expected: number): number => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return Math.abs(mean - expected) / Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length ** 2);
  };

  test.each(["slow(start: xs)", "redrift(slow, back)(start: xs, from: 0, to: 2)"])(
    "is that of the densities of Euler's steps on %s",
    async (of) => {
      const back = `fn back(x, t) predicts drift of slow = 1 - x\n`;
      const model = await openText(`${ratio(of).replace("sampler", `${back}sampler`)}`, "reference");
      const [log = [], , ...states] = Object.values(await model.sample["ratio"]!({ count: 6, seed: 4 })).map(
        ({ data }) => [...data],
      );
      await model.dispose();
      log.forEach((value, i) => {
        let expected = 0;
        for (let k = 0; k < 8; k++) {
          const [x, y] = [states[k]![i]!, states[k + 1]![i]!];
          const term = (rate: number): number => -((y - x + rate * x * 0.25) ** 2) / (2 * 0.49 * 0.25);
          expected += term(0.5) - term(1.5);
        }
        expect(value).toBeCloseTo(expected, 4);
      });
    },
  );

  test("weighs paths of one law as those of the other, and averages to their KL", async () => {
    const [ofFast = []] = await drawn("fast(start: xs)", 20_000);
    expect(within(ofFast.map(Math.exp), 1)).toBeLessThan(3);
    const [ofSlow = [], kl = []] = await drawn("slow(start: xs)", 20_000);
    expect(
      within(
        ofSlow.map((value, i) => value - (kl[i] ?? 0)),
        0,
      ),
    ).toBeLessThan(3);
    // Planted: half the exponent, as from a KL without its factor.
    expect(
      within(
        ofFast.map((value) => Math.exp(value / 2)),
        1,
      ),
    ).toBeGreaterThan(3);
  });
});

/** dx = -θ x dt + 0.5 dW observed at 21 times: by the normal equations θ = -Σ x Δx / Σ x² h. */
const observed = `data tracks : Real[21]
reference p on x : Real, t in [0, 2] {
  param θ : Positive = 1
  dx = -θ * x dt + 0.5 dW
}
objective fit {
  X ~ tracks
  maximize log_prob(p, X) over p
}
train fit { optimizer: adam(3e-2, schedule: cosine), batch: 40, steps: 300 }
`;

test("maximum likelihood on observed paths is the closed form", async () => {
  const count = 40;
  const tracks = new Float32Array(count * 21);
  let seed = 1;
  const uniform = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const h = 0.1;
  for (let i = 0; i < count; i++) {
    let x = 1 + normal();
    for (let k = 0; k <= 20; k++) {
      tracks[i * 21 + k] = x;
      x = Math.exp(-0.8 * h) * x + Math.sqrt((0.25 * (1 - Math.exp(-1.6 * h))) / 1.6) * normal();
    }
  }
  let [xy, xx] = [0, 0];
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < 20; k++) {
      const [x, y] = [tracks[i * 21 + k]!, tracks[i * 21 + k + 1]!];
      xy += x * y;
      xx += x * x;
    }
  }
  const model = await openText(observed, "reference");
  await model.train({ tracks: { data: tracks, shape: [count, 21] } }, {});
  // Of the exact kernel, near enough to -log(Σ x y / Σ x²) / h: its variance depends on θ too, which moves it by less than the bound.
  const expected = -Math.log(xy / xx) / h;
  expect(Math.abs((model.parameters()["p.θ"]?.data[0] ?? 0) - expected)).toBeLessThan(0.05);
  await model.dispose();
});
