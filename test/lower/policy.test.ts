/** Paths, groups, copies of weights and rewards in objectives: small models that train, answer and resume. */
import { describe, expect, test } from "vitest";
import type { CheckpointStore } from "../../runtime/api.js";
import { openText, openTrained } from "../support/model.js";

const base = `data points : Real[1] = Normal(1, 0.5)
data prompts : Real[1] = Normal(0, 1)
interpolant flow = rectified_flow(points)
network v(x, t, c: prompts) predicts velocity of flow = mlp(hidden: [4])
sampler policy(c: prompts) = stochastic_flow(flow, v, c: c, noise: 0.5) using euler_maruyama(steps: 4, until: 0.05)
sampler turned(c: prompts) = probability_flow(flow, v, c: c) using cps(steps: 4, until: 0.05)
reward near(x: points, c: prompts) : Real in [0, 1] = exp(-sqnorm(x - 2))
reward answer(x: points, c: prompts) : Real in [0, 1]
`;
const run = (train: string): string => `${base}${train}\n`;
const bell = (x: { readonly data: ArrayLike<number> }): Float32Array =>
  Float32Array.from(x.data, (value) => Math.exp(-((value - 2) ** 2)));

/** Keeps every checkpoint. */
function memory(): CheckpointStore & { readonly all: Uint8Array[] } {
  const all: Uint8Array[] = [];
  return {
    all,
    write: (bytes) => Promise.resolve(void all.push(bytes)),
    newest: () => Promise.resolve(all.at(-1) ?? null),
  };
}

describe("policies", () => {
  test("what the application answers counts as what a body computes", async () => {
    const losses: (readonly number[])[] = [];
    for (const reward of ["near", "answer"]) {
      const model = await openTrained(
        run(`train grpo(policy, ${reward}, prompts, group: 3) { batch: 4, steps: 4, reuse: 2 }`),
        "reference",
      );
      const { curves } = await model.train({ rewards: { answer: bell } });
      losses.push([...(curves[0]?.losses ?? []), ...(curves[0]?.reports["mean_reward"] ?? [])]);
      await model.dispose();
    }
    losses[0]?.forEach((loss, i) => expect(losses[1]?.[i]).toBeCloseTo(loss, 5));
  });

  test("the first update of a batch neither clips nor diverges, the second does", async () => {
    const model = await openTrained(
      run("train grpo(policy, near, prompts, group: 3) { optimizer: sgd(0.1), batch: 4, steps: 2, reuse: 2 }"),
      "reference",
    );
    const { curves } = await model.train({});
    await model.dispose();
    const { clip_fraction: clips = [], divergence = [], mean_reward: rewards = [] } = curves[0]?.reports ?? {};
    expect([clips[0], divergence[0]]).toEqual([0, 0]);
    expect(clips[1]).toBeGreaterThan(0);
    expect(divergence[1]).toBeGreaterThan(0);
    expect(rewards[1]).toBe(rewards[0]);
  });

  test("a run resumed between two updates of a batch goes on to the bit", async () => {
    const text = run("train grpo(policy, answer, prompts, group: 3) { batch: 4, steps: 6, reuse: 3 }");
    const whole = await openTrained(text, "reference");
    await whole.train({ rewards: { answer: bell } });
    const first = await openTrained(text, "reference");
    const store = memory();
    await first.train({ rewards: { answer: bell } }, { steps: 4, checkpoint: store });
    const second = await openTrained(text, "reference");
    await second.train({ rewards: { answer: bell } }, { steps: 6, checkpoint: store, resume: true });
    expect([...second.weight("v.0.weight").data]).toEqual([...whole.weight("v.0.weight").data]);
    for (const model of [whole, first, second]) await model.dispose();
  });

  test("an answer outside of its range stops the run and names its row", async () => {
    const model = await openTrained(
      run("train grpo(policy, answer, prompts, group: 3) { batch: 4, steps: 2 }"),
      "reference",
    );
    const wrong = (x: { readonly data: ArrayLike<number> }): Float32Array =>
      Float32Array.from(x.data, (_, i) => (i === 5 ? 1.5 : 0.5));
    await expect(model.train({ rewards: { answer: wrong } })).rejects.toThrow(
      /"answer" of row 5 is 1.5, outside of its range \[0, 1\]/,
    );
    await expect(model.train({ rewards: {} })).rejects.toThrow(/"answer" is missing/);
    await model.dispose();
  });

  test("a body outside of its range stops the run", async () => {
    const model = await openTrained(
      run(
        "reward far(x: points, c: prompts) : Real in [0, 1] = sqnorm(x) + 1\ntrain sampler_gradient(policy, far, prompts) { batch: 4, steps: 2 }",
      ),
      "reference",
    );
    await expect(model.train({})).rejects.toThrow(/"far" of row 0 is .*outside of its range \[0, 1\], at step 0/);
    await model.dispose();
  });

  for (const objective of [
    "g2rpo(policy, near, prompts, group: 3, first: 2)",
    "grpo(turned, near, prompts, group: 3)",
    "reinforce(policy, near, prompts)",
    "reward_gradient(policy, near, prompts, last: 2)",
    "sampler_gradient(policy, near, prompts)",
  ]) {
    test(`${objective} trains`, async () => {
      const model = await openTrained(run(`train ${objective} { batch: 4, steps: 2 }`), "reference");
      const { curves } = await model.train({});
      await model.dispose();
      expect([...(curves[0]?.losses ?? [])].every(Number.isFinite)).toBe(true);
    });
  }
});

describe("best of n", () => {
  const text = `data points : Real[1] = Normal(1, 0.5)
interpolant flow = rectified_flow(points)
fn exact(x, t) predicts velocity of flow = -1 + (t - (1 - t) * 0.25) / ((1 - t)^2 * 0.25 + t^2) * (x - (1 - t))
sampler policy = stochastic_flow(flow, exact, noise: 0.5) using euler_maruyama(steps: 8, until: 0.02)
reward answer(x: points) : Real in [0, 1]
sampler one = best_of(policy, fn(x) = 0, n: 4)
sampler best = best_of(policy, fn(x) = sum(x), n: 4)
sampler asked = best_of(policy, answer, n: 4)
`;
  const moments = (values: readonly number[]): readonly [number, number] => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    return [mean, Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)];
  };

  test("is the largest of n normal numbers on average, whoever says which that is", async () => {
    const model = await openText(text);
    // `AnyModel` leaves out the rewards of the application.
    const draw = async (name: string, rewards: object = {}): Promise<number[]> =>
      Array.from((await model.sample[name]?.({ count: 4000, seed: 1, ...rewards }))?.["x"]?.data ?? []);
    const [one, best] = [await draw("one"), await draw("best")];
    const asked = await draw("asked", {
      rewards: { answer: (x: { readonly data: Float32Array }) => x.data.map((value) => 1 / (1 + Math.exp(-value))) },
    });
    await expect(draw("asked")).rejects.toThrow(/"answer" is missing/);
    await expect(
      draw("asked", { rewards: { answer: (x: { readonly data: Float32Array }) => x.data } }),
    ).rejects.toThrow(/outside of its range/);
    await model.dispose();
    const [centre, spread] = moments(one);
    // 1.0294 is the mean of the largest of four; the standard error of the difference is .009.
    for (const chosen of [best, asked]) {
      expect(Math.abs(moments(chosen)[0] - centre - 1.0294 * spread)).toBeLessThan(0.03);
    }
  });
});
