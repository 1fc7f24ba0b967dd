/** Does a store always give back a whole checkpoint, whenever the process that writes it is killed? */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { verify, writeCheckpoint } from "../../runtime/checkpoint.js";
import { openStore } from "../../runtime/node/store.js";
import { initialState } from "../../runtime/state.js";
import { specification } from "./fixture-model.js";
import { modelOf } from "./small-models.js";

let folder = "";
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "store-"))));
afterAll(() => rm(folder, { recursive: true }));

const checkpoint = (step: number): Promise<Uint8Array> =>
  writeCheckpoint(specification, {
    ...initialState(specification, 0),
    run: { seed: 1, turn: 0, step, statements: new Map() },
  });

async function stepOf(bytes: Uint8Array | null): Promise<number> {
  return bytes === null ? -1 : Number((await verify(bytes)).metadata.get("step"));
}

function fail(message: string): never {
  throw new Error(`unforeseen warning: ${message}`);
}

test("the last two are kept, and the newest is read", async () => {
  const place = join(folder, "kept", "deeper");
  const store = openStore(place, fail);
  expect(await store.newest()).toBeNull();
  for (const step of [9, 10, 100]) await store.write(await checkpoint(step), step);
  expect((await readdir(place)).length).toBe(2);
  expect(await stepOf(await store.newest())).toBe(100);
  // A run begun anew in the same folder replaces the old one, though its steps are lower.
  await store.write(await checkpoint(1), 1);
  expect(await stepOf(await store.newest())).toBe(1);
});

test("a damaged checkpoint is moved aside with a message, and the one before it is read", async () => {
  const place = join(folder, "damaged");
  const warnings: string[] = [];
  const store = openStore(place, (message) => warnings.push(message));
  for (const step of [1, 2]) await store.write(await checkpoint(step), step);
  const newest = join(place, "checkpoint-00000002-step-2.safetensors");
  await writeFile(newest, (await readFile(newest)).subarray(0, 100));
  expect(await stepOf(await store.newest())).toBe(1);
  expect(warnings.length).toBe(1);
  expect(warnings[0]).toContain("moved aside");
  expect(await readdir(place)).toContain("checkpoint-00000002-step-2.safetensors.damaged");
});

test("what a crash leaves behind, at every stage of writing, is passed over and later cleared away", async () => {
  const place = join(folder, "stages");
  const store = openStore(place, fail);
  await store.write(await checkpoint(1), 1);
  const whole = await checkpoint(2);
  for (const size of [0, 1, 8, 100, whole.length - 1, whole.length]) {
    await writeFile(join(place, "checkpoint-00000002-step-2.safetensors.4711.tmp"), whole.subarray(0, size));
    expect(await stepOf(await store.newest())).toBe(1);
  }
  await store.write(await checkpoint(3), 3);
  expect((await readdir(place)).sort()).toEqual([
    "checkpoint-00000001-step-1.safetensors",
    "checkpoint-00000002-step-3.safetensors",
  ]);
});

test("a folder that cannot be written is an error in the user's words", async () => {
  const path = join(folder, "file");
  await writeFile(path, "");
  await expect(openStore(path, fail).write(await checkpoint(1), 1)).rejects.toMatchObject({ code: "file" });
});

test("kill -9 at any moment leaves a whole checkpoint, never older than the last that was reported written", async () => {
  const script = join(folder, "writer.mjs");
  await build({
    stdin: {
      contents: `
        import { openStore } from "./runtime/node/store.js";
        import { writeTensors } from "./runtime/safetensors.js";
        import { writeCheckpoint } from "./runtime/checkpoint.js";
        const size = 200000;
        const model = { name: "m", source: "m.sde", fingerprint: "f", weights: [{ name: "w", shape: [size] }] };
        const store = openStore(process.argv[2]);
        for (let step = Number(process.argv[3]); ; step++) {
          const weights = new Map([["w", new Float32Array(size).fill(step)]]);
          const run = { seed: 0, turn: 0, step, statements: new Map() };
          await store.write(await writeCheckpoint(model, { weights, averages: new Map(), run }), step);
          process.stdout.write(step + "\\n");
        }`,
      resolveDir: process.cwd(),
      loader: "ts",
    },
    bundle: true,
    platform: "node",
    format: "esm",
    outfile: script,
  });
  const place = join(folder, "killed");
  let step = 0;
  for (let round = 0; round < 12; round++) {
    const child = spawn(process.execPath, [script, place, String(step + 1)], { stdio: ["ignore", "pipe", "inherit"] });
    let reported = step;
    let pending = "";
    const ended = new Promise((resolve) => child.on("close", resolve));
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (chunk: Buffer) => {
        pending += chunk.toString();
        const lines = pending.split("\n");
        pending = lines.pop() ?? "";
        reported = Number(lines.at(-1) ?? reported);
        if (reported >= step + 2) resolve();
      });
    });
    // Somewhere in one of the next writes, which take a few milliseconds each.
    await new Promise((resolve) => setTimeout(resolve, (round * 7) % 12));
    child.kill("SIGKILL");
    await ended;
    const found = await stepOf(await openStore(place, fail).newest());
    expect(found).toBeGreaterThanOrEqual(reported);
    expect(found).toBeLessThanOrEqual(reported + 1);
    step = found;
  }
}, 30_000);

test("training writes to a folder and resumes from it; `save` and `load` go through a file", async () => {
  const place = join(folder, "training");
  const data = { points: [[1], [2], [3]] };
  const model = await modelOf(specification);
  await model.train(data, { steps: 25, checkpoint: { store: place, every: 10 } });
  expect(await stepOf(await openStore(place, fail).newest())).toBe(25);
  // The folder is made on the way, as that of a checkpoint is.
  await model.save(join(folder, "kept", "model.safetensors"));

  const other = await modelOf(specification);
  const { curves } = await other.train(data, { steps: 30, checkpoint: place, resume: true });
  expect(curves[0]?.first).toBe(25);
  await other.load(join(folder, "kept", "model.safetensors"));
  expect(await other.toBytes()).toEqual(await model.toBytes());
  await expect(other.load(join(folder, "absent"))).rejects.toMatchObject({ code: "file" });
  await model.dispose();
  await other.dispose();
});
