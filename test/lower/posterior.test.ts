/** The law of a scalar process given states at times, against conditioning a joint Gaussian that the test computes. */
import { describe, expect, it } from "vitest";
import { solve } from "../calculus/moment-ode.js";
import { openText } from "../support/model.js";
import { programNumbers } from "../support/program.js";

interface Equation {
  readonly linear: (t: number) => number;
  readonly constant: (t: number) => number;
  readonly variance: (t: number) => number;
}

/** Φ, shift and variance from one time to another. */
function kernel({ linear, constant, variance }: Equation, from: number, to: number): readonly number[] {
  if (from === to) return [1, 0, 0];
  return solve(
    (t, [a = 0, m = 0, v = 0]) => [linear(t) * a, linear(t) * m + constant(t), 2 * linear(t) * v + variance(t)],
    from,
    to,
    [1, 0, 0],
  );
}

/** x_s and x_t are jointly normal given x_r: condition on x_t by the textbook formula. */
function conditioned(
  equation: Equation,
  [r, s, t]: readonly [number, number, number],
  a: number,
  b: number,
): { mean: number; std: number } {
  const [as = 0, ms = 0, vs = 0] = kernel(equation, r, s);
  const [at = 0, mt = 0, vt = 0] = kernel(equation, r, t);
  const [step = 0] = kernel(equation, s, t);
  const covariance = step * vs;
  return { mean: as * a + ms + (covariance / vt) * (b - at * a - mt), std: Math.sqrt(vs - covariance ** 2 / vt) };
}

const vp: Equation = { linear: (t) => -(0.1 + 19.9 * t) / 2, constant: () => 0, variance: (t) => 0.1 + 19.9 * t };
const ou: Equation = { linear: () => -0.7, constant: () => 2.1, variance: () => 1.69 };
/** Its integrals have no closed form. */
const odd: Equation = {
  linear: (t) => -0.5 - t,
  constant: () => 0.3,
  variance: (t) => (1 + 0.5 * Math.cos(t ** 2)) ** 2,
};

const cases: readonly { name: string; equation: Equation; source: string; end: number }[] = [
  { name: "VP", equation: vp, source: "process P = vp(D)", end: 1 },
  {
    name: "Ornstein-Uhlenbeck",
    equation: ou,
    source: "process P on x : D, t in [0, 2] {\n  dx = 0.7 * (3 - x) dt + 1.3 dW\n}",
    end: 2,
  },
  {
    name: "no closed form",
    equation: odd,
    source: "process P on x : D, t in [0, 1] {\n  dx = (0.3 - (0.5 + t) * x) dt + (1 + 0.5 * cos(t^2)) dW\n}",
    end: 1,
  },
];

const model = (source: string, given: string): string => `data D : Real
${source}
sampler s(r = 0.1, s = 0.4, t = 0.9, a = 1.3, b = -0.4) {
  let law = P(s | ${given})
  return mean(law), std(law), variance(law), log_prob(law, 0.3), grad_log(law, 0.3)
}
`;

/** Relative to the size of the numbers that the mean is made of. */
const error = (found: number, right: number): number => Math.abs(found - right) / Math.max(Math.abs(right), 1e-3);

describe.each(cases)("$name", ({ equation, source, end }) => {
  const times = (shares: readonly number[]): readonly number[] => shares.map((share) => share * end);
  it.each([
    [0.1, 0.4, 0.9],
    [0.3, 0.301, 0.8],
    [0.002, 0.5, 1],
  ])("is pinned at two times %d %d %d", (...shares) => {
    const [r = 0, s = 0, t = 0] = times(shares);
    const right = conditioned(equation, [r, s, t], 1.3, -0.4);
    const [mean = [], std = [], variance = [], density = [], score = []] = programNumbers(
      model(source, "x(r) = a, x(t) = b"),
      "s",
      { r: [r], s: [s], t: [t] },
    );
    expect(error(mean[0] ?? NaN, right.mean)).toBeLessThan(1e-6);
    expect(error(std[0] ?? NaN, right.std)).toBeLessThan(1e-6);
    expect(error(variance[0] ?? NaN, right.std ** 2)).toBeLessThan(2e-6);
    const z = (0.3 - right.mean) / right.std;
    expect(error(density[0] ?? NaN, -(z * z) / 2 - Math.log(right.std) - Math.log(2 * Math.PI) / 2)).toBeLessThan(1e-5);
    expect(error(score[0] ?? NaN, -z / right.std)).toBeLessThan(1e-5);
  });

  it("follows the transition after one time", () => {
    const [r = 0, s = 0] = times([0.2, 0.7]);
    const [scale = 0, shift = 0, variance = 0] = kernel(equation, r, s);
    const [mean = [], std = []] = programNumbers(model(source, "x(r) = a"), "s", { r: [r], s: [s] });
    expect(error(mean[0] ?? NaN, scale * 1.3 + shift)).toBeLessThan(1e-6);
    expect(error(std[0] ?? NaN, Math.sqrt(variance))).toBeLessThan(1e-6);
  });

  it("takes a bare state for that of the data", () => {
    const [s = 0, t = 0] = times([0.4, 0.9]);
    const right = conditioned(equation, [0, s, t], 1.3, -0.4);
    for (const given of ["a, x(t) = b", "x(0) = a, x(t) = b"]) {
      const [mean = [], std = []] = programNumbers(model(source, given), "s", { s: [s], t: [t] });
      expect(error(mean[0] ?? NaN, right.mean)).toBeLessThan(1e-6);
      expect(error(std[0] ?? NaN, right.std)).toBeLessThan(1e-6);
    }
  });
});

it("knows the variance near a pin without cancellation", () => {
  // Brownian bridge on [0, 1]: variance s (1 - s), s = 1e-9.
  const text =
    "data D : Real\nprocess P on x : D, t in [0, 1] {\n  dx = dW\n}\nsampler s(s = 1e-9) {\n  return variance(P(s | x(0) = 0, x(1) = 0.5))\n}\n";
  const [[variance = NaN] = []] = programNumbers(text, "s");
  expect(error(variance / 1e-9, 1 - 1e-9)).toBeLessThan(1e-12);
});

it("draws the bridge of geometric noise in its logarithm", () => {
  const text = `data D : Positive
process P on x : D, t in [0, 1] {
  dx = 0.3 * x dt + 0.8 * x dW
}
sampler s(s = 0.25) {
  return log_prob(P(s | x(0) = 1, x(1) = 2), 1.5)
}
`;
  const [[found = NaN] = []] = programNumbers(text, "s");
  const [mean, std] = [0.25 * Math.log(2), 0.8 * Math.sqrt(0.25 * 0.75)];
  const z = (Math.log(1.5) - mean) / std;
  expect(found).toBeCloseTo(-(z * z) / 2 - Math.log(std) - Math.log(2 * Math.PI) / 2 - Math.log(1.5), 10);
});

it("moves an interpolant along the path that two states fix", () => {
  const text = `data D : Real
interpolant P = rectified_flow(D)
sampler s(s = 0.3, t = 0.8) {
  let law = P(s | 1.3, x(t) = -0.4)
  return mean(law), std(law)
}
`;
  const [mean = [], std = []] = programNumbers(text, "s");
  expect(mean[0]).toBeCloseTo(0.7 * 1.3 + (0.3 / 0.8) * (-0.4 - 0.2 * 1.3), 12);
  expect(std[0]).toBe(0);
});

it("is drawn from", async () => {
  const model = await openText(
    "data D : Real\nprocess P on x : D, t in [0, 1] {\n  dx = dW\n}\nsampler s {\n  y ~ P(0.5 | x(0) = 1, x(1) = 2)\n  return y\n}\n",
    "reference",
    5,
  );
  const { x } = (await model.sample["s"]?.({ count: 20000, seed: 1 })) ?? {};
  const values = Array.from(x?.data ?? []);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const std = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  // Standard errors .5/√20000 = .0035 and .0025.
  expect(Math.abs(mean - 1.5)).toBeLessThan(0.015);
  expect(Math.abs(std - 0.5)).toBeLessThan(0.011);
  await model.dispose();
});
