/** Is training the same however it is cut into blocks, stopped and resumed, and does it say where it goes wrong? */
import { describe, expect, test } from "vitest";
import { gatherData } from "../../runtime/data/sets.js";
import { openEngine } from "../../runtime/engines/registry.js";
import { NonFiniteError } from "../../runtime/errors.js";
import type { CheckpointStore, Model } from "../../runtime/index.js";
import { makeOptimizer } from "../../runtime/optimize.js";
import { fillNormals, openStream } from "../../runtime/random/stream.js";
import type { ModelSpec, ProgramSpec } from "../../runtime/specification.js";
import { blockInputs, blockProgram } from "../../runtime/train/block.js";
import type { BlockSpec } from "../../runtime/train/block.js";
import { openRows, tableTensor } from "../../runtime/train/feed.js";
import { layOut } from "../../runtime/train/layout.js";
import { openOrder } from "../../runtime/train/order.js";
import { specification } from "./fixture-model.js";
import type { OuTypes } from "./fixture-model.js";
import { modelOf, withTraining } from "./small-models.js";

const values = new Float32Array(500);
fillNormals(values, openStream(11, "points"), 0, 0);
const data = { points: { data: values, shape: [values.length, 1] } };

const engines: ("reference" | "onnx")[] = ["reference"];
try {
  await (await openEngine("onnx")).engine.dispose();
  engines.push("onnx");
} catch {
  // Without ONNX Runtime the reference engine alone is tested.
}

/** A store in memory that keeps everything. */
function memoryStore(): CheckpointStore & { readonly written: Map<number, Uint8Array> } {
  const written = new Map<number, Uint8Array>();
  return {
    written,
    write: (bytes, step) => Promise.resolve(void written.set(step, bytes)),
    newest: () => Promise.resolve([...written.values()].at(-1) ?? null),
  };
}

async function finished(model: Model<OuTypes>): Promise<Uint8Array> {
  const bytes = await model.toBytes();
  await model.dispose();
  return bytes;
}

describe.each(engines)("on the %s engine", (engine) => {
  test("a run stopped anywhere and resumed is the run that was not stopped, bit for bit", async () => {
    const whole = await modelOf(specification, engine);
    const { curves } = await whole.train(data, { steps: 130 });
    const expected = await finished(whole);

    const store = memoryStore();
    const stopped = await modelOf(specification, engine);
    const controller = new AbortController();
    const stop = stopped.train(data, {
      steps: 130,
      checkpoint: { store, every: 20 },
      signal: controller.signal,
      onProgress: ({ step }) => step >= 50 && controller.abort(),
    });
    await expect(stop).rejects.toMatchObject({ code: "aborted" });
    await stopped.dispose();
    expect([...store.written.keys()]).toEqual([50]);

    const resumed = await modelOf(specification, engine);
    const rest = await resumed.train(data, { steps: 130, checkpoint: store, resume: true });
    expect(await finished(resumed)).toEqual(expected);
    expect(rest.curves[0]?.first).toBe(50);
    expect(rest.curves[0]?.losses).toEqual(curves[0]?.losses.slice(50));
  });

  test("a run that ended within a block and is carried on is the longer run, bit for bit", async () => {
    // A cosine would tell the two lengths apart.
    const spec = withTraining({ optimizer: { ...specification.train[0]!.optimizer, schedule: "constant" } });
    const whole = await modelOf(spec, engine);
    const { curves } = await whole.train(data, { steps: 130 });
    const expected = await finished(whole);
    const store = memoryStore();
    const first = await modelOf(spec, engine);
    await first.train(data, { steps: 67, checkpoint: { store } });
    await first.dispose();
    const second = await modelOf(spec, engine);
    const rest = await second.train(data, { steps: 130, checkpoint: store, resume: true });
    expect(rest.curves[0]?.losses).toEqual(curves[0]?.losses.slice(67));
    expect(await finished(second)).toEqual(expected);
  });

  test("accumulated batches, clipping and a falling rate come to the same on every engine", async () => {
    const optimizer = {
      ...specification.train[0]!.optimizer,
      kind: "adamw",
      decay: 0.1,
      clip: 0.5,
      warmup: 3,
    } as const;
    const spec = withTraining({ accumulate: 3, batch: 16, optimizer });
    const run = async (name: "reference" | "onnx"): Promise<{ losses: Float32Array; weight: Float32Array }> => {
      const model = await modelOf(spec, name);
      const { curves } = await model.train(data, { steps: 12 });
      const weight = model.weight("net.f.weight").data;
      await model.dispose();
      return { losses: curves[0]!.losses, weight };
    };
    const [found, expected] = [await run(engine), await run("reference")];
    // Twelve steps of float32 rounding, 6e-8 each time of numbers near 1, with Adam's division by small roots.
    found.losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected.losses[i]!, 4));
    found.weight.forEach((value, i) => expect(value).toBeCloseTo(expected.weight[i]!, 4));
  });

  test("resuming within a block of another run, by a checkpoint in memory, changes nothing either", async () => {
    const whole = await modelOf(specification, engine);
    await whole.train(data, { steps: 70 });
    const expected = await finished(whole);
    // A constant rate would not tell a wrong number of steps; the cosine of 70 steps must be told to both runs.
    const first = await modelOf(withTraining({}), engine);
    const controller = new AbortController();
    controller.abort();
    const early = first.train(data, { steps: 70, signal: controller.signal });
    await expect(early).rejects.toMatchObject({ code: "aborted" });
    await first.load(await first.toBytes());
    await first.train(data, { steps: 70, resume: true });
    expect(await finished(first)).toEqual(expected);
  });

  test("a non-finite number is traced to its operation and line, and the weights before it are kept", async () => {
    // exp overflows float32 at 88.7 but float64 only at 709: the checked run must round as the engine does.
    const dsm = specification.objectives[0]!;
    const run: ProgramSpec["run"] = (o, inputs, sizes) => {
      const weight = o.slice(inputs["netWeight"]!, [0, 0], [1, 1]);
      const burst = o.exp(o.mul(weight, o.scalar(-1000)));
      const result = dsm.program.run(o, inputs, sizes);
      return { ...result, loss: o.add(result["loss"]!, o.mul(o.sum(burst, [0, 1]), o.scalar(1e-30))) };
    };
    const spec: ModelSpec = {
      ...withTraining({ ema: null }),
      weights: specification.weights.map((weight) => ({ ...weight, initial: { kind: "constant", value: 0.3 } })),
      objectives: [
        {
          ...dsm,
          program: {
            ...dsm.program,
            lines: [
              [2, 0],
              [1, 41],
              [1, 42],
            ],
            run,
          },
        },
      ],
    };
    const model = await modelOf(spec, engine);
    const before = model.weight("net.f.weight").data;
    // The weight falls from 0.3 towards -1: the loss is finite until exp(-1000 w) is not.
    const error = await model.train(data).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(NonFiniteError);
    const { place, message } = error as NonFiniteError;
    expect(place).toMatchObject({ program: "dsm", op: "exp", line: 42, source: "ou.sde" });
    expect(message).toContain("ou.sde line 42");
    expect(place.step).toBeGreaterThan(0);
    // One step more than was good: -1000 w has just passed the largest argument of exp, 88.7 or 709.8.
    const [last = 0] = model.weight("net.f.weight").data;
    const most = engine === "reference" ? 709.79 : 88.73;
    expect(-1000 * last).toBeGreaterThan(most);
    expect(-1000 * last).toBeLessThan(most + 30); // Adam moves a weight by about its rate, 0.02
    expect(last).not.toBe(before[0]);
    await model.dispose();
  });
});

describe("on the reference engine", () => {
  test("accumulated batches give the mean of their losses and gradients", async () => {
    const sgd = { ...specification.train[0]!.optimizer, kind: "sgd", schedule: "constant" } as const;
    const moved = async (
      accumulate: number,
      rate: number,
      steps: number,
    ): Promise<{ change: number[]; losses: number[] }> => {
      const model = await modelOf(withTraining({ accumulate, ema: null, batch: 16, optimizer: { ...sgd, rate } }));
      const before = model.weight("net.f.weight").data;
      const { curves } = await model.train(data, { steps });
      const after = model.weight("net.f.weight").data;
      await model.dispose();
      return { change: [...after].map((value, i) => value - before[i]!), losses: [...curves[0]!.losses] };
    };
    // At so small a rate three steps of one batch each see the same weights, up to 1e-4 of the gradient.
    const three = await moved(3, 3e-4, 1);
    const single = await moved(1, 1e-4, 3);
    three.change.forEach((value, i) => expect(value / single.change[i]!).toBeCloseTo(1, 2));
    const mean = single.losses.reduce((sum, value) => sum + value, 0) / 3;
    expect(three.losses[0]! / mean).toBeCloseTo(1, 2);
  });

  test("data fed row by row trains as data that stays on the engine", async () => {
    const statement = specification.train[0]!;
    const sets = await gatherData(data, specification.data, new Set(["points"]));
    const engine = (await openEngine("reference")).engine;
    const outputs = await Promise.all(
      [new Map([["points", values.length]]), new Map<string, number>()].map(async (resident) => {
        const block: BlockSpec = {
          objective: specification.objectives[0]!,
          layout: layOut(specification.weights, ["net.f.weight", "net.f.bias"]),
          optimizer: makeOptimizer(statement.optimizer, 5),
          averaged: false,
          batch: 32,
          accumulate: 1,
          reuse: 1,
          resident,
        };
        const executable = await engine.compile(blockProgram(block, 5, { from: 0, count: 5 }));
        const flat = { data: Float64Array.of(0.1, 0.2, 0.3), shape: [3], dtype: "real" } as const;
        const zero = { ...flat, data: new Float64Array(3) };
        const from = { data: Float64Array.of(0.01), shape: [], dtype: "real" } as const;
        const table = blockInputs(block).captured.flatMap((entry) =>
          entry.kind === "table" ? [tableTensor(entry, sets)] : [],
        );
        const rows = openRows(block, null, sets, 7, "train/0")(0, 5);
        return (await executable.run([flat, zero, zero, from, ...table, ...rows])).map((held) => held.read());
      }),
    );
    const [kept, streamed] = await Promise.all(outputs.map((all) => Promise.all(all)));
    expect(kept!.length).toBe(5);
    expect(streamed).toEqual(kept);
  });

  test("rows come in shuffled epochs: each once before any again", () => {
    const order = openOrder(10, openStream(3, "rows"));
    const drawn = new Int32Array(35);
    order.fill(drawn, 0);
    for (const epoch of [0, 1, 2]) {
      const rows = [...drawn.slice(10 * epoch, 10 * epoch + 10)];
      expect(rows.slice().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(rows).not.toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    const later = new Int32Array(20);
    openOrder(10, openStream(3, "rows")).fill(later, 15);
    expect(later).toEqual(drawn.slice(15));
  });

  test("the seed decides everything", async () => {
    const losses = async (seed: number): Promise<Float32Array> => {
      const model = await modelOf(specification);
      const { curves } = await model.train(data, { steps: 10, seed });
      await model.dispose();
      return curves[0]!.losses;
    };
    expect(await losses(1)).toEqual(await losses(1));
    expect(await losses(1)).not.toEqual(await losses(2));
  });

  test("a held-out loss is the mean over all rows with the averaged weights", async () => {
    const model = await modelOf(specification);
    await model.train(data, { steps: 400 });
    const loss = await model.loss("dsm", data, { passes: 20 });
    const other = await model.loss("dsm", { points: { data: values.map((x) => x + 3), shape: [500, 1] } });
    // With the exact score of N(0, 1) the loss is E[e^-t] over t in [0.01, 5], which is 0.197 (of N(0, s) differing by 500 points).
    expect(Math.abs(loss - 0.197)).toBeLessThan(0.05);
    expect(other).toBeGreaterThan(2 * loss);
    await model.dispose();
  });

  test("a moving average begun in the middle of a run starts at the weights there", async () => {
    const store = memoryStore();
    const first = await modelOf(withTraining({ ema: null }));
    await first.train(data, { steps: 40, checkpoint: { store, every: 20 } });
    const reached = first.weight("net.f.weight").data;
    await first.dispose();
    const second = await modelOf(withTraining({ ema: 0.99 }));
    await second.train(data, { steps: 41, checkpoint: store, resume: true });
    // One step of Adam moves a weight by about its rate, at most 0.02; a wrong scale would be off by a factor of 8.
    second.weight("net.f.weight").data.forEach((value, i) => expect(Math.abs(value - reached[i]!)).toBeLessThan(0.02));
    await second.dispose();
  });

  test("wrong calls are told so", async () => {
    const model = await modelOf(specification);
    await expect(model.train({} as typeof data)).rejects.toMatchObject({ code: "data" });
    await expect(model.train({ ...data, pionts: [] } as typeof data)).rejects.toThrow('no data set "pionts"');
    await expect(model.train({ points: [[1], [Number.NaN]] })).rejects.toThrow("row 1");
    await expect(model.train(data, { parameters: { from: -1 } })).rejects.toThrow("The parameter from");
    await expect(model.train(data, { parameters: { form: 1 } })).rejects.toMatchObject({ code: "option" });
    await expect(model.train(data, { seed: 0.5 })).rejects.toMatchObject({ code: "option" });
    await expect(model.train(data, { steps: 1.5 })).rejects.toMatchObject({ code: "option" });
    await expect(model.sample.em({ count: 0 })).rejects.toMatchObject({ code: "option" });
    const running = model.train(data, { steps: 1 });
    await expect(model.sample.em({ count: 1 })).rejects.toThrow("at work");
    await running;
    await model.dispose();
  });
});
