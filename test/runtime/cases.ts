/** On which programs are the engines compared? At least one per operation: a missing one is a type error. */
import type { Ops, Shape } from "../../runtime/ops.js";
import { booleans, integers, reals, spread } from "./case.js";
import type { Case } from "./case.js";
import { scanCases, whileCases } from "./scan-cases.js";

type OpCases = { readonly [K in Exclude<keyof Ops<unknown>, "shapeOf">]: readonly Case[] };

type UnaryName =
  | "neg"
  | "exp"
  | "log"
  | "sqrt"
  | "abs"
  | "sign"
  | "floor"
  | "round"
  | "sin"
  | "cos"
  | "tan"
  | "atan"
  | "tanh"
  | "erf"
  | "sigmoid"
  | "softplus"
  | "silu"
  | "not"
  | "toReal"
  | "toInt";
type BinaryName =
  "add" | "sub" | "mul" | "div" | "pow" | "max" | "min" | "atan2" | "less" | "lessEqual" | "equal" | "and" | "or";

/** A unary operation on a vector, a matrix and a scalar; and on special values. */
function unary(op: UnaryName, low: number, high: number, special: readonly number[]): Case[] {
  const build: Case["build"] = (o, [x]) => [o[op](x!)];
  return [
    { name: `${op} of a vector`, inputs: [spread([37], low, high)], build },
    { name: `${op} of rank 3`, inputs: [spread([2, 3, 5], low, high, 3)], build },
    { name: `${op} of a scalar`, inputs: [spread([], low, high, 5)], build },
    { name: `${op} of special values`, inputs: [reals(special)], build },
  ];
}

const BROADCASTS: readonly (readonly [Shape, Shape])[] = [
  [[7], [7]],
  [[3, 4], [4]],
  [
    [3, 1],
    [1, 4],
  ],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [[], [2, 3]],
  [[2, 3], []],
  [[], []],
  [
    [2, 2, 2, 2, 2],
    [2, 1, 2, 1, 2],
  ],
];

function binary(op: BinaryName, low: readonly [number, number], high: readonly [number, number]): Case[] {
  return BROADCASTS.map(([a, b]) => ({
    name: `${op} of [${a.join(", ")}] and [${b.join(", ")}]`,
    inputs: [spread(a, low[0], high[0], 2), spread(b, low[1], high[1], 9)],
    build: (o, [x, y]) => [o[op](x!, y!)],
  }));
}

function comparison(op: "less" | "lessEqual" | "equal"): Case[] {
  const a = [0, 1, 2, 2, -1, 0.5];
  const b = [0, 2, 1, 2, -1, 0.25];
  const build: Case["build"] = (o, [x, y]) => [o[op](x!, y!)];
  return [
    { name: `${op} of reals`, inputs: [reals(a), reals(b)], build },
    { name: `${op} of integers`, inputs: [integers([1, 2, 3]), integers([3, 2, 1])], build },
    { name: `${op} with a scalar`, inputs: [reals(a, [2, 3]), reals([1], [])], build },
  ];
}

function logical(op: "and" | "or"): Case[] {
  return [
    {
      name: `${op} of vectors`,
      inputs: [booleans([0, 0, 1, 1]), booleans([0, 1, 0, 1])],
      build: (o, [a, b]) => [o[op](a!, b!)],
    },
    {
      name: `${op} of a matrix and a row`,
      inputs: [booleans([0, 1, 1, 0], [2, 2]), booleans([1, 0])],
      build: (o, [a, b]) => [o[op](a!, b!)],
    },
  ];
}

export const opCases: OpCases = {
  scalar: [{ name: "scalar", inputs: [reals([2])], build: (o, [x]) => [o.mul(x!, o.scalar(2.5)), o.scalar(-3)] }],
  constant: [
    {
      name: "constant",
      inputs: [spread([2, 3], -1, 1)],
      build: (o, [x]) => [o.add(x!, o.constant([1, 2, 3, 4, 5, 6], [2, 3])), o.constant([], [0, 2])],
    },
  ],
  iota: [
    {
      name: "iota",
      inputs: [spread([4], -1, 1)],
      build: (o, [x]) => [o.iota(5), o.add(x!, o.toReal(o.iota(4))), o.iota(0)],
    },
  ],

  neg: [
    ...unary("neg", -3, 3, [0, 1e30]),
    { name: "neg of integers", inputs: [integers([1, -2])], build: (o, [x]) => [o.neg(x!)] },
  ],
  exp: unary("exp", -5, 5, [0, -100, 80]),
  log: unary("log", 1e-3, 50, [1, 1e-30, 1e30]),
  sqrt: unary("sqrt", 0, 9, [0, 1, 1e-30, 1e30]),
  abs: unary("abs", -3, 3, [0, -1e30]),
  sign: unary("sign", -3, 3, [0, 5, -5]),
  floor: unary("floor", -9, 9, [0, 2, -2, -0.5, 0.999]),
  round: unary("round", -9, 9, [0.5, 1.5, 2.5, -0.5, -1.5, 3.49, -3.51]),
  sin: unary("sin", -20, 20, [0, Math.PI, 200]),
  cos: unary("cos", -20, 20, [0, Math.PI, 200]),
  // Away from the poles, where the float32 rounding of the argument itself is amplified.
  tan: unary("tan", -1.2, 1.2, [0, 3]),
  atan: unary("atan", -6, 6, [0, 1e10, -1e10]),
  tanh: unary("tanh", -4, 4, [0, 30, -30, 1e-4]),
  erf: unary("erf", -3.5, 3.5, [0, 1e-3, 6, -6]),
  sigmoid: unary("sigmoid", -8, 8, [0, 80, -80]),
  softplus: unary("softplus", -8, 8, [0, 90, -90]),
  silu: unary("silu", -8, 8, [0, 80, -80]),
  not: [{ name: "not", inputs: [booleans([0, 1, 1], [3])], build: (o, [x]) => [o.not(x!)] }],
  toReal: [
    { name: "toReal of integers", inputs: [integers([3, -4, 0])], build: (o, [x]) => [o.toReal(x!)] },
    { name: "toReal of booleans", inputs: [booleans([0, 1])], build: (o, [x]) => [o.toReal(x!)] },
  ],
  toInt: [
    { name: "toInt", inputs: [reals([1.9, -1.9, 0, 7, -0.5])], build: (o, [x]) => [o.toInt(x!)] },
    { name: "toInt of booleans", inputs: [booleans([0, 1])], build: (o, [x]) => [o.toInt(x!)] },
  ],

  add: [
    ...binary("add", [-3, -3], [3, 3]),
    { name: "add of integers", inputs: [integers([1, 2]), integers([3, -4])], build: (o, [a, b]) => [o.add(a!, b!)] },
  ],
  sub: binary("sub", [-3, -3], [3, 3]),
  mul: [
    ...binary("mul", [-3, -3], [3, 3]),
    { name: "mul of integers", inputs: [integers([5, 2]), integers([3, -4])], build: (o, [a, b]) => [o.mul(a!, b!)] },
    {
      name: "mul that makes a silu",
      inputs: [spread([3, 4], -4, 4)],
      build: (o, [x]) => [o.mul(x!, o.sigmoid(x!)), o.mul(o.sigmoid(x!), x!)],
    },
  ],
  div: binary("div", [-3, 0.2], [3, 3]),
  pow: [
    ...binary("pow", [0.1, -2], [3, 2]),
    {
      name: "pow with constant integer exponents",
      inputs: [reals([-2, -0.5, 0.5, 3])],
      build: (o, [x]) => [-2, -1, 0, 1, 2, 3, 4, 5].map((n) => o.pow(x!, o.scalar(n))),
    },
    {
      name: "pow with constant roots",
      inputs: [spread([5], 0.1, 4)],
      build: (o, [x]) => [0.5, -0.5, 1.5].map((n) => o.pow(x!, o.scalar(n))),
    },
    { name: "pow of a constant", inputs: [spread([5], -2, 2)], build: (o, [x]) => [o.pow(o.scalar(2), x!)] },
  ],
  max: binary("max", [-3, -3], [3, 3]),
  min: binary("min", [-3, -3], [3, 3]),
  atan2: [
    ...binary("atan2", [-3, -3], [3, 3]),
    {
      name: "atan2 on the axes",
      inputs: [reals([0, 1, 0, -1, 0]), reals([1, 0, -1, 0, 0])],
      build: (o, [y, x]) => [o.atan2(y!, x!)],
    },
  ],
  less: comparison("less"),
  lessEqual: comparison("lessEqual"),
  equal: [
    ...comparison("equal"),
    {
      name: "equal of booleans",
      inputs: [booleans([0, 0, 1]), booleans([0, 1, 1])],
      build: (o, [a, b]) => [o.equal(a!, b!)],
    },
  ],
  and: logical("and"),
  or: logical("or"),
  select: [
    {
      name: "select of matrices",
      inputs: [booleans([1, 0, 0, 1], [2, 2]), reals([1, 2, 3, 4], [2, 2]), reals([5, 6, 7, 8], [2, 2])],
      build: (o, [c, a, b]) => [o.select(c!, a!, b!)],
    },
    {
      name: "select that stretches all three",
      inputs: [booleans([1, 0], [2, 1]), reals([1, 2, 3]), reals([7], [])],
      build: (o, [c, a, b]) => [o.select(c!, a!, b!), o.select(c!, b!, a!)],
    },
    {
      name: "select by a scalar",
      inputs: [booleans([1], []), reals([1, 2, 3]), reals([4, 5, 6])],
      build: (o, [c, a, b]) => [o.select(c!, a!, b!), o.select(o.not(c!), a!, b!)],
    },
    {
      name: "select of booleans and integers",
      inputs: [booleans([1, 0]), booleans([1, 1]), booleans([0, 0]), integers([1, 2]), integers([3, 4])],
      build: (o, [c, a, b, i, j]) => [o.select(c!, a!, b!), o.select(c!, i!, j!)],
    },
  ],

  sum: [
    ...[[0], [1], [2], [0, 1], [1, 2], [0, 2], [0, 1, 2], []].map((axes): Case => ({
      name: `sum over axes [${axes.join(", ")}]`,
      inputs: [spread([2, 3, 4], -2, 2)],
      build: (o, [x]) => [o.sum(x!, axes)],
    })),
    { name: "sum of a long column", inputs: [spread([300, 5], 0, 1)], build: (o, [x]) => [o.sum(x!, [0])] },
    { name: "sum of a vector", inputs: [spread([300], 0, 1)], build: (o, [x]) => [o.sum(x!, [0])] },
    { name: "sum of integers", inputs: [integers([1, 2, 3, 4], [2, 2])], build: (o, [x]) => [o.sum(x!, [0])] },
    {
      name: "sum over an empty axis",
      inputs: [spread([2, 3], -1, 1)],
      build: (o, [x]) => [o.sum(o.slice(x!, [0, 1], [2, 0]), [1])],
    },
  ],
  reduceMax: [[0], [1], [2], [0, 2], [0, 1, 2]].map((axes) => ({
    name: `reduceMax over axes [${axes.join(", ")}]`,
    inputs: [spread([2, 3, 4], -2, 2)],
    build: (o, [x]) => [o.reduceMax(x!, axes)],
  })),

  reshape: [
    {
      name: "reshape",
      inputs: [spread([2, 6], -1, 1), spread([], -1, 1), booleans([1, 0])],
      build: (o, [x, s, b]) => [
        o.reshape(x!, [3, 4]),
        o.reshape(x!, [12]),
        o.reshape(s!, [1, 1]),
        o.reshape(o.reshape(s!, [1]), []),
        o.reshape(b!, [2, 1]),
      ],
    },
  ],
  transpose: [
    { name: "transpose of a matrix", inputs: [spread([3, 4], -1, 1)], build: (o, [x]) => [o.transpose(x!, [1, 0])] },
    {
      name: "transpose of rank 4",
      inputs: [spread([2, 3, 4, 5], -1, 1)],
      build: (o, [x]) => [o.transpose(x!, [0, 2, 3, 1]), o.transpose(x!, [3, 1, 0, 2]), o.transpose(x!, [0, 1, 3, 2])],
    },
    { name: "transpose of integers", inputs: [integers([1, 2], [1, 2])], build: (o, [x]) => [o.transpose(x!, [1, 0])] },
  ],
  broadcast: [
    {
      name: "broadcast",
      inputs: [spread([3], -1, 1), spread([2, 1], -1, 1), spread([], -1, 1), booleans([1, 0], [2, 1])],
      build: (o, [row, column, scalar, flags]) => [
        o.broadcast(row!, [2, 3]),
        o.broadcast(column!, [4, 2, 3]),
        o.broadcast(scalar!, [2, 2]),
        o.broadcast(flags!, [2, 3]),
        o.mul(o.broadcast(row!, [2, 3]), o.broadcast(row!, [2, 3])),
      ],
    },
  ],
  slice: [
    {
      name: "slice",
      inputs: [spread([5, 6], -1, 1), integers([1, 2, 3, 4]), booleans([1, 0, 1])],
      build: (o, [x, i, b]) => [
        o.slice(x!, [1, 2], [3, 4]),
        o.slice(x!, [0, 5], [5, 1]),
        o.slice(x!, [0, 0], [5, 6]),
        o.slice(i!, [2], [2]),
        o.slice(b!, [1], [2]),
      ],
    },
    {
      name: "slice of a flat vector into all its pieces",
      inputs: [spread([20], -1, 1)],
      build: (o, [x]) => [
        o.reshape(o.slice(x!, [0], [6]), [2, 3]),
        o.slice(x!, [6], [4]),
        o.reshape(o.slice(x!, [10], [10]), [5, 2]),
      ],
    },
  ],
  pad: [
    {
      name: "pad",
      inputs: [spread([2, 3], -1, 1), integers([1, 2])],
      build: (o, [x, i]) => [o.pad(x!, [1, 0], [0, 2]), o.pad(x!, [0, 0], [0, 0]), o.pad(i!, [1], [1])],
    },
  ],
  concat: [
    {
      name: "concat",
      inputs: [spread([2, 3], -1, 1), spread([2, 1], -1, 1, 4), spread([1, 3], -1, 1, 5)],
      build: (o, [a, b, c]) => [o.concat([a!, b!, a!], 1), o.concat([a!, c!], 0), o.concat([a!], 0)],
    },
    {
      name: "concat with an empty part",
      inputs: [spread([2, 3], -1, 1)],
      build: (o, [x]) => [o.concat([o.slice(x!, [0, 0], [2, 0]), x!], 1)],
    },
    {
      name: "concat of integers",
      inputs: [integers([1]), integers([2, 3])],
      build: (o, [a, b]) => [o.concat([a!, b!], 0)],
    },
  ],
  reverse: [
    {
      name: "reverse",
      inputs: [spread([3, 4], -1, 1), integers([1, 2, 3])],
      build: (o, [x, i]) => [o.reverse(x!, [0]), o.reverse(x!, [1]), o.reverse(x!, [0, 1]), o.reverse(i!, [0])],
    },
  ],
  gather: [
    {
      name: "gather",
      inputs: [spread([5, 3], -1, 1), integers([4, 0, 4, 2], [2, 2]), integers([3], []), spread([5], -1, 1)],
      build: (o, [table, indices, one, vector]) => [
        o.gather(table!, indices!),
        o.gather(table!, one!),
        o.gather(vector!, indices!),
        o.gather(o.iota(5), indices!),
      ],
    },
  ],
  scatterAdd: [
    {
      name: "scatterAdd with repeated indices",
      inputs: [integers([1, 1, 3, 1, 0], [5]), spread([5, 2], -1, 1), spread([5], -1, 1)],
      build: (o, [indices, updates, scalars]) => [
        o.scatterAdd(indices!, updates!, 4),
        o.scatterAdd(indices!, scalars!, 6),
      ],
    },
    {
      name: "scatterAdd of many rows into few",
      inputs: [integers(Array.from({ length: 3000 }, (_, i) => (i * 7) % 11)), spread([3000, 8], -1, 1)],
      build: (o, [indices, updates]) => [o.scatterAdd(indices!, updates!, 11)],
      // Sums of 273 numbers up to 1 in any order.
      tolerance: 3e-5,
    },
    {
      name: "scatterAdd of a table of indices",
      inputs: [integers([0, 2, 2, 1], [2, 2]), spread([2, 2, 3], -1, 1), integers([1], []), spread([3], -1, 1)],
      build: (o, [indices, updates, one, row]) => [o.scatterAdd(indices!, updates!, 3), o.scatterAdd(one!, row!, 2)],
    },
  ],

  matMul: [
    {
      name: "matMul",
      inputs: [spread([4, 3], -1, 1), spread([3, 5], -1, 1, 4), spread([3], -1, 1, 6), spread([2, 4, 3], -1, 1, 8)],
      build: (o, [a, b, vector, batch]) => [o.matMul(a!, b!), o.matMul(vector!, b!), o.matMul(batch!, b!)],
    },
    {
      name: "matMul with transposed operands",
      inputs: [spread([3, 4], -1, 1), spread([5, 3], -1, 1, 4), spread([2, 4, 3], -1, 1, 8)],
      build: (o, [a, b, batch]) => [
        o.matMul(o.transpose(a!, [1, 0]), o.transpose(b!, [1, 0])),
        o.matMul(o.transpose(a!, [1, 0]), a!),
        o.matMul(batch!, o.transpose(b!, [1, 0])),
        o.transpose(a!, [1, 0]),
      ],
    },
    {
      name: "matMul with a bias",
      inputs: [
        spread([4, 3], -1, 1),
        spread([3, 5], -1, 1),
        spread([5], -1, 1),
        spread([4, 1], -1, 1),
        spread([2, 4, 3], -1, 1),
      ],
      build: (o, [a, b, row, column, batch]) => [
        o.add(o.matMul(a!, b!), row!),
        o.add(row!, o.matMul(o.neg(a!), b!)),
        o.add(o.matMul(o.exp(a!), b!), column!),
        o.add(o.matMul(batch!, b!), row!),
        o.add(o.matMul(o.abs(a!), b!), o.scalar(2)),
        o.add(o.matMul(a!, o.exp(b!)), o.reshape(row!, [1, 5])),
      ],
    },
  ],
  batchMatMul: [
    {
      name: "batchMatMul",
      inputs: [
        spread([2, 3, 4], -1, 1),
        spread([2, 4, 5], -1, 1, 3),
        spread([2, 2, 2, 3], -1, 1),
        spread([2, 2, 3, 2], -1, 1),
      ],
      build: (o, [a, b, c, d]) => [o.batchMatMul(a!, b!), o.batchMatMul(c!, d!)],
    },
    {
      name: "batchMatMul with transposed operands",
      inputs: [spread([2, 4, 3], -1, 1), spread([2, 5, 4], -1, 1, 3)],
      build: (o, [a, b]) => [o.batchMatMul(o.transpose(a!, [0, 2, 1]), o.transpose(b!, [0, 2, 1]))],
    },
  ],
  convolve: [
    {
      name: "convolve",
      inputs: [
        spread([2, 5, 4, 3], -1, 1),
        spread([3, 2, 3, 2], -1, 1, 3),
        spread([4, 4, 3], -1, 1),
        spread([2], -1, 1),
      ],
      build: (o, [x, kernels, single, row]) => [
        o.convolve(x!, kernels!),
        o.convolve(single!, kernels!),
        o.convolve(o.pad(x!, [0, 1, 0, 0], [0, 2, 1, 0]), kernels!),
        o.add(o.convolve(x!, o.neg(kernels!)), row!),
        o.add(o.reshape(row!, [1, 2]), o.convolve(o.pad(o.exp(x!), [1, 0, 0, 0], [0, 0, 0, 0]), kernels!)),
      ],
    },
    {
      name: "convolve with kernels larger than the result",
      inputs: [
        spread([3, 6, 5, 2], -1, 1),
        spread([3, 4, 4, 3], -1, 1, 3),
        spread([2, 6, 5, 3], -1, 1),
        spread([5, 4, 3, 2], -1, 1),
      ],
      build: (o, [x, cotangent, y, kernels]) => [
        o.convolve(o.transpose(x!, [3, 1, 2, 0]), o.transpose(cotangent!, [1, 2, 0, 3])),
        o.convolve(y!, kernels!),
      ],
    },
  ],

  scan: scanCases,
  while: whileCases,
};
