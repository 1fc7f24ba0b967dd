/** How does a tape become an ONNX graph? Loops are `Scan` and `Loop` nodes whose bodies read outside values by name. */
import { isLoop, operandsOf } from "../tape.js";
import type { ConstantNode, LoopNode, Node, Tape } from "../tape.js";
import { GraphBuilder } from "./builder.js";
import { ELEMENT_TYPE } from "./model.js";
import type { OnnxGraph, OnnxValue } from "./model.js";
import { planFused } from "./fused.js";
import { planNode } from "./plan.js";
import type { Step } from "./step.js";

/** Inputs are named input0, input1 …, outputs output0, output1 … */
export function lowerTape(tape: Tape): OnnxGraph {
  const plan = planTape(tape);
  const graph = new GraphBuilder();
  const names = new Map<Node, string>();
  tape.inputs.forEach((input, i) => names.set(input, `input${i}`));
  const isOwn = new Set(tape.nodes);
  // A result gets its output's name at once: a copying node would be run every time.
  tape.outputs.forEach((output, i) => {
    if (isOwn.has(output) && !names.has(output)) names.set(output, `output${i}`);
  });
  for (const constant of tape.constants) if (plan.needed.has(constant)) addConstant(graph, constant, names);
  emitAll(tape.nodes, graph, names, plan);
  const outputs = tape.outputs.map((output, i) => {
    const name = nameOf(names, output);
    if (name !== `output${i}`) graph.add("Identity", [name], { outputs: [`output${i}`] });
    return typed(`output${i}`, output);
  });
  return graph.finish(
    tape.name,
    tape.inputs.map((input, i) => typed(`input${i}`, input)),
    outputs,
  );
}

interface Plan {
  readonly steps: ReadonlyMap<Node, Step>;
  readonly needed: ReadonlySet<Node>;
}

/** Chooses steps from the results backward: what a step computes on the way needs no step of its own. */
function planTape(tape: Tape): Plan {
  const uses = countUses(tape);
  const steps = new Map<Node, Step>();
  const needed = new Set<Node>(tape.outputs);
  const visit = (nodes: readonly Node[]) => {
    for (const node of [...nodes].reverse()) {
      if (isLoop(node)) {
        for (const result of [...node.body.nextCarry, ...node.body.rows, ...node.inputs]) needed.add(result);
        visit(node.body.nodes);
      } else if (needed.has(node) && node.op !== "pick") {
        const step = planFused(node, uses) ?? planNode(node);
        steps.set(node, step);
        for (const operand of step.operands) needed.add(operand);
      }
    }
  };
  visit(tape.nodes);
  return { steps, needed };
}

function countUses(tape: Tape): ReadonlyMap<Node, number> {
  const uses = new Map<Node, number>();
  const count = (nodes: readonly Node[]) => nodes.forEach((node) => uses.set(node, (uses.get(node) ?? 0) + 1));
  const visit = (nodes: readonly Node[]) => {
    for (const node of nodes) {
      count(operandsOf(node));
      if (!isLoop(node)) continue;
      visit(node.body.nodes);
      count([...node.body.nextCarry, ...node.body.rows]);
    }
  };
  visit(tape.nodes);
  count(tape.outputs);
  return uses;
}

function emitAll(nodes: readonly Node[], graph: GraphBuilder, names: Map<Node, string>, plan: Plan): void {
  for (const node of nodes) {
    if (isLoop(node)) {
      emitLoop(node, graph, names, plan);
      continue;
    }
    const step = plan.steps.get(node);
    if (step === undefined) continue;
    const operands = step.operands.map((operand) => nameOf(names, operand));
    const output = names.get(node) ?? graph.fresh();
    names.set(node, output);
    step.emit(graph, operands, output);
  }
}

function emitLoop(loop: LoopNode, graph: GraphBuilder, names: Map<Node, string>, plan: Plan): void {
  const { body } = loop;
  const inner = graph.nested();
  const inputs = [...body.carry, ...body.xs].map((node) => {
    const name = graph.fresh();
    names.set(node, name);
    return typed(name, node);
  });
  emitAll(body.nodes, inner, names, plan);
  const taken = new Set<string>();
  const own = new Set(body.nodes);
  const outputs = [...body.nextCarry, ...body.rows].map((node) => {
    const name = nameOf(names, node);
    // A body's output must be computed in the body, and be no other output.
    const result = own.has(node) && !taken.has(name) ? name : inner.add("Identity", [name]);
    taken.add(result);
    return typed(result, node);
  });
  const initial = loop.inputs.map((node) => nameOf(names, node));
  const results = body.results.map((result) => {
    const name = names.get(result) ?? graph.fresh();
    names.set(result, name);
    return name;
  });
  if (loop.op === "while") {
    const round: OnnxValue = { name: graph.fresh(), shape: [], dtype: "int", isLong: true };
    const before: OnnxValue = { name: graph.fresh(), shape: [], dtype: "bool" };
    const again = outputs.splice(-1);
    const rounds = inner.finish(`rounds${loop.id}`, [round, before, ...inputs], [...again, ...outputs]);
    graph.add("Loop", [graph.count(loop.most), graph.truth(), ...initial], {
      outputs: results,
      attributes: { body: { graph: rounds } },
    });
    return;
  }
  if (body.xs.length === 0) {
    // `Scan` takes the number of rounds from what it slices: without any, from zeros that nobody reads.
    inputs.push({ name: graph.fresh(), shape: [], dtype: "real" });
    initial.push(graph.filled(0, [loop.length]));
  }
  graph.add("Scan", initial, {
    outputs: results,
    attributes: {
      body: { graph: inner.finish(`rounds${loop.id}`, inputs, outputs) },
      num_scan_inputs: { int: Math.max(1, body.xs.length) },
    },
  });
}

function addConstant(graph: GraphBuilder, constant: ConstantNode, names: Map<Node, string>): void {
  const name = graph.fresh();
  names.set(constant, name);
  const { shape, dtype, data } = constant;
  graph.initializer({ name, shape, type: ELEMENT_TYPE[dtype], data });
}

function typed(name: string, node: Node): OnnxValue {
  return { name, shape: node.shape, dtype: node.dtype };
}

function nameOf(names: ReadonlyMap<Node, string>, node: Node): string {
  const name = names.get(node);
  if (name === undefined) throw new RangeError(`%${node.id} (${node.op}) has no name yet`);
  return name;
}
