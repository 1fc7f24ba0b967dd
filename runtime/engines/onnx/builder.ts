/** How is an ONNX graph put together, node by node, with names that never clash? */
import type { Shape } from "../../ops.js";
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from "./model.js";

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly domain?: "com.microsoft";
  /** Names of the outputs; one fresh name where not given. */
  readonly outputs?: readonly string[];
}

export class GraphBuilder {
  private readonly nodes: OnnxNode[] = [];
  private readonly initializers: OnnxTensor[] = [];
  private readonly known = new Map<string, string>();

  /** Loops' bodies are built by `nested` builders of the enclosing one. */
  constructor(private readonly names = { next: 0 }) {}

  nested(): GraphBuilder {
    return new GraphBuilder(this.names);
  }

  /** Appends a node and returns the name of its first output. */
  add(type: string, inputs: readonly string[], options: NodeOptions = {}): string {
    const { outputs = [this.fresh()], ...rest } = options;
    this.nodes.push({ type, inputs, outputs, ...rest });
    return outputs[0] ?? "";
  }

  initializer(tensor: OnnxTensor): void {
    this.initializers.push(tensor);
  }

  /** A vector of 64-bit integers, as operators take shapes, axes and positions. */
  integers(values: readonly number[]): string {
    return this.shared(`integers ${values.join(",")}`, (name) => ({
      name,
      type: "int64",
      shape: [values.length],
      data: values,
    }));
  }

  /** One 64-bit integer, as `Loop` takes its number of rounds. */
  count(value: number): string {
    return this.shared(`count ${value}`, (name) => ({ name, type: "int64", shape: [], data: [value] }));
  }

  truth(): string {
    return this.shared("truth", (name) => ({ name, type: "bool", shape: [], data: [1] }));
  }

  /** A tensor filled with one real number. */
  filled(value: number, shape: Shape): string {
    const size = shape.reduce((product, axis) => product * axis, 1);
    return this.shared(`filled ${value} ${shape.join(",")}`, (name) => ({
      name,
      type: "float",
      shape,
      data: new Float32Array(size).fill(value),
    }));
  }

  reshape(value: string, shape: Shape, outputs?: readonly string[]): string {
    return this.add("Reshape", [value, this.integers(shape)], outputs === undefined ? {} : { outputs });
  }

  finish(name: string, inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): OnnxGraph {
    return { name, inputs, outputs, initializers: this.initializers, nodes: this.nodes };
  }

  fresh(): string {
    return `t${this.names.next++}`;
  }

  private shared(key: string, make: (name: string) => OnnxTensor): string {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const name = this.fresh();
    this.initializers.push(make(name));
    this.known.set(key, name);
    return name;
  }
}
