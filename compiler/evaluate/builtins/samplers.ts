/** Built-in functions of samplers: their paths, their steps as laws, densities and divergences of steps, groups of draws. */
import { catalogue } from "../../diagnostics/catalogue.js";
import type { Value } from "../../ir/value.js";
import * as ir from "../../ir/build.js";
import { advance } from "../advance.js";
import { constantOf, real, showShape, tensor } from "../arithmetic.js";
import type { Context } from "../context.js";
import { report } from "../context.js";
import { strided } from "../course.js";
import { describe } from "../describe.js";
import { constantValues } from "../evaluate.js";
import { asLaw } from "../laws.js";
import { pathKl, pathLogProb, pathLogRatio } from "../path-law.js";
import { forwardRun } from "../run.js";
import { noteReduction } from "../reductions.js";
import { stepKl, stepLogDensity } from "../step-law.js";
import type { Grid, PathStep, Run, SamplerThing, Thing } from "../thing.js";
import { poison } from "../thing.js";
import type { BuiltinCall, BuiltinRow } from "./row.js";
import { spanAt, tensorAt } from "./row.js";
import { settled } from "./settled.js";

export const samplerBuiltins: readonly (readonly [string, BuiltinRow])[] = [
  [
    "path",
    {
      doc: "The law of what a sampler goes through: fields `x`, `grid`, `steps`, and `X(t)` at its nodes.",
      parameters: ["S"],
      evaluate: path,
    },
  ],
  [
    "transition",
    {
      doc: "The law of one step of a sampler from x at t to s.",
      parameters: ["S", "x", "t", "s"],
      evaluate: transition,
    },
  ],
  [
    "advance",
    {
      doc: "Where a sampler leads from x along the nodes `times`: a number if it draws no noise, else a law.",
      parameters: ["S", "x", "times"],
      evaluate: advanced,
    },
  ],
  [
    "stride",
    { doc: "Every n-th of the nodes, from the first on, and the last.", parameters: ["times", "n"], evaluate: strides },
  ],
  [
    "iid",
    {
      doc: "Independent draws of a law: a leading axis inside the sample.",
      parameters: ["law", "count"],
      evaluate: independent,
    },
  ],
  [
    "report",
    {
      doc: "The same number; its mean over the batch is a curve of the run, under the name of the `let`.",
      parameters: ["e"],
      evaluate: reported,
    },
  ],
  [
    "kl",
    {
      doc: "KL(S | S') of one step of a path, or KL(Q | P) of two processes along a path.",
      parameters: ["S", "other", "step"],
      named: ["reduce"],
      evaluate: kl,
    },
  ],
  [
    "log_ratio",
    {
      doc: "log dQ/dP of the laws of two processes at a path (Girsanov): the log-weight of a path of P as one of Q.",
      parameters: ["Q", "P", "X"],
      evaluate: (call, c) => along(call, pathLogRatio, c),
    },
  ],
];

function samplerAt(call: BuiltinCall, place: number, c: Context): SamplerThing | null {
  const thing = settled(call.things[place], spanAt(call, place), c);
  if (thing?.kind === "sampler") return thing;
  if (thing === undefined || thing.kind === "poison") return null;
  const instead =
    thing.kind === "template" ? `Give it its arguments: \`${thing.declaration.name.text}(…)\`.` : "Write `… using …`.";
  report(c, catalogue.wrongKind, spanAt(call, place), { found: describe(thing), expected: "a sampler", instead });
  return null;
}

function path(call: BuiltinCall, c: Context): Thing {
  const sampler = samplerAt(call, 0, c);
  return sampler === null ? poison : { kind: "law", law: "path", sampler };
}

/** The same, where the law of a single step is asked. */
function stepperAt(call: BuiltinCall, place: number, c: Context): SamplerThing | null {
  const sampler = samplerAt(call, place, c);
  if (sampler === null || sampler.correctors.length === 0) return sampler;
  report(c, catalogue.notCompiledYet, spanAt(call, place), {
    construct: "The law of a step that is corrected",
    instead: "Take the sampler without its correctors.",
  });
  return null;
}

function transition(call: BuiltinCall, c: Context): Thing {
  const sampler = stepperAt(call, 0, c);
  const [x, t, s] = [tensorAt(call, 1, c), tensorAt(call, 2, c), tensorAt(call, 3, c)];
  if (sampler === null || x === null || t === null || s === null) return poison;
  return { kind: "law", law: "transition", sampler, x, t, s, memory: [] };
}

function advanced(call: BuiltinCall, c: Context): Thing {
  const [sampler, x, grid] = [samplerAt(call, 0, c), tensorAt(call, 1, c), gridAt(call, 2, c)];
  return sampler === null || x === null || grid === null ? poison : advance(sampler, x, grid, call.span, c);
}

function strides(call: BuiltinCall, c: Context): Thing {
  const grid = gridAt(call, 0, c);
  const size = call.things[1];
  if (grid === null || size === undefined) return poison;
  const n = constantOf(size);
  if (n === null) return report(c, catalogue.notConstant, spanAt(call, 1), { what: "The stride" });
  if (Number.isInteger(n) && n >= 1) return strided(grid, n);
  return report(c, catalogue.outOfRange, spanAt(call, 1), {
    what: "The stride",
    found: String(n),
    expected: "a whole number from 1 on",
  });
}

/** Nodes of a grid, or known times. */
function gridAt(call: BuiltinCall, place: number, c: Context): Grid | null {
  const thing = call.things[place];
  if (thing === undefined || thing.kind === "poison") return null;
  if (thing.kind === "grid") return thing;
  const nodes = thing.kind === "tensor" && thing.value.shape.length === 1 ? constantValues(thing.value) : null;
  if (nodes !== null) return { kind: "grid", nodes, path: null, part: null };
  report(c, catalogue.wrongKind, spanAt(call, place), {
    found: describe(thing),
    expected: "the nodes of a grid",
    instead: "Write `grid(P, steps: 16)`, or a slice of it.",
  });
  return null;
}

/** More draws than anybody compares. */
const largestGroup = 1e5;

function independent(call: BuiltinCall, c: Context): Thing {
  const [first, size] = call.things;
  const law = first === undefined ? null : asLaw(first, spanAt(call, 0), c);
  if (law === null || size === undefined) return poison;
  const count = constantOf(size);
  if (count === null) return report(c, catalogue.notConstant, spanAt(call, 1), { what: "The number of draws" });
  if (count === 1) return report(c, catalogue.groupOfOne, spanAt(call, 1), { count });
  if (Number.isInteger(count) && count >= 1 && count <= largestGroup)
    return { kind: "law", law: "independent", of: law, count };
  return report(c, catalogue.outOfRange, spanAt(call, 1), {
    what: "The number of draws",
    found: String(count),
    expected: "a whole number from 2 to 10^5",
  });
}

/** `log_prob(S, step)`. */
export function logProbOfStep(call: BuiltinCall, step: PathStep, c: Context): Thing {
  const sampler = stepperAt(call, 0, c);
  const density = sampler === null ? null : stepLogDensity(sampler, step, call.span, c);
  return density === null ? poison : tensor(reduced(density, call));
}

/** Objectives look for it in their `let`s. */
function reported(call: BuiltinCall, c: Context): Thing {
  const value = tensorAt(call, 0, c);
  if (value === null) return poison;
  if (value.shape.length > 0)
    return report(c, catalogue.notScalar, spanAt(call, 0), { what: "What is reported", shape: showShape(value.shape) });
  if (c.pureIn === null && c.frame?.learns === true) return call.things[0] ?? poison;
  return report(c, catalogue.misplaced, call.span, {
    construct: "`report`",
    place: "anything but an objective",
    instead: "Write `let name = report(…)` in an objective.",
  });
}

/** `kl(Q, P, X)` and `log_ratio(Q, P, X)` along a path or the states of one, of samplers, runs or processes. */
function along(call: BuiltinCall, compare: typeof pathKl, c: Context): Thing {
  const [q, p] = [runAlong(call, 0, c), runAlong(call, 1, c)];
  const path = call.things[2];
  return q === null || p === null || path === undefined
    ? poison
    : compare(q, p, path, spanAt(call, 2), [spanAt(call, 0), spanAt(call, 1)], c);
}

function runAlong(call: BuiltinCall, place: number, c: Context): Run | null {
  const thing = settled(call.things[place], spanAt(call, place), c);
  if (thing?.kind === "sampler") return thing.run;
  if (thing?.kind === "run") return thing;
  if (thing?.kind === "process") return forwardRun(thing, spanAt(call, place));
  if (thing !== undefined && thing.kind !== "poison")
    report(c, catalogue.wrongKind, spanAt(call, place), {
      found: describe(thing),
      expected: "a process, a run of one, or a sampler",
    });
  return null;
}

/** `log_prob(P, X)`: of a path, or of states along one, under a process. */
export function logProbOfPath(call: BuiltinCall, c: Context): Thing {
  const [subject, path] = call.things;
  const instead = "Sum over its steps: `sum(log_prob(S, step) for step in X.steps)`.";
  if (subject?.kind === "sampler")
    return report(c, catalogue.notCompiledYet, spanAt(call, 0), {
      construct: "The density of a whole path under a sampler",
      instead,
    });
  const run = runAlong(call, 0, c);
  return run === null || path === undefined ? poison : pathLogProb(run, path, spanAt(call, 1), c);
}

function kl(call: BuiltinCall, c: Context): Thing {
  const subject = call.things[2]?.kind;
  if (subject === "path" || subject === "tensor") return along(call, pathKl, c);
  const [sampler, other] = [stepperAt(call, 0, c), stepperAt(call, 1, c)];
  const step = call.things[2];
  if (sampler === null || other === null || step === undefined) return poison;
  if (step.kind !== "path step")
    return report(c, catalogue.wrongKind, spanAt(call, 2), { found: describe(step), expected: "a step of a path" });
  const divergence = stepKl(sampler, other, step, call.span, c);
  return divergence === null ? poison : tensor(reduced(divergence, call));
}

/** Over the numbers of the state: their sum, unless `reduce: mean` is written. */
function reduced(value: Value, call: BuiltinCall): Value {
  const word = call.named.get("reduce")?.thing;
  const axes = value.shape.map((_, axis) => axis);
  return word?.kind === "word" && word.text === "mean"
    ? noteReduction(ir.mean(real(value), axes), "mean")
    : noteReduction(ir.sum(real(value), axes), "sum");
}
