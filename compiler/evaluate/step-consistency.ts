/** Does a step that draws noise lead where the equation says? Its mean over one small step tells. */
import type { Context } from "./context.js";
import { atTime } from "./process-law.js";
import { coefficient, endsOf, forwardRun } from "./run.js";
import { stepCoordinates } from "./run-coordinates.js";
import { meanRate, trialOf } from "./step-trial.js";
import type { Trial } from "./step-trial.js";
import type { SamplerThing } from "./thing.js";

/** Where a step is tried, and how short it is beside the range: no coefficient is likely to have a zero there. */
const x = 0.7;
const share = 0.37;
const short = 1e-5;

interface Coefficients {
  readonly t: number;
  readonly h: number;
  readonly drift: number;
  readonly squared: number;
  /** (∇·D), of a noise that acts number by number. */
  readonly divergence: number;
}

/** What the process says at the place of the trial; null where its noise does not depend on the state. */
function coefficientsOf(trial: Trial): Coefficients | null {
  const { process } = trial;
  const { dynamics } = process;
  if (dynamics.kind !== "sde" || dynamics.facts.additive) return null;
  const [start, end] = process.range;
  const [t, h] = [start + share * (end - start), short * (end - start)];
  const { divergence: formula } = dynamics.facts;
  const found = trial.numbers(
    (at, time) => [
      coefficient(process, dynamics.drift, at, time),
      coefficient(process, dynamics.diffusion, at, time),
      atTime(formula, process, time, new Map([[process.state, at]])),
    ],
    { x, t },
  );
  const [drift = Number.NaN, diffusion = Number.NaN, divergence = Number.NaN] = found;
  return { t, h, drift, squared: diffusion ** 2, divergence };
}

/**
 * True where the step's mean drifts off by a part of ½ g ∂g/∂x: it looks at the diffusion elsewhere than where it starts, as
 * Stratonovich's integral does (methods 0.5). Nothing is said of steps that need a network, or more than one draw.
 */
export function isStratonovichStep(sampler: SamplerThing, c: Context): boolean {
  const trial = trialOf(sampler, trialRun(sampler), c);
  const known = trial === null ? null : coefficientsOf(trial);
  if (trial === null || known === null) return false;
  // ½ g ∂g/∂x is a quarter of ∂(g²)/∂x. A step with another drift of its own adds what it likes.
  const part = (meanRate(trial, { x, t: known.t, s: known.t + known.h }) - known.drift) / (known.divergence / 4);
  return part > 0.1 && part < 1.1;
}

function trialRun({ run }: SamplerThing): SamplerThing["run"] {
  return forwardRun(stepCoordinates(run)?.process ?? run.process, run.span);
}

/**
 * True of a reversal written by hand, as a drift or in a step, that leaves out the divergence of the noise: against the
 * clock its mean is f - D s where f - ∇·D - D s is right (methods 0.3).
 */
export function lacksDivergence(sampler: SamplerThing, c: Context): boolean {
  const { run, span } = sampler;
  if ((run.mode !== "forward" && run.mode !== "redrift") || stepCoordinates(run) !== null) return false;
  const ends = endsOf(run, span, c);
  const trial = ends === null || ends[1] >= ends[0] ? null : trialOf(sampler, run, c);
  const known = trial === null || !trial.asksScore ? null : coefficientsOf(trial);
  if (trial === null || known === null) return false;
  const { t, h, drift, squared, divergence } = known;
  const rate = (score: number): number => meanRate(trial, { x, t, s: t - h, score });
  const [still, moved] = [rate(0), rate(1)];
  const isReversal = Math.abs((still - moved) / squared - 1) < 0.05;
  return isReversal && Math.abs((drift - still) / divergence) < 0.05;
}
