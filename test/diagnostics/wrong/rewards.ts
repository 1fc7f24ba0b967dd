/** Wrong uses of paths, densities of steps, copies of weights and rewards, with their right twins. */
import type { WrongModel } from "../wrong-models.js";

const declared = (scale: string): string => `data points : Real[2]
data prompts : Real[1] = Normal(0, 1)
interpolant flow = rectified_flow(points)
network v(x, t, c: prompts) predicts velocity of flow = mlp(hidden: [8])
fn scale(t) = ${scale}
sampler policy(c: prompts) = stochastic_flow(flow, v, c: c, noise: scale) using euler_maruyama(steps: 6)
sampler still(c: prompts) = probability_flow(flow, v, c: c) using euler(steps: 6)
sampler other(c: prompts) = stochastic_flow(flow, v, c: c, noise: 0.4) using euler_maruyama(steps: 6)
sampler finer(c: prompts) = stochastic_flow(flow, v, c: c, noise: scale) using euler_maruyama(steps: 12)
reward answer(x: points, c: prompts) : Real in [0, 1]
reward near(x: points) : Real in [0, 1] = exp(-sqnorm(x))
`;
const base = declared("0.7 * sqrt(t)");

const objective = (body: string, options = "steps: 10"): string =>
  `${base}objective loss {\n  c ~ prompts\n  ${body}\n}\ntrain loss { ${options} }\n`;
const path = "X ~ path(frozen(policy)(c))\n  ";
const advanced = (times: string): string =>
  objective(
    `k ~ UniformInteger(0, 4)\n  u ~ Uniform(0, 4)\n  x ~ flow(1)\n  let times = grid(policy(c))\n  let y = advance(still(c), x, ${times})\n  minimize sqnorm(y) + u * k * sqnorm(v(x, 1, c))`,
  );

export const rewards: readonly WrongModel[] = [
  {
    name: "a policy without noise",
    code: "SDE2321",
    text: objective(`${path}maximize sum(«log_prob(⟦still → policy⟧(c), step)» for step in X.steps)`),
    says: "no noise",
  },
  {
    name: "a gradient through an answer",
    code: "SDE2325",
    text: objective("X ~ path(policy(c))\n  maximize «⟦answer(X.x, c) → near(X.x)⟧»"),
    says: "answer",
  },
  {
    name: "a group of one",
    code: "SDE2327",
    text: objective("paths ~ iid(path(policy(c)), «⟦1 → 2⟧»)\n  maximize mean(near(p.x) for p in paths)"),
  },
  {
    name: "a divergence of samplers with other noise",
    code: "SDE2322",
    text: objective(`${path}minimize mean(«kl(policy(c), initial(⟦other → policy⟧)(c), step)» for step in X.steps)`),
  },
  {
    name: "a divergence of samplers on other grids",
    code: "SDE2323",
    text: objective(`${path}minimize mean(«kl(policy(c), initial(⟦finer → policy⟧)(c), step)» for step in X.steps)`),
  },
  {
    name: "a density under another noise than the steps were drawn with",
    code: "SDE2322",
    text: objective(
      "X ~ path(frozen(⟦other → policy⟧)(c))\n  maximize near(X.x) * sum(«log_prob(policy(c), step)» for step in X.steps)",
    ),
    says: "drawn",
  },
  {
    name: "another reduction than sum and mean",
    code: "SDE1009",
    text: objective(
      `${path}maximize near(X.x) * sum(log_prob(policy(c), step, reduce: «⟦median → mean⟧») for step in X.steps)`,
    ),
  },
  {
    name: "a time that is no node",
    code: "SDE2324",
    text: objective(`${path}maximize dot(v(X(«⟦0.3 → 0.5⟧»), 0.5, c), X.x)`),
  },
  {
    name: "a reward of another shape",
    code: "SDE2010",
    text: objective("X ~ path(policy(c))\n  maximize near(«⟦c → X.x⟧»)"),
  },
  {
    name: "a step that is not there",
    code: "SDE2005",
    text: objective(`${path}let step = X.steps[«⟦6 → 5⟧»]\n  maximize near(X.x) * log_prob(policy(c), step)`),
  },
  {
    name: "an average that no run keeps",
    code: "SDE2328",
    text: objective(
      "X ~ path(frozen(policy)(c))\n  minimize sqnorm(v(X.x, 0, c) - ema(v)(X.x, 0, c))",
      "steps: 10⟦ → , ema: 0.9⟧",
    ).replace("train loss", "train «loss»"),
  },
  {
    name: "a noise scale with a pole at the start",
    code: "SDE2210",
    text: `${declared("0.7 * sqrt(t / ⟦(1 - t) → (1.1 - t)⟧)")}objective loss {\n  c ~ prompts\n  X ~ path(policy(c))\n  maximize near(X.x)\n}\ntrain loss { steps: 10 }\n`
      .replace("using euler_maruyama(steps: 6)\nsampler still", "using «euler_maruyama(steps: 6)»\nsampler still")
      .replace(/sampler finer.*\n/, ""),
  },
  {
    name: "a divergence of a policy from itself",
    code: "SDE2329",
    text: objective(
      `${path}minimize mean(«kl(policy(c), ⟦policy → initial(policy)⟧(c), step)» for step in X.steps) + sqnorm(v(X.x, 0, c))`,
    ),
    says: "zero",
  },
  {
    name: "advantages of one reward alone",
    code: "SDE2327",
    text: objective(
      "X ~ path(frozen(policy)(c))\n  Y ~ path(frozen(policy)(c))\n  let A = ⟦«advantages(near(X.x))» → advantages([near(X.x), near(Y.x)])[0]⟧\n  maximize A * sum(log_prob(policy(c), step) for step in X.steps)",
    ),
    says: "spread",
  },
  {
    name: "a weighted sum of rewards that leaves its range",
    code: "SDE2326",
    text: `${base}reward both(x: points, c: prompts) : Real in [0, 1] = «⟦0.8 → 0.7⟧ * near(x) + 0.3 * answer(x, c)»\ntrain reinforce(policy, both, prompts) { steps: 10 }\n`,
    says: "from 0 to 1.1",
  },
  { name: "a slice that may be empty", code: "SDE2004", text: advanced("times[«..k⟦ →  + 1⟧»]") },
  { name: "a slice past the last node", code: "SDE2004", text: advanced("times[«k..k + ⟦5 → 4⟧»]"), says: "3..8" },
  {
    name: "a slice with a bound that may be anything",
    code: "SDE2003",
    text: advanced("times[«..⟦u → k⟧ + 1»]"),
    says: "UniformInteger",
  },
  { name: "a stride of part of a node", code: "SDE2004", text: advanced("stride(times[..k + 1], «⟦1.5 → 2⟧»)") },
  {
    name: "a run against the way of its process",
    code: "SDE2004",
    text: advanced("⟦reversed(times) → times⟧")
      .replace("advance(still", "«advance(still")
      .replace("times⟧)", "times⟧)»"),
    says: "below",
  },
  {
    name: "a run with noise where nothing is drawn",
    code: "SDE1005",
    text: advanced("times").replace("still(c)", "⟦policy → still⟧(c)").replace("sqnorm(y)", "sqnorm(«y»)"),
    says: "law",
  },
  {
    name: "a state of another shape led on",
    code: "SDE2010",
    text: advanced("times")
      .replace("advance(still(c), x,", "advance(still(c), ⟦c → x⟧,")
      .replace("advance(", "«advance(")
      .replace(", times)", ", times)»"),
  },
  {
    name: "a gradient through an answer in a library objective",
    code: "SDE2325",
    text: `${base}train «reward_gradient(policy, ⟦answer → still_near⟧, prompts)» { steps: 10 }\n`.replace(
      "reward near",
      "reward still_near(x: points, c: prompts) : Real in [0, 1] = exp(-sqnorm(x))\nreward near",
    ),
    says: "answer",
  },
  {
    name: "the law of a step that is corrected",
    code: "SDE0901",
    text: objective(
      `${path}maximize near(X.x) * sum(log_prob(«⟦corrected → policy⟧(c)», step) for step in X.steps)`,
    ).replace(
      "reward near",
      "sampler corrected(c: prompts) = stochastic_flow(flow, v, c: c, noise: scale) using euler_maruyama(steps: 6) with langevin(snr: 0.1)\nreward near",
    ),
    says: "corrected",
  },
];
