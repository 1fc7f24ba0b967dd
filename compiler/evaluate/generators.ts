/** What the generators of an argument run over: elements that are evaluated one by one, or rounds that one evaluation serves. */
import type { Argument, Expression, Generator, Indexed } from "../../grammar/tree.js";
import type { AnyNode } from "../../grammar/walk.js";
import { childrenOf } from "../../grammar/walk.js";
import * as ir from "../ir/build.js";
import { constantOf, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { withScope } from "./context.js";
import { constantValues, elementAt, elementsOfThing, elementsOfRange, evaluate, stack } from "./evaluate.js";
import { memberOfLane } from "./group.js";
import { counterOf, leafOf, openLane, overRounds, rowsFrom } from "./lane.js";
import type { Lane } from "./lane.js";
import { placeAt } from "./nodes.js";
import { shifted } from "./path.js";
import { childOf, lookUp } from "./scope.js";
import type { Path, PathStep, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** The things an argument stands for; `isStacked` if they are the rows of one tensor. */
export interface Generated {
  readonly things: readonly Thing[];
  readonly isStacked: boolean;
}

/** One thing, or one per element of the generators' domains. */
export function generated(argument: Argument, c: Context): Generated {
  return overGenerators(argument.generators, argument.value, c);
}

/** The same, each by itself. */
export function generatedThings(argument: Argument, c: Context): readonly Thing[] {
  const { things, isStacked } = generated(argument, c);
  return isStacked ? things.flatMap(rowsOfThing) : things;
}

function rowsOfThing(thing: Thing): readonly Thing[] {
  if (thing.kind !== "tensor") return [thing];
  const [count] = thing.value.shape;
  return typeof count === "number"
    ? Array.from({ length: count }, (_, i) => tensor(elementAt(thing.value, i)))
    : [thing];
}

function overGenerators(generators: readonly Generator[], value: Expression, c: Context): Generated {
  const [first, ...rest] = generators;
  if (first === undefined) return { things: [evaluate(value, c)], isStacked: false };
  const rounds = roundsOfGenerator(first, [value, ...rest.map(({ domain }) => domain)], c);
  if (rounds === null) return { things: [poison], isStacked: false };
  if (rounds.kind === "elements") {
    const parts = rounds.elements.map((element) => overGenerators(rest, value, bound(first, element, c)));
    if (!parts.some(({ isStacked }) => isStacked))
      return { things: parts.flatMap(({ things }) => things), isStacked: false };
    const values = parts.flatMap(({ things }) =>
      things.flatMap((thing) => (thing.kind === "tensor" ? [thing.value] : [])),
    );
    return { things: values.length < parts.length ? [poison] : [tensor(ir.concat(values, 0))], isStacked: true };
  }
  const { lane, element } = rounds;
  const all = overRounds(lane, value.span, c, (inner) => {
    const { things, isStacked } = overGenerators(rest, value, bound(first, element, inner));
    const [only] = things;
    return isStacked || rest.length === 0 ? (only ?? poison) : stack(things, value.span, inner);
  });
  if (all.kind !== "tensor" || rest.length === 0) return { things: [all], isStacked: all.kind === "tensor" };
  const [, , ...shape] = all.value.shape;
  return {
    things: [tensor(ir.reshape(all.value, [lane.count * Number(all.value.shape[1] ?? 1), ...shape]))],
    isStacked: true,
  };
}

/** A generator's names live in its argument. */
function bound(generator: Generator, element: Thing, c: Context): Context {
  const inner = withScope(c, childOf(c.scope));
  const parts = element.kind === "tuple" && generator.names.length > 1 ? element.items : [element];
  generator.names.forEach((name, place) => inner.scope.names.set(name.text, parts[place] ?? poison));
  return inner;
}

type Rounds =
  | { readonly kind: "elements"; readonly elements: readonly Thing[] }
  | { readonly kind: "lane"; readonly lane: Lane; readonly element: Thing };

/** `used` is where the generator's names may stand. */
function roundsOfGenerator(generator: Generator, used: readonly AnyNode[], c: Context): Rounds | null {
  const { domain, names } = generator;
  if (domain.to !== null) {
    const elements = elementsOfRange(domain, c);
    const name = names[0]?.text ?? "";
    if (elements === null) return null;
    const [first] = elements;
    if (first === undefined || !used.some((node) => indexesGroup(node, name, c))) return { kind: "elements", elements };
    const lane = openLane(elements.length);
    return { kind: "lane", lane, element: tensor(counterOf(lane, constantOf(first) ?? 0)) };
  }
  const thing = evaluate(domain.value, c);
  if (thing.kind === "steps") return stepsLane(thing.path);
  if (thing.kind === "grid" && thing.path !== null && thing.part === null) return nodesLane(thing.path);
  if (thing.kind === "group") {
    const lane = openLane(thing.count);
    return { kind: "lane", lane, element: memberOfLane(thing, lane) };
  }
  if (thing.kind === "tensor" && typeof thing.value.shape[0] === "number" && constantValues(thing.value) === null) {
    const lane = openLane(thing.value.shape[0]);
    return { kind: "lane", lane, element: tensor(leafOf(lane, names[0]?.text ?? "row", thing.value)) };
  }
  const elements = elementsOfThing(thing, domain, c);
  return elements === null ? null : { kind: "elements", elements };
}

/** Every step of a path. */
function stepsLane(path: Path): Rounds {
  const { nodes, sampler, states, memory } = path;
  const count = nodes.length - 1;
  const lane = openLane(count);
  const step: PathStep = {
    kind: "path step",
    sampler,
    x: leafOf(lane, "x", rowsFrom(states, 0, count)),
    y: leafOf(lane, "y", rowsFrom(states, 1, count)),
    ...timesOf(lane, path),
    memory: memory.map((rows) => leafOf(lane, "memory", rowsFrom(rows, 0, count))),
    visits: nodes.slice(1).map((after, i) => [nodes[i] ?? after, after]),
    nodes,
  };
  return { kind: "lane", lane, element: step };
}

/** Each node of a path and the next. */
function nodesLane(path: Path): Rounds {
  const lane = openLane(path.nodes.length - 1);
  const { t, s } = timesOf(lane, path);
  return { kind: "lane", lane, element: { kind: "tuple", items: [tensor(t), tensor(s)] } };
}

function timesOf(lane: Lane, path: Path): Pick<PathStep, "t" | "s"> {
  const { nodes } = path;
  const t = shifted(leafOf(lane, "t", ir.constant(nodes.slice(0, -1), [lane.count])), path);
  const s = shifted(leafOf(lane, "s", ir.constant(nodes.slice(1), [lane.count])), path);
  placeAt(t, { nodes, index: counterOf(lane, 0) });
  placeAt(s, { nodes, index: counterOf(lane, 1) });
  return { t, s };
}

/** Whether the name is an index of a group somewhere inside: then one evaluation serves all its values. */
function indexesGroup(node: AnyNode, name: string, c: Context): boolean {
  if (isIndexed(node) && node.base.kind === "reference" && lookUp(c.scope, node.base.text)?.kind === "group") {
    const [index] = node.indices;
    if (index?.kind === "at" && index.argument.value.kind === "reference" && index.argument.value.text === name)
      return true;
  }
  return childrenOf(node).some((child) => indexesGroup(child, name, c));
}

function isIndexed(node: AnyNode): node is Indexed {
  return node.kind === "indexed";
}
