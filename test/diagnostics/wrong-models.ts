/**
 * Which mistakes must be refused, where, and what is the nearest model that is right? `⟦wrong → right⟧` is the one place in
 * which the two models differ; `«…»` is the place that the message points at.
 */
import { wrongBridges } from "./wrong/bridges.js";
import { caught } from "./wrong/caught.js";
import { components } from "./wrong/components.js";
import { conditions } from "./wrong/conditions.js";
import { coordinates } from "./wrong/coordinates.js";
import { couplings } from "./wrong/couplings.js";
import { references } from "./wrong/references.js";
import { rewards } from "./wrong/rewards.js";
import { solvers } from "./wrong/solvers.js";
import { fromTexts } from "./wrong/texts.js";
import { wrongInterpolants } from "./wrong/interpolants.js";

export interface WrongModel {
  readonly name: string;
  readonly code: string;
  readonly text: string;
  /** Words that the message or its help must contain. */
  readonly says?: string;
}

const data = "data moons : Real[2]\n";
const process = "process p = vp(moons)\n";
const network = "network net(x, t) predicts noise of p = mlp(hidden: [8])\n";
const train = "train noise_prediction(moons, p, net) { steps: 10 }\n";
/** A model that is right; the cases add to it. */
const model = data + process + network + train;

/** An objective of the model whose draws are made; the case gives the rest of its body. */
const objective = (rest: string): string =>
  `${model}objective loss {\n  x0 ~ moons\n  t ~ Uniform(0.01, 1)\n  xt ~ p(t | x0)\n  ${rest}\n}\n`;

/** A program of the model; the case gives its body. */
const program = (body: string): string => `${model}sampler draw() {\n  x ~ Normal(0, 1, like: moons)\n  ${body}\n}\n`;

/** A process on the plane with the given body. */
const onPlane = (body: string, range = "[0, 1]"): string =>
  `${data}process q on x : moons, t in ${range} {\n  ${body}\n}\n`;

const bounded = (body: string): string =>
  `data rates : Positive\nprocess q on x : rates, t in [0, 1] {\n  ${body}\n}\n`;

const interpolant = (body: string): string =>
  `data a : Real[2]\ndata b : Real[2]\ncoupling ν {\n  x0 ~ a\n  x1 ~ b\n  return x0, x1\n}\ninterpolant I on x : ν, t in [0, 1] {\n  x0, x1 ~ ν\n  z ~ Normal(0, 1, like: x0)\n  ${body}\n}\n`;

const names: readonly WrongModel[] = [
  {
    name: "an undeclared name",
    code: "SDE1001",
    text: objective("minimize sqnorm(net(xt, t) - noise(«⟦xtt → xt⟧»))"),
    says: "xt",
  },
  { name: "a name of another block", code: "SDE1001", text: program("let y = 2 * x\n  return «⟦xt → y⟧»") },
  {
    name: "an undeclared train objective",
    code: "SDE1001",
    text: `${data}${process}${network}train «⟦noise_predicton → noise_prediction⟧»(moons, p, net) { steps: 10 }\n`,
    says: "noise_prediction",
  },
  {
    name: "an undeclared process of a head",
    code: "SDE1001",
    text: `${data}${process}network net(x, t) predicts noise of «⟦vq → p⟧» = mlp(hidden: [8])\n${train}`,
  },
  { name: "a declaration twice", code: "SDE1002", text: `${data}data «⟦moons → suns⟧» : Real[2]\n` },
  {
    name: "a block name hidden",
    code: "SDE1003",
    text: program("let «⟦x → y⟧» = 2\n  return x"),
    says: "another name",
  },
  { name: "a state hidden in its process", code: "SDE1003", text: onPlane("let «⟦x → k⟧» = 2\n  dx = -x dt + dW") },
  { name: "a built-in hidden", code: "SDE1004", text: `fn «⟦exp → expo⟧»(x) = x\n` },
  {
    name: "a process where data is needed",
    code: "SDE1005",
    text: `${data}${process}${network}train noise_prediction(«⟦p → moons⟧», p, net) { steps: 10 }\n`,
    says: "data",
  },
  {
    name: "data where a process is needed",
    code: "SDE1005",
    text: `${data}${process}${network}train noise_prediction(moons, «⟦moons → p⟧», net) { steps: 10 }\n`,
    says: "process",
  },
  {
    name: "a process where a network is needed",
    code: "SDE1005",
    text: `${model}sampler fast = probability_flow(p, «⟦p → net⟧») using heun(steps: 8, until: 1e-3)\n`,
  },
  {
    name: "an objective that is a process",
    code: "SDE1005",
    text: `${data}${process}${network}${train}train «⟦p → loss⟧» { steps: 10 }\nobjective loss = denoising(moons, p, net)\n`,
  },
  {
    name: "an unknown argument",
    code: "SDE1006",
    text: `${data}process p = vp(moons, «⟦beta_mx → beta_max⟧»: 18)\n`,
    says: "beta_max",
  },
  {
    name: "an unknown option of an architecture",
    code: "SDE1006",
    text: `${data}${process}network net(x, t) predicts noise of p = mlp(hidden: [8], «⟦activaton → activation⟧»: relu)\n${train}`,
    says: "activation",
  },
  {
    name: "an unknown option of a solver",
    code: "SDE1006",
    text: `${model}sampler fast = probability_flow(p, net) using dopri5(«⟦rtoll → rtol⟧»: 1e-4, until: 1e-3)\n`,
    says: "rtol",
  },
  {
    name: "an unknown option of a step",
    code: "SDE1006",
    text: `${model}sampler fast = probability_flow(p, net) using heun(«⟦step_count → steps⟧»: 8, until: 1e-3)\n`,
  },
  {
    name: "an unknown option of a run",
    code: "SDE1006",
    text: `${data}${process}${network}train noise_prediction(moons, p, net) { «⟦batches → batch⟧»: 10 }\n`,
    says: "batch",
  },
  {
    name: "a missing argument",
    code: "SDE1007",
    text: `${data}${process}${network}train «noise_prediction(moons, p⟦ → , net⟧)» { steps: 10 }\n`,
    says: "net",
  },
  {
    name: "a missing argument of a template",
    code: "SDE1007",
    text: `${data}process p = «vp(⟦ → moons⟧)»\n`,
    says: "D",
  },
  {
    name: "a network called without its time",
    code: "SDE1007",
    text: objective("minimize sqnorm(«net(xt⟦ → , t⟧)»)"),
    says: "`t`",
  },
  {
    name: "too many arguments of a fn",
    code: "SDE1008",
    text: `fn f(a) = 2 * a\n${program("return f(x«⟦, 1 → ⟧»)").replace("f(x«⟦, 1 → ⟧»)", "f(x⟦, «1» → ⟧)")}`,
  },
  {
    name: "an unknown activation",
    code: "SDE1009",
    text: `${data}${process}network net(x, t) predicts noise of p = mlp(hidden: [8], activation: «⟦rellu → relu⟧»)\n${train}`,
    says: "relu",
  },
  {
    name: "an unknown optimizer",
    code: "SDE1009",
    text: `${data}${process}${network}train noise_prediction(moons, p, net) { optimizer: «⟦adamm → adam⟧»(1e-3) }\n`,
    says: "adam",
  },
  {
    name: "an unknown spacing",
    code: "SDE1009",
    text: `${model}sampler fast = probability_flow(p, net) using heun(steps: 8, spacing: «⟦powr → power⟧»(7), until: 1e-3)\n`,
    says: "power",
  },
  { name: "an import that is not there", code: "SDE1010", text: `import { a } from «"./⟦nowhere → shared⟧.sde"»\n` },
  {
    name: "an import of a name that the file lacks",
    code: "SDE1001",
    text: `import { «⟦b → a⟧» } from "./shared.sde"\n`,
  },
  {
    name: "an unknown field of a record",
    code: "SDE1011",
    text: `data pairs : { x: Real[2], y: Real }\nprocess p on x : pairs.«⟦z → x⟧», t in [0, 1] {\n  dx = dW\n}\n`,
  },
  { name: "an unknown field of a process", code: "SDE1011", text: program("return x * p.«⟦stop → end⟧»") },
  {
    name: "a fn defined through itself",
    code: "SDE1012",
    text: `fn f(x) = «⟦f → exp⟧(x)» / 2\n${program("return f(x)")}`,
  },
  { name: "a process defined through itself", code: "SDE1012", text: `${data}process p = «⟦p → vp⟧»(moons)\n` },
  { name: "a number called", code: "SDE1013", text: program("let k = 2\n  return «k»⟦( → * (⟧x)") },
  { name: "an argument given twice", code: "SDE1014", text: `${data}process p = vp(moons, «⟦D → beta_max⟧: 18»)\n` },
  { name: "a goal in a sampler", code: "SDE1015", text: program("«⟦minimize → return⟧ x»") },
  { name: "a draw outside of a block", code: "SDE1015", text: `${data}process p = vp(«⟦\"moons\" → moons⟧»)\n` },
  {
    name: "a process without a body",
    code: "SDE1016",
    text: `${data}process «q» on x : moons, t in [0, 1]⟦ →  { dx = dW }⟧\n`,
  },
  {
    name: "a sampler without return",
    code: "SDE1016",
    text: `${model}sampler «draw»() {\n  x ~ Normal(0, 1, like: moons)\n  ⟦let y = → return⟧ x\n}\n`,
  },
  {
    name: "the wrong number of names",
    code: "SDE1017",
    text: program("let «a, b⟦ → , c⟧» = x[0], x[1], 2\n  return a + b"),
  },
  {
    name: "the wrong number of names of a draw",
    code: "SDE1017",
    text: program("«a⟦, b → ⟧» ~ Normal(0, 1)\n  return a * x"),
  },
  { name: "an update of a name that is not there", code: "SDE1001", text: program("«⟦y → x⟧» <- 2 * x\n  return x") },
  {
    name: "a name without let in a process",
    code: "SDE1019",
    text: onPlane("«⟦k → let k⟧ = 2»\n  dx = -k * x dt + k dW"),
  },
  {
    name: "a name without let in an objective",
    code: "SDE1019",
    text: objective("«⟦k → let k⟧ = 2»\n  minimize k * sqnorm(net(xt, t))"),
    says: "let k = …",
  },
  {
    name: "an update of a name of the file",
    code: "SDE1018",
    text: `let k = 2\n${program("«⟦k → x⟧» <- 2 * x\n  return x")}`,
  },
];

const shapes: readonly WrongModel[] = [
  {
    name: "shapes in an objective",
    code: "SDE2001",
    text: objective("minimize sqnorm(«net(xt, t) - [1, 2⟦, 3 → ⟧]»)"),
  },
  { name: "shapes of a drift", code: "SDE2010", text: onPlane("dx = «-[1, 1⟦, 1 → ⟧]» dt + dW") },
  { name: "shapes of a diffusion", code: "SDE2010", text: onPlane("dx = -x dt + «[1, 1⟦, 1 → ⟧]» dW") },
  {
    name: "an objective that is no number",
    code: "SDE2002",
    text: objective("minimize «⟦identity → sqnorm⟧(net(xt, t) - noise(xt))»"),
    says: "sqnorm",
  },
  {
    name: "a matrix product",
    code: "SDE2007",
    text: program("return «[[1, 0], [0, 1⟦], [1, 1]] → ]]⟧ @ [[1, 0], [0, 1]] @ [1⟦, 1, 1 → , 1⟧]»").replace(
      "«[[1, 0], [0, 1⟦], [1, 1]] → ]]⟧ @ [[1, 0], [0, 1]] @ [1⟦, 1, 1 → , 1⟧]»",
      "«[[1, 0], [0, 1]] @ [1, 1⟦, 1 → ⟧]»",
    ),
  },
  { name: "a grid that needs a constant", code: "SDE2003", text: program("return «linspace(0, 1, ⟦x[0] → 4⟧)»") },
  {
    name: "a negative standard deviation",
    code: "SDE2004",
    text: `${data}process q on x : moons, t in [0, 1] {\n  dx = dW\n}\nsampler draw() {\n  x ~ Normal(0, «⟦-1 → 1⟧»)\n  return x\n}\n`,
  },
  { name: "an axis of size zero", code: "SDE2004", text: `data moons : Real[«⟦0 → 2⟧»]\n` },
  {
    name: "no steps",
    code: "SDE2004",
    text: `${model}sampler fast = probability_flow(p, net) using heun(steps: «⟦0 → 8⟧», until: 1e-3)\n`,
  },
  { name: "an index out of range", code: "SDE2005", text: program("return x[«⟦2 → 1⟧»]") },
  { name: "an index of a number", code: "SDE2005", text: program("let k = ⟦2 → [2]⟧\n  return x * k[«0»]") },
  { name: "an unknown space", code: "SDE2006", text: "data moons : «⟦Reall → Real⟧»[2]\n", says: "Real" },
  { name: "a root of a negative constant", code: "SDE2008", text: program("return «sqrt(⟦-2 → 2⟧)» * x") },
  { name: "a logarithm of zero", code: "SDE2008", text: program("return «log(⟦0 → 2⟧)» * x") },
  {
    name: "a root of a negative constant in a fn",
    code: "SDE2008",
    text: `fn f(a) = a * «sqrt(⟦-2 → 2⟧)»\n${program("return f(x)")}`,
  },
  { name: "a fractional power of a negative constant", code: "SDE2008", text: program("return «(⟦-2 → 2⟧)^0.5» * x") },
  { name: "a division by zero", code: "SDE2009", text: program("return «x / ⟦0 → 2⟧»") },
  {
    name: "shapes of what a process is conditioned on",
    code: "SDE2010",
    text: objective("y ~ p(t | «[1, 2⟦, 3 → ⟧]»)\n  minimize sqnorm(net(y, t))"),
  },
  { name: "shapes of a network's argument", code: "SDE2010", text: objective("minimize sqnorm(«net(⟦t → xt⟧, t)»)") },
  {
    name: "shapes of a network's result",
    code: "SDE2010",
    text: `${data}${process}network net(x, t) predicts noise of p {\n  let f = mlp(hidden: [8])\n  return «f(x, t)⟦[0] * [1, 2, 3] → ⟧»\n}\n${train}`,
  },
];

const processes: readonly WrongModel[] = [
  {
    name: "a prior of another spread",
    code: "SDE2101",
    text: onPlane("dx = -x dt + sqrt(2) dW\n  «x(8) ~ Normal(0, ⟦2 → 1⟧)»", "[0, 8]"),
    says: "standard deviation 2",
  },
  {
    name: "a beta too small",
    code: "SDE2101",
    text: `${data}process p = «vp(moons, beta_max: ⟦2 → 20⟧)»\n`,
    says: "does not reach",
  },
  {
    name: "a horizon too short",
    code: "SDE2101",
    text: `${data}process p = «ou(moons, sigma: 1.4142135623730951, horizon: ⟦0.5 → 8⟧)»\n`,
  },
  {
    name: "a prior of another mean",
    code: "SDE2101",
    text: onPlane("dx = (3 - x) dt + sqrt(2) dW\n  «x(8) ~ Normal(⟦0 → 3⟧, 1)»", "[0, 8]"),
  },
  {
    name: "a conversion without a kernel",
    code: "SDE2102",
    text:
      onPlane("dx = -x^⟦3 → 1⟧ dt + dW") +
      "objective loss {\n  x0 ~ moons\n  xt ~ «q(0.5 | x0)»\n  minimize sqnorm(net(xt, 0.5))\n}\nnetwork net(x, t) predicts score of q = mlp(hidden: [8])\ntrain loss { steps: 10 }\n",
  },
  { name: "a term without a differential", code: "SDE2103", text: onPlane("dx = -x dt + «2 * x»⟦ →  dW⟧") },
  { name: "an unknown differential", code: "SDE2110", text: onPlane("dx = -x «⟦ds → dt⟧» + dW"), says: "`dt`" },
  {
    name: "a state without an equation",
    code: "SDE2104",
    text: onPlane("⟦ → dx = dW⟧").replace("x : moons", "«x : moons»"),
    says: "dx",
  },
  {
    name: "an equation of an undeclared state",
    code: "SDE2110",
    text: onPlane("«⟦dy → dx⟧» = -x dt + dW"),
    says: "`dx`",
  },
  { name: "additive noise on Positive", code: "SDE2105", text: bounded("«dx = 0.5 * x dt + ⟦0.8 → 0.8 * x⟧ dW»") },
  {
    name: "a division that reaches zero",
    code: "SDE2106",
    text: onPlane("«dx = -x / (1 - ⟦2 → 0.5⟧ * t) dt + dW»"),
    says: "t = 0.5",
  },
  {
    name: "a root of what becomes negative",
    code: "SDE2106",
    text: onPlane("«dx = -x dt + sqrt(1 - ⟦2 → 0.5⟧ * t) dW»"),
  },
  {
    name: "a sampler from an end whose law is unknown",
    code: "SDE2107",
    text:
      onPlane("dx = -x dt + sqrt(2) dW⟦ → \n  x(8) ~ Normal(0, 1)⟧", "[0, 8]") +
      "network net(x, t) predicts noise of q = mlp(hidden: [8])\ntrain noise_prediction(moons, q, net) { steps: 10 }\nsampler fast = «probability_flow(q, net) using heun(steps: 8, until: 1e-3)»\n",
    says: "start:",
  },
  {
    name: "a time range backwards",
    code: "SDE2108",
    text: `${data}process q on x : moons, t in «[⟦2 → 0⟧, 1]» {\n  dx = dW\n}\n`,
  },
  {
    name: "a grid that goes on outside of the range",
    code: "SDE2109",
    text: `${model}sampler fast = probability_flow(p, net) using heun(steps: 8, until: «⟦2 → 1e-3⟧»)\n`,
  },
  {
    name: "a time outside of the range",
    code: "SDE2109",
    text: objective("y ~ p(«⟦1.5 → 0.5⟧» | x0)\n  minimize sqnorm(net(y, 0.5))"),
  },
  {
    name: "a claim in the middle",
    code: "SDE2004",
    text: onPlane("dx = -x dt + sqrt(2) dW\n  x(«⟦4 → 8⟧») ~ Normal(0, 1)", "[0, 8]"),
  },
  {
    name: "an interpolant whose end is not its draw",
    code: "SDE2111",
    text: interpolant("x = «(1 - t) * x0 + ⟦2 → 1⟧ * t * x1 + sqrt(2 * t * (1 - t)) * z»"),
    says: "t = 1",
  },
  {
    name: "a noise that does not vanish at an end",
    code: "SDE2111",
    text: interpolant("x = «(1 - t) * x0 + t * x1 + sqrt(t * (⟦2 → 1⟧ - t)) * z»"),
    says: "t = 1",
  },
];

const predictions: readonly WrongModel[] = [
  {
    name: "an unknown head",
    code: "SDE2201",
    text: `${data}${process}network net(x, t) predicts «⟦nois → noise⟧» of p = mlp(hidden: [8])\n${train}`,
    says: "noise",
  },
  {
    name: "a score compared with a noise",
    code: "SDE2202",
    text: objective("minimize sqnorm(«⟦score → noise⟧(net, xt, t) - noise(xt)»)"),
    says: "noise(net, x, t)",
  },
  {
    name: "a noise compared with a score",
    code: "SDE2202",
    text: objective("minimize sqnorm(«⟦net(xt, t) → score(net, xt, t)⟧ - grad_log(p(t | x0), xt)»)"),
    says: "score(net, x, t)",
  },
  {
    name: "a score of an interpolant between two data sets",
    code: "SDE2203",
    text: `${interpolant("x = (1 - t) * x0 + t * x1 + sqrt(2 * t * (1 - t)) * z")}network net(x, t) predicts ⟦velocity → noise⟧ of I = mlp(hidden: [8])\nobjective loss {\n  xt ~ I(0.5)\n  minimize sqnorm(«score(net, xt, 0.5)»)\n}\ntrain loss { steps: 10 }\n`,
  },
  {
    name: "a score where γ is zero",
    code: "SDE2203",
    text: `data a : Real[2]\ndata b : Real[2]\ncoupling ν {\n  x0 ~ a\n  x1 ~ b\n  return x0, x1\n}\ninterpolant I = linear(ν, gamma: ⟦fn(t) = 0 → brownian_gamma(2)⟧)\nnetwork net(x, t) predicts noise of I = mlp(hidden: [8])\nobjective loss {\n  xt ~ I(0.5)\n  minimize sqnorm(«score(net, xt, 0.5)»)\n}\ntrain loss { steps: 10 }\n`,
  },
  {
    name: "a network that is never trained",
    code: "SDE2204",
    text: `${data}${process}network «net»(x, t) predicts noise of p = mlp(hidden: [8])\n⟦ → ${train}⟧`,
    says: "train",
  },
  {
    name: "the likelihood of a stochastic sampler",
    code: "SDE2205",
    text: `${model}fn f(x) = ⟦log_prob(«fast», x) → sqnorm(x)⟧\nsampler fast = reverse(p, net) using euler_maruyama(steps: 8)\n${"sampler draw() {\n  x ~ Normal(0, 1, like: moons)\n  return f(x)\n}\n"}`,
  },
  {
    name: "a deterministic step of a reverse SDE",
    code: "SDE2206",
    text: `${model}sampler fast = reverse(p, net) using «⟦euler → euler_maruyama⟧(steps: 8)»\n`,
    says: "euler_maruyama",
  },
  {
    name: "a corrector used as a step",
    code: "SDE2206",
    text: `${model}sampler fast = reverse(p, net) using «⟦langevin → euler_maruyama⟧(steps: 8)»\n`,
    says: "with",
  },
  {
    name: "a step used as a corrector",
    code: "SDE2206",
    text: `${model}sampler fast = reverse(p, net) using euler_maruyama(steps: 8) with «⟦euler_maruyama → langevin⟧()»\n`,
    says: "using",
  },
  {
    name: "the network of another process",
    code: "SDE2207",
    text: `${model}process q = ve(moons)\nsampler fast = reverse(⟦q → p⟧, «net») using euler_maruyama(steps: 8)\n`,
  },
  {
    name: "the network of another process in a flow",
    code: "SDE2207",
    text: `${model}process q = vp(moons)\nsampler fast = probability_flow(⟦q → p⟧, «net») using heun(steps: 8, until: 1e-3)\n`,
  },
  {
    name: "a network without a head asked for its score",
    code: "SDE2208",
    text: `${data}${process}network net(x: moons, t: Real) ⟦: moons → predicts noise of p⟧ = mlp(hidden: [8])\ntrain «noise_prediction(moons, p, net)» { steps: 10 }\n`,
    says: "predicts",
  },
  {
    name: "weights used with inputs of two sizes",
    code: "SDE2209",
    text: `${data}${process}network net(x, t) predicts noise of p {\n  let f = «mlp(hidden: [8], outputs: 2)»\n  return f(x, t) + f(x⟦ → , t⟧)\n}\n${train}`,
  },
];

const learning: readonly WrongModel[] = [
  {
    name: "an objective without a goal",
    code: "SDE2301",
    text: `${model}objective «loss» {\n  x0 ~ moons\n  ⟦let a = → minimize⟧ sqnorm(net(x0, 0.5))\n}\n`,
  },
  {
    name: "noise of what was not drawn from a process",
    code: "SDE2302",
    text: objective("minimize sqnorm(net(xt, t) - noise(«⟦x0 → xt⟧»))"),
  },
  {
    name: "a draw inside of a fn",
    code: "SDE2303",
    text:
      `fn f(a) {\n  «z ⟦~ → <-⟧ Normal(0, 1)»\n  return a * z\n}\n`.replace(
        "«z ⟦~ → <-⟧ Normal(0, 1)»",
        "⟦«z ~ Normal(0, 1)» → let z = 2⟧",
      ) + program("return f(x)"),
  },
  {
    name: "an objective that depends on no weight",
    code: "SDE2304",
    text: `${model}objective «loss» {\n  x0 ~ moons\n  minimize sqnorm(⟦x0 → net(x0, 0.5)⟧)\n}\n`,
  },
  {
    name: "a memory of averages that never forgets",
    code: "SDE2401",
    text: `${data}${process}${network}train noise_prediction(moons, p, net) { ema: «⟦1.5 → 0.5⟧» }\n`,
    says: "between 0 and 1",
  },
  {
    name: "an empty batch",
    code: "SDE2401",
    text: `${data}${process}${network}train noise_prediction(moons, p, net) { batch: «⟦0 → 10⟧» }\n`,
  },
  {
    name: "a negative learning rate",
    code: "SDE2401",
    text: `${data}${process}${network}train noise_prediction(moons, p, net) { optimizer: adam(«⟦-1e-3 → 1e-3⟧») }\n`,
  },
  {
    name: "an option twice",
    code: "SDE1014",
    text: `${data}${process}${network}train noise_prediction(moons, p, net) { batch: 10, «⟦batch → steps⟧: 20» }\n`,
  },
];

const runs: readonly WrongModel[] = [
  {
    name: "a condition without its bar",
    code: "SDE1008",
    text: objective("y ~ p(«t»⟦, →  |⟧ x0)\n  minimize sqnorm(net(y, t))"),
    says: "p(t | x0)",
  },
  {
    name: "a draw from a process at no time",
    code: "SDE1005",
    text: objective("y ~ «p»⟦ → (t)⟧\n  minimize sqnorm(net(y, t))"),
    says: "p(t)",
  },
  {
    name: "arguments of an objective that takes none",
    code: "SDE1008",
    text: `${data}${process}${network}objective loss = noise_prediction(moons, p, net)\ntrain loss⟦(«moons») → ⟧ { steps: 10 }\n`,
  },
  {
    name: "an objective without its arguments",
    code: "SDE1007",
    text: `${data}${process}${network}train «noise_prediction»⟦ → (moons, p, net)⟧ { steps: 10 }\n`,
  },
  {
    name: "a network as a goal",
    code: "SDE1005",
    text: objective("minimize «net»⟦ → (xt, t)[0]⟧").replace("«net»⟦ → (xt, t)[0]⟧", "⟦«net» → sqnorm(net(xt, t))⟧"),
  },
  { name: "a draw from a number", code: "SDE1005", text: program("y ~ ⟦«2» → Normal(2, 1)⟧\n  return y * x") },
  {
    name: "a network in place of a step",
    code: "SDE1005",
    text: `${model}sampler fast = reverse(p, net) using «⟦net → euler_maruyama⟧»⟦ → (steps: 8)⟧\n`.replace(
      "«⟦net → euler_maruyama⟧»⟦ → (steps: 8)⟧",
      "⟦«net» → euler_maruyama(steps: 8)⟧",
    ),
  },
  {
    name: "a run without a step",
    code: "SDE1005",
    text: `${model}sampler fast = «reverse(p, net)»⟦ →  using euler_maruyama(steps: 8)⟧\n`,
    says: "using",
  },
  {
    name: "a step without its number of steps",
    code: "SDE1007",
    text: `${model}sampler fast = reverse(p, net) using «euler_maruyama(⟦ → steps: 8⟧)»\n`,
    says: "steps",
  },
  {
    name: "half a step",
    code: "SDE2004",
    text: `${model}sampler fast = reverse(p, net) using euler_maruyama(steps: «⟦2.5 → 2⟧»)\n`,
  },
  {
    name: "a tolerance below zero",
    code: "SDE2004",
    text: `${model}sampler fast = probability_flow(p, net) using dopri5(rtol: «⟦-1e-4 → 1e-4⟧», until: 1e-3)\n`,
  },
  {
    name: "a grid that turns round",
    code: "SDE2004",
    text: `${model}sampler fast = reverse(p, net) using euler_maruyama(grid: «[1, ⟦0.2 → 0.7⟧, 0.5, 0.1]»)\n`,
  },
  {
    name: "a grid outside of the range",
    code: "SDE2109",
    text: `${model}sampler fast = reverse(p, net) using euler_maruyama(grid: «[1, 0.5, ⟦-1 → 0⟧]»)\n`,
  },
  {
    name: "a step that divides by zero at its end",
    code: "SDE2210",
    text: `${model}sampler fast = probability_flow(p, net) using «heun(steps: 8⟦ → , until: 1e-3⟧)»\n`,
    says: "until:",
  },
  {
    name: "a fn without a head in place of a network",
    code: "SDE2208",
    text: `${model}fn g(x, t) ⟦ → predicts score of p ⟧= -x\nsampler fast = reverse(p, «g») using euler_maruyama(steps: 8)\n`,
  },
  {
    name: "a fn whose prediction has another shape",
    code: "SDE2010",
    text: `${model}fn «g»(x, t) predicts score of p = ⟦sqnorm → identity⟧(x)\n`,
  },
  {
    name: "a network without a time",
    code: "SDE1016",
    text: `${data}${process}network «net»(x⟦ → , t⟧) predicts noise of p = mlp(hidden: [8])\n${train}`,
  },
  {
    name: "a head of a data set",
    code: "SDE1005",
    text: `${data}${process}network net(x, t) predicts noise of «⟦moons → p⟧» = mlp(hidden: [8])\n${train}`,
  },
  {
    name: "an architecture outside of a network",
    code: "SDE1015",
    text: program("return ⟦«mlp(hidden: [8])» → net⟧(x⟦ → , 0.5⟧)").replace(
      "⟦«mlp(hidden: [8])» → net⟧(x⟦ → , 0.5⟧)",
      "⟦«mlp(hidden: [8])»(x) → net(x, 0.5)⟧",
    ),
  },
  {
    name: "a layer of no width",
    code: "SDE2004",
    text: `${data}${process}network net(x, t) predicts noise of p = «mlp(hidden: [⟦0 → 8⟧])»\n${train}`,
  },
  { name: "an update of another shape", code: "SDE2010", text: program("x <- «[1, 2⟦, 3 → ⟧]»\n  return x") },
  {
    name: "an update of another shape in a loop",
    code: "SDE2010",
    text: program("for i in 0..3 { x <- «[1, 2⟦, 3 → ⟧]» }\n  return x"),
  },
  {
    name: "a name of a loop used after it",
    code: "SDE1001",
    text: program("for i in 0..3 { let y = x }\n  return «⟦y → x⟧»"),
  },
  {
    name: "shapes of the branches of an if",
    code: "SDE2001",
    text: program("return «if x[0] < 1 then x else [1, 2⟦, 3 → ⟧]»"),
  },
  {
    name: "a claimed law of another shape",
    code: "SDE2010",
    text: onPlane("dx = -x dt + sqrt(2) dW\n  x(8) ~ «Normal([0, 0⟦, 0 → ⟧], 1)»", "[0, 8]"),
  },
  {
    name: "a claim about another name",
    code: "SDE1001",
    text: onPlane("dx = -x dt + sqrt(2) dW\n  «⟦y → x⟧»(8) ~ Normal(0, 1)", "[0, 8]"),
  },
  { name: "an infinite coefficient", code: "SDE2004", text: onPlane("«dx = -⟦infinity → 2⟧ * x dt + dW»") },
  {
    name: "a pole at the end of the range",
    code: "SDE2106",
    text: onPlane("«dx = -x / (⟦1 → 2⟧ - t) dt + dW»"),
    says: "t = 1",
  },
  { name: "an endless range of time", code: "SDE2108", text: onPlane("dx = -x dt + dW", "«[0, ⟦infinity → 1⟧]»") },
  {
    name: "an interpolant that takes three of two ends",
    code: "SDE1017",
    text: interpolant("x = (1 - t) * x0 + t * x1").replace("x0, x1 ~ ν", "«x0, x1⟦, x2 → ⟧» ~ ν"),
  },
  {
    name: "an interpolant without a path",
    code: "SDE1016",
    text: interpolant("⟦let y → x⟧ = (1 - t) * x0 + t * x1").replace("interpolant I", "interpolant «I»"),
  },
  {
    name: "a coupling of two spaces",
    code: "SDE2010",
    text: "data a : Real[2]\ndata b : Real[⟦3 → 2⟧]\ncoupling ν {\n  x0 ~ a\n  «x1 ~ b»\n  return x0, x1\n}\n",
  },
  {
    name: "an interpolant reversed",
    code: "SDE2206",
    text: `${interpolant("x = (1 - t) * x0 + t * x1")}network v(x, t) predicts velocity of I = mlp(hidden: [8])\ntrain flow_matching(I, v) { steps: 10 }\nsampler fast = ⟦«reverse(I, v)»(start: Normal(0, 1)) using euler_maruyama(steps: 8) → probability_flow(I, v)(start: Normal(0, 1)) using heun(steps: 8)⟧\n`,
  },
  { name: "a uniform law backwards", code: "SDE2004", text: program("y ~ Uniform(1, «⟦0 → 2⟧»)\n  return y * x") },
  { name: "a probability above one", code: "SDE2004", text: program("y ~ Bernoulli(«⟦1.5 → 0.5⟧»)\n  return y * x") },
  { name: "a derivative by a formula", code: "SDE1005", text: program("return grad(sqnorm(x), «⟦2 * x → x⟧»)") },
  { name: "a gradient of a vector", code: "SDE2002", text: program("return grad(«⟦2 * x → sqnorm(x)⟧», x)") },
  {
    name: "a time derivative of what does not move",
    code: "SDE2302",
    text: objective("minimize sqnorm(net(xt, t) - ddt(«⟦x0 → xt⟧»))").replace("net(xt, t)", "velocity(net, xt, t)"),
  },
  { name: "a dot product of two shapes", code: "SDE2001", text: program("return «dot(x, [1, 2⟦, 3 → ⟧])» * x") },
  { name: "a like: of a network", code: "SDE1005", text: program("y ~ Normal(0, 1, like: «⟦net → x⟧»)\n  return y") },
  {
    name: "a value of another shape for a typed parameter",
    code: "SDE2010",
    text: `fn f(a: Real[2]) = 2 * a\n${program("return f(«⟦x[0] → x⟧»)")}`,
  },
  {
    name: "shapes that do not fit in a generic fn",
    code: "SDE2001",
    text: `fn f(a) = a + [1, 2⟦, 3 → ⟧]\n${program("return «f(x)»")}`,
  },
  {
    name: "a draw in a fn that nothing calls",
    code: "SDE2303",
    text: "fn f(a) {\n  ⟦«z ~ Normal(0, 1)» → let z = 1⟧\n  return a * z\n}\n",
  },
  {
    name: "an unknown option of an optimizer",
    code: "SDE1006",
    text: `${data}${process}${network}train noise_prediction(moons, p, net) { optimizer: adam(1e-3, «⟦bta1 → beta1⟧»: 0.8) }\n`,
    says: "beta1",
  },
  {
    name: "an unknown schedule",
    code: "SDE1009",
    text: `${data}${process}${network}train noise_prediction(moons, p, net) { optimizer: adam(1e-3, schedule: «⟦cosin → cosine⟧») }\n`,
    says: "cosine",
  },
  { name: "two lets that need one another", code: "SDE1012", text: "let a = 2 * b\nlet b = «⟦a → pi⟧»\n" },
  {
    name: "a coupling that draws from itself",
    code: "SDE1012",
    text: interpolant("x = (1 - t) * x0 + t * x1").replace("x1 ~ b", "x1 ~ «⟦ν → b⟧»"),
  },
  { name: "a head of itself", code: "SDE1012", text: `${data}${process}fn g(x, t) predicts score of «⟦g → p⟧» = -x\n` },
  { name: "more than one sample can hold", code: "SDE2004", text: "data films : «Real[100000, ⟦100000 → 100⟧]»\n" },
];

export const wrongModels: readonly WrongModel[] = [
  ...names,
  ...shapes,
  ...processes,
  ...predictions,
  ...learning,
  ...runs,
  ...caught,
  ...components,
  ...conditions,
  ...coordinates,
  ...couplings,
  ...wrongBridges,
  ...references,
  ...rewards,
  ...solvers,
  ...wrongInterpolants,
  ...fromTexts,
];
