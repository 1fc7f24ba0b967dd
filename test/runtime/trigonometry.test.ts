/** Are sine, cosine and tangent right where they are computed from sums and products, over many periods? */
import { afterAll, describe, expect, it } from "vitest";
import type { Engine } from "../../runtime/engines/engine.js";
import { openOnnxEngine } from "../../runtime/engines/onnx/session.js";
import { openReferenceEngine } from "../../runtime/engines/reference.js";
import { withExactTrigonometry } from "../../runtime/engines/trigonometry.js";

const reference = openReferenceEngine();
const onnx = await openOnnxEngine("cpu");
afterAll(() => onnx.dispose());

/** Multiples of 1/64, exact in float32: about the first periods, and to nearly a thousand periods away. */
const points = [-3000, -1000, 0, 50, 2900]
  .flatMap((centre) => Array.from({ length: 1281 }, (_, i) => centre + (i - 640) / 64))
  .filter((x) => Math.abs(Math.cos(x)) > 0.1);

describe.each(["sin", "cos", "tan"] as const)("%s", (name) => {
  // The first term left out of the series is 7e-10; a tangent divides by a cosine of at least 0.1, twice.
  it("is its series in float64", async () => {
    expect(await worst(reference, name)).toBeLessThan(name === "tan" ? 7e-8 : 7e-10);
  });

  // Some five roundings of 6e-8 each; again divided by 0.1 twice for the tangent.
  it("is as near as float32 allows on an engine that rounds", async () => {
    expect(await worst(onnx, name)).toBeLessThan(name === "tan" ? 3e-5 : 3e-7);
  });
});

async function worst(engine: Engine, name: "sin" | "cos" | "tan"): Promise<number> {
  const type = { name: "x", shape: [points.length], dtype: "real" } as const;
  const program = withExactTrigonometry({ name, inputs: [type], build: (o, [x]) => [o[name](x!)] });
  const executable = await engine.compile(program);
  const [result] = await executable.run([{ ...type, data: Float64Array.from(points) }]);
  const { data } = await result!.read();
  await executable.dispose();
  return Math.max(...points.map((x, i) => Math.abs(data[i]! - Math[name](x))));
}
