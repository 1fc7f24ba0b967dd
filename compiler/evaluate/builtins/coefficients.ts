/** Built-in functions of what a step is made of: diffusion, increments of noise and their integrals, the exact linear part. */
import { catalogue } from "../../diagnostics/catalogue.js";
import * as ir from "../../ir/build.js";
import type { Value } from "../../ir/value.js";
import { real, showShape, tensor } from "../arithmetic.js";
import type { Context } from "../context.js";
import { report } from "../context.js";
import { describe } from "../describe.js";
import { exponentialPieces } from "../exponential.js";
import { iteratedIntegrals, stratonovichDrift } from "../noise-integrals.js";
import { diffuseOf, diffusionOf, forwardRun } from "../run.js";
import { systemDiffuse, systemIncrement } from "../system-run.js";
import type { Run, Thing } from "../thing.js";
import { poison } from "../thing.js";
import { staysInRange } from "../times-agree.js";
import type { BuiltinCall, BuiltinRow } from "./row.js";
import { spanAt, tensorAt } from "./row.js";

export const coefficientBuiltins: readonly (readonly [string, BuiltinRow])[] = [
  ["diffusion", { doc: "The coefficient of dW.", parameters: ["R", "x", "t"], evaluate: diffusion }],
  [
    "diffuse",
    {
      doc: "The diffusion applied to an increment w of its noise.",
      parameters: ["R", "x", "t", "w"],
      evaluate: diffuse,
    },
  ],
  [
    "increment",
    { doc: "The law of the noise over the step from t to s.", parameters: ["R", "t", "s"], evaluate: increment },
  ],
  [
    "stratonovich",
    {
      doc: "The drift in Stratonovich's sense: Itô's, less half of how the diffusion changes along itself.",
      parameters: ["R", "x", "t"],
      evaluate: stratonovich,
    },
  ],
  [
    "iterated",
    {
      doc: "What the double integrals of noise that commutes add to the step from t to s with the increment w, for strong order 1.",
      parameters: ["R", "x", "t", "s", "w"],
      evaluate: iterated,
    },
  ],
  [
    "exponential",
    {
      doc: "The step from t to s of a flow whose linear part is solved exactly, with what the network predicts as the polynomial through its values at the nodes.",
      parameters: ["R", "x", "t", "s"],
      named: ["denoised", "noise", "at"],
      evaluate: exponential,
    },
  ],
];

export function runAt(call: BuiltinCall, c: Context): Run | null {
  const [thing] = call.things;
  if (thing?.kind === "run") return thing;
  if (thing?.kind === "process") return forwardRun(thing, spanAt(call, 0));
  if (thing !== undefined)
    report(c, catalogue.wrongKind, spanAt(call, 0), { found: describe(thing), expected: "a process or a run of one" });
  return null;
}

function diffusion(call: BuiltinCall, c: Context): Thing {
  const run = runAt(call, c);
  const [, x, t] = call.things;
  return run === null || x === undefined || t === undefined || !isAPlace(run, call, c)
    ? poison
    : diffusionOf(run, x, t, call.span, c);
}

/** A state and a time of the run, where coefficients are asked. False after reporting. */
export function isAPlace({ process }: Run, call: BuiltinCall, c: Context): boolean {
  const [, x, t] = call.things;
  if (t?.kind === "tensor" && !staysInRange(process, t.value, spanAt(call, 2), c)) return false;
  if (process.dynamics.kind === "system" || x?.kind === "record") return true;
  if (x?.kind !== "tensor") {
    if (x !== undefined && x.kind !== "poison")
      report(c, catalogue.wrongKind, spanAt(call, 1), { found: describe(x), expected: "a state" });
    return false;
  }
  const shape = process.dynamics.kind === "coordinates" ? null : showShape(process.space.shape);
  if (shape === null || showShape(x.value.shape) === shape) return true;
  report(c, catalogue.wrongShape, spanAt(call, 1), {
    what: "The state",
    expected: shape,
    found: showShape(x.value.shape),
  });
  return false;
}

function diffuse(call: BuiltinCall, c: Context): Thing {
  const run = runAt(call, c);
  const [, x, t, increment] = call.things;
  if (run?.process.dynamics.kind === "system" && x !== undefined && t !== undefined && increment !== undefined) {
    return systemDiffuse(run, run.process.dynamics, x, t, increment, call.span, c);
  }
  const w = tensorAt(call, 3, c);
  return run === null || x === undefined || t === undefined || w === null
    ? poison
    : diffuseOf(run, x, t, w, call.span, c);
}

function increment(call: BuiltinCall, c: Context): Thing {
  const run = runAt(call, c);
  const [t, s] = [tensorAt(call, 1, c), tensorAt(call, 2, c)];
  if (run === null || t === null || s === null) return poison;
  const std = tensor(ir.sqrt(ir.abs(ir.sub(s, t))));
  const { dynamics, space } = run.process;
  if (dynamics.kind === "system") return systemIncrement(run, dynamics, std);
  return {
    kind: "law",
    law: "normal",
    mean: tensor(ir.scalar(0)),
    std,
    like: dynamics.kind === "coordinates" ? dynamics.process.space : space,
  };
}

function stratonovich(call: BuiltinCall, c: Context): Thing {
  const run = runAt(call, c);
  const [, x, t] = call.things;
  return run === null || x === undefined || t === undefined ? poison : stratonovichDrift(run, x, t, call.span, c);
}

function iterated(call: BuiltinCall, c: Context): Thing {
  const run = runAt(call, c);
  const [, x, t, , w] = call.things;
  const s = tensorAt(call, 3, c);
  return run === null || x === undefined || t === undefined || s === null || w === undefined
    ? poison
    : iteratedIntegrals(run, x, t, s, w, call.span, c);
}

function exponential(call: BuiltinCall, c: Context): Thing {
  const run = runAt(call, c);
  const [x, t, s] = [tensorAt(call, 1, c), tensorAt(call, 2, c), tensorAt(call, 3, c)];
  if (run === null || x === null || t === null || s === null) return poison;
  if (run.mode !== "flow") {
    return report(c, catalogue.illegalStep, call.span, {
      step: "exponential",
      use: "step this process",
      reason: "it solves an equation without noise",
      instead: "Run the `probability_flow` of the process.",
    });
  }
  const carried = call.named.has("noise") ? "noise" : "denoised";
  if (call.named.has("noise") === call.named.has("denoised")) {
    return report(c, catalogue.missingPart, call.span, {
      owner: "`exponential`",
      part: "one prediction, `denoised:` or `noise:`",
      instead: "Write `denoised: (x̂0, last), at: (t, r)`.",
    });
  }
  const values = listed(call, carried, c);
  const nodes = call.named.has("at") ? listed(call, "at", c) : [t];
  if (values === null || nodes === null) return poison;
  if (values.length !== nodes.length)
    return report(c, catalogue.nodesDiffer, call.span, { predictions: values.length, nodes: nodes.length });
  const pieces = exponentialPieces(run.process, carried, t, s, nodes, call.span, c);
  if (pieces === null) return poison;
  const start = ir.add(ir.mul(pieces.factor, x), pieces.shift);
  return tensor(
    pieces.weights.map((weight, i) => ir.mul(weight, values[i] ?? x)).reduce((a, b) => ir.add(a, b), start),
  );
}

/** The tensors of a named argument: one, or several in parentheses. */
function listed(call: BuiltinCall, name: string, c: Context): readonly Value[] | null {
  const given = call.named.get(name);
  if (given === undefined) return null;
  const things = given.thing.kind === "tuple" ? given.thing.items : [given.thing];
  const wrong = things.find((thing) => thing.kind !== "tensor");
  if (wrong !== undefined)
    report(c, catalogue.wrongKind, given.span, {
      found: describe(wrong),
      expected: "numbers or tensors in parentheses",
    });
  return wrong === undefined ? things.flatMap((thing) => (thing.kind === "tensor" ? [real(thing.value)] : [])) : null;
}
