/** How does a graph written for one sample become a graph over a batch of samples? */
import { InternalError } from "../internal-error.js";
import * as o from "./build.js";
import { input, make, withOrigin } from "./build.js";
import { valuesInOrder } from "./order.js";
import { substitute } from "./substitute.js";
import type { Dim, ScanBody, Value } from "./value.js";
import { batchRules, materialised, swapLeading } from "./vectorise-rules.js";
import type { Lane } from "./vectorise-rules.js";

/** Graphs over a batch; `batched[i]` says whether `values[i]` has the batch axis or is the same for every sample. */
export interface Vectorised {
  readonly values: Value[];
  readonly batched: boolean[];
}

/**
 * `outputs` for every sample along a new leading axis of size `dim`. `batched` gives, for inputs that differ between
 * samples, their counterparts with that axis. What depends on none of them is left as it is and shared.
 */
export function vectorise(outputs: readonly Value[], batched: ReadonlyMap<Value, Value>, dim: Dim): Vectorised {
  const lanes = new Map<Value, Lane>();
  const scans = new Map<Value, LoopLanes>();
  for (const [sample, batch] of batched) lanes.set(sample, { value: batch, batched: true });
  const laneOf = (value: Value): Lane => lanes.get(value) ?? { value, batched: false };

  for (const value of valuesInOrder(outputs, batched)) {
    const operands = value.inputs.map(laneOf);
    if (value.op === "scan") {
      if (operands.some((lane) => lane.batched)) scans.set(value, batchScan(value, operands, dim));
      else if (isReplaced(value, operands)) lanes.set(value, rebuilt(value, operands));
    } else if (value.op === "across") {
      scans.set(value, { kind: "inlined", results: inlined(value, operands, dim) });
    } else if (value.op === "while") {
      if (operands.some((lane) => lane.batched)) scans.set(value, batchWhile(value, operands, dim));
      else if (isReplaced(value, operands)) lanes.set(value, rebuilt(value, operands));
    } else if (value.op === "pick") {
      const loop = operand(value.inputs, 0);
      const found = scans.get(loop);
      if (found !== undefined) lanes.set(value, pickLane(value, found));
      else if (isReplaced(value, operands)) lanes.set(value, rebuilt(value, operands));
    } else if (operands.some((lane) => lane.batched)) {
      const batch = withOrigin(value.origin, () => batchRule(value)(operands, value, dim));
      lanes.set(value, { value: batch, batched: true });
    } else if (isReplaced(value, operands)) {
      lanes.set(value, rebuilt(value, operands));
    }
  }
  const results = outputs.map(laneOf);
  return { values: results.map((lane) => lane.value), batched: results.map((lane) => lane.batched) };
}

type LoopLanes = ScanLanes | { readonly kind: "inlined"; readonly results: readonly Value[] };

/** The loop over a batch, and which of its results have the batch axis. */
interface ScanLanes {
  readonly kind: "loop";
  readonly scan: Value;
  readonly nCarry: number;
  readonly batched: readonly boolean[];
}

/**
 * Batched xs are [length, B, ...], so that a round sees [B, ...]. A carry is batched if its initial or its next value
 * is; next values may only become batched through other carries, so this is repeated until nothing changes.
 */
function batchScan(scan: Value, operands: readonly Lane[], dim: Dim): ScanLanes {
  const body = bodyOf(scan);
  const [nCarry, nXs] = [body.carry.length, body.xs.length];
  const flags = operands.map((lane) => lane.batched);
  const sampleInputs = [...body.carry, ...body.xs, ...body.captures];
  const sampleOutputs = [...body.nextCarry, ...body.rows];
  for (;;) {
    const counterparts = new Map<Value, Value>();
    sampleInputs.forEach((value, i) => {
      if (flags[i]) counterparts.set(value, withBatchAxis(value, dim));
    });
    const inner = vectorise(sampleOutputs, counterparts, dim);
    const grown = body.carry.map((_, i) => inner.batched[i] === true && flags[i] === false);
    if (grown.includes(true)) {
      grown.forEach((now, i) => (flags[i] ||= now));
      continue;
    }
    const lane = (i: number): Lane => ({ value: operand(inner.values, i), batched: inner.batched[i] === true });
    const inputs = sampleInputs.map((value) => counterparts.get(value) ?? value);
    const batchBody: ScanBody = {
      carry: inputs.slice(0, nCarry),
      xs: inputs.slice(nCarry, nCarry + nXs),
      captures: inputs.slice(nCarry + nXs),
      nextCarry: body.nextCarry.map((_, i) => (flags[i] ? materialised(lane(i), dim) : lane(i).value)),
      rows: body.rows.map((_, i) => lane(nCarry + i).value),
    };
    const initial = operands.map((entry, i) => {
      if (i < nCarry) return flags[i] ? materialised(entry, dim) : entry.value;
      return i < nCarry + nXs && entry.batched ? swapLeading(entry.value) : entry.value;
    });
    return {
      kind: "loop",
      scan: make("scan", initial, { ...scan.params, body: batchBody }, scan.origin),
      nCarry,
      batched: sampleOutputs.map((_, i) => (i < nCarry ? flags[i] === true : inner.batched[i] === true)),
    };
  }
}

/** What looks across samples, once they are all there: the body itself, its first axis being theirs. */
function inlined(across: Value, operands: readonly Lane[], dim: Dim): readonly Value[] {
  const body = bodyOf(across);
  const shared = operands.slice(body.xs.length);
  if (body.xs.some((x) => x.shape[0] !== dim)) throw new InternalError(`samples across ${dim} instead of the batch`);
  if (shared.some((lane) => lane.batched))
    throw new InternalError("what is shared across samples differs between them");
  const map = new Map<Value, Value>();
  body.xs.forEach((x, i) => map.set(x, materialised(laneAt(operands, i), dim)));
  body.captures.forEach((capture, i) => map.set(capture, laneAt(shared, i).value));
  return withOrigin(across.origin, () => substitute(body.rows, map));
}

/**
 * A sample whose condition fails is held fixed while the others go on: the loop runs until it fails for all. Every carry
 * is batched, since each sample stops in a round of its own.
 */
function batchWhile(loop: Value, operands: readonly Lane[], dim: Dim): ScanLanes {
  const body = bodyOf(loop);
  const nCarry = body.carry.length;
  const shared = operands.slice(nCarry);
  const carry = body.carry.map((value) => withBatchAxis(value, dim));
  const captures = body.captures.map((value, i) => (shared[i]?.batched === true ? withBatchAxis(value, dim) : value));
  const counterparts = new Map<Value, Value>();
  body.carry.forEach((value, i) => counterparts.set(value, operand(carry, i)));
  body.captures.forEach((value, i) => {
    if (shared[i]?.batched === true) counterparts.set(value, operand(captures, i));
  });
  const inner = vectorise([...body.nextCarry, ...body.rows], counterparts, dim);
  const next = inner.values.map((value, i) => materialised({ value, batched: inner.batched[i] === true }, dim));
  const going = input("going", "bool", [dim]);
  const again = o.and(going, operand(next, nCarry));
  const kept = carry.map((before, i) =>
    o.select(o.reshape(going, [dim, ...before.shape.slice(1).map(() => 1)]), operand(next, i), before),
  );
  const batchBody: ScanBody = {
    carry: [...carry, going],
    xs: [],
    captures,
    nextCarry: [...kept, again],
    rows: [o.less(o.scalar(0.5), o.reduceMax(o.toReal(again), [0]))],
  };
  const everyone = o.broadcast(o.equal(o.scalar(0), o.scalar(0)), [dim]);
  const initial = operands.slice(0, nCarry).map((lane) => materialised(lane, dim));
  const scan = make("while", [...initial, everyone, ...shared.map((lane) => lane.value)], { ...loop.params, body: batchBody }, loop.origin); // prettier-ignore
  return { kind: "loop", scan, nCarry: nCarry + 1, batched: carry.map(() => true) };
}

/** Batched rows are stacked as [length, B, ...]. */
function pickLane(pick: Value, found: LoopLanes): Lane {
  const index = pick.params.index ?? 0;
  if (found.kind === "inlined") return { value: operand(found.results, index), batched: true };
  const { scan, nCarry, batched } = found;
  const value = make("pick", [scan], pick.params, pick.origin);
  if (batched[index] !== true) return { value, batched: false };
  return { value: index < nCarry ? value : swapLeading(value), batched: true };
}

function withBatchAxis(sample: Value, dim: Dim): Value {
  return input(sample.params.name ?? "", sample.dtype, [dim, ...sample.shape]);
}

function isReplaced(value: Value, operands: readonly Lane[]): boolean {
  return operands.some((lane, i) => lane.value !== value.inputs[i]);
}

/** The same op on operands which are not batched, but hang on a scan that was replaced. */
function rebuilt(value: Value, operands: readonly Lane[]): Lane {
  const inputs = operands.map((lane) => lane.value);
  return { value: make(value.op, inputs, value.params, value.origin), batched: false };
}

function batchRule(value: Value): (typeof batchRules)[keyof typeof batchRules] {
  const rule = batchRules[value.op as keyof typeof batchRules]; // absent for ops without operands only
  if (rule === undefined) throw new InternalError(`${value.op} has no operand that could be batched`);
  return rule;
}

function bodyOf(scan: Value): ScanBody {
  if (scan.params.body === undefined) throw new InternalError(`scan ${scan.id} has no body`);
  return scan.params.body;
}

function laneAt(lanes: readonly Lane[], index: number): Lane {
  const lane = lanes[index];
  if (lane === undefined) throw new InternalError(`no value ${index} of ${lanes.length}`);
  return lane;
}

function operand(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new InternalError(`no value ${index} of ${values.length}`);
  return value;
}
