/**
 * Model `ou`: exactly the module that `sdec compile ou.sde` should write, by hand.
 *
 *      1  data points : Real[1]
 *      2
 *      3  process ou on x : points, t in [0, 5] {
 *      4    dx = -x / 2 dt + dW
 *      5    x(5) ~ Normal(0, 1)
 *      6  }
 *      7
 *      8  network net(x, t) predicts score of ou {
 *      9    let f = linear(1)
 *     10    return f(concat(x, exp(-t / 2)))
 *     11  }
 *     12
 *     13  objective dsm(from = 1e-2) {
 *     14    x0 ~ points
 *     15    t  ~ Uniform(from, 5)
 *     16    xt ~ ou(t | x0)
 *     17    minimize std(ou, t)^2 * sqnorm(score(net, xt, t) - grad_log(ou(t | x0), xt))
 *     18  }
 *     19
 *     20  sampler em = reverse(ou, net) using euler_maruyama(steps: 100, until: 1e-3)
 *     21  sampler flow = probability_flow(ou, net) using dopri5(rtol: 1e-5, until: 1e-3)
 *     22
 *     23  train dsm { optimizer: adam(2e-2, schedule: cosine), batch: 256, steps: 1000, ema: 0.99 }
 *
 * For data N(m, 1) the score at t is -(x - exp(-t/2) m): weight [[-1], [m]] and bias 0.
 */
import { defineModel } from "../../runtime/index.js";
import type { ModelSpec, Ops, ProgramSpec, Rows, Value } from "../../runtime/index.js";

export interface OuTypes {
  readonly data: { readonly points: Rows };
  readonly objectives: {
    readonly dsm: { readonly parameters: { readonly from?: Value }; readonly data: "points" };
  };
  readonly samplers: {
    readonly em: { readonly parameters: {}; readonly data: never; readonly returns: "x" };
    readonly flow: { readonly parameters: {}; readonly data: never; readonly returns: "x" };
  };
  readonly likelihoods: {
    readonly flow: { readonly parameters: {}; readonly states: "x" };
  };
}

/** Objective `dsm`: the loss, and its gradient by each weight it moves. */
const dsm: ProgramSpec<"netWeight" | "netBias" | "from" | "x0" | "t" | "xt", "loss" | "netWeight" | "netBias", "B"> = {
  name: "dsm",
  inputs: [
    { name: "netWeight", shape: [2, 1], dtype: "real", from: { kind: "weight", weight: "net.f.weight" } },
    { name: "netBias", shape: [1], dtype: "real", from: { kind: "weight", weight: "net.f.bias" } },
    { name: "from", shape: [], dtype: "real", from: { kind: "parameter", parameter: "from" } },
    { name: "x0", shape: ["B", 1], dtype: "real", from: { kind: "data", data: "points", field: null, draw: "x0" } },
    { name: "t", shape: ["B"], dtype: "real", from: { kind: "uniform", site: "dsm.t" } },
    { name: "xt", shape: ["B", 1], dtype: "real", from: { kind: "normal", site: "dsm.xt" } },
  ],
  outputs: ["loss", "netWeight", "netBias"],
  lines: [
    [6, 15],
    [15, 16],
    [5, 10],
    [12, 17],
  ],
  run<T>(
    o: Ops<T>,
    inputs: Readonly<Record<"netWeight" | "netBias" | "from" | "x0" | "t" | "xt", T>>,
    sizes: Readonly<Record<"B", number>>,
  ) {
    const { netWeight, netBias, from, x0, xt: z } = inputs;
    const { B } = sizes;
    // 15: t ~ Uniform(from, 5)
    const width = o.sub(o.scalar(5), from);
    const t = o.reshape(o.add(from, o.mul(inputs.t, width)), [B, 1]);
    const minusT = o.neg(t);
    // 16: xt ~ ou(t | x0)
    const decay = o.exp(o.mul(minusT, o.scalar(0.5)));
    const variance = o.sub(o.scalar(1), o.mul(decay, decay));
    const std = o.sqrt(variance);
    const mean = o.mul(decay, x0);
    const xt = o.add(mean, o.mul(std, z));
    const one = o.scalar(1);
    const reciprocal = o.div(one, std);
    const target = o.neg(o.mul(z, reciprocal));
    const half = o.scalar(0.5);
    // 10: return f(concat(x, exp(-t / 2)))
    const features = o.concat([xt, o.exp(o.mul(minusT, half))], 1);
    const product = o.matMul(features, netWeight);
    const score = o.add(product, netBias);
    const difference = o.sub(score, target);
    // 17: minimize std(ou, t)^2 * sqnorm(...)
    const residual = o.mul(std, difference);
    const squares = o.mul(residual, residual);
    const loss = o.div(o.sum(squares, [0, 1]), o.scalar(B));
    // gradients
    const slope = o.mul(o.mul(o.scalar(2 / B), std), residual);
    const netWeightGradient = o.matMul(o.transpose(features, [1, 0]), slope);
    const netBiasGradient = o.sum(slope, [0]);
    return { loss, netWeight: netWeightGradient, netBias: netBiasGradient };
  },
};

/** Sampler `em`: the law it starts from. */
const emStart: ProgramSpec<"x", "x", "B"> = {
  name: "em.start",
  inputs: [{ name: "x", shape: ["B", 1], dtype: "real", from: { kind: "normal", site: "em.start" } }],
  outputs: ["x"],
  lines: [],
  run<T>(_o: Ops<T>, { x }: Readonly<Record<"x", T>>) {
    return { x };
  },
};

/** Sampler `em`: what its steps need of the time alone. */
const emSchedule: ProgramSpec<"t" | "s", "decay" | "step" | "noise", "K"> = {
  name: "em.schedule",
  inputs: [
    { name: "t", shape: ["K"], dtype: "real", from: { kind: "time" } },
    { name: "s", shape: ["K"], dtype: "real", from: { kind: "next time" } },
  ],
  outputs: ["decay", "step", "noise"],
  lines: [[8, 20]],
  run<T>(o: Ops<T>, { t, s }: Readonly<Record<"t" | "s", T>>, { K }: Readonly<Record<"K", number>>) {
    const decay = o.reshape(o.exp(o.mul(o.neg(t), o.scalar(0.5))), [K, 1]);
    const step = o.sub(s, t);
    const noise = o.sqrt(o.abs(step));
    return { decay, step, noise };
  },
};

/** Sampler `em`: one step. */
const emStep: ProgramSpec<"netWeight" | "netBias" | "decay" | "step" | "noise" | "x" | "w", "x", "B"> = {
  name: "em.step",
  inputs: [
    { name: "netWeight", shape: [2, 1], dtype: "real", from: { kind: "weight", weight: "net.f.weight" } },
    { name: "netBias", shape: [1], dtype: "real", from: { kind: "weight", weight: "net.f.bias" } },
    { name: "decay", shape: [1], dtype: "real", from: { kind: "schedule", row: "decay" } },
    { name: "step", shape: [], dtype: "real", from: { kind: "schedule", row: "step" } },
    { name: "noise", shape: [], dtype: "real", from: { kind: "schedule", row: "noise" } },
    { name: "x", shape: ["B", 1], dtype: "real", from: { kind: "state", state: "x" } },
    { name: "w", shape: ["B", 1], dtype: "real", from: { kind: "normal", site: "em.w" } },
  ],
  outputs: ["x"],
  lines: [
    [5, 10],
    [8, 20],
  ],
  run<T>(
    o: Ops<T>,
    inputs: Readonly<Record<"netWeight" | "netBias" | "decay" | "step" | "noise" | "x" | "w", T>>,
    { B }: Readonly<Record<"B", number>>,
  ) {
    const { netWeight, netBias, x } = inputs;
    // 10: return f(concat(x, exp(-t / 2)))
    const decay = o.broadcast(o.reshape(inputs.decay, [1, 1]), [B, 1]);
    const score = o.add(o.matMul(o.concat([x, decay], 1), netWeight), netBias);
    // 20: reverse(ou, net) using euler_maruyama
    const drift = o.sub(o.neg(o.mul(x, o.scalar(0.5))), score);
    const moved = o.add(x, o.mul(drift, inputs.step));
    return { x: o.add(moved, o.mul(inputs.noise, inputs.w)) };
  },
};

/** Sampler `flow`: the law it starts from. */
const flowStart: ProgramSpec<"x", "x", "B"> = {
  name: "flow.start",
  inputs: [{ name: "x", shape: ["B", 1], dtype: "real", from: { kind: "normal", site: "flow.start" } }],
  outputs: ["x"],
  lines: [],
  run<T>(_o: Ops<T>, { x }: Readonly<Record<"x", T>>) {
    return { x };
  },
};

/** Sampler `flow`: the derivative of the state in time. */
const flowField: ProgramSpec<"netWeight" | "netBias" | "t" | "x", "x", "B"> = {
  name: "flow.field",
  inputs: [
    { name: "netWeight", shape: [2, 1], dtype: "real", from: { kind: "weight", weight: "net.f.weight" } },
    { name: "netBias", shape: [1], dtype: "real", from: { kind: "weight", weight: "net.f.bias" } },
    { name: "t", shape: [], dtype: "real", from: { kind: "time" } },
    { name: "x", shape: ["B", 1], dtype: "real", from: { kind: "state", state: "x" } },
  ],
  outputs: ["x"],
  lines: [
    [8, 10],
    [4, 21],
  ],
  run<T>(
    o: Ops<T>,
    { netWeight, netBias, t, x }: Readonly<Record<"netWeight" | "netBias" | "t" | "x", T>>,
    { B }: Readonly<Record<"B", number>>,
  ) {
    // 10: return f(concat(x, exp(-t / 2)))
    const decay = o.exp(o.mul(o.neg(t), o.scalar(0.5)));
    const score = o.add(o.matMul(o.concat([x, o.broadcast(decay, [B, 1])], 1), netWeight), netBias);
    // 21: probability_flow(ou, net)
    return { x: o.neg(o.mul(o.add(x, score), o.scalar(0.5))) };
  },
};

/** Likelihood of `flow`: the field, and the divergence for `log_det`. */
const flowLogProbField: ProgramSpec<"netWeight" | "netBias" | "t" | "x", "x" | "log_det", "B"> = {
  name: "flow.log_prob.field",
  inputs: flowField.inputs,
  outputs: ["x", "log_det"],
  lines: [
    [8, 10],
    [12, 21],
  ],
  run<T>(
    o: Ops<T>,
    { netWeight, netBias, t, x }: Readonly<Record<"netWeight" | "netBias" | "t" | "x", T>>,
    { B }: Readonly<Record<"B", number>>,
  ) {
    // 10: return f(concat(x, exp(-t / 2)))
    const decay = o.exp(o.mul(o.neg(t), o.scalar(0.5)));
    const score = o.add(o.matMul(o.concat([x, o.broadcast(decay, [B, 1])], 1), netWeight), netBias);
    // 21: probability_flow(ou, net)
    const velocity = o.neg(o.mul(o.add(x, score), o.scalar(0.5)));
    const slope = o.slice(netWeight, [0, 0], [1, 1]);
    const divergence = o.neg(o.mul(o.add(slope, o.scalar(1)), o.scalar(0.5)));
    return { x: velocity, log_det: o.broadcast(o.reshape(divergence, [1]), [B]) };
  },
};

/** Likelihood of `flow`: the log-density of the known law. */
const flowPrior: ProgramSpec<"x", "log_prob", "B"> = {
  name: "flow.log_prob.prior",
  inputs: [{ name: "x", shape: ["B", 1], dtype: "real", from: { kind: "state", state: "x" } }],
  outputs: ["log_prob"],
  lines: [[6, 5]],
  run<T>(o: Ops<T>, { x }: Readonly<Record<"x", T>>) {
    // 5: x(5) ~ Normal(0, 1)
    const squares = o.sum(o.mul(x, x), [1]);
    return { log_prob: o.sub(o.mul(squares, o.scalar(-0.5)), o.scalar(0.9189385332046727)) };
  },
};

const real1 = { space: "Real", shape: [1], low: null, high: null, open: false, integer: false, bits: null } as const;
const positive = { space: "Positive", shape: [], low: 0, high: null, open: true, integer: false, bits: null } as const;

export const specification: ModelSpec = {
  name: "ou",
  source: "ou.sde",
  fingerprint: "e1b0a9c4d2f37765",
  data: [{ name: "points", family: null, fields: [{ name: null, space: real1 }] }],
  weights: [
    { name: "net.f.weight", shape: [2, 1], initial: { kind: "uniform", scale: 0.7071067811865476 }, space: null },
    { name: "net.f.bias", shape: [1], initial: { kind: "constant", value: 0 }, space: null },
  ],
  rewards: [],
  objectives: [
    {
      name: "dsm",
      program: dsm,
      gradients: [
        { weight: "net.f.weight", output: "netWeight" },
        { weight: "net.f.bias", output: "netBias" },
      ],
      parameters: [{ name: "from", space: positive, default: [0.01] }],
      reports: [],
      checks: [],
      crossings: [],
      rollout: null,
    },
  ],
  samplers: [
    {
      kind: "solver",
      name: "em",
      parameters: [],
      start: emStart,
      states: [{ name: "x", shape: [1], perSample: true }],
      returns: [{ state: "x", space: real1 }],
      travel: {
        kind: "grid",
        nodes: Array.from({ length: 101 }, (_, i) => 5 + (1e-3 - 5) * (i / 100)),
        every: { schedule: emSchedule, step: emStep },
        last: null,
        denoise: false,
      },
      likelihood: null,
    },
    {
      kind: "solver",
      name: "flow",
      parameters: [],
      start: flowStart,
      states: [{ name: "x", shape: [1], perSample: true }],
      returns: [{ state: "x", space: real1 }],
      travel: { kind: "adaptive", from: 5, to: 1e-3, rtol: 1e-5, atol: 1e-5, field: flowField },
      likelihood: {
        travel: { kind: "adaptive", from: 1e-3, to: 5, rtol: 1e-5, atol: 1e-5, field: flowLogProbField },
        states: [{ name: "x", shape: [1], perSample: true }],
        prior: flowPrior,
        trace: "exact",
      },
    },
  ],
  train: [
    {
      objective: "dsm",
      optimizer: {
        kind: "adam",
        rate: 0.02,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        momentum: 0,
        decay: 0,
        schedule: "cosine",
        warmup: 0,
        clip: null,
      },
      batch: 256,
      steps: 1000,
      ema: 0.99,
      accumulate: 1,
      reuse: 1,
      seed: 0,
    },
  ],
  schedule: [{ kind: "statement", statement: 0 }],
};

/** One-dimensional Gaussian data under an Ornstein-Uhlenbeck process, with a linear score network. */
export const ou = defineModel<OuTypes>(specification);
