/** Does a process with another drift run as that drift says, forward and back, and do the library's bridges train? */
import { describe, expect, test } from "vitest";
import { lowered, openText } from "../support/model.js";

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

describe("a bridge by the method that a word names", () => {
  const network = (name: string): string => `network ${name}(x, t) predicts drift of wiener = mlp(hidden: [8])\n`;
  test.each(["ipf", "imf", "sf2m"])("%s: two drifts take turns", async (via) => {
    const text = `${wiener}data later : Real = Normal(1, 0.5)
${network("forward")}${network("backward")}train bridge(ends, later, wiener, forward, backward, via: ${via}, steps: 4) { batch: 16, steps: 2, updates: { forward: 3, backward: 3 } }
`;
    const model = await openText(text, "reference");
    const seen: string[] = [];
    const { curves } = await model.train({}, { onProgress: ({ objective }) => seen.push(objective) });
    const turn = via === "sf2m" ? ["bridge.forward", "bridge.backward"] : ["bridge.backward", "bridge.forward"];
    expect(seen).toEqual([...turn, ...turn]);
    expect(curves.every(({ losses }) => losses.every(Number.isFinite))).toBe(true);
    await model.dispose();
  });

  test("pinned drifts are those of the Brownian bridge, whatever law the state was drawn from", async () => {
    const text = `${wiener}sampler drawn {
  x0 ~ ends
  x1 ~ ends
  xt ~ wiener(0.25 | x(0) = x0, x(1) = x1)
  return x0, x1, xt, left_behind(wiener, xt, 0.25, x0), pulled(wiener, xt, 0.25, x1)
}
`;
    const model = await openText(text, "reference");
    const drawn = Object.values(await model.sample["drawn"]!({ count: 5, seed: 1 })).map(({ data }) => [...data]);
    const [x0 = [], x1 = [], xt = [], behind = [], ahead = []] = drawn;
    behind.forEach((value, i) => expect(value).toBeCloseTo((xt[i]! - x0[i]!) / 0.25, 4));
    ahead.forEach((value, i) => expect(value).toBeCloseTo((x1[i]! - xt[i]!) / 0.75, 4));
    await model.dispose();
  });
});

describe("Newton's method", () => {
  const fit = (params: string, goal: string, steps = 1): string => `data xs : Real[2]
${params}objective fit {
  x ~ xs
  minimize ${goal}
}
train fit { optimizer: newton, batch: 64, steps: ${steps} }
`;
  const rows = Float32Array.from({ length: 128 }, (_, i) => Math.sin(1.3 * i) + (i % 2 === 0 ? 1 : 0.2 * Math.cos(i)));
  const xs = { data: rows, shape: [64, 2] };
  const mean = (f: (x: number, y: number) => number): number =>
    Array.from({ length: 64 }, (_, i) => f(rows[2 * i]!, rows[2 * i + 1]!)).reduce((a, b) => a + b, 0) / 64;

  test.each(["reference", "onnx"])(
    "solves the normal equations in one step on %s, params in spaces or not",
    async (engine) => {
      // y = a x + b u with u = 1, by least squares; a starts far off, b in an interval that holds the answer.
      const model = await openText(
        fit("param a : Real = 7\nparam b : Real in [-9, 9] = 4\n", "(x[1] - a * x[0] - b)^2"),
        engine,
      );
      await model.train({ xs }, {});
      const [mx, my, xx, xy] = [mean((x) => x), mean((_, y) => y), mean((x) => x * x), mean((x, y) => x * y)];
      const a = (xy - mx * my) / (xx - mx * mx);
      expect(model.parameters()["a"]?.data[0]).toBeCloseTo(a, 3);
      expect(model.parameters()["b"]?.data[0]).toBeCloseTo(my - a * mx, 3);
      await model.dispose();
    },
  );

  test("and gradients are two programs of one objective, of which the first has its name", () => {
    const both = `${fit("param a : Real = 7\n", "(x[1] - a * x[0])^2")}train fit { optimizer: sgd(0.01), steps: 1 }\n`;
    const { objectives, train } = lowered(both);
    expect(objectives.map(({ name }) => name)).toEqual(["fit", "fit by gradients"]);
    expect(train.map(({ objective }) => objective)).toEqual(["fit", "fit by gradients"]);
  });

  test("keeps a positive number positive where the optimum is not, and leaves alone what the goal does not determine", async () => {
    const model = await openText(
      fit("param a : Positive = 2\nparam b : Real = 3\n", "(a + 1)^2 + b * max(x[0] - 100, 0)", 3),
      "reference",
    );
    await model.train({ xs }, {});
    expect(model.parameters()["a"]?.data[0]).toBeGreaterThan(0);
    expect(model.parameters()["a"]?.data[0]).toBeLessThan(0.01);
    expect(model.parameters()["b"]?.data[0]).toBeCloseTo(3, 5);
    await model.dispose();
  });
});
