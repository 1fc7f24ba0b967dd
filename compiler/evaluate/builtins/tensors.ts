/** Built-in functions of tensors: elementwise mathematics, reductions, shapes. */
import { catalogue } from "../../diagnostics/catalogue.js";
import * as ir from "../../ir/build.js";
import { broadcastShapes } from "../../ir/dims.js";
import type { Value } from "../../ir/value.js";
import { softmax } from "../activations.js";
import {
  constantOf,
  isOfTwoDraws,
  mapRecord,
  number,
  numbersOf,
  reportTwoDraws,
  showShape,
  tensor,
} from "../arithmetic.js";
import type { Context } from "../context.js";
import { report } from "../context.js";
import { stack } from "../evaluate.js";
import { isTold } from "../independent-target.js";
import type { Thing } from "../thing.js";
import { poison } from "../thing.js";
import type { BuiltinCall, BuiltinRow } from "./row.js";
import { spanAt, tensorAt } from "./row.js";

/** A function of each number; `domain` says which constants it refuses. */
function elementwise(
  doc: string,
  build: (x: Value) => Value,
  numeric: (x: number) => number,
  domain: { readonly has: (x: number) => boolean; readonly words: string } | null = null,
): BuiltinRow {
  return {
    doc,
    parameters: ["x"],
    evaluate: (call, c) => {
      const [thing] = call.things;
      if (thing?.kind === "record")
        return mapRecord(thing, (field) => (field.kind === "tensor" ? tensor(build(field.value)) : poison));
      const x = tensorAt(call, 0, c);
      if (x === null) return poison;
      const stray = domain === null ? undefined : numbersOf(x)?.find((entry) => !domain.has(entry));
      if (domain !== null && stray !== undefined) {
        return report(c, catalogue.outsideDomain, call.span, {
          operation: `\`${call.name.toLowerCase()}\``,
          value: String(stray),
          domain: domain.words,
        });
      }
      const constant = constantOf(tensor(x));
      const built = build(x);
      return constant === null || built.op === "scalar" ? tensor(built) : number(numeric(constant));
    },
  };
}

function twoOperands(
  doc: string,
  build: (a: Value, b: Value) => Value,
  numeric: (a: number, b: number) => number,
): BuiltinRow {
  return {
    doc,
    parameters: ["a", "b"],
    rest: true,
    evaluate: (call, c) => {
      let total = tensorAt(call, 0, c);
      for (let place = 1; place < call.things.length; place += 1) {
        const next = tensorAt(call, place, c);
        if (total === null || next === null) return poison;
        if (broadcastShapes(total.shape, next.shape) === null) {
          return report(c, catalogue.shapesDiffer, call.span, {
            operation: `\`${call.name}\``,
            left: showShape(total.shape),
            right: showShape(next.shape),
          });
        }
        const [a, b] = [constantOf(tensor(total)), constantOf(tensor(next))];
        total = a !== null && b !== null ? ir.scalar(numeric(a, b)) : build(total, next);
      }
      return total === null ? poison : tensor(total);
    },
  };
}

/** One number from all numbers of a tensor; of a generator's items, `over` its elements, with the shape of an item. */
function reduction(doc: string, reduce: (x: Value) => Value, over = reduce): BuiltinRow {
  return {
    doc,
    parameters: ["x"],
    rest: true,
    gathers: true,
    evaluate: (call, c) => {
      const gathered = call.things.length === 1 ? call.things[0] : stack(call.things, call.span, c);
      if (gathered === undefined || gathered.kind === "poison") return poison;
      if (gathered.kind !== "tensor")
        return tensorAt({ ...call, things: [gathered] }, 0, c) === null ? poison : gathered;
      return tensor((call.isGenerated ? over : reduce)(gathered.value));
    },
  };
}

export const allAxes = (x: Value): number[] => x.shape.map((_, axis) => axis);
const sumAll = (x: Value): Value => (x.shape.length === 0 ? x : ir.sum(x, allAxes(x)));
const meanAll = (x: Value): Value => (x.shape.length === 0 ? x : ir.mean(x, allAxes(x)));
const sumOver = (x: Value): Value => ir.sum(x, [0]);
const meanOver = (x: Value): Value => ir.mean(x, [0]);
const square = (x: Value): Value => ir.mul(x, x);
const largest = (x: Value): Value => (x.shape.length === 0 ? x : ir.reduceMax(x, allAxes(x)));
const largestOver = (x: Value): Value => ir.reduceMax(x, [0]);

const positive = { has: (x: number) => x > 0, words: "a positive number" };
const nonnegative = { has: (x: number) => x >= 0, words: "a number that is not negative" };

/** Error function by its Taylor series and continued fraction are the engines' business; constants use this. */
const erfConstant = (x: number): number => {
  let term = x;
  let total = x;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-17; n += 1) {
    term *= -(x * x) / n;
    total += term / (2 * n + 1);
  }
  return Math.abs(x) > 5 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * total;
};

export const standardDeviation = (x: Value): Value => {
  const centred = ir.sub(x, meanAll(x));
  return ir.sqrt(meanAll(square(centred)));
};

export const tensorBuiltins: readonly (readonly [string, BuiltinRow])[] = [
  ["exp", elementwise("e to the power of each number.", ir.exp, Math.exp)],
  ["log", elementwise("The natural logarithm of each number.", ir.log, Math.log, positive)],
  ["sqrt", elementwise("The square root of each number.", ir.sqrt, Math.sqrt, nonnegative)],
  ["abs", elementwise("The absolute value of each number.", ir.abs, Math.abs)],
  ["sin", elementwise("The sine of each number, in radians.", ir.sin, Math.sin)],
  ["cos", elementwise("The cosine of each number, in radians.", ir.cos, Math.cos)],
  ["tan", elementwise("The tangent of each number, in radians.", ir.tan, Math.tan)],
  ["tanh", elementwise("The hyperbolic tangent of each number.", ir.tanh, Math.tanh)],
  ["erf", elementwise("The error function of each number.", ir.erf, erfConstant)],
  ["round", elementwise("The nearest whole number, ties to even.", ir.round, roundToEven)],
  [
    "heaviside",
    elementwise(
      "1 where a number is positive, else 0.",
      (x) => ir.toReal(ir.less(ir.scalar(0), x)),
      (x) => (x > 0 ? 1 : 0),
    ),
  ],
  ["identity", { doc: "Its argument.", parameters: ["x"], evaluate: (call) => call.things[0] ?? poison }],
  ["atan2", twoOperands("The angle of the point (x, y), given as atan2(y, x).", ir.atan2, Math.atan2)],
  ["min", twoOperands("The smaller of its arguments, number by number.", ir.min, Math.min)],
  [
    "max",
    {
      ...twoOperands("The larger of its arguments, number by number.", ir.max, Math.max),
      parameters: ["a"],
      gathers: true,
      evaluate: (call, c) => {
        const isOne = call.things.length === 1 || call.isGenerated;
        return (isOne ? reduction("", largest, largestOver) : twoOperands("", ir.max, Math.max)).evaluate(call, c);
      },
    },
  ],
  [
    "clamp",
    {
      doc: "Each number, held between a low and a high bound.",
      parameters: ["x", "low", "high"],
      evaluate: (call, c) => {
        const [x, low, high] = [tensorAt(call, 0, c), tensorAt(call, 1, c), tensorAt(call, 2, c)];
        return x === null || low === null || high === null ? poison : tensor(ir.min(ir.max(x, low), high));
      },
    },
  ],
  ["sum", reduction("The sum of all numbers, or of what a generator makes.", sumAll, sumOver)],
  [
    "sqnorm",
    { ...reduction("The sum of the squares of all numbers.", (x) => sumAll(square(x))), evaluate: squaredNorm },
  ],
  ["norm", reduction("The Euclidean norm.", (x) => ir.sqrt(sumAll(square(x))))],
  ["softmax", reduction("exp(x) / sum(exp(x)).", softmax)],
  ["dot", { doc: "The inner product of two tensors of one shape.", parameters: ["a", "b"], evaluate: dot }],
  ["mean of numbers", reduction("The mean of all numbers, or of what a generator makes.", meanAll, meanOver)],
  ["std of numbers", { ...reduction("The standard deviation of all numbers.", standardDeviation), evaluate: spread }],
  [
    "argmax",
    {
      doc: "The place of the largest number, counted from 0; the first of several.",
      parameters: ["x"],
      evaluate: placeOfLargest,
    },
  ],
  [
    "stop_gradient",
    { doc: "Its argument, held fixed by every derivative.", parameters: ["x"], evaluate: stopGradient },
  ],
  ["linspace", { doc: "Numbers evenly spaced from a to b.", parameters: ["a", "b", "count"], evaluate: linspace }],
  ["reversed", { doc: "The elements of the first axis, last first.", parameters: ["x"], evaluate: reversed }],
  ["concat", { doc: "Joins tensors along their first axis.", parameters: ["a"], rest: true, evaluate: concat }],
  ["transpose", { doc: "A matrix with its axes exchanged.", parameters: ["x"], evaluate: transpose }],
  ["cumsum", { doc: "Running sums along the first axis.", parameters: ["x"], evaluate: cumulated }],
];

/** One number alone has none, whatever it is. */
function spread(call: BuiltinCall, c: Context): Thing {
  const [thing] = call.things;
  const isOne = call.things.length === 1 && thing?.kind === "tensor" && thing.value.shape.every((size) => size === 1);
  if (isOne) return report(c, catalogue.groupOfOne, spanAt(call, 0), { count: 1 });
  return reduction("", standardDeviation).evaluate(call, c);
}

function placeOfLargest(call: BuiltinCall, c: Context): Thing {
  const x = tensorAt(call, 0, c);
  const count = x?.shape[0];
  if (x === null) return poison;
  if (x.shape.length !== 1 || typeof count !== "number") {
    return report(c, catalogue.wrongShape, spanAt(call, 0), {
      what: "What `argmax` looks through",
      expected: "one axis",
      found: showShape(x.shape),
    });
  }
  const isLargest = ir.lessEqual(ir.reduceMax(x, [0]), x);
  const places = ir.select(
    isLargest,
    ir.constant(
      Array.from({ length: count }, (_, i) => -i),
      [count],
    ),
    ir.scalar(-count),
  );
  return tensor(ir.neg(ir.reduceMax(places, [0])));
}

function roundToEven(x: number): number {
  const nearest = Math.round(x);
  return Math.abs(x % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

function squaredNorm(call: BuiltinCall, c: Context): Thing {
  const [thing] = call.things;
  if (thing?.kind === "record") {
    const parts = [...thing.fields.values()].map((field) =>
      field.kind === "tensor" ? sumAll(square(field.value)) : ir.scalar(0),
    );
    return tensor(parts.reduce((a, b) => ir.add(a, b), ir.scalar(0)));
  }
  const x = tensorAt(call, 0, c);
  return x === null || !isTold(x, call.span, c) ? poison : tensor(sumAll(square(x)));
}

function dot(call: BuiltinCall, c: Context): Thing {
  const [a, b] = [tensorAt(call, 0, c), tensorAt(call, 1, c)];
  if (a === null || b === null) return poison;
  if (showShape(a.shape) !== showShape(b.shape)) {
    return report(c, catalogue.shapesDiffer, call.span, {
      operation: "`dot`",
      left: showShape(a.shape),
      right: showShape(b.shape),
    });
  }
  const [first = null, second = null] = call.things.map((thing) => (thing.kind === "tensor" ? thing.meaning : null));
  if (isOfTwoDraws(first, second)) return reportTwoDraws(first, second, call.span, c);
  return tensor(sumAll(ir.mul(a, b)));
}

function stopGradient(call: BuiltinCall, c: Context): Thing {
  const [thing] = call.things;
  if (thing?.kind === "record")
    return mapRecord(thing, (field) =>
      field.kind === "tensor" ? { ...field, value: ir.stopGradient(field.value) } : poison,
    );
  if (thing?.kind === "tensor") return { ...thing, value: ir.stopGradient(thing.value) };
  return tensorAt(call, 0, c) === null ? poison : poison;
}

function linspace(call: BuiltinCall, c: Context): Thing {
  const numbers = call.things.map(constantOf);
  const [a, b, count] = numbers;
  if (a == null || b == null || count == null || !Number.isInteger(count) || count < 2) {
    return report(c, catalogue.notConstant, call.span, { what: "Every argument of `linspace`" });
  }
  if (count > 1e5) {
    return report(c, catalogue.outOfRange, spanAt(call, 2), {
      what: "The number of nodes",
      found: String(count),
      expected: "at most 10^5",
    });
  }
  return tensor(
    ir.constant(
      Array.from({ length: count }, (_, i) => a + ((b - a) * i) / (count - 1)),
      [count],
    ),
  );
}

function reversed(call: BuiltinCall, c: Context): Thing {
  const [thing] = call.things;
  if (thing?.kind === "grid" && thing.part === null)
    return { kind: "grid", nodes: [...thing.nodes].reverse(), path: null, part: null };
  const x = tensorAt(call, 0, c);
  return x === null ? poison : tensor(ir.reverse(x, [0]));
}

function concat(call: BuiltinCall, c: Context): Thing {
  const parts: Value[] = [];
  for (let place = 0; place < call.things.length; place += 1) {
    const part = tensorAt(call, place, c);
    if (part === null) return poison;
    parts.push(part.shape.length === 0 ? ir.reshape(part, [1]) : part);
  }
  const [first] = parts;
  const misfit = parts.find((part) => showShape(part.shape.slice(1)) !== showShape(first?.shape.slice(1) ?? []));
  if (misfit !== undefined) {
    return report(c, catalogue.shapesDiffer, call.span, {
      operation: "`concat`",
      left: showShape(first?.shape ?? []),
      right: showShape(misfit.shape),
    });
  }
  return tensor(ir.concat(parts, 0));
}

function transpose(call: BuiltinCall, c: Context): Thing {
  const x = tensorAt(call, 0, c);
  if (x === null) return poison;
  if (x.shape.length !== 2) {
    return report(c, catalogue.wrongShape, spanAt(call, 0), {
      what: "What is transposed",
      expected: "two axes",
      found: showShape(x.shape),
    });
  }
  return tensor(ir.transpose(x, [1, 0]));
}

function cumulated(call: BuiltinCall, c: Context): Thing {
  const x = tensorAt(call, 0, c);
  const length = x?.shape[0];
  if (x === null) return poison;
  if (x.shape.length !== 1 || typeof length !== "number") {
    return report(c, catalogue.notCompiledYet, spanAt(call, 0), {
      construct: "`cumsum` of more than one axis",
      instead: null,
    });
  }
  if (length > 1024) {
    return report(c, catalogue.notCompiledYet, spanAt(call, 0), {
      construct: "`cumsum` of more than 1024 numbers",
      instead: null,
    });
  }
  const below = Array.from({ length: length * length }, (_, i) => (Math.floor(i / length) <= i % length ? 1 : 0));
  return tensor(ir.matMul(x, ir.constant(below, [length, length])));
}
