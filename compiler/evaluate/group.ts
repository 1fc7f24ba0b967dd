/** Independent draws of one law: a leading axis inside the sample. */
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { vectorise } from "../ir/vectorise.js";
import { constantOf, tensor } from "./arithmetic.js";
import type { Context, Frame } from "./context.js";
import { report, roundsOf } from "./context.js";
import { describe } from "./describe.js";
import { elementAt } from "./evaluate.js";
import { asMap, leafOf, rowAt } from "./lane.js";
import type { Lane, Leaf } from "./lane.js";
import type { DrawSite } from "./laws.js";
import { draw } from "./laws.js";
import { fromStart } from "./nodes.js";
import type { Group, Law, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** `count` draws at once. Numbers get a leading axis; paths and steps become a group of them. */
export function drawGroup(law: Law, count: number, site: DrawSite, frame: Frame, c: Context): Thing {
  const inner = roundsOf(frame, count);
  const one = draw(law, site, { ...c, frame: inner });
  if (one.kind === "poison") return poison;
  const values: Value[] = [];
  if (mapValues(one, (value) => (values.push(value), value)) === null) {
    return report(c, catalogue.notCompiledYet, site.span, {
      construct: `Independent draws of ${describe(one)}`,
      instead: null,
    });
  }
  const all = vectorise(values, asMap(inner.rounds?.rows ?? []), count);
  if (one.kind === "tensor") {
    const [value] = all.values;
    const whole =
      all.batched[0] === true && value !== undefined ? value : ir.broadcast(one.value, [count, ...one.value.shape]);
    frame.held.add(whole);
    return tensor(whole);
  }
  // What is the same for all stays what it is; the rest is computed once, and read by placeholders.
  const leaves: Leaf[] = [];
  let place = 0;
  const member = mapValues(one, (value) => {
    const outer = all.values[place];
    const isShared = all.batched[place] !== true || outer === undefined;
    place += 1;
    if (isShared) return value;
    const placeholder = ir.input(value.params.name ?? "member", value.dtype, value.shape);
    leaves.push({ inner: placeholder, outer });
    return placeholder;
  });
  return member === null ? poison : { kind: "group", count, member, leaves };
}

/** Member `index` of a group, a constant, drawn, or the number of a round; null if there is no such member. */
export function memberAt(group: Group, index: Value): Thing | null {
  const known = constantOf(tensor(index));
  if (known === null) return withLeaves(group, ({ outer }) => rowAt(outer, fromStart(index, group.count)));
  const at = known < 0 ? known + group.count : known;
  return Number.isInteger(at) && at >= 0 && at < group.count
    ? withLeaves(group, ({ outer }) => elementAt(outer, at))
    : null;
}

/** The member of a round. */
export function memberOfLane(group: Group, lane: Lane): Thing {
  return withLeaves(group, ({ inner, outer }) => leafOf(lane, inner.params.name ?? "member", outer));
}

function withLeaves({ member, leaves }: Group, row: (leaf: Leaf) => Value): Thing {
  const rows = new Map(leaves.map((leaf) => [leaf.inner, row(leaf)] as const));
  return mapValues(member, (value) => substitute([value], rows)[0] ?? value) ?? poison;
}

/** The thing with each of its values replaced; null where it is not made of values. */
function mapValues(thing: Thing, f: (value: Value) => Value): Thing | null {
  switch (thing.kind) {
    case "tensor":
      return tensor(f(thing.value));
    case "path":
      return { ...thing, states: f(thing.states), memory: thing.memory.map(f) };
    case "path step":
      return { ...thing, x: f(thing.x), t: f(thing.t), y: f(thing.y), s: f(thing.s), memory: thing.memory.map(f) };
    default:
      return null;
  }
}
