/** Laws of processes of several components, in the compiled graph, against their moment equations and conditioned joint Gaussians. */
import { describe, expect, it } from "vitest";
import { jointMoments } from "../calculus/system-moments.js";
import type { SystemCoefficients } from "../calculus/system-moments.js";
import { densityAt, given, plus, product, times, transposed } from "../support/joint-gaussian.js";
import type { JointGaussian } from "../support/joint-gaussian.js";
import { openText } from "../support/model.js";
import { programNumbers } from "../support/program.js";

const cld: SystemCoefficients = {
  linear: () => [
    [0, 4],
    [-4, -8],
  ],
  constant: () => [0, 0],
  noise: () => [[0], [4]],
};
const moving: SystemCoefficients = {
  linear: (t) => [
    [-2, Math.sin(3 * t), 0],
    [0, -1, t],
    [0.5, 0, -0.3 * t],
  ],
  constant: (t) => [0, 1, t],
  noise: (t) => [
    [1, 0],
    [Math.sin(3 * t), 0.5],
    [0, 1 + t],
  ],
};

const langevin = `data D : Real
process P on x : D, v : D, t in [0, 1] {
  v(0) ~ Normal(0.2, 0.1)
  dx = 4 * v dt
  dv = -4 * (x + 2 * v) dt + 4 dW
}
`;
const threefold = `data D : Real[3]
process P on x : D, t in [0, 1] {
  let A = [[-2, sin(3 * t), 0], [0, -1, t], [0.5, 0, -0.3 * t]]
  dx = (A @ x + [0, 1, t]) dt + [[1, 0], [sin(3 * t), 0.5], [0, 1 + t]] dW
}
`;

/** X_t from X_s. */
function moved(equation: SystemCoefficients, from: number, to: number, law: JointGaussian): JointGaussian {
  const { propagator, shift, covariance } = jointMoments(equation, from, to);
  const mean = times(propagator, law.mean).map((value, i) => value + (shift[i] ?? 0));
  return { mean, covariance: plus(product(product(propagator, law.covariance), transposed(propagator)), covariance) };
}

/** X_s given X_t = b, from its law and the kernel s → t. */
function pinned(
  equation: SystemCoefficients,
  s: number,
  t: number,
  law: JointGaussian,
  b: readonly (number | null)[],
): JointGaussian {
  const later = moved(equation, s, t, law);
  const rows = b.flatMap((value, i) => (value === null ? [] : [i]));
  const { propagator } = jointMoments(equation, s, t);
  const across = transposed(product(propagator, law.covariance)).map((row) => rows.map((i) => row[i] ?? 0));
  const seen = {
    mean: rows.map((i) => later.mean[i] ?? 0),
    covariance: rows.map((i) => rows.map((j) => later.covariance[i]?.[j] ?? 0)),
  };
  return given(
    law,
    seen,
    across,
    rows.map((i) => b[i] ?? 0),
  );
}

const zeros = (n: number): number[][] => Array.from({ length: n }, () => Array.from({ length: n }, () => 0));
const certain = (mean: readonly number[]): JointGaussian => ({ mean, covariance: zeros(mean.length) });
const close = (found: readonly number[] | undefined, right: readonly number[], tolerance = 1e-7): void => {
  const size = Math.max(...right.map(Math.abs), 1e-6);
  expect(found?.length).toBe(right.length);
  right.forEach((value, i) =>
    expect(Math.abs((found?.[i] ?? NaN) - value) / size, `${String(found)} for ${String(right)}`).toBeLessThan(
      tolerance,
    ),
  );
};
const deviations = ({ covariance }: JointGaussian): readonly number[] =>
  covariance.map((row, i) => Math.sqrt(row[i] ?? NaN));

describe("several states", () => {
  const ask = (law: string): string => `${langevin}sampler s(s = 0.3, t = 0.9) {
  let law = ${law}
  let at = {x: 0.4, v: -0.7}
  let m, d, g = (mean(law), std(law), grad_log(law, at))
  return m.x, m.v, d.x, d.v, log_prob(law, at), g.x, g.v
}
`;
  const check = (law: string, right: JointGaussian, parameters: Record<string, readonly number[]> = {}): void => {
    const [mx = [], mv = [], dx = [], dv = [], density = [], gx = [], gv = []] = programNumbers(
      ask(law),
      "s",
      parameters,
    );
    const { logProb, score } = densityAt(right, [0.4, -0.7]);
    close([...mx, ...mv], right.mean);
    close([...dx, ...dv], deviations(right));
    close(density, [logProb], 1e-6);
    close([...gx, ...gv], score, 1e-6);
  };
  const start: JointGaussian = {
    mean: [1.3, 0.2],
    covariance: [
      [0, 0],
      [0, 0.01],
    ],
  };

  it.each([0.001, 0.3, 1])("average over the velocity at %d", (s) =>
    check("P(s | 1.3)", moved(cld, 0, s, start), { s: [s] }),
  );
  it("start from all states", () => check("P(s | {x: 1.3, v: -0.4})", moved(cld, 0, 0.3, certain([1.3, -0.4]))));
  it("move on from a time", () => check("P(t | x(s) = {x: 1.3, v: -0.4})", moved(cld, 0.3, 0.9, certain([1.3, -0.4]))));
  it("take states at one time together", () =>
    check("P(t | x(s) = 1.3, v(s) = -0.4)", moved(cld, 0.3, 0.9, certain([1.3, -0.4]))));
  it("have a posterior", () =>
    check("P(s | 1.3, x(t) = {x: 0.5, v: 0.1})", pinned(cld, 0.3, 0.9, moved(cld, 0, 0.3, start), [0.5, 0.1])));
  it("have a posterior given one of them", () =>
    check("P(s | 1.3, v(t) = 0.1)", pinned(cld, 0.3, 0.9, moved(cld, 0, 0.3, start), [null, 0.1])));
  it("have a bridge", () =>
    check(
      "P(s | x(0.1) = {x: 1.3, v: -0.4}, x(1) = {x: 0.5, v: 0.1})",
      pinned(cld, 0.3, 1, moved(cld, 0.1, 0.3, certain([1.3, -0.4])), [0.5, 0.1]),
    ));

  it("have the deviation and the score of one given the others", () => {
    const text = `${langevin}sampler s(s = 0.3) {
  let at = {x: 0.4, v: -0.7}
  return std(P.v, s), grad_log(P.v(s | 1.3), at), std(P.x, s), grad_log(P.x(s | 1.3), at)
}
`;
    const right = moved(cld, 0, 0.3, start);
    const { score } = densityAt(right, [0.4, -0.7]);
    const [[xx = 0, xv = 0] = [], [, vv = 0] = []] = right.covariance;
    const found = programNumbers(text, "s");
    close(
      found.flat(),
      [Math.sqrt(vv - xv ** 2 / xx), score[1] ?? 0, Math.sqrt(xx - xv ** 2 / vv), score[0] ?? 0],
      1e-6,
    );
  });
});

describe("one vector with matrices", () => {
  const ask = (
    law: string,
  ): string => `${threefold}sampler s(s = 0.3, t = 0.9, a = [1, -0.5, 0.2], b = [0.3, 0.1, -1]) {
  let law = ${law}
  return mean(law), std(law), log_prob(law, [0.4, -0.7, 0.1]), grad_log(law, [0.4, -0.7, 0.1])
}
`;
  const check = (law: string, right: JointGaussian): void => {
    const [mean, std, density, score] = programNumbers(ask(law), "s");
    const expected = densityAt(right, [0.4, -0.7, 0.1]);
    close(mean, right.mean);
    close(std, deviations(right));
    close(density, [expected.logProb], 1e-6);
    close(score, expected.score, 1e-6);
  };
  const [a, b] = [
    [1, -0.5, 0.2],
    [0.3, 0.1, -1],
  ];
  it("has a kernel", () => check("P(t | a)", moved(moving, 0, 0.9, certain(a))));
  it("moves on from a time", () => check("P(t | x(s) = a)", moved(moving, 0.3, 0.9, certain(a))));
  it("has a posterior", () =>
    check("P(s | a, x(t) = b)", pinned(moving, 0.3, 0.9, moved(moving, 0, 0.3, certain(a)), b)));
  it("has a bridge", () =>
    check("P(s | x(0.1) = a, x(1) = b)", pinned(moving, 0.3, 1, moved(moving, 0.1, 0.3, certain(a)), b)));
});

const moments = (x: ArrayLike<number>, y: ArrayLike<number>): { mean: number; covariance: number } => {
  const n = x.length;
  const [mx, my] = [x, y].map((list) => Array.from(list).reduce((sum, value) => sum + value, 0) / n);
  const covariance =
    Array.from(x).reduce((sum, value, i) => sum + (value - (mx ?? 0)) * ((y[i] ?? 0) - (my ?? 0)), 0) / n;
  return { mean: mx ?? 0, covariance };
};

it("draws states with their covariance", async () => {
  const model = await openText(
    `${langevin}sampler s {\n  z ~ P(0.3 | 1.3)\n  let a, b = z\n  return a, b\n}\n`,
    "onnx",
    1,
  );
  const drawn = (await model.sample["s"]?.({ count: 40000, seed: 3 })) ?? {};
  const [x, v] = [drawn["x1"]?.data ?? [], drawn["x2"]?.data ?? []];
  const right = moved(cld, 0, 0.3, {
    mean: [1.3, 0.2],
    covariance: [
      [0, 0],
      [0, 0.01],
    ],
  });
  // Standard errors are about s/200 and s²/140.
  expect(Math.abs(moments(x, x).mean - (right.mean[0] ?? 0))).toBeLessThan(0.02);
  expect(Math.abs(moments(x, x).covariance - (right.covariance[0]?.[0] ?? 0))).toBeLessThan(0.02);
  expect(Math.abs(moments(x, v).covariance - (right.covariance[0]?.[1] ?? 0))).toBeLessThan(0.02);
  expect(Math.abs(moments(v, v).covariance - (right.covariance[1]?.[1] ?? 0))).toBeLessThan(0.03);
  await model.dispose();
});
