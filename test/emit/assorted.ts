/** Which models reach every corner of emission? All ops, loops in loops, solvers, long names, hard numbers. */
import * as o from "../../compiler/ir/build.js";
import { loop, loopWhile } from "../../compiler/ir/loop.js";
import { valuesInOrder } from "../../compiler/ir/order.js";
import type { Program, ScanBody, Value } from "../../compiler/ir/value.js";
import type { LoweredModel, LoweredProgram } from "../../compiler/lower/model.js";
import type { Feed, SamplerSpec } from "../../runtime/specification.js";
import type { Span } from "../../grammar/source.js";
import { randomProgram } from "../ir/random-program.js";
import { lowered, real, training } from "./models.js";

/** A model of samplers that are one program each; every input is fed with noise. */
export function modelOf(name: string, programs: readonly Program[]): LoweredModel {
  return {
    name,
    source: `${name}.sde`,
    fingerprint: "0123456789abcdef",
    data: [],
    weights: [],
    rewards: [],
    objectives: [],
    samplers: programs.map((program) => programSampler(program)),
    train: [],
    schedule: [],
  };
}

export function randomModel(name: string, seeds: readonly number[]): LoweredModel {
  return modelOf(name, seeds.map(randomProgram));
}

/** Every kind of sampler, feed and start, with two fields in a data set. */
export function solvers(): LoweredModel {
  const start = noiseProgram("flow.start");
  const field = doubled("flow.field", { kind: "time" });
  const schedule = doubledSchedule();
  const step = doubled("walk.step", { kind: "schedule", row: "h" });
  const images = o.input("images", "real", ["3*B", 2]);
  const labels = o.input("labels", "int", ["B"]);
  const loss = o.add(o.mean(o.sum(images, [1]), [0]), o.mean(o.toReal(labels), [0]));
  const objective: Program = {
    name: "matching with a name that is much longer than anyone would like to read",
    inputs: [o.input("net weight", "real", [2]), images, labels],
    outputs: [{ name: "loss", value: loss }],
  };
  const feeds: Feed[] = [
    { kind: "weight", weight: "net weight" },
    { kind: "data", data: "photos", field: "images", draw: "pair" },
    { kind: "data", data: "photos", field: "labels", draw: "pair" },
  ];
  return {
    name: "solvers",
    source: "solvers.sde",
    fingerprint: "fedcba9876543210",
    data: [
      {
        name: "photos",
        family: null,
        fields: [
          { name: "images", space: { ...real([2]), low: -1, high: 1 } },
          { name: "labels", space: { ...real([]), space: "Class", integer: true, bits: null } },
        ],
      },
      { name: "points", family: null, fields: [{ name: null, space: real([2]) }] },
    ],
    weights: [{ name: "net weight", shape: [2], initial: { kind: "uniform", scale: 1e-7 }, space: null }],
    rewards: [],
    objectives: [
      {
        name: "matching",
        program: lowered(objective, feeds, "A loss of images and labels."),
        gradients: [],
        reports: [],
        checks: [],
        rollout: null,
        crossings: [],
        parameters: [{ name: "from", space: real([]), default: null }],
      },
    ],
    samplers: [
      {
        kind: "solver",
        name: "flow",
        parameters: [{ name: "guidance strength", space: real([]), default: [-1.5] }],
        start,
        states: [{ name: "x", shape: [2], perSample: true }],
        returns: [{ state: "x", space: real([2]) }],
        travel: { kind: "adaptive", from: 1, to: 1e-3, rtol: 1e-5, atol: 1e-5, field },
        likelihood: {
          travel: { kind: "adaptive", from: 1e-3, to: 1, rtol: 1e-5, atol: 1e-5, field },
          states: [{ name: "x", shape: [2], perSample: true }],
          prior: noiseProgram("flow.prior"),
          trace: "hutchinson",
        },
      },
      {
        kind: "solver",
        name: "walk",
        parameters: [],
        start,
        states: [{ name: "x", shape: [2], perSample: true }],
        returns: [{ state: "x", space: real([2]) }],
        travel: {
          kind: "grid",
          nodes: Array.from({ length: 41 }, (_, place) => 1 - place / 40),
          every: { schedule, step },
          last: { schedule, step },
          denoise: true,
        },
        likelihood: null,
      },
    ],
    train: [training("matching")],
    schedule: [{ kind: "repeat", times: 3, of: [{ kind: "statement", statement: 0 }] }],
  };
}

/** Programs with few statements and many shapes of them. */
export function corners(): LoweredModel {
  return modelOf("corners", [
    everyOp(),
    nestedLoops(),
    partlyUsedLoop(),
    idleLoop(),
    conditional(),
    sharedBody(),
    numbers(),
    onlySizes(),
    onlyConstants(),
    sizesButNoInputs(),
    many(),
    namesake(),
  ]);
}

/** The same program with an origin for each value; scan bodies too. */
export function withOrigins(program: Program, originOf: (value: Value) => Span | null): Program {
  const [inputs, results] = remake(
    program.inputs,
    program.outputs.map((output) => output.value),
    originOf,
  );
  return {
    name: program.name,
    inputs,
    outputs: program.outputs.map(({ name }, place) => ({ name, value: need(results[place]) })),
  };
}

function remake(
  inputs: readonly Value[],
  results: readonly Value[],
  originOf: (value: Value) => Span | null,
): [readonly Value[], readonly Value[]] {
  const made = new Map<Value, Value>(inputs.map((input) => [input, o.make("input", [], input.params)]));
  for (const value of valuesInOrder(results, made)) {
    const { body } = value.params;
    const params = body === undefined ? value.params : { ...value.params, body: remakeBody(body, originOf) };
    const operands = value.inputs.map((operand) => need(made.get(operand)));
    made.set(value, o.make(value.op, operands, params, originOf(value)));
  }
  return [inputs.map((input) => need(made.get(input))), results.map((result) => need(made.get(result)))];
}

function remakeBody(body: ScanBody, originOf: (value: Value) => Span | null): ScanBody {
  const [inputs, results] = remake(
    [...body.carry, ...body.xs, ...body.captures],
    [...body.nextCarry, ...body.rows],
    originOf,
  );
  const rows = body.carry.length + body.xs.length;
  return {
    carry: inputs.slice(0, body.carry.length),
    xs: inputs.slice(body.carry.length, rows),
    captures: inputs.slice(rows),
    nextCarry: results.slice(0, body.carry.length),
    rows: results.slice(body.carry.length),
  };
}

function need<X>(value: X | undefined): X {
  if (value === undefined) throw new Error("a value is missing");
  return value;
}

function programSampler(program: Program): SamplerSpec<LoweredProgram> {
  const feeds = program.inputs.map((_, place): Feed => ({ kind: "normal", site: `${program.name}.${place}` }));
  return {
    kind: "program",
    name: program.name,
    parameters: [],
    program: lowered(program, feeds, "One of many."),
    rollout: null,
    returns: program.outputs.map((output) => ({ output: output.name, space: real([]) })),
  };
}

function noiseProgram(name: string): LoweredProgram {
  const x = o.input("x", "real", ["B", 2]);
  return lowered({ name, inputs: [x], outputs: [{ name: "x", value: x }] }, [{ kind: "normal", site: name }], "Noise.");
}

function doubled(name: string, feed: Feed): LoweredProgram {
  const x = o.input("x", "real", ["B", 2]);
  const h = o.input("h", "real", []);
  const program: Program = { name, inputs: [x, h], outputs: [{ name: "x", value: o.mul(x, h) }] };
  return lowered(program, [{ kind: "state", state: "x" }, feed], "");
}

function doubledSchedule(): LoweredProgram {
  const t = o.input("t", "real", ["K"]);
  const s = o.input("s", "real", ["K"]);
  const program: Program = { name: "walk.schedule", inputs: [t, s], outputs: [{ name: "h", value: o.sub(s, t) }] };
  return lowered(program, [{ kind: "time" }, { kind: "next time" }], "Step sizes.");
}

function everyOp(): Program {
  const x = o.input("x", "real", ["B", 4]);
  const k = o.input("k", "int", ["B"]);
  const positive = o.make("exp", [x], {});
  const unary = [
    "neg",
    "log",
    "sqrt",
    "abs",
    "sign",
    "floor",
    "round",
    "sin",
    "cos",
    "tan",
    "atan",
    "tanh",
    "erf",
    "sigmoid",
    "softplus",
    "silu",
  ] as const;
  const binary = ["add", "sub", "mul", "div", "pow", "max", "min", "atan2"] as const;
  const parts = [
    ...unary.map((op) => o.make(op, [positive], {})),
    ...binary.map((op) => o.make(op, [positive, x], {})),
  ];
  const isLess = o.make("less", [x, positive], {});
  const either = o.make("or", [o.make("and", [isLess, o.lessEqual(x, positive)], {}), o.not(o.equal(x, positive))], {});
  const chosen = o.make("select", [either, x, positive], {});
  const moved = o.make("reverse", [o.make("transpose", [chosen], { permutation: [1, 0] })], { axes: [0, 1] });
  const padded = o.make("pad", [o.make("slice", [x], { starts: [0, 1], sizes: ["B", 2] })], {
    before: [0, 1],
    after: [0, 1],
  });
  const picked = o.gather(o.constant([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [3, 4]), k);
  const back = o.scatterAdd(k, picked, 3);
  const product = o.matMul(
    padded,
    o.constant(
      Array.from({ length: 16 }, (_, place) => place / 4 - 2),
      [4, 4],
    ),
  );
  const batched = o.batchMatMul(o.reshape(x, ["B", 2, 2]), o.reshape(product, ["B", 2, 2]));
  const image = o.reshape(batched, ["B", 2, 2, 1]);
  const convolved = o.convolve(image, o.constant([1, 2, 3, 4], [1, 2, 1, 2]));
  return {
    name: "every_op",
    inputs: [x, k],
    outputs: [
      { name: "joined", value: o.make("concat", [...parts, picked], { axis: 1 }) },
      { name: "moved", value: moved },
      { name: "back", value: back },
      { name: "batched", value: batched },
      { name: "convolved", value: convolved },
      { name: "largest", value: o.reduceMax(o.stopGradient(x), [1]) },
      { name: "places", value: o.add(o.toReal(o.toInt(o.size("3*B"))), o.toReal(o.iota("2*B"))) },
    ],
  };
}

function nestedLoops(): Program {
  const x = o.input("x", "real", [2]);
  const rows = o.input("rows", "real", [3, 2]);
  const scale = o.input("scale", "real", []);
  const outer = loop(3, [x], [rows], ([outerX = x], [row = x]) => {
    const inner = loop(2, [outerX, o.scalar(0)], [], ([innerX = x, count = scale]) => ({
      carry: [o.add(o.mul(innerX, scale), row), o.add(count, o.scalar(1))],
      rows: [o.sum(innerX, [0])],
    }));
    return { carry: [inner.carry[0] ?? outerX], rows: [inner.rows[0] ?? row, inner.carry[1] ?? scale] };
  });
  return {
    name: "nested.loops",
    inputs: [x, rows, scale],
    outputs: [...outer.carry, ...outer.rows].map((value, place) => ({ name: `r${place}`, value })),
  };
}

function partlyUsedLoop(): Program {
  const x = o.input("x", "real", [2]);
  const y = o.input("y", "real", [2]);
  const z = o.input("z", "real", [4, 2]);
  const result = loop(4, [x, y], [z, z], ([, inner = y], [, row = y]) => ({
    carry: [o.mul(inner, row), inner],
    rows: [inner, o.add(row, inner)],
  }));
  return {
    name: "partly_used",
    inputs: [x, y, z],
    outputs: [
      { name: "second", value: result.rows[1] ?? x },
      { name: "third", value: result.carry[1] ?? x },
    ],
  };
}

/** Loops with a condition, one inside the other. */
function conditional(): Program {
  const x = o.input("x", "real", ["B", 2]);
  const limit = o.input("limit", "real", []);
  const [found = x, count = limit] = loopWhile(20, [x, o.scalar(0)], ([state = x, rounds = limit]) => {
    const [half = state] = loopWhile(2, [state], ([inner = state]) => {
      const next = o.mul(inner, o.scalar(0.75));
      return { carry: [next], again: o.less(limit, o.reduceMax(next, [0, 1])) };
    });
    const next = o.add(rounds, o.scalar(1));
    return { carry: [half, next], again: o.less(next, o.scalar(3)) };
  });
  return { name: "conditional", inputs: [x, limit], outputs: [{ name: "found", value: found }, { name: "count", value: count }] }; // prettier-ignore
}

/** A body that calls nothing. */
function idleLoop(): Program {
  const x = o.input("x", "real", [2]);
  const z = o.input("z", "real", [4, 2]);
  const result = loop(4, [x], [z], (_, [row = x]) => ({ carry: [row], rows: [] }));
  return { name: "idle", inputs: [x, z], outputs: [{ name: "last", value: result.carry[0] ?? x }] };
}

function sharedBody(): Program {
  const x = o.input("x", "real", [2]);
  const carried = o.input("carried", "real", [2]);
  const captured = o.input("captured", "real", []);
  const next = o.add(o.mul(carried, captured), captured);
  const body: ScanBody = { carry: [carried], xs: [], captures: [captured], nextCarry: [next], rows: [] };
  const first = o.scan(2, body, [x, o.scalar(0.5)]);
  const second = o.scan(3, body, [first.carry[0] ?? x, o.size("B")]);
  return { name: "shared", inputs: [x], outputs: [{ name: "x", value: second.carry[0] ?? x }] };
}

function numbers(): Program {
  const hard = [
    -0,
    5e-324,
    1.7976931348623157e308,
    1e21,
    1e-7,
    0.1 + 0.2,
    -123456789.125,
    2 ** 53,
    1e5,
    100,
    0.5,
    -1e-10,
    7,
  ];
  const wide = Array.from({ length: 60 }, (_, place) => Math.sin(place) * 10 ** (place - 30));
  return {
    name: "numbers",
    inputs: [],
    outputs: [
      { name: "hard", value: o.constant(hard, [13]) },
      { name: "again", value: o.neg(o.constant([...hard], [13])) },
      { name: "wide", value: o.constant(wide, [60]) },
      { name: "few", value: o.constant([1, -2.5, 3e-9], [3]) },
      { name: "minus zero", value: o.scalar(-0) },
    ],
  };
}

function onlySizes(): Program {
  const x = o.input("x", "real", ["B", "K"]);
  const value = o.broadcast(o.mul(o.size("B"), o.size("12*K")), ["12*K", "B"]);
  return { name: "only sizes", inputs: [x], outputs: [{ name: "value", value }] };
}

function onlyConstants(): Program {
  return { name: "only constants", inputs: [], outputs: [{ name: "one", value: o.scalar(1) }] };
}

function sizesButNoInputs(): Program {
  return { name: "sizes", inputs: [], outputs: [{ name: "places", value: o.iota("B") }] };
}

/** Forty inputs and outputs with long names, and a sum of all. */
function many(): Program {
  const inputs = Array.from({ length: 40 }, (_, place) =>
    o.input(`a rather long name of input ${place}`, "real", [3, 1, 2]),
  );
  const total = inputs.reduce((sum, input) => o.add(sum, o.broadcast(input, [2, 3, 4, 2])));
  const parts = o.make("concat", inputs, { axis: 1 });
  return {
    name: "a program whose name alone would fill most of a line of eighty columns",
    inputs,
    outputs: [
      { name: "total", value: total },
      { name: "parts", value: parts },
      ...inputs.map((input, place) => ({ name: `negative ${place}`, value: o.neg(input) })),
    ],
  };
}

/** Names that the emitted code uses itself. */
function namesake(): Program {
  const names = [
    "o",
    "T",
    "B",
    "scan",
    "Ops",
    "specification",
    "defineModel",
    "class",
    "await",
    "constructor",
    "__proto__",
    "toString",
    "undefined",
    "loop1",
    "sum1",
    "namesake",
  ];
  const inputs = names.map((name) => o.input(name, "real", ["B"]));
  const total = inputs.reduce((sum, input) => o.mul(sum, input));
  return {
    name: "namesake",
    inputs,
    outputs: [
      { name: "__proto__", value: o.sum(total, [0]) },
      ...inputs.map((value, place) => ({ name: names[place] === "__proto__" ? "proto" : (names[place] ?? ""), value })),
    ],
  };
}
