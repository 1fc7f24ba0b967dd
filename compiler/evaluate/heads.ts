/** How a prediction of one quantity becomes another: noise, score, velocity, denoised. */
import type { Span } from "../../grammar/source.js";
import { symbol } from "../calculus/expression.js";
import { convertHead } from "../calculus/process.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { real, showShape, tensor } from "./arithmetic.js";
import { applyClosure } from "./call.js";
import type { Context } from "./context.js";
import { report, withCopy } from "./context.js";
import { describe } from "./describe.js";
import type { Predictor } from "./network.js";
import { applyNetwork } from "./network.js";
import { notePrediction } from "./independent-target.js";
import { boundArguments } from "./predictors.js";
import { atTime, signalOf } from "./process-law.js";
import type { CoordinateMap } from "./coordinate-map.js";
import {
  coordinatesOf,
  isAffineMap,
  pushBack,
  pushForward,
  rotateNoise,
  rotateNoiseBack,
  scoreOfCoordinates,
  scoreOfState,
  stateOf,
} from "./coordinate-map.js";
import { isAtItsTime } from "./times-agree.js";
import { predictOfSystem } from "./system-heads.js";
import { isTorus } from "./torus.js";
import type { Coordinates, Process, Quantity, Run, Tensor, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** What `predictor` says of `quantity` at (x, t, …); `endpoint` is said by no other head. */
export function predict(
  predictor: Predictor,
  quantity: Quantity | "endpoint",
  args: readonly Thing[],
  span: Span,
  c: Context,
): Thing {
  const { head } = predictor;
  if (head === null)
    return report(c, catalogue.noHead, span, { name: predictor.name === "" ? "this function" : predictor.name });
  if (args.some((arg) => arg.kind === "poison")) return poison;
  if (head.process.dynamics.kind === "system")
    return quantity === "endpoint" ? poison : predictOfSystem(predictor, quantity, args, span, c);
  const own = nativeQuantity(head.quantity);
  if (own !== quantity && (own === "endpoint" || quantity === "endpoint")) {
    const reason =
      own === "endpoint" ? "it says where a path ends, not how it goes" : "the end of a path needs the whole of it";
    return report(c, catalogue.noConversion, span, { from: own, to: quantity, process: head.process.name, reason });
  }
  const [state, time] = args;
  if (state?.kind === "tensor" && time?.kind === "tensor" && !isAtItsTime(head, predictor.name, state, time, span, c))
    return poison;
  const raw = applyPredictor(predictor, head.quantity === "mean_velocity" ? overNoTime(args) : args, span, c);
  if (raw.kind !== "tensor")
    return raw.kind === "poison"
      ? poison
      : report(c, catalogue.wrongKind, span, { found: describe(raw), expected: "a prediction" });
  const [x, t] = args;
  if (x?.kind !== "tensor" || t?.kind !== "tensor") {
    return report(c, catalogue.missingArgument, span, {
      name: x?.kind === "tensor" ? "t" : "x",
      callee: predictor.name,
    });
  }
  const { process } = head;
  const shape = showShape(process.space.shape);
  for (const [what, value] of [
    ["The state", x.value],
    [`What \`${predictor.name}\` predicts`, raw.value],
  ] as const) {
    if (showShape(value.shape) === shape) continue;
    return report(c, catalogue.wrongShape, span, { what, expected: shape, found: showShape(value.shape) });
  }
  if (own === "endpoint" || quantity === "endpoint") return tensor(real(raw.value));
  return convert(raw, own, quantity, process, real(x.value), real(t.value), span, c);
}

function applyPredictor(predictor: Predictor, args: readonly Thing[], span: Span, c: Context): Thing {
  return predictor.kind === "network" ? applyNetwork(predictor, args, span, c) : applyClosure(predictor, args, span, c);
}

/** What a head says without any conversion: the velocity averaged over no time is the velocity. */
function nativeQuantity(head: string): Quantity | "endpoint" {
  return head === "mean_velocity" ? "velocity" : (head as Quantity | "endpoint");
}

/** u(x, t, t, …) */
function overNoTime([x, t, ...more]: readonly Thing[]): readonly Thing[] {
  return x === undefined || t === undefined ? [] : [x, t, t, ...more];
}

function convert(
  raw: Tensor,
  from: Quantity,
  to: Quantity,
  process: Process,
  x: Value,
  t: Value,
  span: Span,
  c: Context,
): Thing {
  const meaning = { quantity: to, process, of: raw.meaning?.of ?? null };
  const converted = convertedValue(real(raw.value), from, to, process, x, t);
  if (converted !== null) notePrediction(converted, to, process, t);
  if (converted !== null) return { ...tensor(converted), meaning };
  return report(c, catalogue.noConversion, span, {
    from,
    to,
    process: process.name,
    reason:
      from === "drift" || to === "drift"
        ? "a drift belongs to one process, the others to its marginals"
        : whyNot(process),
  });
}

function convertedValue(raw: Value, from: Quantity, to: Quantity, process: Process, x: Value, t: Value): Value | null {
  if (from === to) return raw;
  if (isTorus(process.space)) return null;
  if (process.dynamics.kind === "coordinates") return convertThroughCoordinates(raw, from, to, process.dynamics, x, t);
  return convertThroughSignal(raw, from, to, process, x, t) ?? convertThroughNoise(raw, from, to, process, t);
}

/** Quantities of the state are taken to the coordinates, converted there, and taken back. */
function convertThroughCoordinates(
  raw: Value,
  from: Quantity,
  to: Quantity,
  { map, process }: Coordinates,
  x: Value,
  t: Value,
): Value | null {
  const y = coordinatesOf(map, x);
  const there = quantityOfCoordinates(map, from, raw, x, y);
  const converted = there === null ? null : convertedValue(there, from, to, process, y, t);
  return converted === null ? null : quantityOfState(map, to, converted, x, y);
}

/** Noise turns with rotations, a velocity is a tangent, a score a covector; a mean goes through affine maps alone. */
function quantityOfCoordinates(map: CoordinateMap, quantity: Quantity, value: Value, x: Value, y: Value): Value | null {
  switch (quantity) {
    case "noise":
      return rotateNoise(map, value);
    case "velocity":
    case "drift":
      return pushForward(map, x, value);
    case "score":
      return scoreOfCoordinates(map, y, value);
    case "denoised":
      return isAffineMap(map) ? coordinatesOf(map, value) : null;
  }
}

function quantityOfState(map: CoordinateMap, quantity: Quantity, value: Value, x: Value, y: Value): Value | null {
  switch (quantity) {
    case "noise":
      return rotateNoiseBack(map, value);
    case "velocity":
    case "drift":
      return pushBack(map, y, value);
    case "score":
      return scoreOfState(map, x, value);
    case "denoised":
      return isAffineMap(map) ? stateOf(map, value) : null;
  }
}

function whyNot({ dynamics, space }: Process): string {
  if (isTorus(space)) return "its states are angles, whose law is a wrapped one";
  if (dynamics.kind === "coordinates")
    return isAffineMap(dynamics.map) ? whyNot(dynamics.process) : "its coordinates bend the state";
  if (dynamics.kind !== "interpolant") return "its transition law is not Gaussian";
  if (dynamics.facts.kind !== "linear") return "its path is not linear in its noise";
  return dynamics.facts.score === null
    ? "no Gaussian draw is left in its path at the times in between"
    : "neither end is Gaussian noise alone";
}

/** By the algebra of x = α x0 + shift + σ z. */
function convertThroughSignal(
  raw: Value,
  from: Quantity,
  to: Quantity,
  process: Process,
  x: Value,
  t: Value,
): Value | null {
  const signal = signalOf(process);
  if (from === "drift" || to === "drift") return null;
  if (signal === null || (process.dynamics.kind === "sde" && process.dynamics.facts.kind !== "affine")) return null;
  const prediction = symbol("prediction");
  const state = symbol("state of the process");
  const { value } = convertHead(signal, from, to, prediction, state);
  return atTime(
    value,
    process,
    t,
    new Map([
      [prediction.name, raw],
      [state.name, x],
    ]),
  );
}

/** An interpolant with noise in between knows its score from E[z | x] alone: s = -E[z | x] / γ. */
function convertThroughNoise(raw: Value, from: Quantity, to: Quantity, process: Process, t: Value): Value | null {
  if (process.dynamics.kind !== "interpolant" || process.dynamics.facts.kind !== "linear") return null;
  const { score } = process.dynamics.facts;
  const isStill = (from === "drift" && to === "velocity") || (from === "velocity" && to === "drift");
  if (score === null) return isStill ? raw : null;
  const gamma = atTime(score.factor, process, t);
  if (from === "noise" && to === "score") return ir.neg(ir.div(raw, gamma));
  if (from === "score" && to === "noise") return ir.neg(ir.mul(raw, gamma));
  return null;
}

/** What a run's predictors say of `quantity`: the first that can be asked. */
export function predictOfRun(run: Run, quantity: Quantity, x: Thing, t: Thing, span: Span, c: Context): Thing {
  const direct = run.predictors.find((predictor) => predictor.head?.quantity === quantity);
  // Of an interpolant with noise in between, the score follows from the noise alone.
  const noise = run.predictors.find((predictor) => predictor.head?.quantity === "noise");
  const [first] = run.predictors;
  const chosen = direct ?? noise ?? first;
  if (chosen === undefined) {
    return report(c, catalogue.noConversion, span, {
      from: "coefficients",
      to: quantity,
      process: run.process.name,
      reason: "no network predicts of it",
    });
  }
  const inner = withCopy(c, run.copy);
  const { view } = run;
  if (view === null) return predict(chosen, quantity, [x, t, ...boundArguments(chosen, run)], span, inner);
  // The run is one of coordinates, its networks speak of the state.
  if (x.kind !== "tensor") return poison;
  const y = real(x.value);
  const state = stateOf(view, y);
  const told = predict(chosen, quantity, [tensor(state), t, ...boundArguments(chosen, run)], span, inner);
  if (told.kind !== "tensor") return poison;
  const value = quantityOfCoordinates(view, quantity, real(told.value), state, y);
  if (value !== null) return tensor(value);
  return report(c, catalogue.noConversion, span, {
    from: quantity,
    to: quantity,
    process: run.process.name,
    reason: "its coordinates bend the state",
  });
}
