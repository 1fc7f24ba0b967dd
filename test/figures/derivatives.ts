/** Row 5: the derivatives of every row of the op table, and a gradient through a loop on every engine. */
import { initialWeight } from "../../runtime/initial.js";
import { openReferenceEngine } from "../../runtime/engines/reference.js";
import { checkableRows, checkRow } from "../ir/gradient-check.js";
import { lowered } from "../support/model.js";
import { normals, uniforms } from "../support/noise.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import { distance, presentEngines, runOn } from "./engine-runs.js";
import type { Supply } from "./engine-runs.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 5;

export async function measureDerivatives(): Promise<readonly Figure[]> {
  return [...opTable(), ...(await throughLoop())];
}

const seeds = [1, 2, 3, 4, 5];

function opTable(): readonly Figure[] {
  const names = checkableRows();
  const errors = names.flatMap((name) => seeds.map((seed) => ({ name, ...checkRow(name, seed) })));
  const worst = (of: "order1" | "order2" | "adjoint", bound: number, what: string): Figure => {
    const [first] = [...errors].sort((a, b) => (Number.isNaN(a[of]) ? -1 : b[of] - a[of]));
    const error = first?.[of] ?? Number.NaN;
    const measured = `${digits(error)} (${first?.name ?? ""})`;
    return {
      row,
      what: `${names.length} op rows, ${seeds.length} points each, ${what}`,
      measured,
      bound: `< ${bound}`,
      passed: error < bound,
    };
  };
  return [
    worst("order1", 1e-6, "JVP and VJP against finite differences"),
    worst("order2", 1e-4, "second order against finite differences"),
    worst("adjoint", 1e-12, "adjoint identity"),
  ];
}

/** Sliced score matching along 20 Langevin-like moves by the network itself: the loop carries state and loss. */
const objective = (divergence: string): string => `
data points : Real[2]
process noising = vp(points)
network net(x, t) predicts score of noising = mlp(hidden: [32, 32], time: fourier(4))
objective sliced {
  x ~ points
  v ~ Rademacher(like: x)
  let loss = 0
  for k in 0..20 {
    let t = 0.05 + 0.04 * k
    let g = score(net, x, t)
    loss <- loss + sqnorm(g) / 2 + ${divergence}
    x <- x + 0.02 * g
  }
  minimize loss / 20
}
train sliced { optimizer: adam(1e-3), batch: 32, steps: 10 }
`;

const batch = 32;

async function throughLoop(): Promise<readonly Figure[]> {
  const model = lowered(objective("dot(v, jvp(score(net, x, t), x, v))"));
  const wrongModel = lowered(objective("dot(v, stop_gradient(jvp(score(net, x, t), x, v)))"));
  const reference = openReferenceEngine();
  const truth = await gradient(model, supplyOf(model), reference);
  const slope = await slopeOf(model, reference);
  const wrong = distance((await gradient(wrongModel, supplyOf(wrongModel), reference)).values(), truth.values());
  const planted = { what: "divergence held fixed", measured: digits(wrong), failed: wrong > 1e-3 };
  const what = "d/dθ of sliced score matching through a 20-step scan";
  const figures: Figure[] = [
    {
      row,
      what: `${what}, reference against finite differences`,
      measured: digits(slope),
      bound: "< 0.000001",
      passed: slope < 1e-6,
    },
  ];
  for (const engine of await presentEngines(["onnx", "tfjs-wasm", "tfjs-cpu", "tfjs-node", "tfjs-node-gpu"])) {
    const error = distance((await gradient(model, supplyOf(model), engine)).values(), truth.values());
    figures.push({
      row,
      what: `${what}, ${engine.name} in float32`,
      measured: digits(error),
      bound: "< 0.001",
      passed: error < 1e-3,
      planted,
    });
    await engine.dispose();
  }
  return figures;
}

type Gradient = ReadonlyMap<string, Float64Array>;

async function gradient(model: LoweredModel, supply: Supply, engine: Parameters<typeof runOn>[0]): Promise<Gradient> {
  const [sliced] = model.objectives;
  if (sliced === undefined) throw new Error("the objective is missing");
  const results = await runOn(engine, sliced.program, { B: batch }, supply);
  return new Map(sliced.gradients.map(({ weight, output }) => [weight, results.get(output) ?? new Float64Array()]));
}

/** The same weights, points and slices for every engine; `shift` moves the weights along a fixed direction. */
function supplyOf(model: LoweredModel, shift = 0): Supply {
  return (feed, { shape }) => {
    const size = shape.reduce((product, axis) => product * axis, 1);
    if (feed.kind === "uniform") return uniforms(size, 5).map(Math.fround);
    if (feed.kind !== "weight") return normals(size, 6).map(Math.fround);
    const spec = model.weights.find(({ name }) => name === feed.weight);
    if (spec === undefined) throw new Error(`the weight ${feed.weight} is missing`);
    const start = initialWeight(spec, 3);
    return directionOf(feed.weight, size).map((along, i) => (start[i] ?? 0) + shift * along);
  };
}

function directionOf(weight: string, size: number): Float64Array {
  return normals(size, weight.length * 31 + size);
}

/** The gradient along one direction beside differences of the loss (Richardson's, an error of order h⁴). */
async function slopeOf(model: LoweredModel, engine: Parameters<typeof runOn>[0]): Promise<number> {
  const [sliced] = model.objectives;
  if (sliced === undefined) throw new Error("the objective is missing");
  const lossAt = async (shift: number): Promise<number> =>
    (await runOn(engine, sliced.program, { B: batch }, supplyOf(model, shift))).get("loss")?.[0] ?? Number.NaN;
  const central = async (h: number): Promise<number> => ((await lossAt(h)) - (await lossAt(-h))) / (2 * h);
  const [coarse, fine] = [await central(2e-3), await central(1e-3)];
  const numeric = (4 * fine - coarse) / 3;
  let exact = 0;
  for (const [weight, values] of await gradient(model, supplyOf(model), engine)) {
    directionOf(weight, values.length).forEach((along, i) => (exact += along * (values[i] ?? Number.NaN)));
  }
  return Math.abs(exact - numeric) / Math.abs(exact);
}
