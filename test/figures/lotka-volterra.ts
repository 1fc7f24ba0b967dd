/** Row 32: Lotka-Volterra recovered from five snapshots by bridges about it (methods F4), beside maximum likelihood on whole paths. */
import { wasserstein } from "../../runtime/metrics.js";
import { openText } from "../support/model.js";
import { likeliest } from "./bridges.js";
import type { Figure } from "./figure.js";
import { digits, median } from "./figure.js";
import { simulate, snapshot, truth } from "./predator-prey.js";

const row = 32;
const seeds = [1, 2, 3, 4, 5] as const;
const times = [0, 2, 4, 6, 8] as const;
const heldOut = [1, 3, 5, 7] as const;
const rounds = 12;

/** Two drifts as corrections to those of P, the halves of its bridges, and where animals are halfway between snapshots. */
const bridges = (P: string): string => `fn own_${P}(x, t) predicts drift of ${P} = drift(${P}, x, t)
network forward_${P}(x, t) predicts drift of ${P} {
  return frozen(own_${P}(x, t)) + correction(mlp(hidden: [64, 64], initial: zero), x, t)
}
network backward_${P}(x, t) predicts drift of ${P} {
  return frozen(own_${P}(x, t)) + correction(mlp(hidden: [64, 64], initial: zero), x, t)
}
objective first_${P} = snapshots_backward(snapshots, ${P}, own_${P}, backward_${P}, gap: 2, pieces: 4)
objective back_${P} = snapshots_backward(snapshots, ${P}, forward_${P}, backward_${P}, gap: 2, pieces: 4)
objective forth_${P} = snapshots_forward(snapshots, ${P}, forward_${P}, backward_${P}, gap: 2, pieces: 4)
sampler between_${P} {
  i ~ UniformInteger(0, 4)
  let a = 2 * i
  X ~ path(redrift(${P}, forward_${P})(start: snapshots(a), from: a, to: a + 1) using euler_maruyama(steps: 20))
  return a + 1, X.x
}
`;

const options = "{ optimizer: adam(2e-3), batch: 128, steps: 60 }";
const round = (P: string): string =>
  ["first", "forth", "back", "forth"].map((half) => `    train ${half}_${P} ${options}\n`).join("");

/** `informed`: the reference is refined on bridges about it; planted: on paths of its own, to which the snapshots say nothing. */
const model = (informed: boolean): string => `data snapshots(t in {${times.join(", ")}}) : Real[2]
reference lotka_volterra on x : Real[2], t in [0, 8] {
  param α, β, γ, δ : Positive = 0.01
  let prey, predator = x
  dx = [α * prey - β * prey * predator, δ * prey * predator - γ * predator] dt + 0.1 dW
}
process brownian on x : Real[2], t in [0, 8] {
  dx = 0.1 dW
}
fn correction(net, x, t) = net(x / 4 - 1, t / 4 - 1, sin(pi * t), cos(pi * t))
${bridges("lotka_volterra")}${bridges("brownian")}objective nearest = snapshots_refine(snapshots, lotka_volterra, ${informed ? "forward" : "own"}_lotka_volterra, gap: 2, pieces: 4)
train {
  for round in 0..${informed ? rounds : 1} {
${round("lotka_volterra")}    train nearest { optimizer: newton, batch: 512, steps: 2 }
  }
  for round in 0..3 {
${round("brownian")}  }
}
`;

type Snapshots = Readonly<Record<number, ReturnType<typeof snapshot>>>;

async function fitted(
  text: string,
  snapshots: Snapshots,
  seed: number,
): Promise<{ readonly found: readonly number[]; readonly shares: number }> {
  const running = await openText(text, "onnx", seed);
  const data = { snapshots };
  await running.train(data as never, { seed });
  const found = ["α", "β", "γ", "δ"].map(
    (name) => running.parameters()[`lotka_volterra.${name}`]?.data[0] ?? Number.NaN,
  );
  const distances: number[] = [];
  for (const process of ["lotka_volterra", "brownian"]) {
    const drawn = await running.sample[`between_${process}`]?.({ count: 4000, seed, data });
    const [at, x] = Object.values(drawn ?? {}).map((table) => table.data);
    distances.push(
      average(heldOut.map((time) => distanceAt(time, [...(at ?? [])], [...(x ?? [])], snapshot(seed, time).data))),
    );
  }
  await running.dispose();
  return { found, shares: (distances[1] ?? 0) / (distances[0] ?? Number.NaN) };
}

/** W1 of each coordinate, averaged, between the states drawn at a time and the animals there. */
function distanceAt(time: number, at: readonly number[], x: readonly number[], held: Float32Array): number {
  const rows = at.flatMap((other, i) => (Math.abs(other - time) < 0.5 ? [i] : []));
  return average(
    [0, 1].map((k) =>
      wasserstein(
        Float32Array.from(rows, (i) => x[2 * i + k] ?? 0),
        held.filter((_, i) => i % 2 === k),
      ),
    ),
  );
}

const worst = (found: readonly number[]): number =>
  Math.max(...found.map((value, i) => Math.abs(value / (truth[i] ?? 1) - 1)));
const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

export async function measureLotkaVolterra(): Promise<readonly Figure[]> {
  const snapshotsOf = (seed: number): Snapshots =>
    Object.fromEntries(times.map((time) => [time, snapshot(seed, time)]));
  const errors: number[] = [];
  const floors: number[] = [];
  const shares: number[] = [];
  for (const seed of seeds) {
    const found = await fitted(model(true), snapshotsOf(seed), seed);
    errors.push(worst(found.found));
    shares.push(found.shares);
    floors.push(worst(await likeliest(simulate(seed, "tracks", 8))));
  }
  const wrong = await fitted(model(false), snapshotsOf(1), 1);
  const planted = worst(wrong.found);
  return [
    {
      row,
      what: `F4 largest relative error of (α, β, γ, δ) from five snapshots of 50, ${rounds} rounds of bridges and refinement, five data seeds`,
      measured: `${errors.map(digits).join(", ")} (maximum likelihood on whole paths ${floors.map(digits).join(", ")})`,
      bound: "every one <= 0.25",
      passed: errors.every((error) => error <= 0.25),
      planted: { what: "refined on its own paths", measured: digits(planted), failed: planted > 0.25 },
    },
    {
      row,
      what: "F4 held-out W1 at t = 1, 3, 5, 7: of bridges about Brownian motion over that of bridges about the refined reference, five data seeds",
      measured: `${shares.map(digits).join(", ")}, median ${digits(median(shares))}`,
      bound: "every one >= 2",
      passed: shares.every((share) => share >= 2),
      planted: { what: "the reference as it starts", measured: digits(wrong.shares), failed: !(wrong.shares >= 2) },
    },
  ];
}
