/** Row 34: orders of the library's steps, in float64: along an ordinary equation, of paths, and of moments by their exact recursion. */
import { lowered } from "../support/model.js";
import { normals } from "../support/noise.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import type { Figure } from "./figure.js";
import { arrive, float64Steps } from "./float64-steps.js";
import { measureSystemOrders } from "./linear-system-orders.js";
import { orderFigure, slopes } from "./order-figure.js";

export function measureOrders(): Promise<readonly Figure[]> {
  return Promise.resolve([...odeOrders(), ...weakOrders(), ...strongOrders(), ...measureSystemOrders()]);
}

// ── The probability flow of a mixture ────────────────────────────────────────────────────────────────────────────────

const mixture = `
data twins : Real[1] = Mixture([0.4, 0.6], Normal([[-1], [1.2]], 0.5))
process P = vp(twins)
process Q = edm(twins, sigma_min: 0.1, sigma_max: 80)
fn p(x, t) predicts score of P {
  let a = scale(P, t)
  return grad(log_prob(Mixture([0.4, 0.6], Normal(a * [[-1], [1.2]], sqrt(a^2 * 0.25 + std(P, t)^2))), x), x)
}
fn q(x, σ) predicts score of Q = grad(log_prob(Mixture([0.4, 0.6], Normal([[-1], [1.2]], sqrt(0.25 + σ^2))), x), x)
sampler lazy(R: process) on x, t, s {
  let y = x + (s - t) * drift(R, x, t)
  return x + (s - t) * (drift(R, x, t) + drift(R, y, t)) / 2
}
`;

function odeOrders(): readonly Figure[] {
  const truths = new Map<string, Float64Array>();
  const along = (
    step: string,
    counts: readonly number[],
    spacing: string,
    process = "P",
    net = "p",
    ends = "until: 0.05",
  ): readonly number[] => {
    const samplers = [...counts.map((n) => [`s${n}`, step, n] as const), ["truth", "rk4", 8000] as const];
    const model = lowered(
      mixture +
        samplers
          .map(
            ([name, kind, n]) =>
              `sampler ${name} = probability_flow(${process}, ${net}) using ${kind}(steps: ${n}, spacing: ${spacing}, ${ends})\n`,
          )
          .join(""),
    );
    const starts = process === "P" ? [-1.5, 0.3, 2] : [-100, 20, 70];
    const truth = truths.get(process + ends) ?? arrive(model, "truth", starts);
    truths.set(process + ends, truth);
    return slopes(
      counts.map((n) =>
        Math.max(...arrive(model, `s${n}`, starts).map((x, i) => Math.abs(x - (truth[i] ?? Number.NaN)))),
      ),
    );
  };
  const rows: readonly (readonly [string, number, readonly number[], string])[] = [
    ["euler", 1, [320, 640, 1280], "uniform"],
    ["heun", 2, [160, 320, 640], "uniform"],
    ["rk4", 4, [40, 80, 160], "uniform"],
    ["ddim", 1, [320, 640, 1280], "log_snr"],
    ["dpmpp_2m", 2, [160, 320, 640], "log_snr"],
    ["exponential_2m", 2, [160, 320, 640], "log_snr"],
    ["dpmpp_3m", 3, [320, 640, 1280], "log_snr"],
  ];
  const lazy = along("lazy", [160, 320, 640], "uniform").at(-1) ?? Number.NaN;
  return [
    ...rows.map(([step, order, counts, spacing]) =>
      orderFigure(
        `${step}: order along the flow of a mixture under VP`,
        along(step, counts, spacing),
        order,
        0.05,
        step === "heun" ? { what: "the second slope taken at the old time", order: lazy } : undefined,
      ),
    ),
    orderFigure(
      "edm_heun: order along the flow of a mixture under EDM",
      along("edm_heun", [160, 320, 640], "power(7)", "Q", "q", "until: 0.1"),
      2,
      0.05,
    ),
  ];
}

// ── Moments of linear equations ──────────────────────────────────────────────────────────────────────────────────────

const linear = `
data still : Real[1] = Normal(1, 0)
data above : Positive[1]
process O on x : still, t in [0, 1] {
  dx = 1.3 * (0.4 - x) dt + 0.8 dW
}
process G on x : above, t in [0, 1] {
  dx = 0.9 * x dt + 0.6 * x dW
}
sampler late(R: process) on x, t, s {
  w ~ increment(R, t, s)
  return x + drift(R, x, t) * (s - t) + diffuse(R, x, t, w) * 1.1
}
sampler twice(R: process) on x, t, s {
  w ~ increment(R, t, s)
  return x + drift(R, x, t) * (s - t) + diffuse(R, x, t, w) + 2 * iterated(R, x, t, s, w)
}
`;

/** Mean and second moment after the steps from x = 1, from each step's map x' = (a + b z) x + c + d z. */
function momentsAfter(model: LoweredModel, name: string): readonly [number, number] {
  const steps = float64Steps(model, name, 1);
  let [mean, square] = [1, 1];
  for (let step = 0; step < steps.nodes.length - 1; step += 1) {
    const at = (x: number, z: number): number =>
      steps.take({ x: Float64Array.of(x) }, step, (size) => new Float64Array(size).fill(z))["x"]?.[0] ?? Number.NaN;
    const [c, a, d] = [at(0, 0), at(1, 0) - at(0, 0), at(0, 1) - at(0, 0)];
    const b = at(1, 1) - at(1, 0) - d;
    [mean, square] = [a * mean + c, (a * a + b * b) * square + 2 * (a * c + b * d) * mean + c * c + d * d];
  }
  return [mean, square];
}

function weakOrders(): readonly Figure[] {
  const counts = [64, 128, 256, 512];
  const [theta, sigma, mu] = [1.3, 0.8, 0.4];
  const ouMean = mu + (1 - mu) * Math.exp(-theta);
  const truths = {
    O: [ouMean, ouMean ** 2 + ((sigma * sigma) / (2 * theta)) * -Math.expm1(-2 * theta)],
    G: [Math.exp(0.9), Math.exp(2 * 0.9 + 0.36)],
  } as const;
  const moments = (process: "O" | "G", step: string): readonly (readonly number[])[] => {
    const model = lowered(
      linear +
        counts.map((n) => `sampler s${n} = ${process}(start: Normal(1, 0)) using ${step}(steps: ${n})\n`).join(""),
    );
    const found = counts.map((n) => momentsAfter(model, `s${n}`));
    return [0, 1].map((k) => slopes(found.map((pair) => Math.abs((pair[k] ?? 0) - (truths[process][k] ?? 0)))));
  };
  const [mean = [], square = []] = moments("O", "euler_maruyama");
  const [growth = [], growthSquare = []] = moments("G", "euler_maruyama");
  const [heunMean = [], heunSquare = []] = moments("O", "stochastic_heun");
  const [, wrong = []] = moments("O", "late");
  return [
    orderFigure("euler_maruyama, Ornstein-Uhlenbeck: weak order of the mean", mean, 1, 0.02),
    orderFigure("euler_maruyama, Ornstein-Uhlenbeck: weak order of the second moment", square, 1, 0.02, {
      what: "noise 10 % too large",
      order: wrong.at(-1) ?? Number.NaN,
    }),
    orderFigure("euler_maruyama, geometric: weak order of the mean", growth, 1, 0.02),
    orderFigure("euler_maruyama, geometric: weak order of the second moment", growthSquare, 1, 0.02),
    orderFigure("stochastic_heun, Ornstein-Uhlenbeck: weak order of the mean", heunMean, 2, 0.02),
    orderFigure("stochastic_heun, Ornstein-Uhlenbeck: weak order of the second moment", heunSquare, 1, 0.02),
  ];
}

// ── Paths of linear equations, on one Brownian motion ────────────────────────────────────────────────────────────────

const paths = 4000;
const finest = 4096;

function strongOrders(): readonly Figure[] {
  const counts = [16, 32, 64, 128];
  const increments = Array.from({ length: finest }, (_, i) =>
    normals(paths, 9000 + i).map((z) => z / Math.sqrt(finest)),
  );
  const along = (process: "O" | "G", step: string): readonly number[] => {
    const model = lowered(
      linear +
        counts.map((n) => `sampler s${n} = ${process}(start: Normal(1, 0)) using ${step}(steps: ${n})\n`).join(""),
    );
    const truth = exactEnds(process, increments);
    const errors = counts.map((n) => {
      const steps = float64Steps(model, `s${n}`, paths);
      let states = steps.begin(new Float64Array(paths).fill(1));
      for (let step = 0; step < n; step += 1) states = steps.take(states, step, () => summed(increments, step, n));
      return Math.sqrt(
        (states["x"] ?? new Float64Array()).reduce((sum, x, i) => sum + (x - (truth[i] ?? Number.NaN)) ** 2, 0) / paths,
      );
    });
    return slopes(errors);
  };
  return [
    orderFigure("euler_maruyama, Ornstein-Uhlenbeck: strong order", along("O", "euler_maruyama"), 1, 0.1, {
      what: "noise 10 % too large",
      order: along("O", "late").at(-1) ?? Number.NaN,
    }),
    orderFigure("euler_maruyama, geometric: strong order", along("G", "euler_maruyama"), 0.5, 0.1),
    orderFigure("milstein, geometric: strong order", along("G", "milstein"), 1, 0.1, {
      what: "twice the double integrals",
      order: along("G", "twice").at(-1) ?? Number.NaN,
    }),
    orderFigure("reversible_heun, geometric: strong order", along("G", "reversible_heun"), 1, 0.1),
    orderFigure("stochastic_heun, Ornstein-Uhlenbeck: strong order", along("O", "stochastic_heun"), 1, 0.1),
  ];
}

/** The standard normals of the coarse step: the fine increments under it, over the root of its length. */
function summed(increments: readonly Float64Array[], step: number, count: number): Float64Array {
  const width = finest / count;
  const total = new Float64Array(paths);
  for (let i = step * width; i < (step + 1) * width; i += 1)
    increments[i]?.forEach((w, k) => (total[k] = (total[k] ?? 0) + w));
  return total.map((w) => w * Math.sqrt(count));
}

/** The exact solutions at time 1: exp(…) of the motion's end, and ∫ e^(θ(u - 1)) dW by the midpoints of the fine grid. */
function exactEnds(process: "O" | "G", increments: readonly Float64Array[]): Float64Array {
  const ends = new Float64Array(paths);
  increments.forEach((row, i) => {
    const weight = process === "G" ? 1 : Math.exp(1.3 * ((i + 0.5) / finest - 1));
    row.forEach((w, k) => (ends[k] = (ends[k] ?? 0) + weight * w));
  });
  return ends.map((w) => (process === "G" ? Math.exp(0.9 - 0.18 + 0.6 * w) : 0.4 + 0.6 * Math.exp(-1.3) + 0.8 * w));
}
