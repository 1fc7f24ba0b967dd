/** Row 26: what an exponential step multiplies the state and each prediction by, against the variation-of-constants integral. */
import { lowered } from "../support/model.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";
import { float64Steps } from "./float64-steps.js";

const row = 26;
const BOUND = 1e-10;

/** dx = (a x) dt + g dW with data at 0, or the path it is: what the truth needs, in plain code. */
interface Path {
  readonly name: string;
  /** Declares P over the data `point`. */
  readonly source: string;
  readonly scale: (t: number) => number;
  readonly std: (t: number) => number;
  /** Of the flow dx = (L x + B x0) dt. */
  readonly linear: (t: number) => number;
  readonly forcing: (t: number) => number;
  readonly nodes: readonly number[];
  /** What the kernel is good to: tables of integrals without closed form promise less. */
  readonly bound: number;
}

export function measureExponential(): Promise<readonly Figure[]> {
  const figures = paths().map((path): Figure => {
    const truth = quadratureWeights(path);
    const derived = derivedWeights(path, "dpmpp_3m");
    const second = derivedWeights({ ...path, nodes: path.nodes.slice(1) }, "exponential_2m");
    const error = Math.max(
      distance(derived, truth),
      distance(second, quadratureWeights({ ...path, nodes: path.nodes.slice(1) })),
    );
    const published = distance(publishedThird(path), truth);
    return {
      row,
      what: `${path.name}: weights of x and of 2 and 3 predictions, relative error`,
      measured: digits(error),
      bound: `< ${path.bound}`,
      passed: error < path.bound,
      planted: {
        what: "the second difference at half weight, as in the published multistep code of order 3",
        measured: digits(published),
        failed: published >= path.bound,
      },
    };
  });
  return Promise.resolve([...figures, published()]);
}

/** The published order-1 and order-2 updates (Lu et al. 2022, algorithm 2) against the emitted ones, under VP. */
function published(): Figure {
  const [path] = paths();
  if (path === undefined) throw new Error("no process");
  const nodes = path.nodes.slice(1);
  const [r = 0, t = 0, s = 0] = nodes;
  const lambda = (time: number): number => Math.log(path.scale(time) / path.std(time));
  const [h, before] = [lambda(s) - lambda(t), lambda(t) - lambda(r)];
  const first = -path.scale(s) * Math.expm1(-h);
  const ratio = h / (2 * before);
  const truth = [path.std(s) / path.std(t), first * (1 + ratio), -first * ratio];
  const error = distance(derivedWeights({ ...path, nodes }, "dpmpp_2m"), truth);
  const wrong = distance(derivedWeights({ ...path, nodes }, "exponential_2m"), truth);
  return {
    row,
    what: "VP: weights of dpmpp_2m against the published formula, relative error",
    measured: digits(error),
    bound: `< ${BOUND}`,
    passed: error < BOUND,
    planted: { what: "the line carried through the whole step", measured: digits(wrong), failed: wrong >= BOUND },
  };
}

/** The published third-order multistep update: x, then the predictions from the newest. */
function publishedThird({ scale, std, nodes }: Path): readonly number[] {
  const [q = 0, r = 0, t = 0, s = 0] = nodes;
  const lambda = (time: number): number => Math.log(scale(time) / std(time));
  const h = lambda(s) - lambda(t);
  const [r0, r1] = [(lambda(t) - lambda(r)) / h, (lambda(r) - lambda(q)) / h];
  const phi1 = Math.expm1(-h);
  const phi2 = phi1 / h + 1;
  const phi3 = phi2 / h - 0.5;
  const update = (m0: number, m1: number, m2: number): number => {
    const [d10, d11] = [(m0 - m1) / r0, (m1 - m2) / r1];
    const d1 = d10 + (r0 / (r0 + r1)) * (d10 - d11);
    const d2 = (d10 - d11) / (r0 + r1);
    return scale(s) * (-phi1 * m0 + phi2 * d1 - phi3 * d2);
  };
  return [std(s) / std(t), update(1, 0, 0), update(0, 1, 0), update(0, 0, 1)];
}

/** The step's factors of x and of the predictions at the nodes before the last, newest first: it is linear in them. */
function derivedWeights({ source, nodes }: Path, step: string): readonly number[] {
  const from = nodes[0] ?? 1;
  const memories = ["last", "older"].slice(0, nodes.length - 2);
  const taken = (predictor: string, values: Readonly<Record<string, number>>): number => {
    const model = lowered(`data point : Real[1] = Normal(0, 1)\n${source}
fn D(x, t) predicts denoised of P = ${predictor}
sampler S = probability_flow(P, D)(from: ${from}, start: Normal(0, 1)) using ${step}(grid: [${nodes.join(", ")}])`);
    const steps = float64Steps(model, "S", 1);
    const states = Object.fromEntries(["x", ...memories].map((name) => [name, Float64Array.of(values[name] ?? 0)]));
    return steps.take(states, nodes.length - 2)["x"]?.[0] ?? Number.NaN;
  };
  const factor = taken("0 * x", { x: 1 });
  return [factor, taken("x", { x: 1 }) - factor, ...memories.map((name) => taken("0 * x", { [name]: 1 }))];
}

/** Φ(s, t), and ∫ Φ(s, u) B(u) ℓ(λ(u)) du for each Lagrange polynomial ℓ in the half log-SNR. */
function quadratureWeights({ scale, std, linear, forcing, nodes }: Path): readonly number[] {
  const lambda = (time: number): number => Math.log(scale(time) / std(time));
  const [t = 0, s = 0] = nodes.slice(-2);
  const known = nodes.slice(0, -1).reverse().map(lambda);
  const carried = (u: number): number => Math.exp(integral(linear, u, s, 12));
  const weights = known.map((own, j) =>
    integral(
      (u) =>
        carried(u) *
        forcing(u) *
        known.reduce((product, other, k) => (k === j ? product : (product * (lambda(u) - other)) / (own - other)), 1),
      t,
      s,
      12,
    ),
  );
  return [carried(t), ...weights];
}

function distance(found: readonly number[], truth: readonly number[]): number {
  const size = Math.max(...truth.map(Math.abs));
  return Math.max(...truth.map((value, i) => Math.abs((found[i] ?? Number.NaN) - value) / size));
}

function paths(): readonly Path[] {
  const B = (t: number): number => 0.1 * t + 9.95 * t * t;
  const beta = (t: number): number => 0.1 + 19.9 * t;
  const nodes = [0.8, 0.66, 0.55, 0.41];
  const affine = (
    name: string,
    source: string,
    a: (t: number) => number,
    g2: (t: number) => number,
    scale: (t: number) => number,
    std: (t: number) => number,
  ): Path => ({
    name,
    source,
    scale,
    std,
    nodes,
    bound: BOUND,
    linear: (t) => a(t) + g2(t) / (2 * std(t) ** 2),
    forcing: (t) => (-scale(t) * g2(t)) / (2 * std(t) ** 2),
  });
  const [low, high] = [0.01, 50];
  const sigma = (t: number): number => low * (high / low) ** t;
  const own = (t: number): number => -(0.7 + Math.sin(3 * t));
  const scale = (t: number): number => Math.exp(integral(own, 0, t, 4));
  const noise = (t: number): number => 0.4 + t * t;
  const std = (t: number): number => Math.sqrt(integral((u) => ((scale(t) / scale(u)) * noise(u)) ** 2, 0, t, 4));
  return [
    affine(
      "VP",
      "process P = vp(point)",
      (t) => -beta(t) / 2,
      beta,
      (t) => Math.exp(-B(t) / 2),
      (t) => Math.sqrt(-Math.expm1(-B(t))),
    ),
    affine(
      "VE",
      "process P = ve(point)",
      () => 0,
      (t) => sigma(t) ** 2 * 2 * Math.log(high / low),
      () => 1,
      (t) => Math.sqrt(sigma(t) ** 2 - low ** 2),
    ),
    affine(
      "sub-VP",
      "process P = sub_vp(point)",
      (t) => -beta(t) / 2,
      (t) => beta(t) * -Math.expm1(-2 * B(t)),
      (t) => Math.exp(-B(t) / 2),
      (t) => -Math.expm1(-B(t)),
    ),
    {
      name: "linear flow",
      source: "interpolant P = rectified_flow(point)",
      scale: (t) => 1 - t,
      std: (t) => t,
      linear: (t) => 1 / t,
      forcing: (t) => -1 / t,
      nodes,
      bound: BOUND,
    },
    affine(
      "dx = -x/(1+t) dt + (1+t)/2 dW",
      "process P on x : point, t in [0, 1] {\n  dx = -x / (1 + t) dt + (1 + t) / 2 dW\n}",
      (t) => -1 / (1 + t),
      (t) => (1 + t) ** 2 / 4,
      (t) => 1 / (1 + t),
      (t) => Math.sqrt(((1 + t) ** 5 - 1) / 20) / (1 + t),
    ),
    {
      ...affine(
        "dx = -(.7 + sin 3t) x dt + (.4 + t²) dW",
        "process P on x : point, t in [0, 1] {\n  dx = -(0.7 + sin(3 * t)) * x dt + (0.4 + t^2) dW\n}",
        own,
        (t) => noise(t) ** 2,
        scale,
        std,
      ),
      bound: 1e-6,
    },
  ];
}

/** Gauss-Legendre of 8 points on each of `panels` pieces. */
function integral(f: (u: number) => number, a: number, b: number, panels: number): number {
  const points = [0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363];
  const weights = [0.362683783378362, 0.3137066458778873, 0.2223810344533745, 0.1012285362903763];
  const half = (b - a) / panels / 2;
  let total = 0;
  for (let panel = 0; panel < panels; panel += 1) {
    const middle = a + half * (2 * panel + 1);
    points.forEach(
      (point, i) => (total += (weights[i] ?? 0) * half * (f(middle - half * point) + f(middle + half * point))),
    );
  }
  return total;
}
