/** What `sdec derive` says of an objective: how it weighs errors, and of what that is a bound. */
import type { DerivedObjective } from "../index.js";
import type { Bound, Weighting } from "../evaluate/weighting.js";

export interface WeightingJson {
  readonly name: string;
  readonly process: string;
  /** The weight of the score's squared error times the density of the time, over ½g², from the data to the noise. */
  readonly ratios: Weighting["ratios"];
  readonly bound: Bound;
  readonly text: string;
}

/** Objectives that are no weighted square of a prediction's error are left out. */
export function weightingsToJson(objectives: readonly DerivedObjective[]): readonly WeightingJson[] {
  return objectives.flatMap(({ name, weighting }) => {
    const derived = weighting();
    if (derived === null) return [];
    const { process, ratios, bound } = derived;
    return [{ name, process, ratios, bound, text: textOf(name, derived) }];
  });
}

function textOf(name: string, { process, time, ratios, bound }: Weighting): string {
  const shown = [0, 0.25, 0.5, 0.75, 1].flatMap((part) => ratios[Math.round(part * (ratios.length - 1))] ?? []);
  const weights = shown.map((entry) => `${short(entry.ratio)} at ${time} = ${short(entry.time)}`);
  return [
    `${name}: weighted squared error of one prediction about ${process}`,
    `  score error over g²/2  = ${weights.join(", ")}    (weight times density of ${time})`,
    `  bound                  = ${sentence(bound, time)}`,
    "",
  ].join("\n");
}

function sentence(bound: Bound, time: string): string {
  switch (bound.kind) {
    case "likelihood":
      return `${short(bound.factor)} times one on -E log p(x), up to what nothing moves    (the ratio does not vary)`;
    case "noisy":
      return "an average of those on -E log p(x) of data with noise added    (the ratio grows with the noise)";
    case "none":
      return `none on a likelihood    (the ratio falls as the noise grows, from ${time} = ${short(bound.fallsFrom)} on)`;
  }
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
