/** What goes into a block of training steps: the tensors that stay for the whole run, and the rows of each block. */
import type { DataSets } from "../data/sets.js";
import type { Tensor, TensorType } from "../engines/engine.js";
import { elements } from "../ndarray.js";
import type { NdArray } from "../ndarray.js";
import { need, openDraw, stack } from "../programs.js";
import { openStream } from "../random/stream.js";
import type { Average } from "../optimize.js";
import { batchStack, blockInputs, stepNumbers } from "./block.js";
import type { BlockSpec, Captured, PerBatch, StepNumber } from "./block.js";
import { openOrder } from "./order.js";
import type { RowOrder } from "./order.js";

/** Makes the rows of a block that begins at a step. */
export type RowMaker = (firstStep: number, length: number) => readonly Tensor[];

/** Numbers of one batch, for the `batch`-th batch of the run. */
type BatchFill = (out: Float32Array | Int32Array, batch: number) => void;

/** `scope` begins the names of the random streams of this `train` statement. */
export function openRows(
  spec: BlockSpec,
  average: Average | null,
  data: DataSets,
  seed: number,
  scope: string,
): RowMaker {
  const { perBatch } = blockInputs(spec);
  const orders = new Map<string, RowOrder>();
  const orderOf = (set: string, draw: string): RowOrder => {
    const known = orders.get(draw);
    if (known !== undefined) return known;
    const { rows } = need(data.get(set), `the data set ${set}`);
    const order = openOrder(rows, openStream(seed, `${scope}/rows of ${set} as ${draw}`));
    orders.set(draw, order);
    return order;
  };
  const fills = perBatch.map((entry) => openFill(entry, data, orderOf, seed, scope));
  return (firstStep, length) => [
    ...perBatch.map((entry, i): Tensor => {
      const { type } = entry;
      const size = elements(type.shape);
      const shape = stack(length, batchStack(type.shape, spec.accumulate));
      const out = type.dtype === "real" ? new Float32Array(elements(shape)) : new Int32Array(elements(shape));
      const fill = need(fills[i], type.name);
      for (let batch = 0; batch < length * spec.accumulate; batch++) {
        fill(out.subarray(batch * size, (batch + 1) * size), batchNumber(spec, firstStep, batch));
      }
      return { data: out, shape, dtype: type.dtype };
    }),
    ...numbers(spec, average, firstStep, length),
  ];
}

/** Which of all batches the `batch`-th of the steps from `firstStep` on is: `reuse` updates share their batches. */
function batchNumber({ accumulate, reuse }: BlockSpec, firstStep: number, batch: number): number {
  const step = firstStep + Math.floor(batch / accumulate);
  return Math.floor(step / reuse) * accumulate + (batch % accumulate);
}

/** A resident set's field as the engine keeps it. */
export function tableTensor(entry: Extract<Captured, { kind: "table" }>, data: DataSets): Tensor {
  return asTensor(fieldOf(entry.input.from, data), entry.type);
}

/** The reals of an array as the dtype that an input asks for. */
export function asTensor(array: NdArray, type: TensorType): Tensor {
  const { shape, dtype } = type;
  if (dtype === "int") return { data: Int32Array.from(array.data), shape, dtype };
  if (dtype === "bool") return { data: Uint8Array.from(array.data), shape, dtype };
  return { data: array.data, shape, dtype };
}

function fieldOf(from: { readonly data: string; readonly field: string | null }, data: DataSets): NdArray {
  return need(data.get(from.data)?.fields.get(from.field), `the data ${from.data}`);
}

function openFill(
  entry: PerBatch,
  data: DataSets,
  orderOf: (set: string, draw: string) => RowOrder,
  seed: number,
  scope: string,
): BatchFill {
  if (entry.kind === "random") {
    const draw = openDraw(entry.input, seed, scope);
    // A batch is a step of its own for the generator, so the samples count from 0 in each.
    return (out, batch) => draw(out as Float32Array, batch, 0); // draws are real
  }
  // Filled when the application has answered.
  if (entry.kind === "answer") return () => undefined;
  if (entry.kind === "rows") {
    const order = orderOf(entry.data, entry.draw);
    return (out, batch) => order.fill(out as Int32Array, batch * out.length); // row numbers are integers
  }
  const { from } = entry.input;
  const order = orderOf(from.data, from.draw);
  const table = fieldOf(from, data);
  const [samples = 0, ...inner] = entry.type.shape;
  const width = elements(inner);
  const picked = new Int32Array(samples);
  return (out, batch) => {
    order.fill(picked, batch * samples);
    picked.forEach((row, i) => out.set(table.data.subarray(row * width, (row + 1) * width), i * width));
  };
}

/** The optimizer's numbers and the average's factor, by step. */
function numbers(spec: BlockSpec, average: Average | null, firstStep: number, length: number): Tensor[] {
  const more = stepNumbers(spec);
  const columns = [...spec.optimizer.rowNames, ...more].map(() => new Float32Array(length));
  for (let i = 0; i < length; i++) {
    const step = firstStep + i;
    const row = [...spec.optimizer.row(step), ...more.map((name) => numberOf(name, spec, average, step))];
    columns.forEach((column, k) => (column[i] = need(row[k], "a number of the step")));
  }
  return columns.map((data) => ({ data, shape: [length], dtype: "real" }));
}

function numberOf(name: StepNumber, spec: BlockSpec, average: Average | null, step: number): number {
  switch (name) {
    case "average factor":
      return need(average, name).factor(step);
    case "average share":
      return 1 / need(average, name).scaleAfter(step);
    case "is drawn":
      return step % spec.reuse === 0 ? 1 : 0;
  }
}
