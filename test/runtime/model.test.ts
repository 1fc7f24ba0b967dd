/** Does a model train to the known solution, sample from it and know its densities? */
import { describe, expect, test } from "vitest";
import { openEngine } from "../../runtime/engines/registry.js";
import { fillNormals, openStream } from "../../runtime/random/stream.js";
import { ou } from "./fixture-model.js";

const MEAN = 2;
const points = new Float32Array(4000);
fillNormals(points, openStream(11, "points"), 0, 0);
points.forEach((value, i) => (points[i] = MEAN + value));
const data = { points: { data: points, shape: [points.length, 1] } };

const names: ("reference" | "onnx")[] = ["reference"];
try {
  await (await openEngine("onnx")).engine.dispose();
  names.push("onnx");
} catch {
  // Without ONNX Runtime the reference engine alone is tested.
}

describe.each(names)("on the %s engine", (engine) => {
  test("training finds the score of the data's law", async () => {
    const model = await ou.open({ engine });
    const losses: number[] = [];
    const result = await model.train(data, { onProgress: ({ loss }) => losses.push(loss) });
    const [weight, pull] = model.weight("net.f.weight").data;
    // The mean of 4000 points is 2 within 0.016; Adam at the end of a cosine leaves less than 0.03 besides (5 sigma: 0.1).
    expect(weight).toBeCloseTo(-1, 1);
    expect(Math.abs((pull ?? 0) - MEAN)).toBeLessThan(0.1);
    expect(result.curves[0]?.losses.length).toBe(1000);
    expect(losses.length).toBe(20);

    const { x } = await model.sample.em({ count: 3000, seed: 3 });
    expect(x.shape).toEqual([3000, 1]);
    const mean = x.data.reduce((sum, value) => sum + value, 0) / 3000;
    const variance = x.data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3000;
    expect(Math.abs(mean - MEAN)).toBeLessThan(0.2);
    expect(Math.abs(variance - 1)).toBeLessThan(0.2);

    const flow = await model.sample.flow({ count: 500, seed: 3 });
    const flowMean = flow.x.data.reduce((sum, value) => sum + value, 0) / 500;
    expect(Math.abs(flowMean - MEAN)).toBeLessThan(0.25);

    const { logProb } = await model.logProb.flow({ x: [[2], [3], [0]] });
    expect(logProb.data[0]).toBeCloseTo(-0.919, 1);
    await model.dispose();
  });
});
