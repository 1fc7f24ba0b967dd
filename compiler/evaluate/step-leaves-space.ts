/** How probable is it that a step takes a positive number below zero? */
import { call } from "../calculus/algebra.js";
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import { symbol } from "../calculus/expression.js";
import { freeSymbols } from "../calculus/traverse.js";
import { catalogue } from "../diagnostics/catalogue.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { forwardRun, isStochastic } from "./run.js";
import { stepCoordinates } from "./run-coordinates.js";
import { trialOf } from "./step-trial.js";
import type { SamplerThing } from "./thing.js";

/** Expected departures of one number along the whole grid below which nothing is said. */
const rare = 1e-4;

/**
 * Warns where steps of a process whose noise is proportional to its positive state are taken in the state itself: x (1 + a h +
 * σ √h z) is negative for z below -(1 + a h) / (σ √h) (methods D3). The step is tried at the node where σ √h is
 * largest; with proportional coefficients the place does not matter. Of a reversed run the score's part of a is left out.
 */
export function warnOfLeaving(sampler: SamplerThing, nodes: readonly number[], c: Context): void {
  const { run, step } = sampler;
  const { dynamics, space, time } = run.process;
  if (
    dynamics.kind !== "sde" ||
    dynamics.facts.kind !== "log-affine" ||
    space.space !== "Positive" ||
    stepCoordinates(run) !== null ||
    !isStochastic(run)
  )
    return;
  const { volatility } = dynamics.facts;
  if ([...freeSymbols(volatility)].some((name) => name !== time)) return;
  const widths = nodes.slice(1).map((node, i) => {
    const from = nodes[i] ?? node;
    return {
      from,
      to: node,
      h: Math.abs(node - from),
      size: Math.abs(evaluateFormula(volatility, new Map([[time, from]]))) * Math.sqrt(Math.abs(node - from)),
    };
  });
  const widest = widths.reduce<(typeof widths)[number] | null>(
    (top, one) => (one.size > (top?.size ?? 0) ? one : top),
    null,
  );
  const trial = widest === null ? null : trialOf(sampler, forwardRun(run.process, run.span), c);
  if (widest === null || trial === null) return;
  const chance = massBelowZero((z) => trial.after({ x: 1, t: widest.from, s: widest.from + widest.h, z }));
  if (!(chance * widths.length > rare)) return;
  report(c, catalogue.leavesPositive, step.span, {
    step: step.name,
    process: run.process.name,
    chance: chance.toPrecision(2),
    times: `from ${time} = ${widest.from.toPrecision(3)} to ${widest.to.toPrecision(3)}`,
  });
}

/** Deviates are looked at from -reach to reach, so many to the unit. */
const reach = 8;
const perUnit = 4;

/** The probability that f(z) <= 0 for a standard normal z: ends of the intervals where it is, by bisection. */
function massBelowZero(f: (z: number) => number): number {
  const places = Array.from({ length: 2 * reach * perUnit + 1 }, (_, i) => -reach + i / perUnit);
  const isBelow = places.map((z) => f(z) <= 0);
  let mass = isBelow[0] === true ? normalBelow(-reach) : 0;
  for (let i = 1; i < places.length; i += 1) {
    const [from, to] = [places[i - 1] ?? 0, places[i] ?? 0];
    if (isBelow[i - 1] !== true && isBelow[i] !== true) continue;
    const crossing = isBelow[i - 1] === isBelow[i] ? null : crossingOf(f, from, to, isBelow[i - 1] === true);
    const [start, end] = [
      isBelow[i - 1] === true ? from : (crossing ?? from),
      isBelow[i] === true ? to : (crossing ?? to),
    ];
    mass += normalBelow(end) - normalBelow(start);
  }
  return mass;
}

function crossingOf(f: (z: number) => number, from: number, to: number, isBelowFirst: boolean): number {
  let [low, high] = [from, to];
  for (let round = 0; round < 40; round += 1) {
    const middle = (low + high) / 2;
    if (f(middle) <= 0 === isBelowFirst) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const ERF = call("erf", symbol("z"));

function normalBelow(z: number): number {
  return 0.5 * (1 + evaluateFormula(ERF, new Map([["z", z / Math.SQRT2]])));
}
