/** Row 34: orders of steps on linear equations of two numbers, in float64: of moments by their exact recursion, of paths on one motion. */
import { plus, product, times, transposed } from "../support/joint-gaussian.js";
import { lowered } from "../support/model.js";
import { normals } from "../support/noise.js";
import type { Numbers } from "../calculus/system-moments.js";
import type { Figure } from "./figure.js";
import { float64Steps } from "./float64-steps.js";
import type { States } from "./float64-steps.js";
import { orderFigure, slopes } from "./order-figure.js";

/** dX = (A X + c) dt + Σ_k (B_k X + g_k) dW_k from X = (1, -.5), to time 1. */
interface LinearSystem {
  readonly A: Numbers;
  readonly c: readonly number[];
  readonly B: readonly Numbers[];
  readonly g: readonly (readonly number[])[];
}

const begin = [1, -0.5];
const nothing: Numbers = [
  [0, 0],
  [0, 0],
];
const systems = {
  ou: {
    A: [
      [-1, 0.8],
      [-0.6, -0.5],
    ],
    c: [0.3, -0.2],
    B: [nothing, nothing],
    g: [
      [0.5, -0.1],
      [0.2, 0.4],
    ],
  },
  /** Turns and stretches commute with each other, and with the drift. */
  commuting: {
    A: [
      [-0.5, 0.4],
      [-0.4, -0.5],
    ],
    c: [0, 0],
    B: [
      [
        [0.3, -0.4],
        [0.4, 0.3],
      ],
      [
        [0.5, 0],
        [0, 0.5],
      ],
    ],
    g: [
      [0, 0],
      [0, 0],
    ],
  },
  crossing: {
    A: [
      [-0.5, 0.4],
      [-0.4, -0.5],
    ],
    c: [0, 0],
    B: [
      [
        [0.5, 0],
        [0, -0.3],
      ],
      [
        [0, 0.5],
        [0.5, 0],
      ],
    ],
    g: [
      [0, 0],
      [0, 0],
    ],
  },
} as const satisfies Record<string, LinearSystem>;
type Name = keyof typeof systems;

function textOf(name: Name, step: string, counts: readonly number[]): string {
  const { A, c, B, g }: LinearSystem = systems[name];
  const form = (rows: readonly number[], constant: number): string =>
    `${rows[0]} * x[0] + ${rows[1]} * x[1] + ${constant}`;
  const noise = [0, 1].map((i) => `[${B.map((b, k) => form(b[i] ?? [], g[k]?.[i] ?? 0)).join(", ")}]`);
  return `data still : Real[2]
process P on x : still, t in [0, 1] {
  dx = [${[0, 1].map((i) => form(A[i] ?? [], c[i] ?? 0)).join(", ")}] dt + [${noise.join(", ")}] dW
}
sampler twice(R: process) on x, t, s {
  w ~ increment(R, t, s)
  return x + drift(R, x, t) * (s - t) + diffuse(R, x, t, w) + 2 * iterated(R, x, t, s, w)
}
sampler late(R: process) on x, t, s {
  w ~ increment(R, t, s)
  return x + drift(R, x, t) * (s - t) + diffuse(R, x, t, w) * 1.1
}
${counts.map((n) => `sampler s${n} = P(start: Normal([${begin.join(", ")}], 0)) using ${step}(steps: ${n})\n`).join("")}`;
}

export function measureSystemOrders(): readonly Figure[] {
  const [wrong = [], tooMuch = []] = [strong("commuting", "twice"), weak("ou", "late").square];
  const [euler, milstein, still] = [
    weak("crossing", "euler_maruyama"),
    weak("commuting", "milstein"),
    weak("ou", "euler_maruyama"),
  ];
  const twice = { what: "twice the double integrals", order: wrong.at(-1) ?? Number.NaN };
  return [
    orderFigure("euler_maruyama, Ornstein-Uhlenbeck of two numbers: weak order of the mean", still.mean, 1, 0.02),
    orderFigure(
      "euler_maruyama, Ornstein-Uhlenbeck of two numbers: weak order of second moments",
      still.square,
      1,
      0.02,
      { what: "noise 10 % too large", order: tooMuch.at(-1) ?? Number.NaN },
    ),
    orderFigure("euler_maruyama, linear noise that does not commute: weak order of the mean", euler.mean, 1, 0.02),
    orderFigure(
      "euler_maruyama, linear noise that does not commute: weak order of second moments",
      euler.square,
      1,
      0.02,
    ),
    orderFigure("milstein, linear noise that commutes: weak order of second moments", milstein.square, 1, 0.02),
    orderFigure(
      "euler_maruyama, Ornstein-Uhlenbeck of two numbers: strong order",
      strong("ou", "euler_maruyama"),
      1,
      0.1,
    ),
    orderFigure(
      "euler_maruyama, linear noise that commutes: strong order",
      strong("commuting", "euler_maruyama"),
      0.5,
      0.1,
    ),
    orderFigure("milstein, linear noise that commutes: strong order", strong("commuting", "milstein"), 1, 0.1, twice),
    orderFigure(
      "reversible_heun, linear noise that commutes: strong order",
      strong("commuting", "reversible_heun"),
      1,
      0.1,
    ),
    orderFigure(
      "euler_maruyama, linear noise that does not commute: strong order, of a step from its half",
      strong("crossing", "euler_maruyama"),
      0.5,
      0.1,
    ),
  ];
}

// ── Moments ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Nodes and weights that integrate polynomials of degree 5 in each of two standard normals. */
const line = [
  [-Math.sqrt(3), 1 / 6],
  [0, 2 / 3],
  [Math.sqrt(3), 1 / 6],
] as const;
const square = line.flatMap(([a, u]) => line.map(([b, v]) => ({ z: [a, b], weight: u * v })));

interface Moments {
  readonly mean: readonly number[];
  /** E X Xᵀ */
  readonly square: Numbers;
}

function weak(name: Name, step: string): { readonly mean: readonly number[]; readonly square: readonly number[] } {
  const counts = [64, 128, 256, 512];
  const truth = exactMoments(systems[name]);
  const model = lowered(textOf(name, step, counts));
  const found = counts.map((n) => emittedMoments(float64Steps(model, `s${n}`, 3 * square.length), n));
  const off = (a: readonly number[], b: readonly number[]): number =>
    Math.hypot(...a.map((value, i) => value - (b[i] ?? Number.NaN)));
  return {
    mean: slopes(found.map(({ mean }) => off(mean, truth.mean))),
    square: slopes(found.map((moments) => off(moments.square.flat(), truth.square.flat()))),
  };
}

/** The step x' = M(z) x + d(z), read off at 0 and at both unit vectors for every node z, moves the moments exactly. */
function emittedMoments(steps: ReturnType<typeof float64Steps>, count: number): Moments {
  const places = Float64Array.from(square.flatMap(() => [0, 0, 1, 0, 0, 1]));
  const noise = Float64Array.from(square.flatMap(({ z }) => [...z, ...z, ...z]));
  let moments: Moments = { mean: begin, square: outer(begin, begin) };
  for (let step = 0; step < count; step += 1) {
    const ends = steps.take({ x: places, y: places }, step, () => noise)["x"] ?? new Float64Array();
    let next: Moments = { mean: [0, 0], square: nothing };
    for (const [node, { weight }] of square.entries()) {
      const [d0 = 0, d1 = 0, a0 = 0, a1 = 0, b0 = 0, b1 = 0] = ends.subarray(6 * node, 6 * node + 6);
      const [M, d] = [
        [
          [a0 - d0, b0 - d0],
          [a1 - d1, b1 - d1],
        ],
        [d0, d1],
      ];
      const moved = times(M, moments.mean);
      const all = plus(
        plus(product(product(M, moments.square), transposed(M)), outer(d, d)),
        plus(outer(moved, d), outer(d, moved)),
      );
      next = {
        mean: next.mean.map((value, i) => value + weight * ((moved[i] ?? 0) + (d[i] ?? 0))),
        square: plus(next.square, all, weight),
      };
    }
    moments = next;
  }
  return moments;
}

/** m' = A m + c, S' = A S + S Aᵀ + c mᵀ + m cᵀ + Σ_k E (B_k X + g_k)(B_k X + g_k)ᵀ, by the fourth-order Runge-Kutta method. */
function exactMoments({ A, c, B, g }: LinearSystem): Moments {
  const rate = ({ mean, square: S }: Moments): Moments => {
    const drifts = plus(plus(product(A, S), product(S, transposed(A))), plus(outer(c, mean), outer(mean, c)));
    const spread = B.map((b, k) => {
      const [moved, own] = [times(b, mean), g[k] ?? []];
      return plus(
        plus(product(product(b, S), transposed(b)), outer(own, own)),
        plus(outer(moved, own), outer(own, moved)),
      );
    });
    return {
      mean: times(A, mean).map((value, i) => value + (c[i] ?? 0)),
      square: spread.reduce((sum, one) => plus(sum, one), drifts),
    };
  };
  const after = (m: Moments, r: Moments, h: number): Moments => ({
    mean: m.mean.map((value, i) => value + h * (r.mean[i] ?? 0)),
    square: plus(m.square, r.square, h),
  });
  let now: Moments = { mean: begin, square: outer(begin, begin) };
  const h = 1 / 1000;
  for (let step = 0; step < 1000; step += 1) {
    const k1 = rate(now);
    const k2 = rate(after(now, k1, h / 2));
    const k3 = rate(after(now, k2, h / 2));
    const k4 = rate(after(now, k3, h));
    now = after(after(after(after(now, k1, h / 6), k2, h / 3), k3, h / 3), k4, h / 6);
  }
  return now;
}

function outer(a: readonly number[], b: readonly number[]): Numbers {
  return a.map((x) => b.map((y) => x * y));
}

// ── Paths ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const paths = 2000;
const finest = 2048;
let increments: readonly Float64Array[] = [];

function strong(name: Name, step: string): readonly number[] {
  if (increments.length === 0)
    increments = Array.from({ length: finest }, (_, i) =>
      normals(2 * paths, 7000 + i).map((z) => z / Math.sqrt(finest)),
    );
  const counts = [16, 32, 64, 128];
  // Without a closed form each grid is held against the one twice as fine.
  const isClosed = name !== "crossing";
  const grids = isClosed ? counts : [...counts, 256];
  const model = lowered(textOf(name, step, grids));
  const ends = grids.map((n) => {
    const steps = float64Steps(model, `s${n}`, paths);
    const start = Float64Array.from({ length: 2 * paths }, (_, i) => begin[i % 2] ?? 0);
    let states: States = { ...steps.begin(start), ...(step === "reversible_heun" ? { y: start } : {}) };
    for (let k = 0; k < n; k += 1) states = { ...states, ...steps.take(states, k, () => summed(k, n)) };
    return states["x"] ?? new Float64Array();
  });
  const truth = isClosed ? exactEnds(name) : null;
  return slopes(
    counts.map((_, i) => distance(ends[i] ?? new Float64Array(), truth ?? ends[i + 1] ?? new Float64Array())),
  );
}

function distance(a: Float64Array, b: Float64Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - (b[i] ?? Number.NaN)) ** 2, 0) / paths);
}

/** The standard normals of the coarse step: the fine increments under it, over the root of its length. */
function summed(step: number, count: number): Float64Array {
  const width = finest / count;
  const total = new Float64Array(2 * paths);
  for (let i = step * width; i < (step + 1) * width; i += 1)
    increments[i]?.forEach((w, k) => (total[k] = (total[k] ?? 0) + w));
  return total.map((w) => w * Math.sqrt(count));
}

/** Of additive noise e^A x + ∫ e^(A(1-u)) (c du + G dW), each cell at its middle; of noise that commutes exp(A - ½ Σ B_k² + Σ B_k W_k) x. */
function exactEnds(name: Exclude<Name, "crossing">): Float64Array {
  const { A, c, B, g }: LinearSystem = systems[name];
  const ends = new Float64Array(2 * paths);
  const add = (path: number, [x = 0, y = 0]: readonly number[]): void => {
    ends[2 * path] = (ends[2 * path] ?? 0) + x;
    ends[2 * path + 1] = (ends[2 * path + 1] ?? 0) + y;
  };
  if (name === "commuting") {
    const sums = summed(0, 1);
    const still = B.reduce((sum, b) => plus(sum, product(b, b), -0.5), A);
    for (let path = 0; path < paths; path += 1)
      add(path, times(exponential(B.reduce((sum, b, k) => plus(sum, b, sums[2 * path + k]), still)), begin));
    return ends;
  }
  const kept = times(exponential(A), begin);
  for (let path = 0; path < paths; path += 1) add(path, kept);
  for (let i = 0; i < finest; i += 1) {
    const carry = exponential(plus(nothing, A, 1 - (i + 0.5) / finest));
    const [pushed, first, second] = [
      times(carry, c).map((value) => value / finest),
      times(carry, g[0] ?? []),
      times(carry, g[1] ?? []),
    ];
    for (let path = 0; path < paths; path += 1) {
      const [u = 0, v = 0] = increments[i]?.subarray(2 * path, 2 * path + 2) ?? [];
      add(
        path,
        [0, 1].map((row) => (pushed[row] ?? 0) + (first[row] ?? 0) * u + (second[row] ?? 0) * v),
      );
    }
  }
  return ends;
}

/** By its series, after halving eight times. */
function exponential(matrix: Numbers): Numbers {
  const identity: Numbers = [
    [1, 0],
    [0, 1],
  ];
  let [sum, term]: [Numbers, Numbers] = [identity, identity];
  for (let k = 1; k <= 10; k += 1) {
    term = plus(nothing, product(term, matrix), 1 / (256 * k));
    sum = plus(sum, term);
  }
  for (let k = 0; k < 8; k += 1) sum = product(sum, sum);
  return sum;
}
