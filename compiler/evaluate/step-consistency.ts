/** Does a step that draws noise converge to the equation in Itô's sense? Its mean over one small step says so. */
import type { Context } from "./context.js";
import { atTime } from "./process-law.js";
import { coefficient } from "./run.js";
import { trialOf } from "./step-trial.js";
import type { SamplerThing } from "./thing.js";

/** Nodes and weights that integrate polynomials of degree 5 against the standard normal density (Gauss-Hermite). */
const normalNodes = [[-Math.sqrt(3), 1 / 6], [0, 2 / 3], [Math.sqrt(3), 1 / 6]] as const;

/** Where a step is tried: no coefficient is likely to have a zero there. */
const place = 0.7;

/**
 * True where the step's mean drifts off by a part of ½ g ∂g/∂x: it looks at the diffusion elsewhere than where it starts, as
 * Stratonovich's integral does (methods 0.5). Nothing is said of steps that need a network, or more than one draw.
 */
export function isStratonovichStep(sampler: SamplerThing, c: Context): boolean {
  const trial = trialOf(sampler, c);
  const { dynamics } = trial?.process ?? sampler.run.process;
  if (trial === null || dynamics.kind !== "sde" || dynamics.facts.additive) return false;
  const { process } = trial;
  const [start, end] = process.range;
  const [at, h] = [start + 0.37 * (end - start), 1e-5 * (end - start)];
  const [drift = Number.NaN, divergence = Number.NaN] = trial.numbers((x, t) => [coefficient(process, dynamics.drift, x, t), atTime(dynamics.facts.divergence, process, t, new Map([[process.state, x]]))], place, at);
  const mean = normalNodes.reduce((sum, [z, weight]) => sum + weight * (trial.at(place, at, at + h, z) - place), 0);
  // ½ g ∂g/∂x is a quarter of ∂(g²)/∂x. A step with another drift of its own adds what it likes.
  const part = (mean / h - drift) / (divergence / 4);
  return part > 0.1 && part < 1.1;
}
