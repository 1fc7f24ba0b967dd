/** Messages about paths of samplers, the densities of their steps, and rewards: SDE2320 to SDE2339. */
import { row } from "../../grammar/diagnostic.js";

export const stepMessages = {
  notGaussianStep: row<{ step: string }>({
    code: "SDE2320",
    name: "not-a-gaussian-step",
    severity: "error",
    message: ({ step }) =>
      `Where \`${step}\` leads is not a mean plus noise of each number, so its step has no known density.`,
    help: () => "Use a step that adds its noise once, after everything else, such as `euler_maruyama`.",
  }),
  noStepDensity: row<{ step: string; place: string }>({
    code: "SDE2321",
    name: "no-density-without-noise",
    severity: "error",
    message: ({ step, place }) =>
      `The step \`${step}\`${place} draws no noise: it leads to one place and has no density.`,
    help: () => "Take a sampler with noise in every step, or only those steps that have it.",
  }),
  otherNoise: row<{ use: "ratio" | "kl"; first: string; second: string; place: string }>({
    code: "SDE2322",
    name: "other-noise",
    severity: "error",
    message: ({ use, first, second, place }) =>
      use === "ratio"
        ? `The step was drawn with another noise: its standard deviation ${place} is ${second}, this sampler's is ${first}.`
        : `These samplers have different noise ${place}: standard deviations ${first} and ${second}.`,
    help: ({ use }) =>
      use === "ratio"
        ? "Ask the density of samplers with the noise scale that the steps were drawn with."
        : "Give both the same noise scale: between paths of other noise the divergence grows without bound as steps get smaller.",
  }),
  otherGrid: row<{ steps: number; drawn: number }>({
    code: "SDE2323",
    name: "other-grid",
    severity: "error",
    message: ({ steps, drawn }) =>
      steps === drawn
        ? "The step was drawn on a grid with other nodes than this sampler's."
        : `The step was drawn on a grid of ${drawn} steps; this sampler takes ${steps}.`,
    help: () => "Run both on the same grid: `steps:`, `spacing:` and `shift:` alike.",
  }),
  noNode: row<{ first: string; last: string }>({
    code: "SDE2324",
    name: "not-a-node",
    severity: "error",
    message: ({ first, last }) => `A path is known at its nodes, from ${first} to ${last}; this time is none of them.`,
    help: () => "Take the times from its grid: `for t, s in X.grid`, or `X.grid[k]`.",
  }),
  gradientOfAnswer: row<{ reward: string }>({
    code: "SDE2325",
    name: "gradient-through-an-answer",
    severity: "error",
    message: ({ reward }) =>
      `\`${reward}\` has no body: no gradient passes through what the application answers, but its argument depends on the weights that are trained.`,
    help: () => "Ask it about `frozen(…)` and learn from the density of the steps, or give the reward a body.",
  }),
  rewardOutsideRange: row<{ reward: string; value: string; range: string }>({
    code: "SDE2326",
    name: "reward-outside-its-range",
    severity: "error",
    message: ({ reward, value, range }) => `\`${reward}\` is ${value}, which is outside of its range ${range}.`,
    help: () => "Correct the body, or declare the range it has.",
  }),
  groupOfOne: row<{ count: number }>({
    code: "SDE2327",
    name: "group-of-one",
    severity: "error",
    message: ({ count }) => `A group of ${count} has no spread: its members are compared with each other.`,
    help: () => "Draw several: `iid(law, 16)`.",
  }),
  noGradient: row<object>({
    code: "SDE2348",
    name: "no-gradient-through-a-choice",
    severity: "error",
    message: () =>
      "What this goal depends on is a choice (a drawn label, a comparison, a rounded number), which changes by jumps: no gradient passes to the weights.",
    help: () =>
      "Weigh the goal with the density of the draw, `e * log_prob(law, i)` with e under `stop_gradient`, or use the probabilities themselves.",
  }),
  noAverage: row<{ objective: string }>({
    code: "SDE2328",
    name: "no-moving-average",
    severity: "error",
    message: ({ objective }) =>
      `\`${objective}\` takes \`ema(…)\` of its weights, but this run keeps no moving average.`,
    help: () => "Give the run a decay: `ema: 0.999`.",
  }),
  divergenceFromItself: row<{ sampler: string }>({
    code: "SDE2329",
    name: "divergence-from-itself",
    severity: "error",
    message: ({ sampler }) =>
      `The steps of \`${sampler}\` are compared with themselves: this divergence is zero, whatever is learned.`,
    help: () =>
      "Compare with a reference: `initial(…)`, `frozen(…)` over several updates of a batch, or another policy.",
  }),
  noiseDoesNotCommute: row<{ process: string; first: string; second: string; component: string; value: string }>({
    code: "SDE2228",
    name: "noise-does-not-commute",
    severity: "error",
    message: ({ process, first, second, component, value }) =>
      `The noise of \`${process}\` does not commute: moving by motion ${first} and then by motion ${second} changes \`${component}\` otherwise than in the other order, by ${value}. A step of strong order 1 needs the areas between motions, which no increment tells.`,
    help: () =>
      "Use a step without double integrals, such as `euler_maruyama`, or write the equation in coordinates in which its noise commutes.",
  }),
  leavesPositive: row<{ step: string; process: string; chance: string; times: string }>({
    code: "SDE2229",
    name: "step-below-zero",
    severity: "warning",
    message: ({ step, process, chance, times }) =>
      `A step of \`${step}\` takes a number of \`${process}\` below zero with probability ${chance} (${times}), where it has no density.`,
    help: () => "Take the steps in its logarithm, `coordinates: log`, or take more of them.",
  }),
} as const;
