/** The torus: how angles wrap, the wrapped normal law, and which processes live there. */
import type { Span } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import type { Expression } from "../calculus/expression.js";
import type { ProcessFacts } from "../calculus/facts.js";
import { show, showNumber } from "../calculus/show.js";
import { freeSymbols } from "../calculus/traverse.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import type { Law } from "./thing.js";

export function isTorus(space: SpaceSpec): boolean {
  return space.space === "Torus";
}

const turn = 2 * Math.PI;

/** The same angle in [-π, π]. */
export function wrapped(angle: Value): Value {
  return ir.sub(angle, ir.mul(ir.scalar(turn), ir.round(ir.div(angle, ir.scalar(turn)))));
}

/** Below this the images Σ_n N(d + 2πn; 0, σ²) converge at once, above it the Fourier series does. */
const wideFrom = 2;
/** With n up to 2 the images left out are below e^(-(5π)²/2σ²) < e^-30 of the first; with k up to 4 the terms are below e^(-k²σ²/2) = e^-50. */
const images = [-2, -1, 1, 2];
const waves = [1, 2, 3, 4];

/** log of the wrapped normal density, number by number: Σ_n N(d + 2πn; 0, σ²) = (1 + 2 Σ_k e^(-k²σ²/2) cos kd) / 2π (Mardia and Jupp 2000, 3.5.7). */
export function wrappedLogDensity(x: Value, mean: Value, std: Value): Value {
  const d = wrapped(ir.sub(x, mean));
  const narrow = ir.min(std, ir.scalar(wideFrom));
  const wide = ir.max(std, ir.scalar(wideFrom));
  const twice = ir.mul(ir.scalar(2), ir.mul(narrow, narrow));
  // |d| ≤ π, so that the image n = 0 is the largest: the others are taken relative to it.
  const others = images.map((n) =>
    ir.exp(ir.neg(ir.div(ir.add(ir.mul(ir.scalar(2 * turn * n), d), ir.scalar((turn * n) ** 2)), twice))),
  );
  const nearest = ir.neg(ir.add(ir.div(ir.mul(d, d), twice), ir.log(ir.mul(narrow, ir.scalar(Math.sqrt(turn))))));
  const fromImages = ir.add(nearest, ir.log(others.reduce((a, b) => ir.add(a, b), ir.scalar(1))));
  const modes = waves.map((k) =>
    ir.mul(
      ir.mul(ir.scalar(2), ir.exp(ir.mul(ir.scalar((-k * k) / 2), ir.mul(wide, wide)))),
      ir.cos(ir.mul(ir.scalar(k), d)),
    ),
  );
  const fromWaves = ir.sub(ir.log(modes.reduce((a, b) => ir.add(a, b), ir.scalar(1))), ir.scalar(Math.log(turn)));
  return ir.select(ir.less(std, ir.scalar(wideFrom)), fromImages, fromWaves);
}

interface Claim {
  readonly law: Law;
  readonly span: Span;
  readonly time: number;
}

/** True after reporting what keeps a process off the torus: coefficients that do not repeat, a claim that is no law there or is not reached. */
export function leavesTorus(
  process: string,
  facts: ProcessFacts,
  claim: Claim | null,
  dataTime: number,
  span: Span,
  c: Context,
): boolean {
  for (const [coefficient, formula] of [
    ["drift", facts.drift],
    ["diffusion", facts.diffusion],
  ] as const) {
    if (repeats(formula, facts)) continue;
    report(c, catalogue.notPeriodic, span, { process, coefficient, formula: show(formula) });
    return true;
  }
  if (claim === null || claim.time === dataTime || claim.law.law === "data") return false;
  if (claim.law.law !== "uniform-torus") {
    report(c, catalogue.lawOffTorus, claim.span, { process });
    return true;
  }
  const { input } = facts;
  const std =
    facts.kind === "general" || facts.fromData === null
      ? null
      : numberAt(facts.fromData.std, new Map([[input.time.name, input.range[1]]]));
  if (std === null || uniformDivergence(std) <= 1e-3) return false;
  report(c, catalogue.priorNotReached, claim.span, {
    process,
    claimed: "the claimed uniform law",
    reached: `a wrapped normal law of standard deviation ${showNumber(std)} around each datum`,
    divergence: uniformDivergence(std).toPrecision(2),
  });
  return true;
}

/** f(θ + 2π) = f(θ) at a few angles and times. */
function repeats(formula: Expression, { input }: ProcessFacts): boolean {
  const names = freeSymbols(formula);
  if (!names.has(input.state.name)) return true;
  const [low, high] = input.range;
  return [-2.3, -0.7, 0.4, 1.9].every((angle, i) => {
    const time = low + ((i + 1) / 6) * (high - low);
    const at = (theta: number): number | null =>
      numberAt(
        formula,
        new Map([
          [input.state.name, theta],
          [input.time.name, time],
        ]),
      );
    const [here, there] = [at(angle), at(angle + turn)];
    return here === null || there === null || Math.abs(here - there) <= 1e-9 * (1 + Math.abs(here));
  });
}

/** null where a symbol has no number. */
function numberAt(formula: Expression, values: ReadonlyMap<string, number>): number | null {
  return [...freeSymbols(formula)].every((name) => values.has(name)) ? evaluateFormula(formula, values) : null;
}

/** KL(wrapped normal ‖ uniform) of one angle, by the trapezoidal rule, which is exact to rounding for a smooth periodic density. */
function uniformDivergence(std: number): number {
  const count = 512;
  const frequencies = Array.from({ length: 40 }, (_, k) => k + 1);
  return Array.from({ length: count }, (_, i) => (turn * i) / count).reduce((total, d) => {
    const ratio = Math.max(
      1e-300,
      frequencies.reduce((sum, k) => sum + 2 * Math.exp((-k * k * std * std) / 2) * Math.cos(k * d), 1),
    );
    return total + (ratio * Math.log(ratio)) / count;
  }, 0);
}
