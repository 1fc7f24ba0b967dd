/** At which node of a grid is a time? Times that a generator or an index takes from a grid know their place in it. */
import { isCounter } from "./lane.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";

export interface NodePlace {
  readonly nodes: readonly number[];
  /** Counted from 0, an integer. */
  readonly index: Value;
}

const places = new WeakMap<Value, NodePlace>();

/** Notes that `time` is the node of that index. */
export function placeAt(time: Value, place: NodePlace): Value {
  places.set(time, place);
  return time;
}

/** The index of a time among these nodes; null if it is none of them. */
export function indexOfNode(time: Value, nodes: readonly number[]): Value | number | null {
  const place = places.get(time);
  if (place !== undefined && sameNodes(place.nodes, nodes)) return place.index;
  if (time.op !== "scalar") return null;
  const at = nodes.indexOf(time.params.value ?? Number.NaN);
  return at < 0 ? null : at;
}

export function sameNodes(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((node, i) => node === b[i]));
}

/** An index as an integer from the start, where a negative one counts from the end. */
export function fromStart(index: Value, count: number): Value {
  if (isCounter(index)) return index;
  const whole = index.dtype === "int" ? index : ir.toInt(index);
  return ir.select(ir.less(whole, ir.toInt(ir.scalar(0))), ir.add(whole, ir.toInt(ir.scalar(count))), whole);
}
