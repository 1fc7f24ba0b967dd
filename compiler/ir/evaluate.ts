/** What does a graph compute? Runs it on any engine, one `Ops` call per value. */
import type { Ops } from "../../runtime/ops.js";
import { InternalError } from "../internal-error.js";
import { resolve, resolveShape } from "./dims.js";
import { valuesInOrder } from "./order.js";
import type { OpName, Program, Value } from "./value.js";

/** Run-time sizes by name: what `"B"` is in this run. */
export type Sizes = Readonly<Record<string, number>>;

/** The tensors of `outputs`. `bindings` gives the inputs; any other value bound there is taken as given too. */
export function evaluate<T>(outputs: readonly Value[], bindings: ReadonlyMap<Value, T>, o: Ops<T>, sizes: Sizes): T[] {
  return evaluateInOrder(valuesInOrder(outputs, bindings), outputs, bindings, o, sizes);
}

/** Runs a program: named tensors in, named tensors out. */
export function run<T>(
  program: Program,
  inputs: Readonly<Record<string, T>>,
  o: Ops<T>,
  sizes: Sizes,
): Record<string, T> {
  const bindings = new Map<Value, T>();
  for (const input of program.inputs) {
    const name = input.params.name ?? "";
    const tensor = inputs[name];
    if (tensor === undefined) throw new InternalError(`program ${program.name}: no tensor for input ${name}`);
    bindings.set(input, tensor);
  }
  const results = evaluate(
    program.outputs.map((output) => output.value),
    bindings,
    o,
    sizes,
  );
  return Object.fromEntries(program.outputs.map((output, i) => [output.name, at(results, i)]));
}

interface ScanResult<T> {
  readonly carry: readonly T[];
  readonly rows: readonly T[];
}

function evaluateInOrder<T>(
  order: readonly Value[],
  outputs: readonly Value[],
  bindings: ReadonlyMap<Value, T>,
  o: Ops<T>,
  sizes: Sizes,
): T[] {
  const results = new Map<Value, T>(bindings);
  const scans = new Map<Value, ScanResult<T>>();
  const resultOf = (value: Value): T => {
    if (!results.has(value)) throw new InternalError(`value ${value.id} (${value.op}) has no result`);
    return results.get(value) as T; // present by the line above; T itself may be undefined
  };
  for (const value of order) {
    if (value.op === "scan") {
      scans.set(value, evaluateScan(value, value.inputs.map(resultOf), o, sizes));
    } else if (value.op === "while") {
      scans.set(value, evaluateWhile(value, value.inputs.map(resultOf), o, sizes));
    } else if (value.op === "pick") {
      results.set(value, picked(scans.get(operand(value, 0)), value));
    } else {
      results.set(value, rules[value.op](o, value.inputs.map(resultOf), value, sizes));
    }
  }
  return outputs.map(resultOf);
}

function evaluateScan<T>(scan: Value, operands: readonly T[], o: Ops<T>, sizes: Sizes): ScanResult<T> {
  const body = param(scan, "body");
  const nCarry = body.carry.length;
  const nXs = body.xs.length;
  const captured = operands.slice(nCarry + nXs);
  const outputs = [...body.nextCarry, ...body.rows];
  const order = valuesInOrder(outputs, new Set([...body.carry, ...body.xs, ...body.captures]));
  return o.scan(
    resolve(param(scan, "length"), sizes),
    operands.slice(0, nCarry),
    operands.slice(nCarry, nCarry + nXs),
    (inner, carry, xs) => {
      const bindings = new Map<Value, T>();
      body.carry.forEach((value, i) => bindings.set(value, at(carry, i)));
      body.xs.forEach((value, i) => bindings.set(value, at(xs, i)));
      body.captures.forEach((value, i) => bindings.set(value, at(captured, i)));
      const results = evaluateInOrder(order, outputs, bindings, inner, sizes);
      return { carry: results.slice(0, nCarry), rows: results.slice(nCarry) };
    },
  );
}

function evaluateWhile<T>(loop: Value, operands: readonly T[], o: Ops<T>, sizes: Sizes): ScanResult<T> {
  const body = param(loop, "body");
  const nCarry = body.carry.length;
  const outputs = [...body.nextCarry, ...body.rows];
  const order = valuesInOrder(outputs, new Set([...body.carry, ...body.captures]));
  const carry = o.while(resolve(param(loop, "length"), sizes), operands.slice(0, nCarry), (inner, carry) => {
    const bindings = new Map<Value, T>();
    body.carry.forEach((value, i) => bindings.set(value, at(carry, i)));
    body.captures.forEach((value, i) => bindings.set(value, at(operands, nCarry + i)));
    const results = evaluateInOrder(order, outputs, bindings, inner, sizes);
    return { carry: results.slice(0, nCarry), again: at(results, nCarry) };
  });
  return { carry, rows: [] };
}

function picked<T>(result: ScanResult<T> | undefined, pick: Value): T {
  if (result === undefined) throw new InternalError(`value ${pick.id}: pick of what is not a loop`);
  return at([...result.carry, ...result.rows], param(pick, "index"));
}

/** How one value is asked of an engine. */
type Rule = <T>(o: Ops<T>, x: readonly T[], value: Value, sizes: Sizes) => T;

const rules: { readonly [Name in Exclude<OpName, "scan" | "while" | "pick">]: Rule } = {
  across: (_o, _x, value) => {
    throw new InternalError(`value ${value.id} looks across samples, and there is no batch`);
  },
  input: (_o, _x, value) => {
    throw new InternalError(`input ${value.params.name ?? value.id} is not bound`);
  },
  size: (o, _x, value, sizes) => o.scalar(resolve(param(value, "size"), sizes)),
  stopGradient: (_o, x) => at(x, 0),

  scalar: (o, _x, value) => o.scalar(param(value, "value")),
  constant: (o, _x, value, sizes) => o.constant(param(value, "values"), resolveShape(param(value, "shape"), sizes)),
  iota: (o, _x, value, sizes) => o.iota(resolve(param(value, "length"), sizes)),

  neg: (o, x) => o.neg(at(x, 0)),
  exp: (o, x) => o.exp(at(x, 0)),
  log: (o, x) => o.log(at(x, 0)),
  sqrt: (o, x) => o.sqrt(at(x, 0)),
  abs: (o, x) => o.abs(at(x, 0)),
  sign: (o, x) => o.sign(at(x, 0)),
  floor: (o, x) => o.floor(at(x, 0)),
  round: (o, x) => o.round(at(x, 0)),
  sin: (o, x) => o.sin(at(x, 0)),
  cos: (o, x) => o.cos(at(x, 0)),
  tan: (o, x) => o.tan(at(x, 0)),
  atan: (o, x) => o.atan(at(x, 0)),
  tanh: (o, x) => o.tanh(at(x, 0)),
  erf: (o, x) => o.erf(at(x, 0)),
  sigmoid: (o, x) => o.sigmoid(at(x, 0)),
  softplus: (o, x) => o.softplus(at(x, 0)),
  silu: (o, x) => o.silu(at(x, 0)),
  not: (o, x) => o.not(at(x, 0)),
  toReal: (o, x) => o.toReal(at(x, 0)),
  toInt: (o, x) => o.toInt(at(x, 0)),

  add: (o, x) => o.add(at(x, 0), at(x, 1)),
  sub: (o, x) => o.sub(at(x, 0), at(x, 1)),
  mul: (o, x) => o.mul(at(x, 0), at(x, 1)),
  div: (o, x) => o.div(at(x, 0), at(x, 1)),
  pow: (o, x) => o.pow(at(x, 0), at(x, 1)),
  max: (o, x) => o.max(at(x, 0), at(x, 1)),
  min: (o, x) => o.min(at(x, 0), at(x, 1)),
  atan2: (o, x) => o.atan2(at(x, 0), at(x, 1)),
  less: (o, x) => o.less(at(x, 0), at(x, 1)),
  lessEqual: (o, x) => o.lessEqual(at(x, 0), at(x, 1)),
  equal: (o, x) => o.equal(at(x, 0), at(x, 1)),
  and: (o, x) => o.and(at(x, 0), at(x, 1)),
  or: (o, x) => o.or(at(x, 0), at(x, 1)),
  select: (o, x) => o.select(at(x, 0), at(x, 1), at(x, 2)),

  sum: (o, x, value) => o.sum(at(x, 0), param(value, "axes")),
  reduceMax: (o, x, value) => o.reduceMax(at(x, 0), param(value, "axes")),

  reshape: (o, x, value, sizes) => o.reshape(at(x, 0), resolveShape(param(value, "shape"), sizes)),
  transpose: (o, x, value) => o.transpose(at(x, 0), param(value, "permutation")),
  broadcast: (o, x, value, sizes) => o.broadcast(at(x, 0), resolveShape(param(value, "shape"), sizes)),
  slice: (o, x, value, sizes) => o.slice(at(x, 0), param(value, "starts"), resolveShape(param(value, "sizes"), sizes)),
  pad: (o, x, value) => o.pad(at(x, 0), param(value, "before"), param(value, "after")),
  concat: (o, x, value) => o.concat(x, param(value, "axis")),
  reverse: (o, x, value) => o.reverse(at(x, 0), param(value, "axes")),
  gather: (o, x) => o.gather(at(x, 0), at(x, 1)),
  scatterAdd: (o, x, value, sizes) => o.scatterAdd(at(x, 0), at(x, 1), resolve(param(value, "size"), sizes)),

  matMul: (o, x) => o.matMul(at(x, 0), at(x, 1)),
  batchMatMul: (o, x) => o.batchMatMul(at(x, 0), at(x, 1)),
  convolve: (o, x) => o.convolve(at(x, 0), at(x, 1)),
};

function param<K extends keyof Value["params"]>(value: Value, key: K): NonNullable<Value["params"][K]> {
  const found = value.params[key];
  if (found === undefined) throw new InternalError(`value ${value.id} (${value.op}) has no ${key}`);
  return found;
}

function operand(value: Value, index: number): Value {
  return at(value.inputs, index);
}

function at<X>(items: readonly X[], index: number): X {
  if (index >= items.length) throw new InternalError(`no item ${index} of ${items.length}`);
  return items[index] as X; // inside the bounds by the line above
}
