/** Wrong models about interpolants: their ends, their draws, what can be asked of them and how they are run. */
import type { WrongModel } from "../wrong-models.js";

const data = "data moons : Real[2]\ndata base : Real[2] = Normal(0, 1)\ncoupling pairs = independent(base, moons)\n";

/** An interpolant I with the given path, networks b and η of it, and a run for each; the case gives the rest. */
const path = (x: string, rest = ""): string =>
  `${data}interpolant I on x : pairs, t in [0, 1] {\n  x0, x1 ~ pairs\n  z ~ Normal(0, 1, like: x0)\n  x = ${x}\n}\n${rest}`;

const bridged = "(1 - t) * x0 + t * x1 + sqrt(t * (1 - t)) * z";
const b = "network b(x, t) predicts velocity of I = mlp(hidden: [8])\ntrain interpolant_velocity(I, b) { steps: 10 }\n";
const η = "network η(x, t) predicts noise of I = mlp(hidden: [8])\ntrain interpolant_denoiser(I, η) { steps: 10 }\n";

/** An objective of b on a draw of I; the case gives the rest of its body. */
const objective = (rest: string): string =>
  path(
    bridged,
    `network b(x, t) predicts velocity of I = mlp(hidden: [8])\nobjective loss {\n  t ~ Uniform(0, 1)\n  xt ~ I(t)\n  yt ~ I(t)\n  ${rest}\n}\ntrain loss { steps: 10 }\n`,
  );

export const wrongInterpolants: readonly WrongModel[] = [
  {
    name: "a path that does not start at its first draw",
    code: "SDE2111",
    text: path("«⟦(2 - t) → (1 - t)⟧ * x0 + t * x1»"),
    says: "2 x0",
  },
  {
    name: "a γ that does not vanish at the end",
    code: "SDE2111",
    text: path("«(1 - t) * x0 + t * x1 + ⟦sqrt(t) → sqrt(t * (1 - t))⟧ * z»"),
    says: "t = 1",
  },
  {
    name: "a γ of the library that does not vanish",
    code: "SDE2111",
    text: `${data}interpolant I = «linear(pairs, gamma: fn(t) = ⟦cos(pi * t)^2 → sin(pi * t)^2⟧)»\n`,
  },
  {
    name: "a score where γ is zero everywhere",
    code: "SDE2203",
    text: path(
      bridged.replace("sqrt(t * (1 - t)) * z", "⟦0 → sqrt(t * (1 - t))⟧ * z"),
      `network η(x, t) predicts noise of I = mlp(hidden: [8])\ntrain score_of { steps: 10 }\nobjective score_of {\n  t ~ Uniform(0.1, 0.9)\n  xt ~ I(t)\n  minimize sqnorm(«score(η, xt, t)»)\n}\n`,
    ),
    says: "score",
  },
  {
    name: "the target of another draw",
    code: "SDE2141",
    text: objective("minimize sqnorm(«velocity(b, xt, t) - ddt(⟦yt → xt⟧)»)"),
  },
  {
    name: "the target of another draw in a product",
    code: "SDE2141",
    text: objective("let v = b(xt, t)\n  minimize sqnorm(v) / 2 - «dot(ddt(⟦yt → xt⟧), v)»"),
  },
  {
    name: "a stochastic flow from the velocity alone",
    code: "SDE2203",
    text: path(
      bridged,
      `${b}${η}sampler s = stochastic_flow(I, ⟦{b} → {b, η}⟧, noise: fn(t) = sqrt(t * (1 - t))) using «euler_maruyama(steps: 5)»\n`,
    ),
    says: "score",
  },
  {
    name: "the drift alone where there is noise in between",
    code: "SDE2203",
    text: path(
      bridged,
      `network v(x, t) predicts drift of I = mlp(hidden: [8])\nobjective L_v {\n  x0, x1 ~ pairs\n  t ~ Uniform(0, 1)\n  xt ~ I(t | x0, x1)\n  minimize sqnorm(v(xt, t) - (x1 - x0))\n}\ntrain L_v { steps: 10 }\n${η}sampler s = probability_flow(I, ⟦{v} → {v, η}⟧) using «euler(steps: 5, until: 0.9)»\n`,
    ),
    says: "drift",
  },
  {
    name: "a score of a base that is not Gaussian",
    code: "SDE2203",
    text: `data moons : Real[2]\ndata other : Real[2]\ninterpolant I on x : moons, t in [0, 1] {\n  x1 ~ moons\n  e ~ ⟦other → Normal(0, 1, like: x1)⟧\n  x = (1 - t) * e + t * x1\n}\nnetwork b(x, t) predicts velocity of I = mlp(hidden: [8])\nobjective loss {\n  t ~ Uniform(0.1, 0.9)\n  xt ~ I(t)\n  minimize sqnorm(«score(b, xt, t)»)\n}\ntrain loss { steps: 10 }\n`,
  },
  {
    name: "a mirrored draw without noise",
    code: "SDE2140",
    text: path(
      "(1 - t) * x0 + t * x1 + ⟦0 → sqrt(t * (1 - t))⟧ * z",
      `network b(x, t) predicts velocity of I = mlp(hidden: [8])\nobjective loss {\n  t ~ Uniform(0, 1)\n  «xt ~ antithetic(I(t))»\n  minimize sqnorm(velocity(b, xt, t) - ddt(xt))\n}\ntrain loss { steps: 10 }\n`,
    ),
  },
  {
    name: "a mirrored draw in a sampler",
    code: "SDE1015",
    text: path(bridged, `${b}sampler s {\n  «x ~ ⟦antithetic(I(0.5)) → I(0.5)⟧»\n  return x\n}\n`),
    says: "goal",
  },
  {
    name: "a run that begins where γ vanishes and no law is known",
    code: "SDE2210",
    text: path(
      bridged,
      `${b}${η}sampler s = stochastic_flow(I, {b, η}, noise: ⟦0.5 → fn(t) = sqrt(t * (1 - t))⟧) using «euler_maruyama(steps: 5)»\n`,
    )
      .replace("data base : Real[2] = Normal(0, 1)", "data base : Real[2]")
      .replace(
        "noise: ⟦0.5 → fn(t) = sqrt(t * (1 - t))⟧)",
        "noise: ⟦0.5 → fn(t) = sqrt(t * (1 - t))⟧)(from: 0, to: 1)",
      ),
  },
  {
    name: "noise that stays where γ vanishes, at a step's end",
    code: "SDE2210",
    text: path(
      bridged,
      `${b}${η}sampler s = stochastic_flow(I, {b, η}, noise: 0.5) using «stochastic_heun(steps: 5⟦ → , until: 0.9⟧)»\n`,
    ),
    says: "t = 1",
  },
  {
    name: "a velocity of a drift whose noise rises too steeply",
    code: "SDE2210",
    text: path(
      bridged.replace("sqrt(t * (1 - t))", "⟦sqrt(t * (1 - t)) → t * (1 - t)⟧"),
      `network v(x, t) predicts drift of I = mlp(hidden: [8])\ntrain interpolant_drift(I, pairs, v) { steps: 10 }\n${η}sampler s = probability_flow(I, {v, η}) using «rk4(steps: 5)»\n`,
    ),
    says: "t = 1",
  },
  {
    name: "a path that bends and does not arrive",
    code: "SDE2111",
    text: path("«(1 - t) * x0 + t * x1 + ⟦t → t * (1 - t)⟧ * sin(x0 * x1) + sqrt(t * (1 - t)) * z»"),
    says: "another way",
  },
  {
    name: "an inverse of what is not monotone",
    code: "SDE2142",
    text: "fn f(u in [⟦-1 → 0⟧, 1]) = u^2\nlet g = inverse(«f»)\nsampler s {\n  x ~ Normal(0, 1)\n  return g(x)\n}\n",
    says: "f",
  },
  {
    name: "a table without an interval",
    code: "SDE2143",
    text: "let g = tabulate(«fn(u⟦ →  in [0, 1]⟧) = u^2», nodes: 9)\nsampler s {\n  x ~ Normal(0, 1)\n  return g(x)\n}\n",
  },
  {
    name: "a path of tables that ends elsewhere",
    code: "SDE2111",
    text: "data moons : Real[2]\ninterpolant I on x : moons, t in [0, 1] {\n  x1 ~ moons\n  z ~ Normal(0, 1, like: x1)\n  let m = tabulate(fn(u in [0, 1]) = ⟦u / 2 → u⟧, nodes: 9)\n  x = «(1 - t) * z + m(t) * x1»\n}\n",
    says: "tables",
  },
];
