/** Which mistakes with coordinates, multiplicative noise and the torus must be refused? */
import type { WrongModel } from "../wrong-models.js";

const fields = "data fields : Real[8]\n";
const prices = "data prices : Positive[2]\n";

/** A process of fields in the cosine basis. */
const modes = (lets: string, claim = ""): string =>
  `${fields}process p on x : fields, t in [0, 9] {\n  let φ = dct2(x)\n  ${lets}\n  dφ = -φ dt + sqrt(2 * C) dW\n  ${claim}\n}\n`;

const geometric = (on: string, rest: string): string =>
  `data d : ${on}\nprocess p on x : d, t in [0, 1] {\n  dx = 0.32 * x dt + 0.8 * x dW\n  x(1) ~ LogNormal(0, 0.85)\n}\nfn s(x, t) predicts score of p = -1 / x\n${rest}`;

/** A step whose mean of the diffusion at both ends makes it Stratonovich's. */
const trapezoid = (drift: string): string => `sampler trapezoid(R: process) on x, t, s {
  w ~ increment(R, t, s)
  let y = x + diffuse(R, x, t, w)
  return x + ${drift}(R, x, t) * (s - t) + (diffuse(R, x, t, w) + diffuse(R, y, s, w)) / 2
}
`;

const mixed = (noise: string): string =>
  `data d : Real[2]\nprocess p on x : d, t in [0, 1] {\n  dx = -x dt + ${noise} dW\n}\nsampler b = p(start: d) using «milstein(steps: 4)»\n`;

const angles = (equation: string, claim: string): string =>
  `data d : Torus[2]\nprocess p on θ : d, t in [0, 1] {\n  «${equation}»\n  ${claim}\n}\n`;

export const coordinates: readonly WrongModel[] = [
  {
    name: "coordinates that forget a sign",
    code: "SDE2130",
    text: `${fields}process p on x : fields, t in [0, 1] {\n  let y = «⟦abs(x) → 2 * x⟧»\n  dy = -y dt + dW\n}\n`,
    says: "absolute value",
  },
  {
    name: "coordinates with fewer numbers",
    code: "SDE2130",
    text: `${fields}process p on x : fields, t in [0, 1] {\n  let y = «⟦sum(x) → dct2(x)⟧»\n  dy = -y dt + dW\n}\n`,
  },
  {
    name: "a singular matrix as coordinates",
    code: "SDE2130",
    text: `data d : Real[2]\nprocess p on x : d, t in [0, 1] {\n  let y = «x @ [[1, 2], [2, ⟦4 → 5⟧]]»\n  dy = -y dt + dW\n}\n`,
    says: "singular",
  },
  {
    name: "the logarithm of a state of any sign",
    code: "SDE2130",
    text: `data d : ⟦Real → Positive⟧[2]\nprocess p on x : d, t in [0, 1] {\n  let y = «log(x)»\n  dy = -y dt + dW\n}\n`,
    says: "logarithm",
  },
  {
    name: "a run in the logarithm of a state of any sign",
    code: "SDE2130",
    text: geometric(
      "⟦Real → Positive⟧[2] in [0.5, 2]",
      "sampler b = reverse(p, s, coordinates: «log») using euler_maruyama(steps: 4)\n",
    ),
  },
  {
    name: "a massless mode",
    code: "SDE2131",
    text: modes("let C = 1 / (wave_numbers(x)^2⟦ →  + 0.01⟧)").replace(
      "dφ = -φ dt + sqrt(2 * C) dW",
      "«dφ = -φ dt + sqrt(2 * C) dW»",
    ),
    says: "[0]",
  },
  {
    name: "a prior that one mode does not reach",
    code: "SDE2101",
    text: modes("let C = 1 / (wave_numbers(x)^2 + 0.01)", "«φ(9) ~ Normal(0, sqrt(⟦1 + C → C⟧))»"),
  },
  {
    name: "a log-normal prior that is not reached",
    code: "SDE2101",
    text: `data d : Positive[2] = LogNormal(0.3, 0.4)\nprocess p on x : d, t in [0, 1] {\n  let y = log(x)\n  dy = 0.8 dW\n  «x(1) ~ LogNormal(⟦0 → 0.3⟧, sqrt(0.8))»\n}\n`,
  },
  {
    name: "a Stratonovich step on multiplicative noise",
    code: "SDE2206",
    text: geometric(
      "Positive[2] in [0.5, 2]",
      `${trapezoid("drift")}sampler b = reverse(p, s⟦ → , coordinates: log⟧) using «trapezoid(steps: 400)»\n`,
    ),
    says: "Stratonovich",
  },
  {
    name: "few steps of proportional noise",
    code: "SDE2229",
    text: geometric("Positive[2] in [0.5, 2]", "sampler b = reverse(p, s) using «euler_maruyama(steps: ⟦6 → 60⟧)»\n"),
    says: "probability 0.00",
  },
  {
    name: "a reversal by hand without the divergence of its noise",
    code: "SDE2347",
    text: geometric(
      "Positive[2] in [0.5, 2]",
      "fn back(x, t) = drift(p, x, t)⟦ →  - 2 * 0.8^2 * x⟧ - diffusion(p, x, t)^2 * score(s, x, t)\nsampler b = redrift(p, back)(from: 1, to: 0, start: LogNormal(0, 0.85)) using «euler_maruyama(steps: 400)»\n",
    ),
    says: "∇·D",
  },
  {
    name: "a step of a reversal without that divergence",
    code: "SDE2347",
    text: geometric(
      "Positive[2] in [0.5, 2]",
      `sampler back(R: process) on x, t, s {
  w ~ increment(R, t, s)
  return x + (drift(R, x, t)⟦ →  - 1.28 * x⟧ - diffusion(R, x, t)^2 * score(score0, x, t)) * (s - t) + diffuse(R, x, t, w)
}
fn score0(x, t) predicts score of p = -1 / x
sampler b = p(from: 1, to: 0, start: LogNormal(0, 0.85)) using «back(steps: 400)»
`,
    ),
  },
  {
    name: "Itô's drift in a Stratonovich step",
    code: "SDE2206",
    text: geometric(
      "Positive[2] in [0.5, 2]",
      `${trapezoid("⟦drift → stratonovich⟧")}sampler b = reverse(p, s) using «trapezoid(steps: 400)»\n`,
    ),
    says: "stratonovich(",
  },
  {
    name: "double integrals of noise that does not commute",
    code: "SDE2228",
    text: mixed("[[0.5 * x[0], 0], [⟦0.5 → 0⟧, 0.5 * x[1]]]"),
    says: "motion 2",
  },
  {
    name: "two motions across each other",
    code: "SDE2228",
    text: mixed("[[0.3 * x[0], -0.4 * x[1]], [⟦0.1 → 0.3⟧ * x[1], 0.4 * x[0]]]"),
  },
  { name: "a drift that pulls an angle to zero", code: "SDE2132", text: angles("dθ = -⟦θ → sin(θ)⟧ dt + dW", "") },
  {
    name: "a normal law for angles",
    code: "SDE2133",
    text: angles("dθ = 4 dW", "«θ(1) ~ ⟦Normal(0, 4) → UniformTorus()⟧»").replace("«dθ", "dθ").replace("dW»", "dW"),
  },
  {
    name: "angles that are not yet spread",
    code: "SDE2101",
    text: angles("dθ = ⟦1 → 4⟧ dW", "«θ(1) ~ UniformTorus()»").replace("«dθ", "dθ").replace("dW»", "dW"),
  },
  {
    name: "the noise of an angle as its score",
    code: "SDE2203",
    text: `${angles("dθ = 4 dW", "θ(1) ~ UniformTorus()").replace("«dθ", "dθ").replace("dW»", "dW")}fn s(θ, t) predicts ⟦noise → score⟧ of p = sin(θ)\nsampler b = reverse(p, s) using «euler_maruyama(steps: 4)»\n`,
  },
  {
    name: "coordinates that stop short",
    code: "SDE2105",
    text: `${prices}process p on x : prices, t in [0, 1] {\n  let y = ⟦sqrt → log⟧(x)\n  «dy = -y dt + dW»\n}\n`,
  },
  {
    name: "a differential of no coordinate",
    code: "SDE2110",
    text: `${prices}process p on x : prices, t in [0, 1] {\n  let y = ⟦exp(t) → log(x)⟧\n  «dy» = -y dt + dW\n}\n`,
  },
];
