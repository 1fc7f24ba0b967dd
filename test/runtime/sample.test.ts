/** Do the samplers follow their equations, and are their numbers the same however the samples are split? */
import { describe, expect, test } from "vitest";
import { array64, referenceOps } from "../../runtime/engines/reference.js";
import { dormandPrinceStep } from "../../runtime/sample/dormand-prince.js";
import { split } from "../../runtime/sample/pieces.js";
import { NonFiniteError } from "../../runtime/errors.js";
import { defineModel } from "../../runtime/index.js";
import type { ModelSpec, ProgramSpec } from "../../runtime/index.js";
import type { SamplerSpec } from "../../runtime/specification.js";
import { specification } from "./fixture-model.js";
import { addNoise, emptySchedule, likelihoodOf, modelOf, setExact, solver } from "./small-models.js";

const MEAN = 2;

describe("fixed grids", () => {
  test("a sample does not depend on how many others there are, or on the split", async () => {
    const model = await modelOf(specification);
    await setExact(model, specification, MEAN);
    const { x: many } = await model.sample.em({ count: 4500, seed: 9 });
    const { x: few } = await model.sample.em({ count: 100, seed: 9 });
    expect(split(4500, 1).map(({ size }) => size)).toEqual([2250, 2250]);
    expect(many.data.slice(0, 100)).toEqual(few.data);
    const { x: other } = await model.sample.em({ count: 100, seed: 10 });
    expect(other.data).not.toEqual(few.data);
    await model.dispose();
  });

  test("Euler-Maruyama with the exact score has the moments that its recursion gives", async () => {
    const model = await modelOf(specification);
    await setExact(model, specification, MEAN);
    const count = 4000;
    const { x } = await model.sample.em({ count, seed: 1 });
    // x' = x + h (-x/2 - (-x + m e^(-t/2))) + sqrt|h| w, h = s - t < 0: mean and variance are followed exactly.
    const nodes = Array.from({ length: 101 }, (_, i) => 5 + (1e-3 - 5) * (i / 100));
    let [mean, variance] = [0, 1];
    for (let i = 0; i < 100; i++) {
      const [t, h] = [nodes[i]!, nodes[i + 1]! - nodes[i]!];
      mean += h * (mean / 2 - MEAN * Math.exp(-t / 2));
      variance = variance * (1 + h / 2) ** 2 - h;
    }
    const found = x.data.reduce((sum, value) => sum + value, 0) / count;
    const spread = x.data.reduce((sum, value) => sum + (value - found) ** 2, 0) / count;
    // Five standard errors of the mean, sqrt(v / n), and of the variance, v sqrt(2 / n).
    expect(Math.abs(found - mean)).toBeLessThan(5 * Math.sqrt(variance / count));
    expect(Math.abs(spread - variance)).toBeLessThan(5 * variance * Math.sqrt(2 / count));
    await model.dispose();
  });

  const walk = (steps: number, last: boolean, denoise: boolean): ModelSpec => {
    const step = { schedule: emptySchedule, step: addNoise };
    // Of the same name as the other step, which must not confuse the two.
    const still: ProgramSpec = { ...addNoise, run: (o, { x }) => ({ x: o.add(x!, o.scalar(1000)) }) };
    const sampler: SamplerSpec = {
      ...solver("em"),
      name: "walk",
      travel: {
        kind: "grid",
        nodes: Array.from({ length: steps + 1 }, (_, i) => i),
        every: step,
        last: last ? { schedule: emptySchedule, step: still } : null,
        denoise,
      },
    };
    return { ...specification, samplers: [sampler] };
  };
  interface Walk {
    readonly data: object;
    readonly objectives: object;
    readonly samplers: { readonly walk: { readonly parameters: {}; readonly data: never; readonly returns: "x" } };
    readonly likelihoods: object;
  }
  const walked = async (spec: ModelSpec): Promise<Float32Array> => {
    const model = await defineModel<Walk>(spec).open({ engine: "reference" });
    const { x } = await model.sample.walk({ count: 3000, seed: 4 });
    await model.dispose();
    return x.data;
  };

  test("the last step has its own program, and each step its own noise, over blocks of any length", async () => {
    const all = await walked(walk(120, false, false));
    const variance = all.reduce((sum, value) => sum + value * value, 0) / all.length;
    // 120 steps and the start of variance 1 each; five standard errors.
    expect(Math.abs(variance - 121)).toBeLessThan(5 * 121 * Math.sqrt(2 / 3000));
    const before = await walked(walk(119, false, false));
    const after = await walked(walk(120, true, false));
    after.forEach((value, i) => expect(value - 1000).toBeCloseTo(before[i]!, 3));
  });

  test("`denoise` leaves out the last step's noise", async () => {
    expect(await walked(walk(120, false, true))).toEqual(await walked(walk(119, false, false)));
  });
});

test("a sample that leaves the finite numbers is followed to its step, operation and line", async () => {
  const em = solver("em");
  if (em.travel.kind !== "grid") throw new Error("em goes over a grid");
  // The eleventh step adds exp(1000 x), which overflows for the samples with x > 0.7, the others exp(0).
  const step: ProgramSpec = {
    ...addNoise,
    inputs: [...addNoise.inputs, { name: "t", shape: [], dtype: "real", from: { kind: "schedule", row: "t" } }],
    lines: [
      [6, 11],
      [1, 12],
      [4, 13],
    ],
    run: (o, { x, w, t }) => {
      const burst = o.mul(o.mul(x!, o.scalar(1000)), o.toReal(o.equal(t!, o.scalar(10))));
      const moved = o.exp(burst);
      return { x: o.sub(o.add(o.add(x!, w!), moved), o.scalar(1)) };
    },
  };
  const nodes = Array.from({ length: 31 }, (_, i) => i);
  const travel = { ...em.travel, nodes, every: { schedule: emptySchedule, step } };
  const model = await modelOf({ ...specification, samplers: [{ ...em, travel }] });
  const error = await model.sample.em({ count: 50, seed: 1 }).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(NonFiniteError);
  expect((error as NonFiniteError).place).toEqual({ program: "em", step: 10, op: "exp", line: 12, source: "ou.sde" });
  expect((error as NonFiniteError).message).toMatch(/x is not finite in \d+ of 50 samples from step 10 on/);
  await model.dispose();
});

describe("Dormand-Prince", () => {
  /** y' = y cos t, y(0) = 1: y = exp(sin t). Global error at t = 4 with n equal steps. */
  const error = (n: number): number => {
    const o = referenceOps;
    const scalar = (value: number): ReturnType<typeof array64> => array64([value], []);
    const field = (
      t: ReturnType<typeof array64>,
      [y]: readonly ReturnType<typeof array64>[],
    ): ReturnType<typeof array64>[] => [o.mul(y!, o.cos(t))];
    let states: readonly ReturnType<typeof array64>[] = [array64([1], [1])];
    let slopes = field(scalar(0), states) as readonly ReturnType<typeof array64>[];
    for (let i = 0; i < n; i++) {
      const [t, h] = [scalar((4 * i) / n), scalar(4 / n)];
      ({ states, slopes } = dormandPrinceStep(o, field, t, h, states, slopes, [true], { rtol: 1, atol: 1 }));
    }
    return Math.abs(states[0]!.data[0]! - Math.exp(Math.sin(4)));
  };

  test("has order 5", () => {
    // From 40 steps on the slope is asymptotic (20 steps: 4.57); at 320 steps rounding would show.
    const slopes = [40, 80].map((n) => Math.log2(error(n) / error(2 * n)));
    for (const slope of slopes) expect(Math.abs(slope - 5)).toBeLessThan(0.2);
  });

  test("its error estimate is of order 5 too, and zero weights add up to no error on constants", () => {
    const o = referenceOps;
    const estimate = (h: number): number => {
      const field = (t: ReturnType<typeof array64>, [y]: readonly ReturnType<typeof array64>[]) => [
        o.mul(y!, o.cos(t)),
      ];
      const start = [array64([1], [1])];
      const step = dormandPrinceStep(
        o,
        field,
        array64([0.3], []),
        array64([h], []),
        start,
        field(array64([0.3], []), start),
        [true],
        {
          rtol: 0,
          atol: 1,
        },
      );
      return step.error.data[0]!;
    };
    expect(Math.log2(estimate(0.2) / estimate(0.1))).toBeGreaterThan(4.7);
    expect(Math.log2(estimate(0.2) / estimate(0.1))).toBeLessThan(5.3);
  });

  test("the flow with the exact score moves every sample by m (1 - e^(-T/2)), to the tolerance", async () => {
    const model = await modelOf(specification);
    await setExact(model, specification, MEAN);
    const { x } = await model.sample.flow({ count: 50, seed: 2 });
    await setExact(model, specification, 0);
    const { x: unmoved } = await model.sample.flow({ count: 50, seed: 2 });
    const shift = MEAN * (Math.exp(-1e-3 / 2) - Math.exp(-5 / 2));
    x.data.forEach((value, i) => expect(value - unmoved.data[i]!).toBeCloseTo(shift, 4));
    await model.dispose();
  });

  test("a field with a singularity in the way stops with an error that says where", async () => {
    const flow = solver("flow");
    if (flow.travel.kind !== "adaptive") throw new Error("the flow is adaptive");
    // dx/dt = 1/(t - 2): no step crosses t = 2.
    const field: ProgramSpec = {
      ...flow.travel.field,
      run: (o, { t, x }) => ({ x: o.add(o.mul(x!, o.scalar(0)), o.div(o.scalar(1), o.sub(t!, o.scalar(2)))) }),
    };
    const spec = { ...specification, samplers: [{ ...flow, travel: { ...flow.travel, field } }] };
    const model = await modelOf(spec);
    await expect(model.sample.flow({ count: 3 })).rejects.toMatchObject({ code: "step-size" });
    await expect(model.sample.flow({ count: 3 })).rejects.toThrow(/cannot go on at time 2\.0/);
    await model.dispose();
  });
});

describe("likelihoods", () => {
  const exact = (x: number): number => {
    const end = x - MEAN * (Math.exp(-1e-3 / 2) - Math.exp(-5 / 2));
    return -0.5 * end * end - 0.5 * Math.log(2 * Math.PI);
  };
  const x = [[-1], [0.5], [2], [4]];

  test("the exact divergence gives the density that is known", async () => {
    const model = await modelOf(specification);
    await setExact(model, specification, MEAN);
    const { logProb, standardError, bitsPerDimension } = await model.logProb.flow({ x });
    x.forEach(([value], i) => {
      expect(logProb.data[i]).toBeCloseTo(exact(value!), 4);
      expect(bitsPerDimension.data[i]).toBeCloseTo(-exact(value!) / Math.LN2, 4);
    });
    expect(standardError).toBeNull();
    await expect(model.logProb.flow({} as { x: number[][] })).rejects.toThrow("needs the points as `x`");
    await expect(model.logProb.flow({ x: [[1], [Number.NaN]] })).rejects.toThrow("row 1");
    await model.dispose();
  });

  test("probes give an unbiased density with a standard error that holds", async () => {
    const likelihood = likelihoodOf("flow");
    if (likelihood.travel.kind !== "adaptive") throw new Error("the flow is adaptive");
    // The divergence of 0 x + v^2 / 5 - 1/5 with v standard normal is 0 on average, and v stays along the path.
    const field: ProgramSpec = {
      ...likelihood.travel.field,
      inputs: [
        ...likelihood.travel.field.inputs,
        { name: "v", shape: ["B", 1], dtype: "real", from: { kind: "normal", site: "probe" } },
      ],
      run: (o, { x: state, v }, { B }) => ({
        x: o.mul(state!, o.scalar(0)),
        log_det: o.mul(o.sub(o.reshape(o.mul(v!, v!), [B!]), o.scalar(1)), o.scalar(0.2)),
      }),
    };
    const travel = { ...likelihood.travel, field };
    const samplers = [{ ...solver("flow"), likelihood: { ...likelihood, travel, trace: "hutchinson" as const } }];
    const model = await modelOf({ ...specification, samplers });
    const points = { data: new Float32Array(200), shape: [200, 1] };
    const { logProb, standardError } = await model.logProb.flow({ x: points, probes: 16, seed: 5 });
    const truth = -0.5 * Math.log(2 * Math.PI);
    const scores = [...logProb.data].map((value, i) => (value - truth) / standardError!.data[i]!);
    const mean = scores.reduce((sum, value) => sum + value, 0) / 200;
    const spread = scores.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 200;
    // Errors in units of their standard error, from 16 chi-squared values each: skewed, of spread somewhat above 1.
    expect(Math.abs([...logProb.data].reduce((sum, value) => sum + value - truth, 0) / 200)).toBeLessThan(
      (5 * Math.SQRT2) / Math.sqrt(16 * 200),
    );
    expect(spread).toBeGreaterThan(0.7);
    expect(spread).toBeLessThan(2.5);
    await model.dispose();
  });
});

test("a program sampler takes a parameter for all samples or one each", async () => {
  const program: ProgramSpec<"z" | "y", "x", "B"> = {
    name: "shifted",
    inputs: [
      { name: "z", shape: ["B", 1], dtype: "real", from: { kind: "normal", site: "z" } },
      { name: "y", shape: ["B", 1], dtype: "real", from: { kind: "parameter", parameter: "y" } },
    ],
    outputs: ["x"],
    lines: [],
    run: (o, { z, y }) => ({ x: o.add(z, y) }),
  };
  const { space } = solver("em").returns[0]!;
  const parameters = [{ name: "y", space, default: [5] }];
  const sampler: SamplerSpec = {
    kind: "program",
    name: "shifted",
    parameters,
    program,
    rollout: null,
    returns: [{ output: "x", space }],
  };
  interface Shifted {
    readonly data: object;
    readonly objectives: object;
    readonly samplers: {
      readonly shifted: {
        readonly parameters: { readonly y?: number | number[][] };
        readonly data: never;
        readonly returns: "x";
      };
    };
    readonly likelihoods: object;
  }
  const model = await defineModel<Shifted>({ ...specification, samplers: [sampler] }).open({ engine: "reference" });
  const { x: plain } = await model.sample.shifted({ count: 3, y: 0 });
  const { x: standard } = await model.sample.shifted({ count: 3 });
  const { x: each } = await model.sample.shifted({ count: 3, y: [[1], [2], [3]] });
  plain.data.forEach((value, i) => {
    expect(standard.data[i]! - value).toBeCloseTo(5, 5);
    expect(each.data[i]! - value).toBeCloseTo(i + 1, 5);
  });
  await expect(model.sample.shifted({ count: 3, y: [[1], [2]] })).rejects.toMatchObject({ code: "parameter" });
  await expect(model.sample.shifted({ count: 3, z: 1 } as { count: number })).rejects.toMatchObject({ code: "option" });
  await model.dispose();
});
