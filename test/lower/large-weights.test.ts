/** Are weights that are tensors of their own, beside the vector of small ones, trained and resumed like all others? */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readTensors } from "../../runtime/safetensors.js";
import { openText } from "../support/model.js";

const folder = mkdtempSync(join(tmpdir(), "sdec-large-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** 260 × 260 is more than 2^16; the first layers, the last and the biases are less. */
const text = `
data plane : Real[2]
process p = vp(plane)
network net(x, t) predicts noise of p = mlp(hidden: [260, 260], activation: relu)
train noise_prediction(plane, p, net) {
  optimizer: adamw(1e-3, decay: 0.1, clip: 0.5), batch: 8, steps: 100, accumulate: 2, ema: 0.9
}`;
const plane = { data: Float32Array.from({ length: 64 }, (_, i) => Math.sin(3 * i)), shape: [32, 2] };

async function trained(
  engine: string,
  steps: number,
  run: { readonly store?: string; readonly resume?: boolean },
): Promise<Uint8Array> {
  const model = await openText(text, engine, 3);
  const checkpoint = run.store === undefined ? {} : { checkpoint: { store: join(folder, run.store) } };
  await model.train({ plane }, { steps, ...checkpoint, resume: run.resume ?? false });
  const bytes = await model.toBytes();
  await model.dispose();
  return bytes;
}

it("come to the same on the default engine as in float64", async () => {
  const [fast, exact] = [await trained("onnx", 4, {}), await trained("reference", 4, {})].map(
    (bytes) => readTensors(bytes).tensors,
  );
  expect([...fast!.keys()]).toEqual([...exact!.keys()]);
  for (const [name, { data }] of exact!) {
    const found = fast!.get(name)!.data;
    const norm = (of: (i: number) => number): number =>
      Math.sqrt(Array.from(data, (_, i) => of(i) ** 2).reduce((a, b) => a + b, 0));
    const error =
      norm((i) => data[i]! - found[i]!) /
      Math.max(
        norm((i) => data[i]!),
        1e-12,
      );
    // Four steps of float32; a moment's small numbers are differences of larger ones.
    expect(error, name).toBeLessThan(1e-4);
  }
}, 120_000);

it("are resumed bit for bit", async () => {
  const whole = await trained("onnx", 100, {});
  await trained("onnx", 50, { store: "run" });
  expect(Buffer.compare(whole, await trained("onnx", 100, { store: "run", resume: true }))).toBe(0);
}, 120_000);
