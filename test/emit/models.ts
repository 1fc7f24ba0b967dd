/** Which models do the tests of emission emit? Written with the IR builder; `moons` is the one to read. */
import * as o from "../../compiler/ir/build.js";
import { gradient } from "../../compiler/ir/differentiate.js";
import { loop } from "../../compiler/ir/loop.js";
import type { Program, Value } from "../../compiler/ir/value.js";
import type { LoweredModel, LoweredProgram } from "../../compiler/lower/model.js";
import { span } from "../../grammar/source.js";
import type { Source, Span } from "../../grammar/source.js";
import type { Feed, SpaceSpec, TrainSpec } from "../../runtime/specification.js";

export const moonsSource: Source = {
  name: "models/moons.sde",
  text: `/// Score-based model of two moons.
data moons : Real[2]

process vp on x : moons, t in [0, 1] {
  let β = 0.1 + 19.9 * t
  dx = -β / 2 * x dt + sqrt(β) dW
  x(1) ~ Normal(0, 1)
}

network net(x, t) predicts noise of vp = mlp(hidden: [16])

objective dsm {
  x0 ~ moons
  z ~ Normal(0, 1, like: x0)
  let σ = sqrt(1 - exp(-t))
  let x̂ = x0 * exp(-t / 2) + σ * z
  minimize sqnorm(net(x̂, t) - z)
}

sampler walk(steps_scale = 1) {
  x ~ Normal(0, 1)
  for t in grid(vp) { x <- x - net(x, t) * steps_scale }
  return x
}
`,
};

export function moons(): LoweredModel {
  const walk = moonsWalk();
  return {
    name: "moons",
    source: "moons.sde",
    fingerprint: "5f1e0b7c9d2a4e63",
    data: [{ name: "moons", family: null, fields: [{ name: null, space: real([2]) }] }],
    weights: [
      { name: "net.0.weight", shape: [3, 16], initial: { kind: "normal", scale: 0.5773502691896258 }, space: null },
      { name: "net.0.bias", shape: [16], initial: { kind: "constant", value: 0 }, space: null },
      { name: "net.1.weight", shape: [16, 2], initial: { kind: "normal", scale: 0.25 }, space: null },
    ],
    rewards: [],
    objectives: [
      {
        name: "dsm",
        program: moonsLoss(),
        gradients: ["net.0.weight", "net.0.bias", "net.1.weight"].map((weight) => ({ weight, output: `∂${weight}` })),
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
          { name: "steps_scale", space: { ...real([]), space: "Positive", low: 0, open: true }, default: [1] },
        ],
        program: walk,
        rollout: null,
        returns: [{ output: "x", space: real([2]) }],
      },
    ],
    train: [training("dsm")],
    schedule: [{ kind: "statement", statement: 0 }],
  };
}

export function real(shape: readonly number[]): SpaceSpec {
  return { space: "Real", shape, low: null, high: null, open: false, integer: false, bits: null };
}

export function training(objective: string): TrainSpec {
  return {
    objective,
    optimizer: {
      kind: "adam",
      rate: 1e-3,
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
  };
}

/** The place of a piece of text in a source. */
export function at(source: Source, text: string): Span {
  const start = source.text.indexOf(text);
  if (start < 0) throw new Error(`${source.name} does not hold ${text}`);
  return span(source, start, start + text.length);
}

export function lowered(program: Program, feeds: readonly Feed[], doc: string): LoweredProgram {
  return { program, feeds, doc };
}

function within(text: string, build: () => Value): Value {
  return o.withOrigin(at(moonsSource, text), build);
}

interface Net {
  readonly weights: readonly [Value, Value, Value];
  readonly feeds: readonly Feed[];
}

function moonsNet(): Net {
  const named = [
    ["net.0.weight", [3, 16]],
    ["net.0.bias", [16]],
    ["net.1.weight", [16, 2]],
  ] as const;
  const [first, second, third] = named;
  return {
    weights: [
      o.input(first[0], "real", first[1]),
      o.input(second[0], "real", second[1]),
      o.input(third[0], "real", third[1]),
    ],
    feeds: named.map(([weight]) => ({ kind: "weight", weight })),
  };
}

function apply({ weights: [into, bias, out] }: Net, x: Value, t: Value): Value {
  return within("mlp(hidden: [16])", () => {
    const column = o.broadcastTo(t, [x.shape[0] ?? 1, 1]);
    return o.matMul(o.silu(o.add(o.matMul(o.concat([x, column], 1), into), bias)), out);
  });
}

function moonsLoss(): LoweredProgram {
  const net = moonsNet();
  const x0 = o.input("x0", "real", ["B", 2]);
  const t = o.input("t", "real", ["B", 1]);
  const z = o.input("z", "real", ["B", 2]);
  const spread = within("sqrt(1 - exp(-t))", () => o.sqrt(o.sub(o.scalar(1), o.exp(o.neg(t)))));
  const decay = within("exp(-t / 2)", () => o.exp(o.mul(t, o.scalar(-0.5))));
  const xt = within("x0 * exp(-t / 2) + σ * z", () => o.add(o.mul(x0, decay), o.mul(spread, z)));
  const error = within("net(x̂, t) - z", () => o.sub(apply(net, xt, t), z));
  const loss = within("sqnorm(net(x̂, t) - z)", () => o.mean(o.sum(o.mul(error, error), [1]), [0]));
  const gradients = gradient(loss, net.weights);
  const program: Program = {
    name: "dsm",
    inputs: [...net.weights, x0, t, z],
    outputs: [
      { name: "loss", value: loss },
      ...gradients.map((value, place) => ({ name: `∂${net.weights[place]?.params.name ?? ""}`, value })),
    ],
  };
  const feeds: Feed[] = [
    ...net.feeds,
    { kind: "data", data: "moons", field: null, draw: "dsm.x0" },
    { kind: "uniform", site: "dsm.t" },
    { kind: "normal", site: "dsm.z" },
  ];
  return lowered(program, feeds, "The mean of the loss over the batch, and its gradient by each weight.");
}

function moonsWalk(): LoweredProgram {
  const net = moonsNet();
  const x = o.input("x", "real", ["B", 2]);
  const times = o.constant(
    [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 1e-3],
    [16, 1, 1],
  );
  const scale = o.input("steps_scale", "real", []);
  const rounds = o.withOrigin(at(moonsSource, "for t in grid(vp)"), () =>
    loop(16, [x], [times], ([now = x], [time = x]) => ({
      carry: [within("x - net(x, t) * steps_scale", () => o.sub(now, o.mul(apply(net, now, time), scale)))],
      rows: [],
    })),
  );
  const program: Program = {
    name: "walk",
    inputs: [...net.weights, scale, x],
    outputs: [{ name: "x", value: rounds.carry[0] ?? x }],
  };
  const feeds: Feed[] = [
    ...net.feeds,
    { kind: "parameter", parameter: "steps_scale" },
    { kind: "normal", site: "walk.x" },
  ];
  return lowered(program, feeds, "Samples x.");
}
