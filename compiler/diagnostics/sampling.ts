/** Messages about samplers, guidance and flow maps, part of the catalogue. */
import { row } from "../../grammar/diagnostic.js";

export const sampling = {
  snrTurns: row<{ process: string; at: string }>({
    code: "SDE2220",
    name: "snr-turns",
    severity: "error",
    message: ({ process, at }) =>
      `The signal-to-noise ratio of \`${process}\` rises and falls: it turns at ${at}, so the log-SNR is no measure of its time.`,
    help: () =>
      "Use a step and a grid that do not rest on it (`heun`, `spacing: uniform`), or a path on which α/σ only rises or only falls.",
  }),
  nodesDiffer: row<{ predictions: number; nodes: number }>({
    code: "SDE2221",
    name: "nodes-differ",
    severity: "error",
    message: ({ predictions, nodes }) =>
      `A polynomial through ${predictions} value${predictions === 1 ? "" : "s"} cannot be laid at ${nodes} time${nodes === 1 ? "" : "s"}.`,
    help: () => "Give each value the time it was predicted at: `denoised: (x̂0, last), at: (t, r)`.",
  }),
  boundaryBroken: row<{ network: string; at: string; difference: string }>({
    code: "SDE2222",
    name: "boundary-broken",
    severity: "error",
    message: ({ network, at, difference }) =>
      `An endpoint at ${at} is the state itself, but what \`${network}\` gives there ${difference}.`,
    help: () => "Build it in: `a(t) * x + b(t) * F(x, t)` with a = 1 and b = 0 at that time.",
  }),
  derivativeByConstant: row<{ name: string; operator: string }>({
    code: "SDE2223",
    name: "derivative-by-constant",
    severity: "error",
    message: ({ name, operator }) =>
      `\`${name}\` is a constant here, so \`${operator}\` would find nothing that depends on it.`,
    help: () => "Differentiate by a draw, a state, or a parameter of the sampler or fn.",
  }),
  notALabel: row<{ found: string; place: string }>({
    code: "SDE2224",
    name: "not-a-label",
    severity: "error",
    message: ({ found, place }) => `A label is needed ${place}, but here stands ${found}.`,
    help: () => "Labels come from data or parameters of a space `Class[k]`, or are whole numbers below k.",
  }),
  labelNotOptional: row<{ parameter: string; network: string; classes: number }>({
    code: "SDE2225",
    name: "label-not-optional",
    severity: "error",
    message: ({ parameter, network }) => `\`${parameter}\` of \`${network}\` may not be \`none\`.`,
    help: ({ parameter, classes }) => `Declare it so: \`${parameter}: Optional[Class[${classes}]]\`.`,
  }),
  nullNeverLearned: row<{ network: string }>({
    code: "SDE2226",
    name: "null-never-learned",
    severity: "error",
    message: ({ network }) => `\`${network}\` is asked here without a label, but no objective ever trains it so.`,
    help: () => "Drop the label of some samples: `drop ~ Bernoulli(0.1)`, `let label = if drop then none else y`.",
  }),
  classesDiffer: row<{ parameter: string; expected: number; found: number }>({
    code: "SDE2227",
    name: "classes-differ",
    severity: "error",
    message: ({ parameter, expected, found }) =>
      `${parameter} is one of ${expected} classes, but this label is one of ${found}.`,
    help: () => "Declare the number of classes that the data has.",
  }),
} as const;
