/**
 * Made by sdec 0.1.0 from moons.sde.
 *
 * Do not edit: change moons.sde and compile it again.
 */

import { defineModel, scan } from "../../../runtime/index.js";
import type {
  ModelDefinition,
  ModelSpec,
  Ops,
  ProgramSpec,
  Rows,
  Value,
} from "../../../runtime/index.js";

/** What `moons` takes and gives, by name. */
export interface MoonsTypes {
  readonly data: { readonly moons: Rows };
  readonly objectives: {
    readonly dsm: { readonly parameters: {}; readonly data: "moons" };
  };
  readonly samplers: {
    readonly walk: {
      readonly parameters: { readonly steps_scale?: Value };
      readonly data: never;
      readonly returns: "x";
    };
  };
  readonly likelihoods: {};
}

/** Inputs of `dsm`. */
export type DsmInput =
  "net.0.weight" | "net.0.bias" | "net.1.weight" | "x0" | "t" | "z";

/** Results of `dsm`. */
export type DsmOutput =
  "loss" | "∂net.0.weight" | "∂net.0.bias" | "∂net.1.weight";

/**
 * Objective `dsm`. The mean of the loss over the batch, and its gradient by
 * each weight.
 */
export function dsm<T>(
  o: Ops<T>,
  {
    "net.0.weight": net0Weight,
    "net.0.bias": net0Bias,
    "net.1.weight": net1Weight,
    x0,
    t,
    z,
  }: Readonly<Record<DsmInput, T>>,
  { B }: Readonly<Record<"B", number>>,
): Readonly<Record<DsmOutput, T>> {
  // 15: let σ = sqrt(1 - exp(-t))
  const sigma = o.sqrt(o.sub(o.scalar(1), o.exp(o.neg(t))));
  // 16: let x̂ = x0 * exp(-t / 2) + σ * z
  const mul1 = o.mul(x0, o.exp(o.mul(t, o.scalar(-0.5))));
  const xHat = o.add(mul1, o.mul(sigma, z));
  // 10: network net(x, t) predicts noise of vp = mlp(hidden: [16])
  const concat1 = o.concat([xHat, t], 1);
  const add1 = o.add(o.matMul(concat1, net0Weight), net0Bias);
  const silu1 = o.silu(add1);
  const matMul1 = o.matMul(silu1, net1Weight);
  // 17: minimize sqnorm(net(x̂, t) - z)
  const sub1 = o.sub(matMul1, z);
  const loss = o.div(o.sum(o.sum(o.mul(sub1, sub1), [1]), [0]), o.scalar(B));
  // 10: network net(x, t) predicts noise of vp = mlp(hidden: [16])
  const mul2 = o.mul(o.sigmoid(add1), o.sub(o.scalar(1), silu1));
  // 17: minimize sqnorm(net(x̂, t) - z)
  const reshape1 = o.reshape(o.div(o.scalar(1), o.scalar(B)), [1]);
  const reshape2 = o.reshape(o.broadcast(reshape1, [B]), [B, 1]);
  const mul3 = o.mul(reshape2, o.mul(o.scalar(2), sub1));
  // 10: network net(x, t) predicts noise of vp = mlp(hidden: [16])
  const dNet1Weight = o.matMul(o.transpose(silu1, [1, 0]), mul3);
  const matMul2 = o.matMul(mul3, o.transpose(net1Weight, [1, 0]));
  const mul4 = o.mul(matMul2, o.add(silu1, mul2));
  const dNet0Bias = o.sum(mul4, [0]);
  const dNet0Weight = o.matMul(o.transpose(concat1, [1, 0]), mul4);
  return {
    loss,
    "∂net.0.weight": dNet0Weight,
    "∂net.0.bias": dNet0Bias,
    "∂net.1.weight": dNet1Weight,
  };
}

const dsmProgram = {
  name: "dsm",
  inputs: [
    {
      name: "net.0.weight",
      shape: [3, 16],
      dtype: "real",
      from: { kind: "weight", weight: "net.0.weight" },
    },
    {
      name: "net.0.bias",
      shape: [16],
      dtype: "real",
      from: { kind: "weight", weight: "net.0.bias" },
    },
    {
      name: "net.1.weight",
      shape: [16, 2],
      dtype: "real",
      from: { kind: "weight", weight: "net.1.weight" },
    },
    {
      name: "x0",
      shape: ["B", 2],
      dtype: "real",
      from: { kind: "data", data: "moons", field: null, draw: "dsm.x0" },
    },
    {
      name: "t",
      shape: ["B", 1],
      dtype: "real",
      from: { kind: "uniform", site: "dsm.t" },
    },
    {
      name: "z",
      shape: ["B", 2],
      dtype: "real",
      from: { kind: "normal", site: "dsm.z" },
    },
  ],
  outputs: ["loss", "∂net.0.weight", "∂net.0.bias", "∂net.1.weight"],
  lines: [
    [5, 15],
    [6, 16],
    [5, 10],
    [6, 17],
    [4, 10],
    [9, 17],
    [9, 10],
  ],
  run: dsm,
} satisfies ProgramSpec<DsmInput, DsmOutput, "B">;

/** Inputs of `walk`. */
export type WalkInput =
  "net.0.weight" | "net.0.bias" | "net.1.weight" | "steps_scale" | "x";

/** Sampler `walk`. Samples x. */
export function walk<T>(
  o: Ops<T>,
  {
    "net.0.weight": net0Weight,
    "net.0.bias": net0Bias,
    "net.1.weight": net1Weight,
    steps_scale,
    x,
  }: Readonly<Record<WalkInput, T>>,
  { B }: Readonly<Record<"B", number>>,
): Readonly<Record<"x", T>> {
  const constant1 = o.constant(table1, [16, 1, 1]);
  // 22: for t in grid(vp) { x <- x - net(x, t) * steps_scale }
  const loop1 = scan(o, 16, [x], [constant1], (o, [xNow], [row0]) => {
    // 10: network net(x, t) predicts noise of vp = mlp(hidden: [16])
    const broadcast1 = o.broadcast(row0, [B, 1]);
    const matMul1 = o.matMul(o.concat([xNow, broadcast1], 1), net0Weight);
    const matMul2 = o.matMul(o.silu(o.add(matMul1, net0Bias)), net1Weight);
    // 22: for t in grid(vp) { x <- x - net(x, t) * steps_scale }
    const xNext = o.sub(xNow, o.mul(matMul2, steps_scale));
    return { carry: [xNext], rows: [] };
  });
  const [xOut] = loop1.carry;
  return { x: xOut };
}

const walkProgram = {
  name: "walk",
  inputs: [
    {
      name: "net.0.weight",
      shape: [3, 16],
      dtype: "real",
      from: { kind: "weight", weight: "net.0.weight" },
    },
    {
      name: "net.0.bias",
      shape: [16],
      dtype: "real",
      from: { kind: "weight", weight: "net.0.bias" },
    },
    {
      name: "net.1.weight",
      shape: [16, 2],
      dtype: "real",
      from: { kind: "weight", weight: "net.1.weight" },
    },
    {
      name: "steps_scale",
      shape: [],
      dtype: "real",
      from: { kind: "parameter", parameter: "steps_scale" },
    },
    {
      name: "x",
      shape: ["B", 2],
      dtype: "real",
      from: { kind: "normal", site: "walk.x" },
    },
  ],
  outputs: ["x"],
  lines: [
    [1, 0],
    [1, 22],
    [6, 10],
    [2, 22],
  ],
  run: walk,
} satisfies ProgramSpec<WalkInput, "x", "B">;

const table1: readonly number[] = [
  1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05,
  0.001,
];

const specification: ModelSpec = {
  name: "moons",
  source: "moons.sde",
  fingerprint: "5f1e0b7c9d2a4e63",
  data: [
    {
      name: "moons",
      family: null,
      fields: [
        {
          name: null,
          space: {
            space: "Real",
            shape: [2],
            low: null,
            high: null,
            open: false,
            integer: false,
            bits: null,
          },
        },
      ],
    },
  ],
  weights: [
    {
      name: "net.0.weight",
      shape: [3, 16],
      initial: { kind: "normal", scale: 0.5773502691896258 },
      space: null,
    },
    {
      name: "net.0.bias",
      shape: [16],
      initial: { kind: "constant", value: 0 },
      space: null,
    },
    {
      name: "net.1.weight",
      shape: [16, 2],
      initial: { kind: "normal", scale: 0.25 },
      space: null,
    },
  ],
  rewards: [],
  objectives: [
    {
      name: "dsm",
      program: dsmProgram,
      gradients: [
        { weight: "net.0.weight", output: "∂net.0.weight" },
        { weight: "net.0.bias", output: "∂net.0.bias" },
        { weight: "net.1.weight", output: "∂net.1.weight" },
      ],
      parameters: [],
      reports: [],
      checks: [],
      crossings: [],
      rollout: null,
    },
  ],
  samplers: [
    {
      kind: "program",
      name: "walk",
      parameters: [
        {
          name: "steps_scale",
          space: {
            space: "Positive",
            shape: [],
            low: 0,
            high: null,
            open: true,
            integer: false,
            bits: null,
          },
          default: [1],
        },
      ],
      program: walkProgram,
      rollout: null,
      returns: [
        {
          output: "x",
          space: {
            space: "Real",
            shape: [2],
            low: null,
            high: null,
            open: false,
            integer: false,
            bits: null,
          },
        },
      ],
    },
  ],
  train: [
    {
      objective: "dsm",
      optimizer: {
        kind: "adam",
        rate: 0.001,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        momentum: 0,
        decay: 0,
        schedule: "constant",
        warmup: 0,
        clip: null,
      },
      batch: 256,
      steps: 4000,
      ema: 0.999,
      accumulate: 1,
      reuse: 1,
      seed: 0,
    },
  ],
  schedule: [{ kind: "statement", statement: 0 }],
};

/** The model of moons.sde: open it to train, sample and evaluate. */
export const moons: ModelDefinition<MoonsTypes> = defineModel(specification);
