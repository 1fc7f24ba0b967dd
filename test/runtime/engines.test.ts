/** Do all engines compute what the reference engine computes, operation by operation? */
import { afterAll, describe, expect, it } from "vitest";
import * as tf from "@tensorflow/tfjs-core";
import { EngineUnavailable } from "../../runtime/engines/engine.js";
import type { Engine, Tensor, TensorProgram } from "../../runtime/engines/engine.js";
import { openReferenceEngine } from "../../runtime/engines/reference.js";
import { engineNames, listEngines, openEngine } from "../../runtime/engines/registry.js";
import type { EngineName } from "../../runtime/engines/registry.js";
import type { Case, CaseInput } from "./case.js";
import { opCases } from "./cases.js";

/**
 * One operation in float32 rounds its result once, 6e-8 of it, and the engines' own approximations of exp, tanh, erf
 * and the like state 2 to 4 units in the last place; sums of up to 300 numbers of size 1 add 300 · 6e-8 / 2 at worst,
 * a tenth of that in practice. Small results of large operands are compared with 1: their error is the operands'.
 */
const FLOAT32 = 2e-6;

const reference = openReferenceEngine();
const engines = await presentEngines(engineNames.filter((name) => name !== "reference"));

afterAll(async () => {
  for (const engine of engines) await engine.dispose();
});

describe.each(engines)("$name", (engine) => {
  for (const cases of Object.values(opCases)) {
    for (const example of cases) {
      it(example.name, async () => {
        await compare(engine, example);
      });
    }
  }

  it("takes held tensors, gives outputs that are inputs, and refuses wrong shapes", async () => {
    const type = { name: "x", shape: [2], dtype: "real" } as const;
    const executable = await engine.compile({
      name: "shift",
      inputs: [type, { ...type, name: "by" }],
      build: (o, [x, by]) => [o.add(x!, by!), by!, by!, o.constant([7, 8], [2])],
    });
    const by = engine.hold({ ...type, data: Float32Array.of(1, 10) });
    let [x] = await executable.run([{ ...type, data: Float64Array.of(0, 0) }, by]);
    for (let i = 0; i < 3; i++) [x] = await executable.run([x!, by]);
    const outputs = await executable.run([x!, by]);
    expect(await Promise.all(outputs.map(async (output) => [...(await output.read()).data]))).toEqual([
      [5, 50],
      [1, 10],
      [1, 10],
      [7, 8],
    ]);
    await expect(executable.run([{ ...type, shape: [3], data: new Float32Array(3) }, by])).rejects.toThrow(
      "x takes real[2], not real[3]",
    );
    await executable.dispose();
  });
});

describe("onnx", () => {
  const type = { name: "x", shape: [400, 400], dtype: "real" } as const;
  const long: TensorProgram = {
    name: "long",
    inputs: [type],
    build: (o, [x]) =>
      o.scan(100, [x!], [], (p, [state]) => ({ carry: [p.tanh(p.matMul(state!, state!))], rows: [] })).carry,
  };
  const input = { ...type, data: new Float32Array(160_000) };

  it("leaves the application's thread free while it computes", async () => {
    const { engine } = await openEngine("onnx");
    const executable = await engine.compile(long);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await executable.run([input]);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
    await engine.dispose();
  });

  it("finishes what it computes before it closes, and refuses what comes later", async () => {
    const { engine } = await openEngine("onnx");
    const executable = await engine.compile(long);
    const running = executable.run([input]);
    await Promise.all([running, engine.dispose()]);
    expect((await running)[0]?.shape).toEqual([400, 400]);
    await expect(executable.run([input])).rejects.toThrow("the onnx engine is closed");
  });

  it("tells tensors of another engine from its own", async () => {
    const [first, second] = [(await openEngine("onnx")).engine, (await openEngine("onnx")).engine];
    const executable = await second.compile(long);
    await expect(executable.run([first.hold(input)])).rejects.toThrow("held by another engine");
    await first.dispose();
    await second.dispose();
  });
});

describe("tfjs", () => {
  it.each(["tfjs-cpu", "tfjs-wasm"] as const)("%s leaves no tensor behind", async (name) => {
    const engine = engines.find((candidate) => candidate.name === name)!;
    const before = tf.memory().numTensors;
    for (const example of Object.values(opCases).flat()) {
      const executable = await engine.compile(programOf(example));
      const compiled = tf.memory().numTensors;
      for (let run = 0; run < 2; run++) {
        for (const output of await executable.run(example.inputs.map(tensorOf))) output.release();
        expect(tf.memory().numTensors, example.name).toBe(compiled);
      }
      await executable.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("registry", () => {
  it("lists every engine with what it lacks", async () => {
    const statuses = await listEngines();
    expect(statuses.map(({ name }) => name)).toEqual(engineNames);
    for (const { lacks, remedy } of statuses) expect(lacks === null).toBe(remedy === null);
    const working = statuses.filter(({ lacks }) => lacks === null).map(({ name }) => name);
    expect(working).toEqual(expect.arrayContaining(["onnx", "tfjs-wasm", "tfjs-cpu", "reference"]));
  });

  it("takes the first that works and says why", async () => {
    const { engine, reason } = await openEngine("auto");
    const working = (await listEngines()).filter(({ lacks }) => lacks === null).map(({ name }) => name);
    expect(working).toContain(engine.name);
    expect(reason).toContain("the fastest engine present");
    await engine.dispose();
  });

  it("says what is missing", async () => {
    const absent = (await listEngines()).find(({ lacks }) => lacks?.includes("does not load"));
    if (absent === undefined) throw new Error("every optional package is installed: nothing to test");
    await expect(openEngine(absent.name)).rejects.toMatchObject({
      name: "EngineUnavailable",
      engine: absent.name,
      remedy: expect.stringContaining("npm install"),
    });
  });
});

async function presentEngines(names: readonly EngineName[]): Promise<Engine[]> {
  const present: Engine[] = [];
  for (const name of names) {
    try {
      present.push((await openEngine(name)).engine);
    } catch (cause) {
      if (!(cause instanceof EngineUnavailable)) throw cause;
    }
  }
  return present;
}

async function compare(engine: Engine, example: Case): Promise<void> {
  const program = programOf(example);
  const expected = await results(reference, program, example.inputs);
  const actual = await results(engine, program, example.inputs);
  expect(actual.map(({ shape, dtype }) => ({ shape, dtype }))).toEqual(
    expected.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  actual.forEach(({ data, dtype }, output) => {
    const right = expected[output]!.data;
    data.forEach((value: number, i: number) => {
      const allowed = dtype === "real" ? (example.tolerance ?? FLOAT32) * Math.max(1, Math.abs(right[i]!)) : 0;
      const isClose = value === right[i] || Math.abs(value - right[i]!) <= allowed;
      expect(isClose, `output ${output} [${i}]: ${value} for ${right[i]}`).toBe(true);
    });
  });
}

async function results(engine: Engine, program: TensorProgram, inputs: readonly CaseInput[]): Promise<Tensor[]> {
  const executable = await engine.compile(program);
  const held = await executable.run(inputs.map(tensorOf));
  const tensors = await Promise.all(held.map((output) => output.read()));
  for (const output of held) output.release();
  await executable.dispose();
  return tensors;
}

function programOf(example: Case): TensorProgram {
  const inputs = example.inputs.map(({ shape, dtype }, i) => ({ name: `input ${i}`, shape, dtype }));
  return { name: example.name, inputs, build: example.build };
}

function tensorOf({ values, shape, dtype }: CaseInput): Tensor {
  const kinds = { real: Float64Array, int: Int32Array, bool: Uint8Array } as const;
  return { data: kinds[dtype].from(values), shape, dtype };
}
