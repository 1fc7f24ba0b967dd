/** How does a graph written for one sample become a graph over a batch of samples? */
import { InternalError } from "../internal-error.js";
import { input, make, withOrigin } from "./build.js";
import { valuesInOrder } from "./order.js";
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
  const scans = new Map<Value, ScanLanes>();
  for (const [sample, batch] of batched) lanes.set(sample, { value: batch, batched: true });
  const laneOf = (value: Value): Lane => lanes.get(value) ?? { value, batched: false };

  for (const value of valuesInOrder(outputs, batched)) {
    const operands = value.inputs.map(laneOf);
    if (value.op === "scan") {
      if (operands.some((lane) => lane.batched)) scans.set(value, batchScan(value, operands, dim));
      else if (isReplaced(value, operands)) lanes.set(value, rebuilt(value, operands));
    } else if (value.op === "pick") {
      const scan = operand(value.inputs, 0);
      const found = scans.get(scan);
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

/** The scan over a batch, and which of its results have the batch axis. */
interface ScanLanes {
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
      scan: make("scan", initial, { ...scan.params, body: batchBody }, scan.origin),
      nCarry,
      batched: sampleOutputs.map((_, i) => (i < nCarry ? flags[i] === true : inner.batched[i] === true)),
    };
  }
}

/** Batched rows are stacked as [length, B, ...]. */
function pickLane(pick: Value, { scan, nCarry, batched }: ScanLanes): Lane {
  const index = pick.params.index ?? 0;
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

function operand(values: readonly Value[], index: number): Value {
  const value = values[index];
  if (value === undefined) throw new InternalError(`no value ${index} of ${values.length}`);
  return value;
}
