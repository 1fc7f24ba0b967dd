/** How does the tfjs engine run a tape? Call by call on the backend, freeing every tensor after its last reader. */
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { dataAs, isHeld } from "../engine.js";
import type { Engine, Executable, HeldTensor, Tensor, TensorProgram, TensorType } from "../engine.js";
import { at } from "../shapes.js";
import { isLoop, operandsOf } from "../tape.js";
import type { LoopNode, Node, ScanNode, WhileNode } from "../tape.js";
import { trace } from "../trace.js";
import { withExactTrigonometry } from "../trigonometry.js";
import { loadTfjs, tfjsBackends } from "./backends.js";
import type { TensorFlow, TfjsBackend } from "./backends.js";
import { compute } from "./kernels.js";

export async function openTfjsEngine(name: TfjsBackend): Promise<Engine> {
  const tf = await loadTfjs(name);
  const open = new Set<Executable>();
  const { registered } = tfjsBackends[name];
  // The backend is a global of TensorFlow.js. Switching to one that has started takes effect at once.
  const use = () => void tf.setBackend(registered);
  return {
    name,
    precision: "float32",
    hold(tensor) {
      use();
      return new HeldTfTensor(tf, upload(tf, tensor), tensor);
    },
    compile(program) {
      use();
      const executable = compile(tf, use, name === "tfjs-webgpu" ? withExactTrigonometry(program) : program, () =>
        open.delete(executable),
      );
      open.add(executable);
      return Promise.resolve(executable);
    },
    async dispose() {
      await Promise.all([...open].map((executable) => executable.dispose()));
    },
  };
}

function compile(tf: TensorFlow, use: () => void, program: TensorProgram, onDispose: () => void): Executable {
  const tape = trace(program);
  const constants = new Map<Node, TfTensor>(
    tape.constants.map((node) => {
      const data = node.dtype === "real" ? node.data : Int32Array.from(node.data);
      return [
        node,
        upload(tf, {
          data: node.dtype === "bool" ? Uint8Array.from(data) : data,
          shape: node.shape,
          dtype: node.dtype,
        }),
      ];
    }),
  );
  const schedule = planDisposal(tape.nodes, tape.outputs);
  const outputs = tape.outputs.map(({ shape, dtype }, i): TensorType => ({ name: `output${i}`, shape, dtype }));
  return {
    outputs,
    // Nothing is awaited before the last call is made: no other engine can switch the backend in between.
    run: async (inputs) => {
      use();
      const values = new Map(constants);
      const own: TfTensor[] = [];
      inputs.forEach((input, i) => {
        const tensor = feed(tf, input, at(program.inputs, i));
        if (!isHeld(input)) own.push(tensor);
        values.set(at(tape.inputs, i), tensor);
      });
      runNodes(tf, tape.nodes, schedule, values);
      const results = takeOutputs(tape.outputs, schedule, values);
      for (const tensor of own) tensor.dispose();
      return results.map((tensor, i) => new HeldTfTensor(tf, tensor, at(outputs, i)));
    },
    dispose() {
      onDispose();
      for (const tensor of constants.values()) tensor.dispose();
      constants.clear();
      return Promise.resolve();
    },
  };
}

/** Which nodes of a list have no reader after each of its nodes, and those of the loops inside. */
interface Disposal {
  readonly after: readonly (readonly Node[])[];
  /** What the list gives: whether it is a tensor that the list computed and has not given already. */
  readonly isOwn: readonly boolean[];
  readonly inside: ReadonlyMap<Node, Disposal>;
}

function planDisposal(nodes: readonly Node[], outputs: readonly Node[]): Disposal {
  const last = new Map<Node, number>(nodes.map((node, i) => [node, i]));
  nodes.forEach((node, i) => operandsOf(node).forEach((operand) => last.has(operand) && last.set(operand, i)));
  outputs.forEach((output) => last.delete(output));
  const after: Node[][] = nodes.map(() => []);
  for (const [node, i] of last) if (!isLoop(node)) after[i]?.push(node);
  const loops = nodes.filter(isLoop);
  const inside = loops.map(({ body }) => planDisposal(body.nodes, [...body.nextCarry, ...body.rows]));
  const computed = new Set(nodes);
  return {
    after,
    isOwn: outputs.map((output) => computed.delete(output)),
    inside: new Map(loops.map((loop, i) => [loop, at(inside, i)])),
  };
}

function runNodes(tf: TensorFlow, nodes: readonly Node[], disposal: Disposal, values: Map<Node, TfTensor>): void {
  nodes.forEach((node, i) => {
    if (node.op === "scan") {
      runScan(tf, node, inner(disposal, node), values);
    } else if (node.op === "while") {
      runWhile(tf, node, inner(disposal, node), values);
    } else if (node.op !== "pick") {
      values.set(
        node,
        compute(
          tf,
          node,
          node.inputs.map((input) => valueOf(values, input)),
        ),
      );
    }
    for (const spent of at(disposal.after, i)) {
      valueOf(values, spent).dispose();
      values.delete(spent);
    }
  });
}

function runScan(tf: TensorFlow, scan: ScanNode, disposal: Disposal, values: Map<Node, TfTensor>): void {
  const { body } = scan;
  const operands = scan.inputs.map((input) => valueOf(values, input));
  const xs = operands.slice(body.carry.length);
  let state = operands.slice(0, body.carry.length);
  const rounds: TfTensor[][] = body.rows.map(() => []);
  for (let round = 0; round < scan.length; round++) {
    const x = xs.map((stack, i) => rowOf(tf, stack, round, at(body.xs, i)));
    body.carry.forEach((node, i) => values.set(node, at(state, i)));
    body.xs.forEach((node, i) => values.set(node, at(x, i)));
    runNodes(tf, body.nodes, disposal, values);
    const results = takeOutputs([...body.nextCarry, ...body.rows], disposal, values);
    // The first state belongs to the enclosing list.
    for (const spent of round === 0 ? x : [...x, ...state]) spent.dispose();
    state = results.slice(0, state.length);
    results.slice(state.length).forEach((row, i) => at(rounds, i).push(row));
  }
  const stacks = rounds.map((rows) => {
    const stack = tf.stack(rows);
    for (const row of rows) row.dispose();
    return stack;
  });
  body.results.forEach((result, i) => values.set(result, at([...state, ...stacks], i)));
}

/** Whether another round follows is asked of the backend after every round, and waited for. */
function runWhile(tf: TensorFlow, loop: WhileNode, disposal: Disposal, values: Map<Node, TfTensor>): void {
  const { body } = loop;
  let state = loop.inputs.map((input) => valueOf(values, input));
  for (let round = 0; round < loop.most; round++) {
    body.carry.forEach((node, i) => values.set(node, at(state, i)));
    runNodes(tf, body.nodes, disposal, values);
    const results = takeOutputs([...body.nextCarry, ...body.rows], disposal, values);
    if (round > 0) for (const spent of state) spent.dispose();
    const again = at(results, state.length);
    state = results.slice(0, state.length);
    const isAgain = at(again.dataSync(), 0) !== 0;
    again.dispose();
    if (!isAgain) break;
  }
  body.results.forEach((result, i) => values.set(result, at(state, i)));
}

/** The outputs of a list as tensors of their own: what the list did not compute, or gives twice, is shared data. */
function takeOutputs(outputs: readonly Node[], disposal: Disposal, values: Map<Node, TfTensor>): TfTensor[] {
  return outputs.map((output, i) => {
    const tensor = valueOf(values, output);
    return disposal.isOwn[i] === true ? tensor : tensor.clone();
  });
}

function rowOf(tf: TensorFlow, stack: TfTensor, row: number, node: Node): TfTensor {
  return tf.tidy(() => {
    const start = [row, ...node.shape.map(() => 0)];
    return tf.reshape(tf.slice(stack, start, [1, ...node.shape]), [...node.shape]);
  });
}

function feed(tf: TensorFlow, input: Tensor | HeldTensor, type: TensorType): TfTensor {
  if (input.dtype !== type.dtype || input.shape.join() !== type.shape.join()) {
    throw new RangeError(
      `${type.name} takes ${type.dtype}[${type.shape.join(", ")}], not ${input.dtype}[${input.shape.join(", ")}]`,
    );
  }
  if (input instanceof HeldTfTensor && input.tf === tf) return input.tensor;
  if (isHeld(input)) throw new TypeError(`${type.name} is held by another engine`);
  return upload(tf, input);
}

const TF_TYPE = { real: "float32", int: "int32", bool: "bool" } as const;

function upload(tf: TensorFlow, tensor: Tensor): TfTensor {
  // Never a Float64Array: TensorFlow.js does not know it.
  const data = dataAs(tensor, "float32") as Float32Array | Int32Array | Uint8Array;
  return tf.tensor(data, [...tensor.shape], TF_TYPE[tensor.dtype]);
}

function inner(disposal: Disposal, loop: LoopNode): Disposal {
  const found = disposal.inside.get(loop);
  if (found === undefined) throw new RangeError("a loop without a plan");
  return found;
}

function valueOf(values: ReadonlyMap<Node, TfTensor>, node: Node): TfTensor {
  const value = values.get(node);
  if (value === undefined) throw new RangeError(`%${node.id} (${node.op}) has no value yet`);
  return value;
}

class HeldTfTensor implements HeldTensor {
  readonly shape;
  readonly dtype;
  constructor(
    readonly tf: TensorFlow,
    readonly tensor: TfTensor,
    { shape, dtype }: Pick<TensorType, "shape" | "dtype">,
  ) {
    this.shape = shape;
    this.dtype = dtype;
  }

  async read(): Promise<Tensor> {
    const data = (await this.tensor.data()) as Tensor["data"];
    return { data, shape: this.shape, dtype: this.dtype };
  }

  release(): void {
    this.tensor.dispose();
  }
}
