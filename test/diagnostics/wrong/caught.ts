/** Which mistakes that were found in published code must be refused, or warned of? */
import type { WrongModel } from "../wrong-models.js";

const model = `data moons : Real[2]
process p = vp(moons)
network net(x, t) predicts noise of p = mlp(hidden: [8])
train noise_prediction(moons, p, net) { steps: 10 }
`;
const objective = (rest: string): string =>
  `${model}objective loss {\n  x0 ~ moons\n  t ~ Uniform(0.01, 1)\n  xt ~ p(t | x0)\n  ${rest}\n}\n`;
const corrected = (body: string, run: string): string =>
  `${model}sampler corrected(R: process, y0 = [1, 0]) on x, t {\n  let g = score(R, x, t)\n  z ~ Normal(0, 1, like: x)\n  ${body}\n}\nsampler fast = reverse(p, net) using euler_maruyama(steps: 4, until: 1e-3) with ${run}\n`;
const steps = (line: string): string =>
  `${model}sampler run = reverse(p, net) using euler_maruyama(steps: 4, until: 0.1)\nobjective ratio {\n  X ~ path(frozen(run))\n  let s = X.steps[1]\n  ${line}\n}\n`;
const regression = (type: string, line: string): string => `data points : { x: Real[2], y: Real[3] }
network spread(x : points.x) : ${type} = mlp(hidden: [8])
objective loss {
  x, y ~ points
  ${line}
}
train loss { steps: 10 }
`;
const adjusted = (f: string): string =>
  `${model}sampler half(R: process, adjust: fn = fn(e, w) = e) on x, t, s {\n  return x + adjust(drift(R, x, t), 1) * (s - t)\n}\nsampler fast = probability_flow(p, net) using half(steps: 4, until: 1e-3, adjust: ${f})\n`;

export const caught: readonly WrongModel[] = [
  {
    name: "a target of noise drawn again",
    code: "SDE2340",
    text: objective("z ~ Normal(0, 1, like: x0)\n  minimize «sqnorm(noise(net, xt, t) - ⟦z → noise(xt)⟧)»"),
  },
  {
    name: "a scaled target of noise drawn again",
    code: "SDE2340",
    text: objective("z ~ Normal(0, 1, like: x0)\n  minimize «sqnorm(std(p, t) * score(net, xt, t) + ⟦z → noise(xt)⟧)»"),
  },
  {
    name: "the data drawn again",
    code: "SDE2340",
    text: objective("y0 ~ moons\n  minimize «sqnorm(denoised(net, xt, t) - ⟦y0 → x0⟧)»"),
  },
  {
    name: "the mean of one density less the sum of another",
    code: "SDE2341",
    text: steps("minimize exp(«log_prob(run, s) - log_prob(frozen(run), s⟦, reduce: mean → ⟧)»)"),
  },
  {
    name: "a penalty averaged beside a density summed",
    code: "SDE2341",
    text: steps("minimize «kl(run, initial(run), s⟦, reduce: mean → ⟧) - log_prob(run, s)»"),
  },
  {
    name: "a time drawn again",
    code: "SDE2342",
    text: objective("r ~ Uniform(0.01, 1)\n  minimize sqnorm(«net(xt, ⟦r → t⟧)» - noise(xt))"),
  },
  {
    name: "steps in place of time",
    code: "SDE2342",
    text: objective("minimize sqnorm(«noise(net, xt, ⟦1000 → 1⟧ * t)» - noise(xt))"),
  },
  {
    name: "a number of steps as a time",
    code: "SDE2109",
    text: objective(
      "n ~ UniformInteger(0, 1000)\n  yt ~ p(«n⟦ →  / 1000⟧» | x0)\n  minimize sqnorm(noise(net, xt, t) - noise(xt)) + 0 * sqnorm(yt)",
    ),
    says: "999",
  },
  {
    name: "a time drawn beyond the range",
    code: "SDE2109",
    text: objective(
      "s ~ Uniform(0.01, ⟦2 → 1⟧)\n  ys ~ p(«s» | x0)\n  minimize sqnorm(noise(net, ys, s) - noise(ys)) + 0 * sqnorm(xt)",
    ),
  },
  {
    name: "the logarithm of a deviation as a deviation",
    code: "SDE2343",
    text: regression("Real[3]", "maximize log_prob(Normal(0, «⟦spread(x) → exp(spread(x))⟧»), y)"),
    says: "exp(… / 2)",
  },
  {
    name: "noise scaled by a number of any sign",
    code: "SDE2343",
    text: regression("Real[3]", "z ~ Normal(y, «⟦spread(x) → exp(spread(x) / 2)⟧»)\n  minimize sqnorm(z)"),
  },
  {
    name: "norms of the batch in a corrector",
    code: "SDE2344",
    text: corrected(
      "let η = 0.02 * (⟦«expectation»(norm(z)) → norm(z)⟧ / norm(g))^2\n  return x + η * g + sqrt(2 * η) * z",
      "corrected()",
    ),
    says: "corrected",
  },
  {
    name: "a function that multiplies by one",
    code: "SDE2345",
    text: adjusted("«fn(e, w) = w^0 * e * ⟦1 → 2⟧»").replace("w^0 * ", ""),
  },
  {
    name: "a state replaced by the forward process",
    code: "SDE2346",
    text: corrected("y ~ R.forward(t | ⟦y0 → denoised(R, x, t)⟧)\n  return [1, 0] * y + [0, 1] * x", "«corrected()»"),
    says: "0.75",
  },
];
