/** Is it derived rightly of which bound on the likelihood a weight and a law of times make an objective? */
import { describe, expect, test } from "vitest";
import type { Weighting } from "../../compiler/evaluate/weighting.js";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";

const declarations = `data moons : Real[2]
process P = vp(moons)
process N = edm(moons)
interpolant line = rectified_flow(moons)
network noise_of(x, t) predicts noise of P = mlp(hidden: [8])
network mean_of(x, t) predicts denoised of P = mlp(hidden: [8])
network velocity_of(x, t) predicts velocity of line = mlp(hidden: [8])
network D(x, σ) predicts denoised of N = mlp(hidden: [8])
`;

function weightingOf(objective: string, name = objective.slice(0, objective.indexOf("("))): Weighting | null {
  const text = `${declarations}train ${objective} { steps: 10 }\n`;
  const { objectives } = compile({ name: "weights.sde", text }, { library, read: () => null });
  const found = objectives.find((one) => one.name === name);
  if (found === undefined)
    throw new Error(`there is no objective ${name} among ${objectives.map((one) => one.name).join(", ")}`);
  return found.weighting();
}

/** σ² and g² of `vp`. */
const σ2 = (t: number): number => 1 - Math.exp(-0.1 * t - (19.9 * t * t) / 2);
const g2 = (t: number): number => 0.1 + 19.9 * t;

describe("a weight and a law of times", () => {
  test.each([
    ["dsm(moons, P, noise_of)", (t: number) => (2 * σ2(t)) / g2(t) / 0.999, "none"],
    ["noise_prediction(moons, P, noise_of)", (t: number) => (2 * σ2(t)) / g2(t) / 0.999, "none"],
    ["denoising(moons, P, mean_of)", (t: number) => (2 * σ2(t) ** 2) / (1 - σ2(t)) / g2(t) / 0.999, "noisy"],
    ["dsm(moons, P, noise_of, weight: likelihood_weight(P))", () => 2 / 0.999, "likelihood"],
    ["dsm(moons, P, mean_of, weight: likelihood_weight(P))", () => 2 / 0.999, "likelihood"],
    [
      "dsm(moons, P, noise_of, weight: min_snr_weight(P))",
      (t: number) => (2 * σ2(t) * Math.min((1 - σ2(t)) / σ2(t), 5) * σ2(t)) / (1 - σ2(t)) / g2(t) / 0.999,
      "none",
    ],
    [
      "dsm(moons, P, noise_of, weight: sigmoid_weight(P))",
      (t: number) => 2 / (1 + ((1 - σ2(t)) / σ2(t)) * Math.exp(-2)) / 0.999,
      "noisy",
    ],
    ["flow_matching(line, velocity_of)", (t: number) => t / (1 - t), "noisy"],
    // ln σ ~ N(-1.2, 1.2²); the score's error is the denoiser's over σ², and g² = 2σ.
    [
      "edm_loss(moons, N, D)",
      (σ: number) =>
        (((σ ** 2 + 0.25) / (0.5 * σ) ** 2) *
          σ ** 4 *
          (Math.exp(-(((Math.log(σ) + 1.2) / 1.2) ** 2) / 2) / Math.sqrt(2 * Math.PI) / 1.2 / σ)) /
        σ,
      "none",
    ],
  ] as const)("%s", (objective, ratio, bound) => {
    const weighting = weightingOf(objective);
    expect(weighting?.bound.kind).toBe(bound);
    expect(weighting?.ratios.length).toBeGreaterThan(30);
    for (const entry of weighting?.ratios ?? [])
      expect(Math.abs(entry.ratio / ratio(entry.time) - 1)).toBeLessThan(2e-5);
  });

  test("nothing is said where the goal is no weighted square", () => {
    expect(weightingOf("sliced_score_matching(P, noise_of)")).toBeNull();
  });
});
