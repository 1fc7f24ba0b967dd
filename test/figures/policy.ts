/** Rows 20, 28 and 29: policies of steps, against the toy's closed forms (methods E: x0 ~ N(1, 0.25), the exact velocity). */
import { openText, openTrained } from "../support/model.js";
import { digits } from "./figure.js";
import type { Figure } from "./figure.js";
import { column, correlation, deviation, draws, mean, nodes, noisy, paths, sampler, steps, toy } from "./policy-toy.js";

export async function measurePolicies(): Promise<readonly Figure[]> {
  return [...(await marginals()), ...(await densities()), ...(await credit()), ...(await unbiased())];
}

/** E1: the standard deviation of the noisy sampler by its linear recursion. */
async function marginals(): Promise<readonly Figure[]> {
  const expected = new Map([
    [64, 0.4874],
    [256, 0.4975],
    [1024, 0.4997],
  ]);
  const counts = [...expected.keys()];
  const text = (variance: number): string =>
    toy(variance) + counts.map((count) => noisy(count) + sampler(`s${count}`, "exact", count)).join("");
  const errors = async (variance: number): Promise<number[]> => {
    const model = await openText(text(variance));
    const found: number[] = [];
    for (const [count, std] of expected)
      found.push(Math.abs(deviation((await draws(model, `s${count}`, paths))[0] ?? []) - std));
    await model.dispose();
    return found;
  };
  const right = Math.max(...(await errors(0.25)));
  const wrong = Math.max(...(await errors(0.3)));
  return [
    {
      row: 20,
      what: "E1 final std of 64, 256, 1024 noisy steps against .4874, .4975, .4997, 1e5 paths",
      measured: digits(right),
      bound: "<= 0.004",
      passed: right <= 0.004,
      planted: { what: "a velocity for s0² = 0.3", measured: digits(wrong), failed: wrong > 0.004 },
    },
  ];
}

/** E2: densities by the formula of methods E2, in float64; the KL against a mean over draws. */
async function densities(): Promise<readonly Figure[]> {
  const text = `${toy()}${noisy(steps)}fn moved(x, t) predicts velocity of flow = exact(x, t) + 50
${sampler("policy", "exact")}${sampler("other", "moved")}sampler walk {
  X ~ path(policy)
  let a = [log_prob(policy, step) for step in X.steps]
  let b = [log_prob(other, step) for step in X.steps]
  let k = [kl(policy, other, step) for step in X.steps]
  return [step.x for step in X.steps], [step.y for step in X.steps], a, b, k
}
`;
  const exact = await openText(text, "reference");
  const [x = [], y = [], a = []] = await draws(exact, "walk", 2000);
  await exact.dispose();
  const worst = (extra: number): number =>
    Math.max(
      ...Array.from(a, (density, i) => {
        const place = i % steps;
        const [t, s] = [nodes[place] ?? 1, nodes[place + 1] ?? 0];
        const [h, from] = [s - t, x[i] ?? 0];
        const v = -1 + ((t - (1 - t) * 0.25) / ((1 - t) ** 2 * 0.25 + t * t)) * (from - (1 - t));
        const square = (0.49 * t) / (1 - Math.min(t, nodes[1] ?? 1));
        const centre = from * (1 + (square * h) / (2 * t)) + v * (1 + (square * (1 - t)) / (2 * t)) * h;
        const variance = square * Math.abs(h) * extra;
        return Math.abs(
          density + ((y[i] ?? 0) - centre) ** 2 / (2 * variance) + 0.5 * Math.log(2 * Math.PI * variance),
        );
      }),
    );
  const right = worst(1);
  const wrong = worst(1.01);
  const model = await openText(text);
  const [, , p = [], q = [], k = []] = await draws(model, "walk", paths, 2);
  await model.dispose();
  // The log-ratio has the variance 2 KL: velocities far apart keep its relative error, sqrt(2 / (KL n)), below 1 %.
  const ratios = Array.from({ length: steps }, (_, place) => {
    const estimate = mean(column(p, place, steps).map((value, i) => value - (q[i * steps + place] ?? 0)));
    const h = (nodes[place] ?? 1) - (nodes[place + 1] ?? 0);
    return { ratio: estimate / mean(column(k, place, steps)), h };
  });
  const off = Math.max(...ratios.map(({ ratio }) => Math.abs(ratio - 1)));
  const withoutStep = Math.min(...ratios.map(({ ratio, h }) => Math.abs(ratio / h - 1)));
  return [
    {
      row: 20,
      what: "E2 |log-density of a step - the Gaussian's|, 32000 steps, float64",
      measured: digits(right),
      bound: "<= 1e-5",
      passed: right <= 1e-5,
      planted: { what: "variance of 1 % more", measured: digits(wrong), failed: wrong > 1e-5 },
    },
    {
      row: 20,
      what: "E2 mean log-ratio over 1e5 draws against the KL, largest relative difference of 16 steps",
      measured: digits(off),
      bound: "<= 0.02",
      passed: off <= 0.02,
      planted: {
        what: "KL without the step size, smallest difference",
        measured: digits(withoutStep),
        failed: withoutStep > 0.02,
      },
    },
  ];
}

/** E3: correlation of the reward x0 with the noise of each step. */
async function credit(): Promise<readonly Figure[]> {
  const expected = [
    0.147, 0.217, 0.187, 0.179, 0.178, 0.181, 0.188, 0.198, 0.212, 0.23, 0.255, 0.287, 0.326, 0.364, 0.37, 0.284,
  ];
  const model = await openText(`${toy()}${noisy(steps)}${sampler("policy", "exact")}sampler walk {
  X ~ path(policy)
  return X.x, [(step.y - mean(transition(policy, step.x, step.t, step.s))) / std(transition(policy, step.x, step.t, step.s)) for step in X.steps]
}
`);
  const [x = [], z = []] = await draws(model, "walk", paths, 3);
  await model.dispose();
  const found = expected.map((_, place) => correlation(x, column(z, place, steps)));
  const off = (against: readonly number[]): number =>
    Math.max(...found.map((value, i) => Math.abs(value - (against[i] ?? 0))));
  const right = off(expected);
  const wrong = off([...expected].reverse());
  return [
    {
      row: 20,
      what: "E3 correlation of x0 with the noise of each of 16 steps, largest error, 1e5 paths",
      measured: digits(right),
      bound: "<= 0.01",
      passed: right <= 0.01,
      planted: { what: "noises in the opposite order", measured: digits(wrong), failed: wrong > 0.01 },
    },
  ];
}

const learned = (objective: string, options: string): string => `${toy()}${noisy(steps)}
network shifted(x, t) predicts velocity of flow {
  let θ = mlp(hidden: [1], initial: zero)
  return exact(x, t) + θ([0])
}
${sampler("policy", "shifted")}${objective}train loss { ${options} }
`;

/** E4: the mean gradient of the policy against finite differences, with the same noise on both sides. */
async function unbiased(): Promise<readonly Figure[]> {
  const rewarded = "reward near(x: points) : Real = -sqnorm(x - 2)\n";
  const gradientOf = async (goal: string): Promise<number> => {
    const text = learned(
      `${rewarded}objective loss {\n  X ~ path(frozen(policy))\n  maximize ${goal}\n}\n`,
      "optimizer: sgd(1), batch: 10000, accumulate: 20, steps: 1, seed: 5",
    );
    const model = await openTrained(text);
    await model.train({});
    const { data } = model.weight("shifted.1.bias");
    await model.dispose();
    return data[0] ?? Number.NaN;
  };
  const score = "sum(log_prob(policy, step) for step in X.steps)";
  const right = await gradientOf(`near(X.x) * ${score}`);
  const wrong = await gradientOf(`near(X.x) * sum(log_prob(policy, step, reduce: mean) for step in X.steps) / 2`);
  const values: number[] = [];
  for (const θ of [-0.01, 0.01]) {
    const model = await openText(
      `${toy()}${noisy(steps)}fn shifted(x, t) predicts velocity of flow = exact(x, t) + ${θ}\n${sampler("policy", "shifted")}`,
    );
    values.push(mean(Array.from((await draws(model, "policy", 2 * paths, 4))[0] ?? [], (x) => -((x - 2) ** 2))));
    await model.dispose();
  }
  const truth = ((values[1] ?? 0) - (values[0] ?? 0)) / 0.02;
  const [error, planted] = [Math.abs(right / truth - 1), Math.abs(wrong / truth - 1)];
  return [
    {
      row: 20,
      what: `E4 policy gradient of -(x0 - 2)² over 2e5 paths against ${digits(truth)} by finite differences, relative`,
      measured: digits(error),
      bound: "< 0.05",
      passed: error < 0.05,
      planted: { what: "half of the log-density", measured: digits(planted), failed: planted >= 0.05 },
    },
  ];
}

/** Row 29: exp(log π - log π_old) over whole trajectories, on the first and on the second update of a batch. */
export async function measureRatios(): Promise<readonly Figure[]> {
  const objective = `reward near(x: points) : Real = -sqnorm(x - 2)
objective loss {
  X ~ path(frozen(policy))
  let ratio = exp(sum(log_prob(policy, step) - log_prob(frozen(policy), step) for step in X.steps))
  let first = report(ratio)
  let second = report(ratio^2)
  let apart = report(abs(ratio - 1))
  let clipping = report(if abs(ratio - 1) > 0.01 then 1 else 0)
  let divergence = report(sum(kl(policy, initial(policy), step) for step in X.steps))
  maximize ratio * near(X.x)
}
`;
  const model = await openTrained(
    learned(objective, "optimizer: sgd(0.01), batch: 10000, accumulate: 10, steps: 2, reuse: 2, seed: 6"),
  );
  const { curves } = await model.train({});
  await model.dispose();
  const reports = curves[0]?.reports ?? {};
  const at = (name: string, update: number): number => reports[name]?.[update] ?? Number.NaN;
  const apart = at("apart", 0);
  const off = Math.abs(at("first", 1) - 1);
  const error = Math.sqrt((at("second", 1) - at("first", 1) ** 2) / paths);
  // A sampler that drew with weights other than those kept: the mean of the ratio's square is not 1.
  const planted = Math.abs(at("second", 1) - 1) / error;
  return [
    {
      row: 29,
      what: "|ratio - 1| on the first update of a batch, 1e5 trajectories",
      measured: digits(apart),
      bound: "= 0",
      passed: apart === 0,
    },
    {
      row: 29,
      what: "mean ratio on the second update, its distance from 1 in standard errors",
      measured: `${digits(off / error)}, mean |ratio - 1| ${digits(at("apart", 1))}`,
      bound: "<= 3, not all 1",
      passed: off <= 3 * error && at("apart", 1) > 0,
      planted: { what: "the squared ratio", measured: digits(planted), failed: planted > 3 },
    },
    {
      row: 29,
      what: "curves of the second update: clip fraction, KL",
      measured: `${digits(at("clipping", 1))}, ${digits(at("divergence", 1))}`,
      bound: "both > 0",
      passed: at("clipping", 1) > 0 && at("divergence", 1) > 0 && at("clipping", 0) === 0 && at("divergence", 0) === 0,
    },
  ];
}

/** Row 28, of policies: the KL of paths with a constant noise scale does not depend on the number of steps. */
export async function measurePolicyKl(): Promise<readonly Figure[]> {
  const counts = [512, 1024];
  const text = `${toy()}fn moved(x, t) predicts velocity of flow = exact(x, t) + 0.5
${counts
  .map(
    (
      count,
    ) => `sampler p${count} = stochastic_flow(flow, exact, noise: 0.7) using euler_maruyama(steps: ${count}, until: 0.1)
sampler q${count} = stochastic_flow(flow, moved, noise: 0.7) using euler_maruyama(steps: ${count}, until: 0.1)
sampler walk${count} {
  X ~ path(p${count})
  return sum(kl(p${count}, q${count}, step) for step in X.steps), sum(kl(p${count}, q${count}, step) * abs(step.s - step.t) for step in X.steps)
}
`,
  )
  .join("")}`;
  const model = await openText(text);
  const found: (readonly number[])[] = [];
  for (const count of counts) found.push((await draws(model, `walk${count}`, 500)).map(mean));
  await model.dispose();
  const [few = [], many = []] = found;
  const apart = (place: number): number => Math.abs((few[place] ?? 0) / (many[place] ?? 1) - 1);
  return [
    {
      row: 28,
      what: `KL of paths of two policies at 512 and 1024 steps (${digits(few[0] ?? 0)}, ${digits(many[0] ?? 0)}), relative`,
      measured: digits(apart(0)),
      bound: "<= 0.02",
      passed: apart(0) <= 0.02,
      planted: { what: "KL without the step size", measured: digits(apart(1)), failed: apart(1) > 0.02 },
    },
  ];
}
