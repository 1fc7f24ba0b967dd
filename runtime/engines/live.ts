/** Which nodes do the outputs need? Loops lose carried values, rows and operands that nobody reads. */
import { at } from "./shapes.js";
import { capturesOf, isLoop } from "./tape.js";
import type { ConstantNode, LoopNode, Node, Tape } from "./tape.js";

/** The tape of what is needed of `list`, an order in which operands come first. */
export function liveTape(name: string, inputs: readonly Node[], list: readonly Node[], outputs: readonly Node[]): Tape {
  const live = markLive(outputs);
  const renewed = new Map(inputs.map((input) => [input, input]));
  const nodes = renewAll(list, live, renewed);
  return {
    name,
    inputs,
    constants: nodes.filter(isConstant),
    nodes: nodes.filter((node) => !isConstant(node)),
    outputs: outputs.map((output) => find(renewed, output)),
  };
}

function markLive(outputs: readonly Node[]): ReadonlySet<Node> {
  const live = new Set<Node>();
  const pending: Node[] = [];
  const mark = (node: Node | undefined) => {
    if (node === undefined || live.has(node)) return;
    live.add(node);
    pending.push(node);
  };
  /** What else is needed when a node inside or behind a loop is. */
  const alsoNeeded = new Map<Node, readonly (Node | undefined)[]>();
  const enter = (scan: LoopNode) => {
    const { carry, xs, nextCarry, rows, results } = scan.body;
    carry.forEach((value, i) => {
      alsoNeeded.set(value, [nextCarry[i], scan.inputs[i], results[i]]);
      alsoNeeded.set(at(results, i), [value]);
    });
    xs.forEach((x, i) => alsoNeeded.set(x, [scan.inputs[carry.length + i]]));
    if (scan.op === "while") rows.forEach(mark);
    else rows.forEach((row, i) => alsoNeeded.set(at(results, carry.length + i), [row]));
  };
  outputs.forEach(mark);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const [scan] = node.inputs;
    if (node.op === "pick" && scan !== undefined && isLoop(scan) && !live.has(scan)) {
      live.add(scan);
      enter(scan);
    }
    if (node.op !== "pick") node.inputs.forEach(mark);
    alsoNeeded.get(node)?.forEach(mark);
  }
  return live;
}

/** Copies the live nodes of a list, each with renewed operands; `renewed` learns them. */
function renewAll(list: readonly Node[], live: ReadonlySet<Node>, renewed: Map<Node, Node>): Node[] {
  return list
    .filter((node) => live.has(node))
    .map((node) => {
      const copy = isLoop(node) ? renewLoop(node, live, renewed) : renew(node, renewed);
      renewed.set(node, copy);
      if (copy.op === "pick") resultsOf(at(copy.inputs, 0)).push(copy);
      return copy;
    });
}

function renew(node: Node, renewed: ReadonlyMap<Node, Node>): Node {
  return { ...node, inputs: node.inputs.map((input) => find(renewed, input)) };
}

/** Its `results` are filled when its picks are renewed: they follow it in the list, in order. */
function renewLoop(scan: LoopNode, live: ReadonlySet<Node>, renewed: Map<Node, Node>): LoopNode {
  const { body } = scan;
  const isCarried = body.carry.map((value) => live.has(value));
  const kept = <T>(items: readonly T[], flags: readonly boolean[]) => items.filter((_, i) => flags[i] === true);
  const carry = kept(body.carry, isCarried);
  const xs = body.xs.filter((x) => live.has(x));
  for (const input of [...carry, ...xs]) renewed.set(input, input);
  const nodes = renewAll(body.nodes, live, renewed);
  const renewedOf = (node: Node) => find(renewed, node);
  const nextCarry = kept(body.nextCarry, isCarried).map(renewedOf);
  const isRowRead = body.rows.map((_, i) => scan.op === "while" || live.has(at(body.results, body.carry.length + i)));
  const rows = kept(body.rows, isRowRead).map(renewedOf);
  const flags = [...isCarried, ...body.xs.map((x) => live.has(x))];
  const inside = { carry, xs, nextCarry, rows, nodes };
  return {
    ...scan,
    inputs: kept(scan.inputs, flags).map(renewedOf),
    body: { ...inside, captures: capturesOf(inside), results: [] },
  };
}

/** The one place where a tape is written to after it is made: see `renewLoop`. */
function resultsOf(scan: Node): Node[] {
  if (!isLoop(scan)) throw new TypeError("pick of a node that is no loop");
  return scan.body.results as Node[];
}

function find(renewed: ReadonlyMap<Node, Node>, node: Node): Node {
  const found = renewed.get(node);
  if (found === undefined) throw new RangeError(`${node.op} is used outside the loop or program it belongs to`);
  return found;
}

function isConstant(node: Node): node is ConstantNode {
  return node.op === "constant";
}
