/** Row 36: the papers' models at a size for two cores: parsed, checked, lowered, trained, sampled. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openModel } from "../../compiler/cli/open-model.js";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import type { LossCurve } from "../../runtime/api.js";
import { slicedWasserstein } from "../../runtime/metrics.js";
import type { NdArray } from "../../runtime/ndarray.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { generator } from "../support/noise.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 36;

/** A model as its file has it but for sizes: each text must be there, and stands in the place of the one before it. */
interface Named {
  readonly file: string;
  readonly sizes: readonly (readonly [string, string])[];
  readonly rows?: number;
  /** Data of its own, where rows made for any space would mean nothing. */
  readonly data?: Data;
  /** A loss that divides itself by its own size says nothing: samples are compared with the data instead. */
  readonly scaled?: readonly string[];
}

const smallUnet = [["multipliers: [1, 2, 2], time: fourier(16)", "multipliers: [1, 2], time: fourier(4)"]] as const;

const named: readonly Named[] = [
  {
    file: "b",
    sizes: [
      ["[256, 256, 256]", "[64, 64]"],
      ["batch: 1024, steps: 10000", "batch: 256, steps: 300"],
      ["(steps: 500)", "(steps: 100)"],
    ],
  },
  {
    file: "c",
    sizes: [
      ["Image[1, 32, 32", "Image[1, 8, 8"],
      ["channels: 96", "channels: 8"],
      ...smallUnet,
      ["batch: 128, steps: 200000", "batch: 32, steps: 300"],
      ["adam(2e-4)", "adam(2e-3)"],
    ],
  },
  {
    file: "d",
    sizes: [
      ["Positive[28, 28]", "Positive[8, 8]"],
      ["channels: 64", "channels: 8"],
      ...smallUnet,
      ["batch: 128, steps: 100000", "batch: 32, steps: 300"],
      ["adam(1e-4)", "adam(1e-3)"],
      ["steps: 1000", "steps: 100"],
      ["steps = 1000", "steps = 100"],
    ],
  },
  { file: "q", sizes: [["steps: 5000", "steps: 500"]], rows: 256 },
  {
    file: "r",
    sizes: [
      ["[128, 128]", "[32, 32]"],
      ["batch: 256, steps: 20000", "batch: 64, steps: 300"],
      ["batch: 256, steps: 2000", "batch: 64, steps: 200"],
    ],
  },
  {
    file: "s",
    sizes: [
      ["Image[3, 32, 32", "Image[3, 8, 8"],
      ["channels: 128", "channels: 8"],
      ...smallUnet,
      ["batch: 512, steps: 200000", "batch: 32, steps: 300"],
    ],
  },
  {
    file: "s_flow_maps",
    sizes: [
      ["[128, 128, 128]", "[64, 64]"],
      ["batch: 512, steps: 20000", "batch: 256, steps: 500"],
    ],
    scaled: ["meanflow_identity"],
  },
  {
    file: "f",
    sizes: [
      ["0..10", "0..2"],
      ["steps: 200", "steps: 100"],
    ],
    data: { snapshots: Object.fromEntries([0, 2, 4, 6, 8].map((time) => [time, animals(time)])) },
  },
];

export async function measureNamedModels(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const model of named) {
    const figure = await followed(model).catch((error: unknown) => threw(model.file, error));
    process.stderr.write(`${figure.what}: ${figure.measured}\n`);
    figures.push(figure);
  }
  return figures;
}

/** One model that cannot be followed does not hide the others. */
function threw(file: string, error: unknown): Figure {
  const said = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  return { row, what: `${file}.sde`, measured: `threw: ${said}`, bound: "trained and sampled", passed: false };
}

async function followed({ file, sizes, rows = 1024, scaled = [], data: own }: Named): Promise<Figure> {
  const name = `${file}.sde`;
  const bound = "trained: losses finite and lower; sampled: finite, nearer to the data than before";
  const begun = performance.now();
  const full = readFileSync(join("test", "language", "models", name), "utf8");
  const { model, diagnostics } = compile({ name, text: sizes.reduce(replaced, full) }, { library, read: () => null });
  if (model === null)
    return {
      row,
      what: name,
      measured: diagnostics.map(({ code, message }) => `${code} ${message}`).join("; "),
      bound,
      passed: false,
    };
  const data: Data =
    own ??
    Object.fromEntries(
      model.data.map(({ name: set, fields }) => [
        set,
        recordOf(fields.map((field) => ({ name: field.name, array: made(field.space, rows) }))),
      ]),
    );
  const running = await openModel(model, "onnx", 0);
  try {
    const before = await distances(model, running, data);
    const { curves, seconds } = await running.train(data, {});
    const after = await distances(model, running, data);
    const losses = curves.map((curve) => ({ name: curve.objective, ...ends(curve) }));
    const isLower = losses.every(
      ({ name: objective, first, last }) => Number.isFinite(last) && (last < first || scaled.includes(objective)),
    );
    const isNearer =
      after.length > 0 && after.every(({ distance }, place) => distance < (before[place]?.distance ?? 0));
    const trained = losses
      .map(({ name: objective, first, last }) => `${objective} ${digits(first)} → ${digits(last)}`)
      .join(", ");
    const sampled = after
      .map(
        ({ sampler, distance }, place) =>
          `${sampler} ${digits(before[place]?.distance ?? Number.NaN)} → ${digits(distance)}`,
      )
      .join(", ");
    const total = ((performance.now() - begun) / 1000).toFixed(1);
    return {
      row,
      what: name,
      measured: `parsed, checked, lowered; trained ${seconds.toFixed(1)} s: ${trained}; sampled, sliced W1: ${sampled}; ${total} s in all`,
      bound,
      passed: isLower && isNearer,
    };
  } finally {
    await running.dispose();
  }
}

function replaced(text: string, [from, to]: readonly [string, string]): string {
  if (!text.includes(from)) throw new Error(`the model has no ${from}`);
  return text.replaceAll(from, to);
}

/** The mean of the first and of the last tenth of a curve. */
function ends({ losses }: LossCurve): { readonly first: number; readonly last: number } {
  const count = Math.max(1, Math.floor(losses.length / 10));
  const mean = (part: Float32Array): number => part.reduce((sum, loss) => sum + loss, 0) / part.length;
  return { first: mean(losses.subarray(0, count)), last: mean(losses.subarray(-count)) };
}

type Running = Awaited<ReturnType<typeof openModel>>;
type Data = Readonly<Record<string, NdArray | Readonly<Record<string, NdArray>>>>;

/** How far the samples of each sampler are from the data of their shape; of several sets, from the last. */
async function distances(
  model: LoweredModel,
  running: Running,
  data: Data,
): Promise<readonly { readonly sampler: string; readonly distance: number }[]> {
  const sets = Object.values(data).flatMap((set) =>
    "shape" in set && set.shape instanceof Array
      ? [set as NdArray]
      : Object.values(set as Readonly<Record<string, NdArray>>),
  );
  const found: { sampler: string; distance: number }[] = [];
  for (const { name, parameters } of model.samplers) {
    const given = Object.fromEntries(
      parameters.filter((parameter) => parameter.default === null).map((parameter) => [parameter.name, 0]),
    );
    const { x } = (await running.sample[name]?.({ count: 256, seed: 1, data, ...given })) ?? {};
    const like = sets.findLast((set) => x !== undefined && set.shape.slice(1).join() === x.shape.slice(1).join());
    if (x === undefined || like === undefined) throw new Error(`no data is like the samples of ${name}`);
    found.push({ sampler: name, distance: slicedWasserstein(flat(x), flat(like)) });
  }
  return found;
}

function flat({ data, shape: [count = 0, ...rest] }: NdArray): NdArray {
  return { data, shape: [count, rest.reduce((a, b) => a * b, 1)] };
}

function recordOf(
  fields: readonly { readonly name: string | null; readonly array: NdArray }[],
): NdArray | Readonly<Record<string, NdArray>> {
  const [only] = fields;
  if (only !== undefined && only.name === null) return only.array;
  return Object.fromEntries(fields.map(({ name, array }) => [name ?? "", array]));
}

/** 50 animals that began about (5, 3), by the equation of the model at (1, 0.4, 0.1, 0.4). */
function animals(time: number): NdArray {
  const random = generator(time + 1);
  const data = new Float32Array(100);
  const h = 0.01;
  for (let i = 0; i < 50; i += 1) {
    let [prey, predator] = [5 + 0.1 * normal(random), 3 + 0.1 * normal(random)];
    for (let t = 0; t < time - h / 2; t += h) {
      const [dPrey, dPredator] = [prey - 0.4 * prey * predator, 0.1 * prey * predator - 0.4 * predator];
      prey += h * dPrey + 0.1 * Math.sqrt(h) * normal(random);
      predator += h * dPredator + 0.1 * Math.sqrt(h) * normal(random);
    }
    data.set([prey, predator], 2 * i);
  }
  return { data, shape: [50, 2] };
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Rows about four places of the space, waves of as many lengths; of classes, their numbers in turn. */
function made({ shape, low, high, integer }: SpaceSpec, rows: number): NdArray {
  const random = generator(5);
  const size = shape.reduce((a, b) => a * b, 1);
  const data = new Float32Array(rows * size);
  for (let i = 0; i < data.length; i += 1) {
    const [which, place] = [Math.floor(i / size) % 4, i % size];
    const value = Math.tanh(
      Math.cos((Math.PI * (place + 0.5) * (which + 1)) / Math.max(2, size) + which) + 0.15 * normal(random),
    );
    const from = low ?? (high === null ? -1 : high - 2);
    const to = high ?? from + 2;
    data[i] = integer ? from + which : from + ((value + 1) / 2) * (to - from);
  }
  return { data, shape: [rows, ...shape] };
}
