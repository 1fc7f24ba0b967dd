/** Built-in laws, and functions of laws: densities, their gradients, moments. */
import { catalogue } from "../../diagnostics/catalogue.js";
import * as ir from "../../ir/build.js";
import type { Span } from "../../../grammar/source.js";
import type { SpaceSpec } from "../../../runtime/specification.js";
import { broadcastShapes } from "../../ir/dims.js";
import type { Value } from "../../ir/value.js";
import { constantOf, numbersOf, real, showShape, tensor } from "../arithmetic.js";
import type { Context } from "../context.js";
import { report } from "../context.js";
import { coordinatesOf, rotateNoise, scoreOfState } from "../coordinate-map.js";
import { describe } from "../describe.js";
import { jointLogProb, jointMoment, jointScore } from "../joint-law.js";
import type { JointLaw } from "../joint-law.js";
import { differentiatedDensity, logProb } from "../laws.js";
import { staysPositive } from "../negative-deviation.js";
import { areAlike } from "../../ir/alike.js";
import { conditionOf, kernelLaw } from "../process-law.js";
import { isStochastic } from "../run.js";
import { commonShape } from "../law-shapes.js";
import type { Law, Meaning, Process, Thing } from "../thing.js";
import { poison } from "../thing.js";
import { spaceOfThing } from "../spaces.js";
import { isOfItsKernel } from "../times-agree.js";
import type { BuiltinCall, BuiltinRow } from "./row.js";
import { logProbOfPath, logProbOfStep } from "./samplers.js";
import { settled } from "./settled.js";
import { spanAt, tensorAt } from "./row.js";

/** A law whose parameters are tensors; `like: x` gives it the space of x. */
function law(
  doc: string,
  parameters: readonly string[],
  make: (parts: readonly Thing[], like: SpaceSpec | null) => Law,
): BuiltinRow {
  return {
    doc,
    parameters,
    named: ["like"],
    evaluate: (call, c) => {
      for (let place = 0; place < parameters.length; place += 1) {
        if (tensorAt(call, place, c) === null) return poison;
      }
      const shapes = call.things
        .slice(0, parameters.length)
        .flatMap((part) => (part.kind === "tensor" ? [showShape(part.value.shape)] : []));
      if (shapes.length === parameters.length && commonShape(call.things.slice(0, parameters.length)) === null) {
        return report(c, catalogue.shapesDiffer, call.span, {
          operation: "The law",
          left: shapes[0] ?? "",
          right: shapes[1] ?? "",
        });
      }
      const like = likeOf(call, c);
      return like === "failed" ? poison : make(call.things, like);
    },
  };
}

function likeOf(call: BuiltinCall, c: Context): SpaceSpec | null | "failed" {
  const like = call.named.get("like");
  if (like === undefined) return null;
  if (like.thing.kind === "tensor") {
    const shape = like.thing.value.shape.flatMap((dim) => (typeof dim === "number" ? [dim] : []));
    return { space: "Real", shape, low: null, high: null, open: false, integer: false, bits: null };
  }
  return spaceOfThing(like.thing, like.span, c) ?? "failed";
}

const at = (parts: readonly Thing[], place: number): Thing => parts[place] ?? poison;

export const lawBuiltins: readonly (readonly [string, BuiltinRow])[] = [
  [
    "Normal",
    withPositiveScale(
      law("The normal law of a mean and a standard deviation.", ["mean", "std"], (p, like) => ({
        kind: "law",
        law: "normal",
        mean: at(p, 0),
        std: at(p, 1),
        like,
      })),
    ),
  ],
  [
    "LogNormal",
    withPositiveScale(
      law("The law of exp(y), y normal.", ["mean", "std"], (p, like) => ({
        kind: "law",
        law: "log-normal",
        mean: at(p, 0),
        std: at(p, 1),
        like,
      })),
    ),
  ],
  [
    "LogitNormal",
    withPositiveScale(
      law("The law of 1 / (1 + exp(-y)), y normal.", ["mean", "std"], (p, like) => ({
        kind: "law",
        law: "logit-normal",
        mean: at(p, 0),
        std: at(p, 1),
        like,
      })),
    ),
  ],
  [
    "Uniform",
    withOrder(
      law("The uniform law on [low, high].", ["low", "high"], (p, like) => ({
        kind: "law",
        law: "uniform",
        low: at(p, 0),
        high: at(p, 1),
        like,
      })),
    ),
  ],
  [
    "UniformTorus",
    law("Every angle is equally likely.", [], (_, like) => ({ kind: "law", law: "uniform-torus", like })),
  ],
  [
    "UniformInteger",
    withWholeEnds(
      withOrder(
        law("The whole numbers low ≤ i < high, equally likely.", ["low", "high"], (p) => ({
          kind: "law",
          law: "uniform-integer",
          low: at(p, 0),
          high: at(p, 1),
          like: null,
        })),
      ),
    ),
  ],
  [
    "Bernoulli",
    withProbability(
      law("1 with the given probability, else 0.", ["probability"], (p, like) => ({
        kind: "law",
        law: "bernoulli",
        probability: at(p, 0),
        like,
      })),
    ),
  ],
  [
    "Categorical",
    { doc: "A class, drawn with the given probabilities.", parameters: ["probabilities"], evaluate: categorical },
  ],
  ["Rademacher", law("-1 or 1, equally likely.", [], (_, like) => ({ kind: "law", law: "rademacher", like }))],
  [
    "Mixture",
    {
      doc: "A mixture: weights, and a law whose parameters have one row per component.",
      parameters: ["weights", "components"],
      evaluate: mixture,
    },
  ],
  [
    "log_prob",
    {
      doc: "The log-density of a law at x, summed over its numbers.",
      parameters: ["law", "x"],
      named: ["reduce"],
      evaluate: logProbOf,
    },
  ],
  [
    "grad_log",
    { doc: "The gradient of the log-density of a law at x: its score.", parameters: ["law", "x"], evaluate: gradLog },
  ],
  ["variance", { doc: "The variance of a law's numbers.", parameters: ["law"], evaluate: variance }],
  [
    "antithetic",
    {
      doc: "A draw whose goal is averaged with that of its mirror image in the noise.",
      parameters: ["law"],
      evaluate: antithetic,
    },
  ],
];

/** A standard deviation that is a negative constant is refused. */
function withPositiveScale(row: BuiltinRow): BuiltinRow {
  return {
    ...row,
    evaluate: (call, c) => {
      const std = call.things[1];
      const values =
        std?.kind === "tensor"
          ? std.value.op === "scalar"
            ? [std.value.params.value ?? 0]
            : (std.value.params.values ?? [])
          : [];
      const wrong = values.find((value) => value < 0);
      if (wrong !== undefined) {
        return report(c, catalogue.outOfRange, spanAt(call, 1), {
          what: "A standard deviation",
          found: String(wrong),
          expected: "at least 0",
        });
      }
      if (std?.kind === "tensor" && !staysPositive(std.value, spanAt(call, 1), c)) return poison;
      return row.evaluate(call, c);
    },
  };
}

/** Constants of which the first is not below the second are refused. */
function withOrder(row: BuiltinRow): BuiltinRow {
  return {
    ...row,
    evaluate: (call, c) => {
      const [low, high] = [constantOf(at(call.things, 0)), constantOf(at(call.things, 1))];
      if (low === null || high === null || low < high) return row.evaluate(call, c);
      return report(c, catalogue.outOfRange, spanAt(call, 1), {
        what: "The upper end of a uniform law",
        found: String(high),
        expected: `more than its lower end, ${low}`,
      });
    },
  };
}

/** Constant ends that are no whole numbers are refused. */
function withWholeEnds(row: BuiltinRow): BuiltinRow {
  return {
    ...row,
    evaluate: (call, c) => {
      const place = [0, 1].find((end) => !Number.isInteger(constantOf(at(call.things, end)) ?? 0));
      if (place === undefined) return row.evaluate(call, c);
      return report(c, catalogue.outOfRange, spanAt(call, place), {
        what: "An end of the whole numbers",
        found: String(constantOf(at(call.things, place))),
        expected: "a whole number",
      });
    },
  };
}

/** Constant shares: none negative, and of sum 1 where they are probabilities. False after reporting. */
function sharesOne(p: Value, span: Span, what: "the probabilities" | "the weights", c: Context): boolean {
  const numbers = numbersOf(p) ?? [];
  const negative = numbers.find((share) => share < 0);
  const total = numbers.reduce((a, b) => a + b, 0);
  const isWhole = what === "the weights" ? total > 0 : Math.abs(total - 1) <= 1e-6;
  if (numbers.length === 0 || (negative === undefined && isWhole)) return true;
  if (negative !== undefined)
    report(c, catalogue.outOfRange, span, { what: `One of ${what}`, found: String(negative), expected: "at least 0" });
  else
    report(c, catalogue.outOfRange, span, {
      what: `The sum of ${what}`,
      found: String(Number(total.toPrecision(6))),
      expected: what === "the weights" ? "positive" : "1",
    });
  return false;
}

/** A constant that is no probability is refused. */
function withProbability(row: BuiltinRow): BuiltinRow {
  return {
    ...row,
    evaluate: (call, c) => {
      const p = constantOf(at(call.things, 0));
      if (p === null || (p >= 0 && p <= 1)) return row.evaluate(call, c);
      return report(c, catalogue.outOfRange, spanAt(call, 0), {
        what: "A probability",
        found: String(p),
        expected: "between 0 and 1",
      });
    },
  };
}

function categorical(call: BuiltinCall, c: Context): Thing {
  const p = tensorAt(call, 0, c);
  if (p === null) return poison;
  if (p.shape.length !== 1)
    return report(c, catalogue.wrongShape, spanAt(call, 0), {
      what: "The probabilities of the classes",
      expected: "one axis",
      found: showShape(p.shape),
    });
  if (!sharesOne(p, spanAt(call, 0), "the probabilities", c)) return poison;
  return { kind: "law", law: "categorical", probabilities: tensor(p), like: null };
}

function mixture(call: BuiltinCall, c: Context): Thing {
  const [weights, components] = call.things;
  const w = tensorAt(call, 0, c);
  if (w === null || weights === undefined || components === undefined) return poison;
  if (w.shape.length !== 1) {
    return report(c, catalogue.wrongShape, spanAt(call, 0), {
      what: "The weights of a mixture",
      expected: "one axis",
      found: showShape(w.shape),
    });
  }
  if (!sharesOne(w, spanAt(call, 0), "the weights", c)) return poison;
  if (components.kind !== "law") {
    const instead =
      "Give one law whose parameters have a row per component: `Mixture([0.3, 0.7], Normal([-1, 1], 0.5))`.";
    return report(c, catalogue.wrongKind, spanAt(call, 1), { found: describe(components), expected: "a law", instead });
  }
  const rows = "std" in components ? [components.mean, components.std] : [];
  for (const part of rows) {
    const [count, ...rest] = part.kind === "tensor" ? part.value.shape : [];
    if (count === undefined || count === w.shape[0]) continue;
    return report(c, catalogue.wrongShape, spanAt(call, 1), {
      what: "A parameter of the components",
      expected: showShape([w.shape[0] ?? 1, ...rest]),
      found: showShape([count, ...rest]),
    });
  }
  return { kind: "law", law: "mixture", weights, component: components, like: null };
}

function lawAt(call: BuiltinCall, c: Context): Law | null {
  const thing = settled(call.things[0], call.span, c);
  if (thing?.kind === "law") return thing;
  if (thing?.kind === "data") return { kind: "law", law: "data", data: thing, field: null };
  if (thing?.kind === "sampler") {
    if (isStochastic(thing.run)) report(c, catalogue.stochasticLikelihood, spanAt(call, 0), { sampler: thing.name });
    else
      report(c, catalogue.notCompiledYet, spanAt(call, 0), {
        construct: "The likelihood of a sampler inside a formula",
        instead: "Ask it of the trained model: `model.logProb`.",
      });
    return null;
  }
  if (thing !== undefined && thing.kind !== "poison")
    report(c, catalogue.wrongKind, spanAt(call, 0), { found: describe(thing), expected: "a law" });
  return null;
}

function antithetic(call: BuiltinCall, c: Context): Thing {
  const of = lawAt(call, c);
  return of === null ? poison : { kind: "law", law: "antithetic", of };
}

function logProbOf(call: BuiltinCall, c: Context): Thing {
  const step = call.things[1];
  if (step?.kind === "path step") return logProbOfStep(call, step, c);
  const [law] = call.things;
  if (step?.kind === "path" || law?.kind === "process" || law?.kind === "run") return logProbOfPath(call, c);
  const subject = lawAt(call, c);
  const [, x] = call.things;
  if (subject?.law === "joint" || (subject?.law === "state" && isSystem(subject.process)))
    return x === undefined ? poison : ofJoint(subject, call, (law) => jointLogProb(law, x, call.span, c), c);
  if (subject?.law === "record") return x === undefined ? poison : recordLogProb(subject, x, call.span, c);
  if (subject === null || tensorAt(call, 1, c) === null || x?.kind !== "tensor") return poison;
  return logProb(subject, x, call.span, c);
}

function isSystem({ dynamics }: Process): boolean {
  return dynamics.kind === "system";
}

/** What a function says of the joint law of components. */
function ofJoint(subject: Law, call: BuiltinCall, say: (law: JointLaw) => Thing, c: Context): Thing {
  const law = subject.law === "state" ? kernelLaw(subject, call.span, c) : subject;
  return law?.law === "joint" ? say(law) : poison;
}

function recordLogProb(law: Extract<Law, { law: "record" }>, x: Thing, span: Span, c: Context): Thing {
  if (x.kind !== "record")
    return x.kind === "poison"
      ? poison
      : report(c, catalogue.wrongKind, span, { found: describe(x), expected: "a record of states" });
  let total: Value = ir.scalar(0);
  for (const [name, part] of law.fields) {
    const field = x.fields.get(name);
    if (field?.kind !== "tensor")
      return report(c, catalogue.wrongKind, span, { found: describe(x), expected: `a record with \`${name}\`` });
    const density = logProb(part, field, span, c);
    if (density.kind !== "tensor") return poison;
    total = ir.add(total, density.value);
  }
  return tensor(total);
}

function gradLog(call: BuiltinCall, c: Context): Thing {
  const subject = lawAt(call, c);
  const [, x] = call.things;
  if (subject?.law === "joint" || (subject?.law === "state" && isSystem(subject.process)))
    return x === undefined ? poison : ofJoint(subject, call, (law) => jointScore(law, x, call.span, c), c);
  const value = tensorAt(call, 1, c);
  if (subject === null || value === null || x?.kind !== "tensor") return poison;
  const isDrawn = subject.law === "state" && x.draw?.process === subject.process;
  const of = isDrawn ? { draw: x.value, isTarget: true } : null;
  const meaning: Meaning | null = subject.law === "state" ? { quantity: "score", process: subject.process, of } : null;
  const explicit = subject.law === "state" ? kernelLaw(subject, call.span, c) : subject;
  if (explicit === null) return poison;
  // A draw of this very law knows its noise.
  const noise = x.draw?.noise ?? null;
  if (subject.law === "state" && !isOfItsKernel(subject, x, call.span, c)) return poison;
  const isDrawnHere =
    noise !== null &&
    subject.law === "state" &&
    x.draw?.process === subject.process &&
    x.draw.time === subject.time &&
    areAlike(x.draw.condition, conditionOf(subject));
  const score = scoreOfLaw(explicit, value, isDrawnHere ? noise : null, call, c);
  return score === null ? poison : { ...tensor(score), meaning };
}

/** ∇ log density at a value, which was made by `noise` where that is known; null after reporting. */
function scoreOfLaw(explicit: Law, value: Value, noise: Value | null, call: BuiltinCall, c: Context): Value | null {
  if (explicit.law === "mapped") {
    const { map } = explicit;
    const inner = scoreOfLaw(
      explicit.of,
      coordinatesOf(map, value),
      noise === null ? null : rotateNoise(map, noise),
      call,
      c,
    );
    return inner === null ? null : scoreOfState(map, value, inner);
  }
  if (explicit.law === "normal" && explicit.mean.kind === "tensor" && explicit.std.kind === "tensor") {
    const [mean, std] = [real(explicit.mean.value), real(explicit.std.value)];
    if (broadcastShapes(value.shape, mean.shape) === null || broadcastShapes(value.shape, std.shape) === null) {
      report(c, catalogue.shapesDiffer, call.span, {
        operation: "The law",
        left: showShape(value.shape),
        right: showShape(mean.shape),
      });
      return null;
    }
    // -(x - m) / s²; for a draw m + s z that is -z / s, which loses no digits.
    return noise === null ? ir.div(ir.sub(mean, value), ir.mul(std, std)) : ir.neg(ir.div(noise, std));
  }
  return differentiatedDensity(explicit, value, call.span, c);
}

function variance(call: BuiltinCall, c: Context): Thing {
  const x = call.things[0]?.kind === "tensor" ? tensorAt(call, 0, c) : null;
  if (x !== null)
    return tensor(
      ir.mean(
        ir.mul(
          ir.sub(
            x,
            ir.mean(
              x,
              x.shape.map((_, a) => a),
            ),
          ),
          ir.sub(
            x,
            ir.mean(
              x,
              x.shape.map((_, a) => a),
            ),
          ),
        ),
        x.shape.map((_, a) => a),
      ),
    );
  const subject = lawAt(call, c);
  if (subject === null) return poison;
  const explicit = subject.law === "state" ? kernelLaw(subject, call.span, c) : subject;
  if (explicit?.law === "joint") return jointMoment(explicit, "variance");
  if (explicit?.law === "normal" && explicit.std.kind === "tensor")
    return tensor(ir.mul(explicit.std.value, explicit.std.value));
  return report(c, catalogue.notCompiledYet, call.span, { construct: "The variance of this law", instead: null });
}
