/** Does a process with another drift run as that drift says, forward and back, and do the library's bridges train? */
import { describe, expect, test } from "vitest";
import { openText } from "../support/model.js";

const wiener = `data ends : Real = Normal(0, 1)
reference wiener on x : Real, t in [0, 1] {
  dx = 0.5 dW
}
`;

function moments(values: Float32Array): readonly [number, number] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length];
}

describe("redrift", () => {
  test.each([
    ["from: 0, to: 1", 1],
    ["from: 1, to: 0", -1],
  ])("%s is Euler's chain of the drift in the process's own clock", async (ends, way) => {
    const text = `${wiener}fn pull(x, t) predicts drift of wiener = 1 - 2 * x\nsampler run = redrift(wiener, pull)(start: ends, ${ends}) using euler_maruyama(steps: 10)\n`;
    const model = await openText(text, "reference");
    const { x } = await model.sample["run"]!({ count: 20_000, seed: 2 });
    let [m, v] = [0, 1];
    for (let k = 0; k < 10; k++) [m, v] = [m + 0.1 * way * (1 - 2 * m), v * (1 - 0.2 * way) ** 2 + 0.025];
    const [mean, variance] = moments(x!.data);
    // Three standard errors of 20,000 draws.
    expect(Math.abs(mean - m)).toBeLessThan(3 * Math.sqrt(v / 20_000));
    expect(Math.abs(variance - v)).toBeLessThan(3 * v * Math.sqrt(2 / 20_000));
    await model.dispose();
  });
});

test("the library's halves of iterative proportional fitting alternate", async () => {
  const network = (name: string): string => `network ${name}(x, t) predicts drift of wiener = mlp(hidden: [8])\n`;
  const text = `${wiener}data later : Real = Normal(1, 0.5)
${network("forward")}${network("backward")}train {
  for half in 0..2 {
    train ipf_backward(wiener, forward, backward, ends, steps: 4) { batch: 16, steps: 3 }
    train ipf_forward(wiener, forward, backward, later, steps: 4) { batch: 16, steps: 3 }
  }
}
`;
  const model = await openText(text, "reference");
  const seen: string[] = [];
  await model.train({}, { onProgress: ({ objective, turn }) => seen.push(`${turn} ${objective}`) });
  expect(seen).toEqual(["0 ipf_backward", "1 ipf_forward", "2 ipf_backward", "3 ipf_forward"]);
  await model.dispose();
});
