/** Is a `param` what it says: in its space, from its start, fitted to the number that the objective determines? */
import { describe, expect, test } from "vitest";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import { fromSpace, intoSpace } from "../../runtime/bijection.js";
import { readTensors } from "../../runtime/safetensors.js";
import { lowered, openText } from "../support/model.js";

const bounds = [
  { low: null, high: null },
  { low: 0, high: null },
  { low: 0, high: 1 },
  { low: -3, high: 5 },
];

test("the bijections keep to their spaces and are undone", () => {
  for (const space of bounds) {
    for (const u of [-20, -1, 0, 0.3, 2, 15, 40]) {
      const value = intoSpace(space, u);
      expect(value).toBeGreaterThanOrEqual(space.low ?? -Infinity);
      expect(value).toBeLessThanOrEqual(space.high ?? Infinity);
      if (Math.abs(u) < 12) expect(fromSpace(space, value)).toBeCloseTo(u, 6);
    }
  }
});

/** Mean and standard deviation by maximum likelihood: closed forms of the sample. */
const gaussian = `data xs : Real
param m : Real in [-4, 4] = 0.5
param s : Positive = 2
objective likelihood {
  x ~ xs
  maximize log_prob(Normal(m, s), x)
}
train likelihood { optimizer: adam(5e-2, schedule: cosine), batch: 64, steps: 400 }
`;
const xs = Array.from({ length: 64 }, (_, i) => 1.5 + 0.7 * Math.sin(i * 1.7) + 0.01 * i);
const table = { data: Float32Array.from(xs), shape: [64] };

describe("a file's params", () => {
  test("start where they say, are fitted, and are stored under their names", async () => {
    const model = await openText(gaussian, "reference");
    expect(model.parameters()["m"]?.data[0]).toBeCloseTo(0.5, 5);
    expect(model.parameters()["s"]?.data[0]).toBeCloseTo(2, 5);
    await model.train({ xs: table }, {});
    const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
    const std = Math.sqrt(xs.reduce((a, b) => a + (b - mean) ** 2, 0) / xs.length);
    expect(model.parameters()["m"]?.data[0]).toBeCloseTo(mean, 3);
    expect(model.parameters()["s"]?.data[0]).toBeCloseTo(std, 3);
    const { tensors } = readTensors(await model.toBytes());
    expect([...tensors.keys()].filter((name) => name.startsWith("weights/"))).toEqual(["weights/m", "weights/s"]);
    await model.dispose();
  });

  test("several names share type and start; arrays have theirs number by number", async () => {
    const model = await openText(
      `data xs : Real[2]\nparam a, b : Unit[2] = [0.2, 0.9]\nobjective o {\n  x ~ xs\n  minimize sqnorm(x - a) + sqnorm(x + b)\n}\ntrain o { steps: 1 }\n`,
      "reference",
    );
    for (const name of ["a", "b"])
      expect([...(model.parameters()[name]?.data ?? [])].map((v) => Number(v.toFixed(5)))).toEqual([0.2, 0.9]);
    await model.dispose();
  });
});

describe("params of declarations", () => {
  const ou = (keyword: string): string => `data xs : Real
${keyword} p on x : xs, t in [0, 1] {
  param θ : Positive = 0.8
  dx = -θ * x dt + dW
}
`;
  test("are in the derived formulas under their names", () => {
    const { processes, diagnostics } = compile(
      {
        name: "m.sde",
        text: `${ou("process")}objective o {\n  x0 ~ xs\n  x1 ~ p(1 | x0)\n  minimize x1^2\n}\ntrain o { steps: 1 }\n`,
      },
      { library, read: () => null },
    );
    expect(diagnostics).toEqual([]);
    const [process] = processes;
    expect(process?.facts.kind).toBe("affine");
    expect(process?.params.map(({ name, start }) => [name, Number(start.toFixed(6))])).toEqual([["θ", 0.8]]);
  });

  test("of two specialisations are two; of a network, its own", () => {
    const model = lowered(`data xs : Real[2]
process family(D: data) on x : D, t in [0, 1] {
  param k : Positive = 1
  dx = -k * x dt + dW
}
process a = family(xs)
process b = family(xs)
network net(x, t) predicts noise of a {
  param w : Real[2]
  param bias : Real = 0.25
  return w * x + bias * t
}
objective o {
  x0 ~ xs
  xa ~ a(1 | x0)
  xb ~ b(1 | x0)
  minimize sqnorm(xa) + sqnorm(xb) + sqnorm(net(xa, 1))
}
train o { steps: 1 }
`);
    expect(model.weights.map(({ name }) => name).sort()).toEqual(["a.k", "b.k", "net.bias", "net.w"]);
  });

  test("a reference moves only for a goal that names it, and then nothing else does", () => {
    const text = `${ou("reference")}param c : Real = 0
objective fit {
  x0 ~ xs
  x1 ~ p(1 | x0)
  minimize (x1 - c)^2 over p
}
objective shift {
  x0 ~ xs
  x1 ~ p(1 | x0)
  minimize (x1 - c)^2
}
train fit { steps: 1 }
train shift { steps: 1 }
`;
    const { objectives } = lowered(text);
    expect(objectives.map(({ name, gradients }) => [name, gradients.map(({ weight }) => weight)])).toEqual([
      ["fit", ["p.θ"]],
      ["shift", ["c"]],
    ]);
  });
});

/** min over a, max over b of (a - 1)² + 2 a b - b² - b: a saddle at a + b = 1, 2 a - 2 b = 1, a = 3/4, b = 1/4. */
const saddle = `param a, b : Real = 0
objective game {
  let value = (a - 1)^2 + 2 * a * b - b^2 - b
  minimize value over a
  maximize value over b
}
train game { optimizer: sgd(0.05), updates: { b: 2, minimize: 1 }, batch: 1, steps: 200 }
`;

describe("players", () => {
  test("take turns as often as they are told", () => {
    const { train, schedule, objectives } = lowered(saddle);
    expect(objectives.map(({ name }) => name)).toEqual(["game.a", "game.b"]);
    expect(train.map(({ objective, steps }) => [objective, steps])).toEqual([
      ["game.a", 1],
      ["game.b", 2],
    ]);
    expect(schedule).toEqual([
      {
        kind: "repeat",
        times: 200,
        of: [
          { kind: "statement", statement: 0 },
          { kind: "statement", statement: 1 },
        ],
      },
    ]);
  });

  test("meet at the saddle", async () => {
    const model = await openText(saddle, "reference");
    await model.train({}, {});
    expect(model.parameters()["a"]?.data[0]).toBeCloseTo(0.75, 3);
    expect(model.parameters()["b"]?.data[0]).toBeCloseTo(0.25, 3);
    await model.dispose();
  });
});
