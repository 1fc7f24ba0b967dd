/** Row 25: kernels, posteriors and bridges of processes with matrix coefficients against their moment equations. */
import { lowered } from "../support/model.js";
import { given, inverse, plus, product, times, transposed } from "../support/joint-gaussian.js";
import type { JointGaussian } from "../support/joint-gaussian.js";
import { programNumbers } from "../support/program.js";
import { generator } from "../calculus/random-affine.js";
import { jointMoments } from "../calculus/system-moments.js";
import type { Numbers, SystemCoefficients } from "../calculus/system-moments.js";
import { digits } from "./figure.js";
import type { Figure } from "./figure.js";

const row = 25;
const BOUND = 1e-6;

/** A vector equation, told twice: as text of the language, and as functions. */
interface Case {
  readonly source: string;
  readonly equation: SystemCoefficients;
  readonly start: readonly number[];
  readonly end: number;
}

export async function measureMatrixKernels(): Promise<readonly Figure[]> {
  await Promise.resolve();
  const random = Array.from({ length: 200 }, (_, index) => randomCase(11, index));
  const [first] = random;
  const wrongEntry =
    first === undefined
      ? Number.NaN
      : kernelError({ ...first, equation: { ...first.equation, linear: (t) => bumped(first.equation.linear(t)) } });
  const posterior = pinnedError(threefold, false, [0.3, 0.9]);
  const bridge = pinnedError(threefold, true, [0.1, 0.3, 1]);
  const uncrossed = pinnedError(threefold, false, [0.3, 0.9], withoutCross);
  return [
    figure("critically damped Langevin, velocity averaged over, 11 times", langevinError(0.1), {
      what: "v(0) of deviation .1001",
      value: langevinError(0.1001),
    }),
    figure("a 3×3 equation that moves with time, 11 times", kernelError(threefold), {
      what: "Σ without its cross terms",
      value: kernelError(threefold, withoutCross),
    }),
    figure("200 random 2×2 equations, seed 11, the worst at 5 times", worst(random.map((one) => kernelError(one))), {
      what: "1e-4 added to one entry of A",
      value: wrongEntry,
    }),
    figure("posterior of the 3×3 equation against the conditioned joint law", posterior, {
      what: "Σ without its cross terms",
      value: uncrossed,
    }),
    figure("bridge of the 3×3 equation against the conditioned joint law", bridge, {
      what: "1e-4 added to one entry of A",
      value: pinnedError(
        { ...threefold, equation: { ...threefold.equation, linear: (t) => bumped(threefold.equation.linear(t)) } },
        true,
        [0.1, 0.3, 1],
      ),
    }),
    figure("posterior of damped Langevin given the later velocity alone", langevinPosterior([null, 0.1]), {
      what: "the later position given too",
      value: langevinPosterior([0.5, 0.1]),
    }),
  ];
}

function figure(what: string, error: number, planted: { readonly what: string; readonly value: number }): Figure {
  return {
    row,
    what: `${what}: mean and covariance, relative`,
    measured: digits(error),
    bound: `< ${BOUND}`,
    passed: error < BOUND,
    planted: { what: planted.what, measured: digits(planted.value), failed: !(planted.value < BOUND) },
  };
}

function worst(values: readonly number[]): number {
  return values.some(Number.isNaN) ? Number.NaN : Math.max(...values);
}

function bumped(matrix: Numbers): Numbers {
  return matrix.map((line, i) => line.map((value, j) => (i === 0 && j === 0 ? value + 1e-4 : value)));
}

function withoutCross({ mean, covariance }: JointGaussian): JointGaussian {
  return { mean, covariance: covariance.map((line, i) => line.map((value, j) => (i === j ? value : 0))) };
}

/** The law that a program tells, by its mean and by its score at the origin and along each axis: -Σ⁻¹ (x - m). */
function told(
  model: ReturnType<typeof lowered>,
  size: number,
  parameters: Readonly<Record<string, readonly number[]>>,
): { readonly mean: readonly number[]; readonly covariance: Numbers } {
  const [mean = [], origin = [], ...along] = programNumbers(model, "tell", parameters);
  const precision = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (__, j) => (origin[i] ?? NaN) - (along[j]?.[i] ?? NaN)),
  );
  return { mean, covariance: inverse(precision) };
}

/** Errors of the mean relative to its largest number, of covariances to the deviations that they belong to. */
function errorOf(found: JointGaussian, right: JointGaussian): number {
  const size = Math.max(...right.mean.map(Math.abs), 1e-3);
  const deviation = (i: number): number => Math.sqrt(right.covariance[i]?.[i] ?? NaN);
  return worst([
    ...right.mean.map((value, i) => Math.abs((found.mean[i] ?? NaN) - value) / size),
    ...right.covariance.flatMap((line, i) =>
      line.map((value, j) => Math.abs((found.covariance[i]?.[j] ?? NaN) - value) / (deviation(i) * deviation(j))),
    ),
  ]);
}

function tell(size: number, law: string): string {
  const zeros = Array.from({ length: size }, () => "0");
  const axes = zeros.map((_, j) => `grad_log(law, [${zeros.map((zero, i) => (i === j ? "1" : zero)).join(", ")}])`);
  return `  let law = ${law}\n  return mean(law), grad_log(law, [${zeros.join(", ")}]), ${axes.join(", ")}\n}\n`;
}

function kernelError(
  { source, equation, start, end }: Case,
  spoil = (law: JointGaussian): JointGaussian => law,
): number {
  const model = lowered(
    `${source}sampler tell(t = 0.5, a = [${start.join(", ")}]) {\n${tell(start.length, "P(t | a)")}`,
  );
  const shares =
    start.length === 2 ? [0.02, 0.2, 0.5, 0.77, 1] : Array.from({ length: 11 }, (_, i) => 0.01 + 0.099 * i);
  return worst(
    shares.map((share) => {
      const right = spoil(
        moved(equation, 0, share * end, { mean: start, covariance: start.map(() => start.map(() => 0)) }),
      );
      return errorOf(told(model, start.length, { t: [share * end] }), right);
    }),
  );
}

/** X_t from the law of X_s. */
function moved(equation: SystemCoefficients, from: number, to: number, law: JointGaussian): JointGaussian {
  const { propagator, shift, covariance } = jointMoments(equation, from, to);
  const mean = times(propagator, law.mean).map((value, i) => value + (shift[i] ?? 0));
  return { mean, covariance: plus(product(product(propagator, law.covariance), transposed(propagator)), covariance) };
}

/** The law of X_s given that rows of X_t are `later`, from the joint law of both. */
function conditioned(
  equation: SystemCoefficients,
  s: number,
  t: number,
  law: JointGaussian,
  later: readonly (number | null)[],
): JointGaussian {
  const end = moved(equation, s, t, law);
  const rows = later.flatMap((value, i) => (value === null ? [] : [i]));
  const across = transposed(product(jointMoments(equation, s, t).propagator, law.covariance)).map((line) =>
    rows.map((i) => line[i] ?? 0),
  );
  const seen = {
    mean: rows.map((i) => end.mean[i] ?? 0),
    covariance: rows.map((i) => rows.map((j) => end.covariance[i]?.[j] ?? 0)),
  };
  return given(
    law,
    seen,
    across,
    rows.map((i) => later[i] ?? 0),
  );
}

function pinnedError(
  { source, equation, start }: Case,
  isBridge: boolean,
  moments: readonly number[],
  spoil = (law: JointGaussian): JointGaussian => law,
): number {
  const later = [0.3, 0.1, -1];
  const [r = 0, s = 0, t = 0] = isBridge ? moments : [0, ...moments];
  const law = isBridge ? "P(s | x(r) = a, x(t) = b)" : "P(s | a, x(t) = b)";
  const model = lowered(
    `${source}sampler tell(r = 0.1, s = 0.3, t = 0.9, a = [${start.join(", ")}], b = [${later.join(", ")}]) {\n${tell(3, law)}`,
  );
  const before = moved(equation, r, s, { mean: start, covariance: start.map(() => start.map(() => 0)) });
  return errorOf(told(model, 3, { r: [r], s: [s], t: [t] }), spoil(conditioned(equation, s, t, before, later)));
}

const damped: SystemCoefficients = {
  linear: () => [
    [0, 4],
    [-4, -8],
  ],
  constant: () => [0, 0],
  noise: () => [[0], [4]],
};
const dampedSource = `data D : Real
process P on x : D, v : D, t in [0, 1] {
  v(0) ~ Normal(0, 0.1)
  dx = 4 * v dt
  dv = -4 * (x + 2 * v) dt + 4 dW
}
`;

function tellStates(law: string): string {
  return `  let law = ${law}
  let m, o, e, f = (mean(law), grad_log(law, {x: 0, v: 0}), grad_log(law, {x: 1, v: 0}), grad_log(law, {x: 0, v: 1}))
  return [m.x, m.v], [o.x, o.v], [e.x, e.v], [f.x, f.v]
}
`;
}

function langevinError(deviation: number): number {
  const model = lowered(`${dampedSource}sampler tell(t = 0.5) {\n${tellStates("P(t | 1.3)")}`);
  const start = {
    mean: [1.3, 0],
    covariance: [
      [0, 0],
      [0, deviation ** 2],
    ],
  };
  return worst(
    Array.from({ length: 11 }, (_, i) => 0.001 + 0.0999 * i).map((t) =>
      errorOf(told(model, 2, { t: [t] }), moved(damped, 0, t, start)),
    ),
  );
}

function langevinPosterior(later: readonly (number | null)[]): number {
  const model = lowered(`${dampedSource}sampler tell(s = 0.3, t = 0.9) {\n${tellStates("P(s | 1.3, v(t) = 0.1)")}`);
  const before = moved(damped, 0, 0.3, {
    mean: [1.3, 0],
    covariance: [
      [0, 0],
      [0, 0.01],
    ],
  });
  return errorOf(told(model, 2, {}), conditioned(damped, 0.3, 0.9, before, later));
}

const threefold: Case = {
  source: `data D : Real[3]
process P on x : D, t in [0, 1] {
  let A = [[-2, sin(3 * t), 0], [0, -1, t], [0.5, 0, -0.3 * t]]
  dx = (A @ x + [0, 1, t]) dt + [[1, 0], [sin(3 * t), 0.5], [0, 1 + t]] dW
}
`,
  equation: {
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
  },
  start: [1, -0.5, 0.2],
  end: 1,
};

/** Constant coefficients, constants times one rate, or every entry moving by itself; every fourth with noise in one state alone. */
function randomCase(seed: number, index: number): Case {
  const random = generator(seed * 100_003 + index);
  const end = [0.5, 1, 2][Math.floor(random() * 3)] ?? 1;
  const between = (low: number, high: number): number => Number((low + (high - low) * random()).toFixed(4));
  const kind = index % 3;
  const [slope, wave] = [between(0.2, 2), between(1, 4)];
  const entry = (low: number, high: number): Twin => {
    const [a, b] = [between(low, high), between(-0.7, 0.7)];
    if (kind === 0) return { text: `${a}`, at: () => a };
    if (kind === 1) return { text: `${a} * (1 + ${slope} * t)`, at: (t) => a * (1 + slope * t) };
    return { text: `${a} + ${b} * sin(${wave} * t)`, at: (t) => a + b * Math.sin(wave * t) };
  };
  const A = [
    [entry(-3, 1), entry(-2, 2)],
    [entry(-2, 2), entry(-3, 1)],
  ];
  const c = [entry(-1, 1), entry(-1, 1)];
  // A rate that the drift has too goes with its root into the noise.
  const rooted = ({ text, at }: Twin): Twin =>
    kind === 1
      ? { text: `${text} / sqrt(1 + ${slope} * t)`, at: (t) => at(t) / Math.sqrt(1 + slope * t) }
      : { text, at };
  const zero: Twin = { text: "0", at: () => 0 };
  const G =
    index % 4 === 3
      ? [[zero], [rooted(entry(0.5, 1.5))]]
      : [
          [rooted(entry(0.3, 1.5)), rooted(entry(-1, 1))],
          [rooted(entry(-1, 1)), rooted(entry(0.3, 1.5))],
        ];
  const text = (rows: readonly (readonly Twin[])[]): string =>
    `[${rows.map((line) => `[${line.map((twin) => twin.text).join(", ")}]`).join(", ")}]`;
  const numbers = (rows: readonly (readonly Twin[])[], t: number): Numbers =>
    rows.map((line) => line.map((twin) => twin.at(t)));
  return {
    source: `data D : Real[2]\nprocess P on x : D, t in [0, ${end}] {\n  dx = (${text(A)} @ x + [${c.map((twin) => twin.text).join(", ")}]) dt + ${text(G)} dW\n}\n`,
    equation: {
      linear: (t) => numbers(A, t),
      constant: (t) => c.map((twin) => twin.at(t)),
      noise: (t) => numbers(G, t),
    },
    start: [between(-1, 1), between(-1, 1)],
    end,
  };
}

interface Twin {
  readonly text: string;
  readonly at: (t: number) => number;
}
