/** Built-in functions of processes and runs: coefficients, kernels, predictions, reversal, grids. */
import type { Expression as Formula } from "../../calculus/expression.js";
import type { SignalFacts } from "../../calculus/facts.js";
import { catalogue } from "../../diagnostics/catalogue.js";
import { suggest } from "../../diagnostics/suggest.js";
import type { CopyOf } from "../../../runtime/specification.js";
import * as ir from "../../ir/build.js";
import type { Value } from "../../ir/value.js";
import { tensor } from "../arithmetic.js";
import type { Context } from "../context.js";
import { report } from "../context.js";
import { copyOfThing } from "../copies.js";
import { describe } from "../describe.js";
import { gridOf } from "../grid.js";
import { predict, predictOfRun } from "../heads.js";
import { atTime, refuseKernel, signalOf } from "../process-law.js";
import { coordinatesNamed } from "../run-coordinates.js";
import { driftOf, gridOptions } from "../run.js";
import { staysInRange } from "../times-agree.js";
import { deviationAt } from "../system-heads.js";
import type { Closure, Network, Poison, Process, Quantity, RecordThing, Run, System, Thing } from "../thing.js";
import { poison } from "../thing.js";
import { coefficientBuiltins, isAPlace, runAt } from "./coefficients.js";
import type { BuiltinCall, BuiltinRow } from "./row.js";
import { spanAt, tensorAt } from "./row.js";
import { settled } from "./settled.js";

/** γ(t) of an interpolant with noise between its ends: the standard deviation given them. */
function noiseInBetween({ dynamics }: Process): Formula | null {
  return dynamics.kind === "interpolant" && dynamics.facts.kind === "linear"
    ? (dynamics.facts.score?.factor ?? null)
    : null;
}

/** A function of time that the kernel determines. */
export function ofSignal(doc: string, pick: (signal: SignalFacts) => Formula): BuiltinRow {
  return {
    doc,
    parameters: ["P", "t"],
    evaluate: (call, c) => {
      const process = processAt(call, c);
      const t = tensorAt(call, 1, c);
      if (process === null || t === null || !staysInRange(process, t, spanAt(call, 1), c)) return poison;
      if (process.dynamics.kind === "system") return ofSystem(process, process.dynamics, t, call, c);
      const signal = signalOf(process);
      const gamma = call.name === "std" ? noiseInBetween(process) : null;
      if (signal === null && gamma !== null) return tensor(ir.abs(atTime(gamma, process, t)));
      if (signal === null) return refuseKernel(process, spanAt(call, 0), c) ?? poison;
      return tensor(atTime(pick(signal), process, t));
    },
  };
}

/** Of several components: the deviation of the one that is named, given the others. */
function ofSystem(process: Process, system: System, t: Value, call: BuiltinCall, c: Context): Thing {
  if (call.name === "std" && system.focus !== null) {
    const deviation = deviationAt(process, system, t, spanAt(call, 0), c);
    return deviation === "failed" ? poison : tensor(deviation ?? ir.scalar(0));
  }
  const [named] = system.states.filter(({ noise }) => noise.some((graph) => graph !== null));
  const instead =
    call.name === "std" && system.form === "states"
      ? `Name one: \`std(${process.name}.${named?.name ?? ""}, t)\`.`
      : "Ask its law: `mean(P(t | …))`, `std(P(t | …))`.";
  return report(c, catalogue.severalComponents, spanAt(call, 0), {
    process: process.name,
    quantity: call.name,
    instead,
  });
}

/** `score(net, x, t)`: a prediction, converted to what is asked. */
function head(quantity: Quantity): BuiltinRow {
  return {
    doc: `The ${quantity} that a network, or the network of a run, predicts at (x, t).`,
    parameters: ["net", "x", "t"],
    rest: true,
    evaluate: (call, c) => {
      const [given, x, t, ...more] = call.things;
      const found = settled(given, spanAt(call, 0), c);
      const predictor = found?.kind === "sampler" ? found.run : found;
      if (predictor === undefined || x === undefined || t === undefined) return poison;
      const span = spanAt(call, 0);
      const of =
        predictor.kind === "run"
          ? predictor.process
          : predictor.kind === "network" || predictor.kind === "closure"
            ? (predictor.head?.process ?? null)
            : null;
      const isDrawn = x.kind === "tensor" && x.draw?.time != null;
      if (of !== null && !isDrawn && t.kind === "tensor" && !staysInRange(of, t.value, spanAt(call, 2), c))
        return poison;
      if (predictor.kind === "network" || predictor.kind === "closure")
        return predict(predictor, quantity, [x, t, ...more], call.span, c);
      if (predictor.kind === "run") return predictOfRun(predictor, quantity, x, t, call.span, c);
      return report(c, catalogue.wrongKind, span, { found: describe(predictor), expected: "a network or a run" });
    },
  };
}

export const processBuiltins: readonly (readonly [string, BuiltinRow])[] = [
  ["scale", ofSignal("α(t): how much of x0 is left at time t.", (signal) => signal.scale)],
  [
    "std of a process",
    ofSignal(
      "σ(t): the standard deviation of the kernel at time t; of an interpolant |γ(t)|, given its ends.",
      (signal) => signal.std,
    ),
  ],
  ["snr", ofSignal("α(t)² / σ(t)².", (signal) => signal.snr)],
  ["log_snr", ofSignal("log(α(t)² / σ(t)²).", (signal) => signal.logSnr)],
  ["score", head("score")],
  ["velocity", head("velocity")],
  ["denoised", head("denoised")],
  [
    "noise",
    {
      doc: "The standard normal behind a draw, or the noise that a network predicts.",
      parameters: ["net", "x?", "t?"],
      rest: true,
      evaluate: (call, c) => (call.things.length === 1 ? noiseOfDraw(call, c) : head("noise").evaluate(call, c)),
    },
  ],
  [
    "drift",
    { doc: "The coefficient of dt, in the process's own clock.", parameters: ["R", "x", "t"], evaluate: drift },
  ],
  ...coefficientBuiltins,
  [
    "reverse",
    {
      doc: "The time reversal of a process, with a network's score.",
      parameters: ["P", "net"],
      named: ["coordinates", "noise"],
      open: true,
      evaluate: (call, c) => runOf("reverse", call, c),
    },
  ],
  [
    "redrift",
    {
      doc: "A process with another drift and its own noise.",
      parameters: ["P", "f"],
      open: true,
      evaluate: (call, c) => runOf("redrift", call, c),
    },
  ],
  [
    "probability_flow",
    {
      doc: "The ordinary differential equation with the marginals of a process, or of a run or sampler with noise.",
      parameters: ["P", "net?"],
      named: ["coordinates"],
      open: true,
      evaluate: (call, c) => withoutNoise(call, c) ?? runOf("flow", call, c),
    },
  ],
  [
    "stochastic_flow",
    {
      doc: "The process of any noise level with the marginals of another.",
      parameters: ["P", "nets"],
      named: ["noise", "coordinates"],
      open: true,
      evaluate: (call, c) => runOf("stochastic", call, c),
    },
  ],
  [
    "grid",
    {
      doc: "The time nodes that a sampler visits, in its order.",
      parameters: ["P"],
      named: gridOptions,
      evaluate: grid,
    },
  ],
  ["frozen", copy("frozen", "The same without gradient, with the weights as they are when the batch is drawn.")],
  ["initial", copy("initial", "The same without gradient, with the weights at the start of the run.")],
  ["ema", copy("average", "The same without gradient, with the moving average of the weights.")],
];

function processAt(call: BuiltinCall, c: Context): Process | null {
  const [thing] = call.things;
  if (thing?.kind === "process") return thing;
  if (thing?.kind === "run") return thing.process;
  if (thing !== undefined)
    report(c, catalogue.wrongKind, spanAt(call, 0), { found: describe(thing), expected: "a process" });
  return null;
}

function noiseOfDraw(call: BuiltinCall, c: Context): Thing {
  const [given] = call.things;
  const thing = given?.kind === "record" ? focusOf(given) : given;
  if (thing?.kind !== "tensor" || thing.draw?.noise == null) {
    return report(c, catalogue.notADraw, spanAt(call, 0), { what: "noise(…)" });
  }
  const { noise, process } = thing.draw;
  return {
    ...tensor(noise),
    meaning: process === null ? null : { quantity: "noise", process, of: { draw: thing.value, isTarget: true } },
  };
}

/** The component of a drawn state that its process names. */
function focusOf(record: RecordThing): Thing | undefined {
  const fields = [...record.fields.values()];
  const [first] = fields.flatMap((field) =>
    field.kind === "tensor" && field.draw?.process != null ? [field.draw.process] : [],
  );
  return first?.dynamics.kind === "system" && first.dynamics.focus !== null ? fields[first.dynamics.focus] : record;
}

function drift(call: BuiltinCall, c: Context): Thing {
  const [first] = call.things;
  if (first?.kind === "network" || first?.kind === "closure") return head("drift").evaluate(call, c);
  const run = runAt(call, c);
  const [, x, t] = call.things;
  return run === null || x === undefined || t === undefined || !isAPlace(run, call, c)
    ? poison
    : driftOf(run, x, t, call.span, c);
}

/** `probability_flow(S)`: what S runs, with its networks and without its noise; null where networks are given. */
function withoutNoise(call: BuiltinCall, c: Context): Run | Poison | null {
  if (call.things.length > 1) return null;
  const subject = settled(call.things[0], spanAt(call, 0), c);
  const run = subject?.kind === "sampler" ? subject.run : subject;
  if (run?.kind === "poison") return poison;
  if (run?.kind !== "run" || run.predictors.length === 0 || run.mode === "redrift")
    return report(c, catalogue.missingArgument, call.span, { name: "net", callee: call.name });
  return { ...run, mode: "flow", noise: null, span: call.span };
}

/** Of a sampler those of its run; of a process those that the options say. */
function grid(call: BuiltinCall, c: Context): Thing {
  const sampler = settled(call.things[0], spanAt(call, 0), c);
  if (sampler?.kind === "sampler" && call.named.size === 0) {
    const { declaration, options, span } = sampler.step;
    if (declaration === null)
      return report(c, catalogue.notCompiledYet, spanAt(call, 0), {
        construct: "The grid of a solver with step control",
        instead: "Use a step: `… using heun(steps: 20)`.",
      });
    const own = gridOf(sampler.run, options, span, c);
    return own === null ? poison : { kind: "grid", nodes: own, path: null, part: null };
  }
  const run = runAt(call, c);
  if (run === null) return poison;
  const backward: Run = run.mode === "forward" ? { ...run, mode: "flow" } : run;
  const nodes = gridOf(backward, call.named, call.span, c);
  return nodes === null ? poison : { kind: "grid", nodes, path: null, part: null };
}

function runOf(mode: Run["mode"], call: BuiltinCall, c: Context): Thing {
  const process = processAt(call, c);
  const [, given] = call.things;
  if (process === null || given === undefined) return poison;
  if ((mode === "reverse" || mode === "redrift") && process.dynamics.kind === "interpolant") {
    return report(c, catalogue.illegalStep, call.span, {
      step: process.name,
      use: mode === "reverse" ? "be reversed" : "be given another drift",
      reason: "an interpolant has no drift and noise of its own",
      instead: "Run its `probability_flow`, or its `stochastic_flow` with a noise level.",
    });
  }
  const predictors = predictorsOf(given, call, c);
  if (predictors === null) return poison;
  for (const predictor of predictors) {
    if (predictor.head === null && mode === "redrift" && predictor.kind === "closure") continue;
    if (predictor.head === null)
      return report(c, catalogue.noHead, spanAt(call, 1), {
        name: predictor.name === "" ? "this function" : predictor.name,
      });
    if (predictor.head.process.declaration !== process.declaration || predictor.head.process.name !== process.name) {
      return report(c, catalogue.otherProcess, spanAt(call, 1), {
        network: predictor.name === "" ? "this function" : predictor.name,
        of: predictor.head.process.name,
        process: process.name,
      });
    }
  }
  const wanted = call.named.get("coordinates");
  const coordinates = wanted === undefined ? null : coordinatesNamed(wanted.thing, process, wanted.span, c);
  if (wanted !== undefined && coordinates === null) return poison;
  const noise = call.named.get("noise");
  if (mode === "stochastic" && noise === undefined)
    return report(c, catalogue.missingArgument, call.span, { name: "noise", callee: call.name });
  const words = predictors.flatMap(
    (predictor) =>
      (predictor.kind === "network" ? predictor.declaration : predictor.source).parameters
        ?.slice(2)
        .map(({ name }) => name.text) ?? [],
  );
  const stray = [...call.named].find(([name]) => name !== "noise" && name !== "coordinates" && !words.includes(name));
  if (stray !== undefined) {
    const [name, { nameSpan, span }] = stray;
    const known = words.map((word) => `\`${word}\``).join(", ");
    return report(c, catalogue.unknownArgument, nameSpan ?? span, {
      name,
      callee: predictors[0]?.name ?? call.name,
      suggestion: suggest(name, words),
      known,
    });
  }
  const bound = new Map(
    [...call.named].flatMap(([name, { thing }]) =>
      name === "noise" || name === "coordinates" ? [] : [[name, thing] as const],
    ),
  );
  // A process begun elsewhere, `P(start: law)`, begins there whichever way it is run.
  const [subject] = call.things;
  const begun =
    subject?.kind === "run"
      ? { start: subject.start, from: subject.from, to: subject.to }
      : { start: null, from: null, to: null };
  return {
    kind: "run",
    process,
    mode,
    predictors,
    noise: noise?.thing ?? null,
    bound,
    probe: null,
    copy: null,
    coordinates,
    view: null,
    ...begun,
    span: call.span,
  };
}

/** One network, or several in `{b, η}`. */
function predictorsOf(given: Thing, call: BuiltinCall, c: Context): readonly (Network | Closure)[] | null {
  const things = given.kind === "set" ? given.items : given.kind === "record" ? [...given.fields.values()] : [given];
  const predictors = things.flatMap((thing) => (thing.kind === "network" || thing.kind === "closure" ? [thing] : []));
  if (predictors.length === things.length) return predictors;
  const wrong = things.find((thing) => thing.kind !== "network" && thing.kind !== "closure") ?? given;
  report(c, catalogue.wrongKind, spanAt(call, 1), {
    found: describe(wrong),
    expected: "a network, or a fn that predicts",
  });
  return null;
}

/** Other values of the weights in a thing, which no gradient reaches. */
function copy(of: CopyOf, doc: string): BuiltinRow {
  return {
    doc,
    parameters: ["e"],
    evaluate: (call, c) => {
      const [thing] = call.things;
      const copied = thing === undefined ? null : copyOfThing(thing, of, c.world);
      if (copied !== null) return copied;
      const found = thing === undefined ? "nothing" : describe(thing);
      return report(c, catalogue.wrongKind, spanAt(call, 0), { found, expected: "a network, a sampler or a tensor" });
    },
  };
}
