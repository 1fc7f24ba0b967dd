/** Row 7: the same seed gives the same noise on every engine, in any split and after a resume, and a resume the same weights. */
import type { AnyModel } from "../../compiler/cli/open-model.js";
import type { CheckpointStore } from "../../runtime/api.js";
import { openText } from "../support/model.js";
import { normals } from "../support/noise.js";
import { presentEngines } from "./engine-runs.js";
import type { Figure } from "./figure.js";

const row = 7;

/** What it draws is what it returns, or is its loss in a batch of one: no arithmetic stands between noise and result. */
const text = `data points : Real[2]
process noising = vp(points)
network net(x, t) predicts noise of noising = mlp(hidden: [32, 32], time: fourier(4))
sampler once {
  z ~ Normal(0, 1, like: points)
  u ~ Uniform(0, 1)
  return z, u
}
sampler last_noise(R: process) on x, t, s {
  w ~ Normal(0, 1, like: x)
  return w
}
sampler third = reverse(noising, net) using last_noise(steps: 3, until: 1e-2)
sampler tenth = reverse(noising, net) using last_noise(steps: 10, until: 1e-2)
objective drawn {
  x0 ~ points
  z ~ Normal(0, 1)
  minimize z + 1e-30 * sqnorm(noise(net, x0, 0.5))
}
objective rows {
  x0 ~ points
  minimize x0[0] + 1e-30 * sqnorm(noise(net, x0, 0.5))
}
objective matching = noise_prediction(points, noising, net)
train drawn { optimizer: sgd(1e-3), batch: 1, steps: 120 }
train rows { optimizer: sgd(1e-3), batch: 1, steps: 120 }
train matching { optimizer: adam(1e-3, schedule: cosine), batch: 64, steps: 120, ema: 0.99 }
`;

const points = { data: normals(2 * 300, 9).map(Math.fround), shape: [300, 2] };
const data = { points: { data: Float32Array.from(points.data), shape: points.shape } };

export async function measureReproducibility(): Promise<readonly Figure[]> {
  const engines = await presentEngines(["onnx", "tfjs-wasm", "tfjs-cpu", "reference"]);
  const names = engines.map(({ name }) => name);
  for (const engine of engines) await engine.dispose();
  const draws = new Map<string, Drawn>();
  for (const name of names) draws.set(name, await drawnBy(name));
  const [first] = draws.values();
  if (first === undefined) throw new Error("no engine");
  const isSame = (of: (drawn: Drawn) => readonly Numbers[]): boolean =>
    [...draws.values()].every((drawn) => equal(of(drawn), of(first)));
  const list = names.join(", ");
  const otherSeed = await withModel(names[0] ?? "onnx", (model) => sampled(model, 50, 6));
  const figures: Figure[] = [
    {
      row,
      what: `noise of samplers and steps, same seed, ${list}`,
      measured: verdict(isSame(({ few }) => few)),
      bound: "identical",
      passed: isSame(({ few }) => few),
      planted: {
        what: "the next seed",
        measured: verdict(equal(otherSeed, first.few)),
        failed: !equal(otherSeed, first.few),
      },
    },
    of(
      `noise and rows of 240 training steps, ${list}`,
      isSame(({ losses }) => losses),
    ),
    of(
      "noise of 50 samples beside the first 50 of 5000 and of 10,000 (splits of 2500 and 3334)",
      [...draws.values()].every(({ few, many }) => many.every((numbers) => isPrefix(few, numbers))),
    ),
    of(
      `noise and rows of the steps after a resume at ${first.resumedAt}, ${list}`,
      [...draws.values()].every(({ losses, resumed, resumedAt }) =>
        equal(
          resumed,
          losses.map((part, i) => (i === 0 ? part.slice(resumedAt) : part)),
        ),
      ),
    ),
  ];
  for (const name of names) {
    const { whole, resumed, anew, at } = await trained(name);
    const isSameState = equal([whole], [resumed]);
    const planted = {
      what: "the optimizer's state left behind",
      measured: verdict(equal([whole], [anew])),
      failed: !equal([whole], [anew]),
    };
    figures.push({
      ...of(`weights, moments and average after 120 steps, resumed at ${at}, ${name}`, isSameState),
      planted,
    });
  }
  return figures;
}

type Numbers = Float32Array | Uint8Array;

interface Drawn {
  readonly few: readonly Numbers[];
  /** The same draws in larger calls. */
  readonly many: readonly (readonly Numbers[])[];
  /** Of the objectives whose losses are their draws. */
  readonly losses: readonly Numbers[];
  readonly resumed: readonly Numbers[];
  readonly resumedAt: number;
}

async function drawnBy(engine: string): Promise<Drawn> {
  return withModel(engine, async (model) => {
    const few = await sampled(model, 50, 5);
    const many = [await sampled(model, 5000, 5), await sampled(model, 10_000, 5)];
    const store = keeping();
    const { curves } = await model.train(data, { seed: 5, checkpoint: { store, every: 20 } });
    const losses = curves.slice(0, 2).map((curve) => curve.losses);
    const kept = store.after(0);
    const again = await withModel(engine, (fresh) => fresh.train(data, { seed: 5, checkpoint: kept, resume: true }));
    return { few, many, losses, resumed: again.curves.slice(0, 2).map((curve) => curve.losses), resumedAt: kept.step };
  });
}

async function sampled(model: AnyModel, count: number, seed: number): Promise<readonly Numbers[]> {
  const results: Numbers[] = [];
  for (const name of ["once", "third", "tenth"]) {
    const arrays = (await model.sample[name]?.({ count, seed })) ?? {};
    results.push(...Object.values(arrays).map((array) => array.data));
  }
  return results;
}

/** All steps in one go, resumed within the last statement, and from there without the optimizer's state. */
async function trained(engine: string): Promise<{
  readonly whole: Uint8Array;
  readonly resumed: Uint8Array;
  readonly anew: Uint8Array;
  readonly at: number;
}> {
  const store = keeping();
  const whole = await withModel(engine, async (model) => {
    await model.train(data, { seed: 5, checkpoint: { store, every: 5 } });
    return model.toBytes();
  });
  const kept = store.after(240);
  const resumed = await withModel(engine, async (model) => {
    await model.train(data, { seed: 5, checkpoint: kept, resume: true });
    return model.toBytes();
  });
  const anew = await withModel(engine, async (model) => {
    await model.load((await kept.newest()) ?? new Uint8Array());
    await model.train(data, { seed: 5 });
    return model.toBytes();
  });
  return { whole, resumed, anew, at: kept.step - 240 };
}

interface KeptCheckpoint extends CheckpointStore {
  readonly step: number;
}

interface KeepingStore extends CheckpointStore {
  /** A store whose newest checkpoint is the first one written after this step. */
  after(step: number): KeptCheckpoint;
}

function keeping(): KeepingStore {
  const kept: { readonly step: number; readonly bytes: Uint8Array }[] = [];
  return {
    write(bytes, step) {
      kept.push({ step, bytes });
      return Promise.resolve();
    },
    newest: () => Promise.resolve(null),
    after(step) {
      const found = kept.find((checkpoint) => checkpoint.step > step);
      if (found === undefined) throw new Error(`no checkpoint after step ${step}`);
      return { step: found.step, write: () => Promise.resolve(), newest: () => Promise.resolve(found.bytes) };
    },
  };
}

async function withModel<R>(engine: string, use: (model: AnyModel) => Promise<R>): Promise<R> {
  const model = await openText(text, engine, 3);
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}

function equal(a: readonly Numbers[], b: readonly Numbers[]): boolean {
  return (
    a.length === b.length &&
    a.length > 0 &&
    a.every((part, i) => part.length > 0 && part.length === b[i]?.length && isPrefix([part], [b[i] ?? part]))
  );
}

function isPrefix(few: readonly Numbers[], many: readonly Numbers[]): boolean {
  return few.every((part, i) => part.every((value, j) => Object.is(value, many[i]?.[j])));
}

function of(what: string, isIdentical: boolean): Figure {
  return { row, what, measured: verdict(isIdentical), bound: "identical", passed: isIdentical };
}

function verdict(isIdentical: boolean): string {
  return isIdentical ? "identical" : "different";
}
