/** All built-in names of the language: constants, functions, laws, architectures, and words not compiled yet. */
import { catalogue } from "../../diagnostics/catalogue.js";
import * as ir from "../../ir/build.js";
import { number, tensor } from "../arithmetic.js";
import { architectures, laterArchitectures } from "../architecture.js";
import { report } from "../context.js";
import { describe } from "../describe.js";
import { jointMoment } from "../joint-law.js";
import { kernelLaw } from "../process-law.js";
import { gaussianOf } from "../step-law.js";
import { meanOverLaws } from "../setup-means.js";
import { curveBuiltins } from "./curves.js";
import { adaptiveSolvers } from "../run.js";
import type { Scope } from "../scope.js";
import type { Law, Thing } from "../thing.js";
import { poison } from "../thing.js";
import { differentialBuiltins } from "./differential.js";
import { lawBuiltins } from "./laws.js";
import { processBuiltins } from "./processes.js";
import type { BuiltinCall, BuiltinRow } from "./row.js";
import { spanAt } from "./row.js";
import { samplerBuiltins } from "./samplers.js";
import { tensorBuiltins } from "./tensors.js";
import { transformBuiltins } from "./transforms.js";
import { transportBuiltins } from "./transport.js";
import type { Context } from "../context.js";

const parts = new Map<string, BuiltinRow>([
  ...[...tensorBuiltins, ...transformBuiltins, ...differentialBuiltins, ...curveBuiltins],
  ...[...processBuiltins, ...lawBuiltins, ...samplerBuiltins, ...transportBuiltins],
]);

/** `mean` and `std` mean one thing of numbers, another of a law, another of a process: the first argument's kind decides. */
function byKind(name: "mean" | "std"): BuiltinRow {
  const ofNumbers = parts.get(`${name} of numbers`);
  const ofProcess = parts.get("std of a process");
  return {
    doc:
      name === "mean"
        ? "The mean of numbers or of a law."
        : "The standard deviation of numbers, of a law, or of a process at a time.",
    parameters: ["x", "t?"],
    rest: true,
    gathers: true,
    written: (e, c) => (name === "mean" ? meanOverLaws(name, e, c) : null),
    evaluate: (call, c) => {
      const [first] = call.things;
      if (first?.kind === "law") return momentOfLaw(name, first, call, c);
      if (name === "std" && (first?.kind === "process" || first?.kind === "run")) {
        if (call.things.length < 2) return report(c, catalogue.missingArgument, call.span, { name: "t", callee: name });
        return ofProcess?.evaluate(call, c) ?? poison;
      }
      return ofNumbers?.evaluate(call, c) ?? poison;
    },
  };
}

function momentOfLaw(name: "mean" | "std", law: Law, call: BuiltinCall, c: Context): Thing {
  if (law.law === "transition") {
    const gaussian = gaussianOf(law, call.span, c);
    return gaussian === null ? poison : tensor(gaussian[name]);
  }
  const explicit = law.law === "state" ? kernelLaw(law, call.span, c) : law;
  if (explicit === null) return poison;
  if (explicit.law === "joint") return jointMoment(explicit, name);
  if (explicit.law === "normal") return name === "mean" ? explicit.mean : explicit.std;
  return report(c, catalogue.notCompiledYet, spanAt(call, 0), {
    construct: `The ${name} of ${describe(explicit)}`,
    instead: null,
  });
}

/** Words of the language that are understood by the grammar and the papers, but not compiled yet. */
export const laterBuiltins: readonly string[] = [
  ...laterArchitectures,
  ...["jacobian", "linear_part", "ratios", "rates", "pushforward"],
  ...["local_step", "expectation", "sort", "reshape", "upper", "off_diagonal"],
  ...["fft", "haar", "convolve", "solve", "cholesky", "expm", "log_det"],
  ...["anneal", "is_mask", "spline", "interpolate", "observe", "signature", "with_time"],
  ...["bessel_i", "gamma_p", "gamma_q", "UniformBoundary", "Beta", "Poisson", "VonMises", "Masked"],
  ...[
    "Brownian",
    "FractionalBrownian",
    "PoissonProcess",
    "CompoundPoisson",
    "Jump",
    "absorbing_rates",
    "uniform_rates",
  ],
  ...["tsit5", "gillespie", "tau_leaping", "tweedie", "baoab", "log_ode", "dim", "gru"],
];

const later: BuiltinRow = { doc: "Not compiled yet.", parameters: [], later: true, evaluate: () => poison };

const architecture = (name: string, options: readonly string[]): BuiltinRow => ({
  doc: `The architecture \`${name}\`.`,
  parameters: [],
  named: options,
  evaluate: (call) => ({
    kind: "architecture",
    name,
    options: new Map([...call.named].map(([option, { thing }]) => [option, thing])),
    owner: "",
    span: call.span,
  }),
});

const solver = (name: string): BuiltinRow => ({
  doc: `The solver \`${name}\`, with step control.`,
  parameters: [],
  rest: true,
  open: true,
  evaluate: (call, c) =>
    report(c, catalogue.misplaced, call.span, {
      construct: `The solver \`${name}\``,
      place: "a formula",
      instead: `Write \`… using ${name}(…)\`.`,
    }),
});

export const builtins: ReadonlyMap<string, BuiltinRow> = new Map<string, BuiltinRow>([
  ...[...parts].filter(([name]) => !name.includes(" ")),
  ["mean", byKind("mean")],
  ["std", byKind("std")],
  ...[...architectures].map(([name, { options }]) => [name, architecture(name, options)] as const),
  ...[...adaptiveSolvers.keys()].map((name) => [name, solver(name)] as const),
  ...laterBuiltins.map((name) => [name, later] as const),
]);

/** Constants of the language. Truth values are the numbers 1 and 0 until they meet a tensor. */
const constants: readonly (readonly [string, Thing])[] = [
  ["pi", number(Math.PI)],
  ["infinity", tensor(ir.scalar(Infinity))],
  ["true", number(1)],
  ["false", number(0)],
  ["none", { kind: "none" }],
];

/** The outermost scope. */
export function builtinScope(): Scope {
  const names = new Map<string, Thing>(constants);
  for (const name of builtins.keys()) names.set(name, { kind: "builtin", name });
  return { parent: null, names, demand: null };
}

export const builtinNames: ReadonlySet<string> = new Set([...constants.map(([name]) => name), ...builtins.keys()]);

/** Names that no declaration may hide: constants, mathematics, laws. Operators of processes (`diffusion`) may be hidden. */
export const protectedNames: ReadonlySet<string> = new Set(
  [...constants, ...tensorBuiltins, ...transformBuiltins, ...differentialBuiltins, ...lawBuiltins].map(
    ([name]) => name,
  ),
);
