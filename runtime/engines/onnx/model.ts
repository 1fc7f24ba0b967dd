/** What is an ONNX model, as data, and as the bytes of an `.onnx` file? Field numbers are those of onnx.proto. */
import type { DType, Shape } from "../../ops.js";
import { Message } from "./protobuf.js";

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
}

export interface OnnxNode {
  readonly type: string;
  /** Operators of ONNX Runtime itself have "com.microsoft". */
  readonly domain?: "com.microsoft";
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string }
  | { readonly graph: OnnxGraph };

export interface OnnxValue {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** An integer of 64 bits: the number of the round that a `Loop` tells its body. */
  readonly isLong?: boolean;
}

export type OnnxTensor = { readonly name: string; readonly shape: Shape } & (
  | { readonly type: "float" | "int32" | "bool"; readonly data: ArrayLike<number> }
  | { readonly type: "int64"; readonly data: readonly number[] }
);

/** How numbers of each kind are kept in a model. */
export const ELEMENT_TYPE = { real: "float", int: "int32", bool: "bool" } as const;

const OPSET = 21;
const IR_VERSION = 10;
const TENSOR_TYPE = { float: 1, int32: 6, int64: 7, bool: 9 } as const;

export function encodeModel(graph: OnnxGraph): Uint8Array {
  return new Message()
    .integer(1, IR_VERSION)
    .string(2, "sdec")
    .message(7, encodeGraph(graph))
    .message(8, new Message().string(1, "").integer(2, OPSET))
    .message(8, new Message().string(1, "com.microsoft").integer(2, 1))
    .finish();
}

function encodeGraph(graph: OnnxGraph): Message {
  const message = new Message();
  for (const node of graph.nodes) message.message(1, encodeNode(node));
  message.string(2, graph.name);
  for (const tensor of graph.initializers) message.message(5, encodeTensor(tensor));
  for (const value of graph.inputs) message.message(11, encodeValue(value));
  for (const value of graph.outputs) message.message(12, encodeValue(value));
  return message;
}

function encodeNode(node: OnnxNode): Message {
  const message = new Message();
  for (const input of node.inputs) message.string(1, input);
  for (const output of node.outputs) message.string(2, output);
  message.string(4, node.type);
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    message.message(5, encodeAttribute(name, attribute));
  }
  if (node.domain !== undefined) message.string(7, node.domain);
  return message;
}

function encodeAttribute(name: string, attribute: OnnxAttribute): Message {
  const message = new Message().string(1, name);
  if ("float" in attribute) return message.float(2, attribute.float).integer(20, 1);
  if ("int" in attribute) return message.integer(3, attribute.int).integer(20, 2);
  if ("string" in attribute) return message.string(4, attribute.string).integer(20, 3);
  if ("graph" in attribute) return message.message(6, encodeGraph(attribute.graph)).integer(20, 5);
  for (const value of attribute.ints) message.integer(8, value);
  return message.integer(20, 7);
}

function encodeTensor(tensor: OnnxTensor): Message {
  const message = new Message();
  for (const size of tensor.shape) message.integer(1, size);
  return message.integer(2, TENSOR_TYPE[tensor.type]).string(8, tensor.name).bytes(9, rawData(tensor));
}

/** Little-endian, as every platform with a JavaScript engine is. */
function rawData(tensor: OnnxTensor): Uint8Array {
  switch (tensor.type) {
    case "float":
      return new Uint8Array(Float32Array.from(tensor.data).buffer);
    case "int32":
      return new Uint8Array(Int32Array.from(tensor.data).buffer);
    case "int64":
      return new Uint8Array(BigInt64Array.from(tensor.data.map(BigInt)).buffer);
    case "bool":
      return Uint8Array.from(tensor.data);
  }
}

function encodeValue(value: OnnxValue): Message {
  const shape = new Message();
  for (const size of value.shape) shape.message(1, new Message().integer(1, size));
  const type = value.isLong === true ? "int64" : ELEMENT_TYPE[value.dtype];
  const tensor = new Message().integer(1, TENSOR_TYPE[type]).message(2, shape);
  return new Message().string(1, value.name).message(2, new Message().message(1, tensor));
}
