/** Which mistakes with learned numbers, references, families of data and schedules must be refused? */
import type { WrongModel } from "../wrong-models.js";

const data = "data moons : Real[2]\n";
const process = "process p = vp(moons)\n";
const network = "network net(x, t) predicts noise of p = mlp(hidden: [8])\n";
const run = "train noise_prediction(moons, p, net) { steps: 10 }";
const scheduled = (loop: string): string => `${data}${process}${network}train {\n  ${loop}\n}\n`;

const schedules: readonly WrongModel[] = [
  {
    name: "a schedule whose number of rounds is not known",
    code: "SDE2003",
    text: `${scheduled(`for round in 0..⟦«net» → 3⟧ { ${run} }`)}`,
  },
  { name: "a loop of runs without a round", code: "SDE2410", text: scheduled(`for round in «0..⟦0 → 2⟧» { ${run} }`) },
  {
    name: "a run that differs from round to round",
    code: "SDE2411",
    text: scheduled(`for round in 1..3 { train noise_prediction(moons, p, net) { steps: 10 * ⟦«round» → 2⟧ } }`),
    says: "round",
  },
  { name: "a draw in a schedule", code: "SDE1015", text: scheduled(`⟦«x0 ~ moons» → ⟧ ${run}`), says: "for" },
];

/** A reference with a learned rate, and the goal of an objective that fits it. */
const fitted = (param: string, equation: string, goal: string): string =>
  `data xs : Real\nreference p on x : xs, t in [0, 1] {\n  ${param}\n  ${equation}\n}\nobjective fit {\n  x0 ~ xs\n  x1 ~ p(1 | x0)\n  ${goal}\n}\ntrain fit { steps: 10 }\n`;
const rate = "param θ : Positive = 0.8";
const decay = "dx = -θ * x dt + dW";

const params: readonly WrongModel[] = [
  {
    name: "a reference that no goal names",
    code: "SDE2160",
    text: `param c : Real = 0\n${fitted("param «θ» : Positive = 0.8", decay, "minimize (x1 - c)^2⟦ →  over p, c⟧")}`,
    says: "over p",
  },
  {
    name: "a param that no objective reaches",
    code: "SDE2160",
    text: `param ⟦«c», → ⟧ d : Real = 0\ndata xs : Real\nobjective fit {\n  x ~ xs\n  minimize (x - d)^2\n}\ntrain fit { steps: 10 }\n`,
  },
  {
    name: "a start outside an interval",
    code: "SDE2161",
    text: fitted("param θ : Real in [0.05, 0.95] = «⟦1.2 → 0.3⟧»", decay, "minimize x1^2 over p"),
    says: "0.95",
  },
  {
    name: "a positive number that starts at zero",
    code: "SDE2161",
    text: fitted("param θ : Positive = «⟦0 → 0.1⟧»", decay, "minimize x1^2 over p"),
    says: "above 0",
  },
  {
    name: "a param of whole numbers",
    code: "SDE2162",
    text: fitted("param θ : «⟦Count → Positive⟧» = 3", decay, "minimize x1^2 over p"),
    says: "gradient",
  },
  {
    name: "a scalar param without a start",
    code: "SDE1016",
    text: fitted("«param θ : Positive⟦ → = 0.8⟧»", decay, "minimize x1^2 over p"),
  },
  {
    name: "a param in an objective",
    code: "SDE1015",
    text: fitted(rate, decay, "⟦«param k : Positive = 1» → let k = 1⟧ minimize k * x1^2 over p"),
  },
  {
    name: "a reference parameter that the equation does not contain",
    code: "SDE2163",
    text: fitted("param θ⟦, «κ» → ⟧ : Positive = 0.8", decay, "minimize x1^2 over p"),
    says: "κ",
  },
  {
    name: "an interval that leaves the space of a param",
    code: "SDE2004",
    text: fitted("param θ : Positive in «[⟦-1 → 0.1⟧, 2]» = 0.8", decay, "minimize x1^2 over p"),
  },
];

const game = (first: string, second: string, options = ""): string =>
  `data xs : Real\nparam a, b : Real = 0\nobjective game {\n  ${first}\n  ${second}\n}\ntrain game { batch: 1, steps: 10${options} }\n`;

const players: readonly WrongModel[] = [
  {
    name: "a goal without its player",
    code: "SDE2412",
    text: game("«minimize a^2 + a * b⟦ →  over a⟧»", "maximize a * b - b^2 over b"),
    says: "`b`",
  },
  {
    name: "data as a player",
    code: "SDE2413",
    text: game("minimize a^2 + a * b over «⟦xs → a⟧»", "maximize a * b - b^2 over b"),
    says: "the data set",
  },
  {
    name: "a goal that does not depend on its player",
    code: "SDE2414",
    text: game("«minimize ⟦b^2 → a^2 + a * b⟧ over a»", "maximize a * b - b^2 over b"),
  },
  {
    name: "updates for nobody",
    code: "SDE2415",
    text: game("minimize a^2 + a * b over a", "maximize a * b - b^2 over b", ", updates: { «⟦c → b⟧»: 5 }"),
    says: "`a`, `b`",
  },
  {
    name: "updates less than once",
    code: "SDE2401",
    text: game("minimize a^2 + a * b over a", "maximize a * b - b^2 over b", ", updates: { b: «⟦0.5 → 5⟧» }"),
  },
];

const family = (values: string, index: string): string =>
  `data snapshots(t in ${values}) : Real[2]\nsampler draw {\n  i ~ UniformInteger(0, 2)\n  x ~ snapshots(${index})\n  return x\n}\n`;

const families: readonly WrongModel[] = [
  {
    name: "a time that a family does not have",
    code: "SDE2164",
    text: family("{0, 2, 4}", "«⟦3 → 4⟧»"),
    says: "{0, 2, 4}",
  },
  {
    name: "a computed time that a family may not have",
    code: "SDE2164",
    text: family("{0, 2, 4}", "«2 * i + ⟦1 → 2⟧»"),
  },
  {
    name: "a time that is not a drawn whole number",
    code: "SDE2165",
    text: family("{0, 2, 4}", "«2 * i»").replace("~ UniformInteger(0, 2)", "~ ⟦Uniform → UniformInteger⟧(0, 2)"),
  },
  {
    name: "snapshot times out of order",
    code: "SDE2166",
    text: family("«{0, ⟦4, 2 → 2, 4⟧}»", "2 * i"),
    says: "2 comes after 4",
  },
  { name: "a snapshot time twice", code: "SDE2166", text: family("«{0, 2, ⟦2 → 4⟧}»", "2 * i"), says: "twice" },
  {
    name: "a family without its time",
    code: "SDE1005",
    text: family("{0, 2, 4}", "0").replace("snapshots(0)", "«snapshots⟦ → (0)⟧»"),
  },
];

/** Two processes of a plane, compared along paths of the first. */
const compared = (noise: string, drift: string, run: string, goal = "kl(a, b, X)"): string =>
  `data xs : Real[2]\nprocess a on x : xs, t in [0, 1] {\n  dx = [x[1], -x[0]] dt + ${noise} dW\n}\nreference b on x : xs, t in [0, 1] {\n  param θ : Positive = 2\n  dx = ${drift} dt + [0, 1] dW\n}\nobjective compare {\n  X ~ path(a(${run}) using euler_maruyama(steps: 4))\n  minimize ${goal} over b\n}\ntrain compare { steps: 10 }\n`;
const circle = "[x[1], -θ * x[0]]";

const paths: readonly WrongModel[] = [
  {
    name: "a path KL of processes of different noise",
    code: "SDE2167",
    text: compared("[0, ⟦0.5 → 1⟧]", circle, "start: xs", "kl(a, «b», X)"),
    says: "infinite",
  },
  {
    name: "drifts that differ where there is no noise",
    code: "SDE2168",
    text: compared("[0, 1]", "[⟦2 * → ⟧ x[1], -θ * x[0]]", "start: xs", "kl(a, «b», X)"),
    says: "no noise",
  },
  {
    name: "a KL along a path that runs backward",
    code: "SDE2169",
    text: compared("[0, 1]", circle, "start: xs, from: ⟦1, to: 0 → 0, to: 1⟧", "kl(a, «b», X)").replace(
      "kl(a, «b», X)",
      "kl(«a», b, X)",
    ),
    says: "backward",
  },
  {
    name: "a ratio of paths of different noise",
    code: "SDE2167",
    text: compared("[0, ⟦0.5 → 1⟧]", circle, "start: xs", "log_ratio(a, «b», X)"),
    says: "infinite",
  },
  {
    name: "a ratio of paths whose drifts differ where there is no noise",
    code: "SDE2168",
    text: compared("[0, 1]", "[⟦2 * → ⟧ x[1], -θ * x[0]]", "start: xs", "log_ratio(a, «b», X)"),
    says: "no noise",
  },
  {
    name: "states along a path of another shape",
    code: "SDE2010",
    text: fitted(rate, decay, "minimize -log_prob(p, «⟦x1 → [x0, x1]⟧») over p"),
  },
  {
    name: "a run whose length is drawn",
    code: "SDE2416",
    text: `data snapshots(t in {0, 1, 2}) : Real\nreference b on x : snapshots, t in [0, 2] {\n  param θ : Positive = 2\n  dx = -θ * x dt + dW\n}\nobjective fit {\n  i ~ UniformInteger(0, 2)\n  X ~ path(«b(start: snapshots(i), from: i, to: ⟦2 → i + 1⟧)» using euler_maruyama(steps: 4))\n  maximize log_prob(b, X) over b\n}\ntrain fit { steps: 10 }\n`,
  },
];

const bounded: readonly WrongModel[] = [
  {
    name: "a coupled drift with noise that leaves its space",
    code: "SDE2105",
    text: `data animals : Positive[2]\nprocess p on x : animals, t in [0, 8] {\n  «dx = [x[0] * (1 - x[1]), x[1] * (x[0] - 1)] dt + ⟦0.1 → 0.1 * x⟧ dW»\n}\n`,
    says: "Positive",
  },
];

export const references: readonly WrongModel[] = [
  ...schedules,
  ...params,
  ...players,
  ...families,
  ...paths,
  ...bounded,
];
