/** Row 2: derived means and standard deviations, as `sdec derive` prints them and as graphs compute them, against moment equations. */
import { derivedToJson } from "../../compiler/cli/derived-json.js";
import { openModel } from "../../compiler/cli/open-model.js";
import { compile } from "../../compiler/index.js";
import type { DerivedProcess } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import { elevenTimes } from "../calculus/check-kernel.js";
import { momentsAt, solve } from "../calculus/moment-ode.js";
import type { AffineCoefficients } from "../calculus/moment-ode.js";
import { randomAffine } from "../calculus/random-affine.js";
import { asSource } from "./formula-source.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 2;
const BOUND = 1e-6;
const START = 1.3;

interface Moments {
  readonly mean: number;
  /** What an error of the mean is relative to: the sum of the sizes of its two terms. */
  readonly size: number;
  readonly std: number;
}

type Found = Pick<Moments, "mean" | "std">;

interface KernelCase {
  readonly name: string;
  /** A declaration of the process P. */
  readonly source: string;
  readonly end: number;
  /** Mean and standard deviation of x, from their own equations. */
  readonly truth: (times: readonly number[]) => readonly Moments[];
}

export async function measureDerivedKernels(): Promise<readonly Figure[]> {
  const named = await errorsOf(namedCases);
  const random = await errorsOf(Array.from({ length: 200 }, (_, index) => randomCase(7, index)));
  const planted = await errorsOf([
    { ...affine("VP", "process P = vp(D)", 1, vp), source: "process P = vp(D, beta_min: 0.10001)" },
  ]);
  const sensitivity = {
    what: "beta_min .10001 for .1",
    measured: digits(worst(planted, "numbers")),
    failed: worst(planted, "numbers") > BOUND,
  };
  return [
    ...named.map(({ name, numbers, graph }) => figure(`${name}, 11 times`, numbers, graph)),
    {
      ...figure("200 random affine equations, seed 7, the worst", worst(random, "numbers"), worst(random, "graph")),
      planted: sensitivity,
    },
  ];
}

function figure(what: string, numbers: number, graph: number): Figure {
  return {
    row,
    what: `${what}: relative error of mean and std, printed / in the graph`,
    measured: `${digits(numbers)} / ${digits(graph)}`,
    bound: `< ${BOUND}`,
    passed: numbers < BOUND && graph < BOUND,
  };
}

interface Errors {
  readonly name: string;
  readonly numbers: number;
  readonly graph: number;
}

/** The largest relative errors of each process, by both ways. */
async function errorsOf(cases: readonly KernelCase[]): Promise<readonly Errors[]> {
  const errors: Errors[] = [];
  for (const { name, source, end, truth } of cases) {
    const times = elevenTimes(0, end).map(roundedDown);
    const right = truth(times);
    const { process, model } = compiled(`data D : Real\n${source}\n${probe(source)}`);
    const printed = times.map((time) => derivedAt(process, time));
    errors.push({
      name,
      numbers: largest(printed, right),
      graph: largest(await graphAt(process, model, times), right),
    });
  }
  return errors;
}

/** What an engine is given are float32 numbers; both ways and the truth take the same. */
function roundedDown(time: number): number {
  const nearest = Math.fround(time);
  return nearest <= time ? nearest : Math.fround(time * (1 - 2 ** -23));
}

function worst(errors: readonly Errors[], of: "numbers" | "graph"): number {
  return errors.map((error) => error[of]).reduce(larger, 0);
}

interface Compiled {
  readonly process: DerivedProcess;
  readonly model: LoweredModel;
}

function compiled(text: string): Compiled {
  const { processes, model, diagnostics } = compile({ name: "kernel.sde", text }, { library, read: () => null });
  const process = processes.find(({ name }) => name === "P");
  if (process !== undefined && model !== null) return { process, model };
  throw new Error(`${text}\n${diagnostics.map(({ message }) => message).join("\n")}`);
}

/** The numbers of `sdec derive --json --at t=… --at x0=1.3`; for geometric noise those of x follow from those of log x. */
function derivedAt(process: DerivedProcess, time: number): Found {
  const { transition } = derivedToJson(
    process,
    new Map([
      [process.time, time],
      ["x0", START],
    ]),
  );
  const [mean, std] = [transition?.mean.value ?? Number.NaN, transition?.std.value ?? Number.NaN];
  return transition?.law === "log-normal" ? ofLogarithm(mean, std) : { mean, std };
}

/** A log-normal x has mean exp(m + s²/2) and standard deviation mean · √(exp(s²) - 1). */
function ofLogarithm(mean: number, std: number): Found {
  const center = Math.exp(mean + std ** 2 / 2);
  return { mean: center, std: center * Math.sqrt(Math.expm1(std ** 2)) };
}

/** The mean m is read off the score: m / s² at 0 of a normal law, m / s² - 1 at 1 of a log-normal one. */
function probe(source: string): string {
  const [at, lost] = source.includes("gbm") ? [1, 1] : [0, 0];
  return `sampler probe(at = 0.5) {
  let score = grad_log(P(at | ${START}), ${at})
  return std(P, at)^2 * (score + ${lost}), std(P, at)
}
`;
}

/** The compiled graph on the float64 engine. Its results are handed out as float32, which rounds by 6e-8. */
async function graphAt(
  { facts }: DerivedProcess,
  lowered: LoweredModel,
  times: readonly number[],
): Promise<readonly Found[]> {
  const model = await openModel(lowered, "reference", null);
  const found: Found[] = [];
  for (const at of times) {
    const results = Object.values((await model.sample["probe"]?.({ count: 1, at })) ?? {});
    const [mean = Number.NaN, std = Number.NaN] = results.map(({ data }) => data[0] ?? Number.NaN);
    found.push(facts.kind === "log-affine" ? ofLogarithm(mean, std) : { mean, std });
  }
  await model.dispose();
  return found;
}

function largest(found: readonly Found[], right: readonly Moments[]): number {
  return right
    .flatMap(({ mean, size, std }, i) => [
      Math.abs((found[i]?.mean ?? Number.NaN) - mean) / size,
      Math.abs((found[i]?.std ?? Number.NaN) - std) / std,
    ])
    .reduce(larger, 0);
}

/** A NaN must fail. */
function larger(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b);
}

function affine(name: string, source: string, end: number, equation: AffineCoefficients): KernelCase {
  const truth = (times: readonly number[]) =>
    momentsAt(equation, 0, times).map(({ scale, shift, std }) => ({
      mean: scale * START + shift,
      size: Math.abs(scale * START) + Math.abs(shift),
      std,
    }));
  return { name, source, end, truth };
}

function randomCase(seed: number, index: number): KernelCase {
  const { name, input, equation } = randomAffine(seed, index);
  const [, end] = input.range;
  const equationSource = `dx = (${asSource(input.drift)}) dt + (${asSource(input.diffusion)}) dW`;
  return affine(name, `process P on x : D, t in [0, ${end}] {\n  ${equationSource}\n}`, end, equation);
}

const none = (): number => 0;
const beta = (t: number): number => 0.1 + 19.9 * t;
const vp: AffineCoefficients = { linear: (t) => -beta(t) / 2, constant: none, diffusion: (t) => Math.sqrt(beta(t)) };

const namedCases: readonly KernelCase[] = [
  affine("VE", "process P = ve(D)", 1, {
    linear: none,
    constant: none,
    diffusion: (t) => 0.01 * 5000 ** t * Math.sqrt(2 * Math.log(5000)),
  }),
  affine("VP", "process P = vp(D)", 1, vp),
  affine("sub-VP", "process P = sub_vp(D)", 1, {
    ...vp,
    diffusion: (t) => Math.sqrt(beta(t) * -Math.expm1(-2 * (0.1 * t + 9.95 * t * t))),
  }),
  affine("Ornstein-Uhlenbeck", "process P = ou(D, theta: 0.7, sigma: 1.3, mu: 3)", 10, {
    linear: () => -0.7,
    constant: () => 2.1,
    diffusion: () => 1.3,
  }),
  affine("Brownian bridge", "process P = pinned(D, y: 0)", 0.999, {
    linear: (t) => -1 / (1 - t),
    constant: none,
    diffusion: () => 1,
  }),
  affine("Brownian bridge to 2", "process P = pinned(D, y: 2, sigma: 0.5)", 0.999, {
    linear: (t) => -1 / (1 - t),
    constant: (t) => 2 / (1 - t),
    diffusion: () => 0.5,
  }),
  affine(
    "dx = -exp(sin(3t)) x dt + sqrt(1 + t) dW",
    "process P on x : D, t in [0, 1] {\n  dx = -exp(sin(3 * t)) * x dt + sqrt(1 + t) dW\n}",
    1,
    { linear: (t) => -Math.exp(Math.sin(3 * t)), constant: none, diffusion: (t) => Math.sqrt(1 + t) },
  ),
  {
    name: "GBM",
    source: "process P = gbm(D, sigma: 0.8, mu: 0.3)",
    end: 1,
    // d E[x] = μ E[x] dt, d E[x²] = (2μ + σ²) E[x²] dt
    truth: (times) =>
      times.map((time) => {
        const [first = Number.NaN, second = Number.NaN] = solve((_, [a = 0, b = 0]) => [0.3 * a, 1.24 * b], 0, time, [
          START,
          START ** 2,
        ]);
        return { mean: first, size: first, std: Math.sqrt(second - first ** 2) };
      }),
  },
];
