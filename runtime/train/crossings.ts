/** What looked across the samples of a batch, and did it go well in every step? Such as: the plan that pairs a batch was found. */
import { UnconvergedError } from "../errors.js";
import { need } from "../programs.js";
import type { CrossingSpec, ModelSpec, ObjectiveSpec } from "../specification.js";
import type { Numbers } from "../state.js";

/** A crossing whose error was too large: the first step at which, counted within the block, and by how much it was missed. */
export interface Violation {
  readonly crossing: CrossingSpec;
  readonly step: number;
  readonly found: number;
}

/** The first step of each crossing that went beyond its limit, of those that fail a run before those that warn; `rows` has their errors, step by step. */
export function violationsOf({ crossings }: ObjectiveSpec, rows: readonly Numbers[]): readonly Violation[] {
  const violations: Violation[] = [];
  for (const [i, crossing] of crossings.entries()) {
    const errors = need(rows[i], crossing.output);
    // What is not a number has not met its limit either.
    const step = errors.findIndex((error) => !(error <= crossing.limit));
    if (step >= 0) violations.push({ crossing, step, found: errors[step] ?? Number.NaN });
  }
  return violations.sort((a, b) => Number(a.crossing.policy === "warn") - Number(b.crossing.policy === "warn"));
}

/** One sentence for people: what went wrong, where in the model, and what helps. */
export function describeViolation(model: ModelSpec, when: string, { crossing, found }: Violation): string {
  const where = crossing.line === null ? model.source : `line ${crossing.line} of ${model.source}`;
  const amount = `by ${found.toPrecision(2)}, where ${crossing.limit} is allowed`;
  return `${when}, ${crossing.what} ${amount} (${where}).`;
}

/** What a run throws where such an error is to stop it. */
export function violationError(
  model: ModelSpec,
  objective: string,
  step: number,
  violation: Violation,
): UnconvergedError {
  const { crossing, found } = violation;
  const told = describeViolation(model, `Training of ${objective} stopped: in step ${step}`, violation);
  const help = "Raise `rounds` or `epsilon`, or write `unconverged: warn` to go on.";
  const place = {
    program: objective,
    step,
    line: crossing.line,
    source: model.source,
    error: found,
    limit: crossing.limit,
  };
  return new UnconvergedError(place, `${told} ${help} The weights before it are kept.`);
}
