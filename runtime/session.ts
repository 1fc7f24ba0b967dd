/** What do sampling, likelihoods and held-out losses share: the engine, the weights on it, and programs made ready before. */
import type { DataSets } from "./data/sets.js";
import type { Engine, Executable, HeldTensor, Tensor, TensorProgram } from "./engines/engine.js";
import { elements, rowsOf } from "./ndarray.js";
import { parameterTensor } from "./parameters.js";
import type { Parameters } from "./parameters.js";
import { inputType, need, openDraw, recordOf } from "./programs.js";
import type { FedInput, Sizes } from "./programs.js";
import { openStream } from "./random/stream.js";
import type { InputSpec, ProgramSpec } from "./specification.js";
import { asTensor } from "./train/feed.js";
import { openOrder } from "./train/order.js";

export interface Session {
  readonly engine: Engine;
  /** A learned tensor as samplers use it, on the engine. */
  weight(name: string): HeldTensor;
  /** What is made of `source`, compiled once for each key; the key says all else that shapes it. */
  executable(source: ProgramSpec, key: string, program: () => TensorProgram): Promise<Executable>;
}

/** What a call brings along besides weights: the samples from `first` on, and what feeds them. */
export interface Call {
  readonly seed: number;
  /** Begins the names of the call's random streams. */
  readonly scope: string;
  readonly parameters: Parameters;
  readonly data: DataSets;
}

export type Input = Tensor | HeldTensor;

/**
 * The tensor for an input that is the same in every step: a weight, a parameter, a row of data per sample, or a draw made
 * once. Null for what only the stepping knows: states, times and rows of the schedule.
 */
export function standingInput(
  session: Session,
  call: Call,
  input: InputSpec,
  sizes: Sizes,
  first: number,
): Input | null {
  const { from } = input;
  const type = inputType(input, sizes);
  switch (from.kind) {
    case "weight":
      return session.weight(from.weight);
    case "copy":
      return session.weight(from.weight);
    case "parameter":
      return parameterTensor(
        need(call.parameters.get(from.parameter), from.parameter),
        { ...input, from },
        type,
        first,
      );
    case "data":
      return dataRows(call, { ...input, from }, sizes, first);
    case "normal":
    case "uniform": {
      const out = new Float32Array(elements(type.shape));
      openDraw({ ...input, from }, call.seed, call.scope)(out, 0, first);
      return { data: out, shape: type.shape, dtype: "real" };
    }
    case "rows":
    case "reward":
    case "state":
    case "time":
    case "next time":
    case "earlier time":
    case "schedule":
      return null;
  }
}

/** A program as the engine takes it: inputs in order, outputs in order. */
export function tensorProgram(program: ProgramSpec, sizes: Sizes): TensorProgram {
  return {
    name: program.name,
    inputs: program.inputs.map((input) => inputType(input, sizes)),
    build(o, values) {
      const inputs = recordOf(
        program.inputs.map(({ name }) => name),
        (name, i) => need(values[i], name),
      );
      const outputs = program.run(o, inputs, sizes);
      return program.outputs.map((name) => need(outputs[name], name));
    },
  };
}

/** One evaluation of a program; `changing` feeds what is not standing. Outputs by name. */
export async function runProgram(
  session: Session,
  call: Call,
  program: ProgramSpec,
  sizes: Sizes,
  first: number,
  changing: (input: InputSpec) => Input = (input) => need<Input>(undefined, `the input ${input.name}`),
): Promise<Map<string, HeldTensor>> {
  const executable = await session.executable(program, JSON.stringify(sizes), () => tensorProgram(program, sizes));
  const inputs = program.inputs.map((input) => standingInput(session, call, input, sizes, first) ?? changing(input));
  const outputs = await executable.run(inputs);
  return new Map(program.outputs.map((name, i) => [name, need(outputs[i], name)]));
}

/** Reads a tensor and gives it back to the engine. */
export async function takeReals(held: HeldTensor): Promise<Float32Array> {
  const { data } = await held.read();
  const reals = Float32Array.from(data);
  held.release();
  return reals;
}

/** Samples take rows in a shuffled order of their own, by their index in the call. */
function dataRows(call: Call, input: FedInput<"data">, sizes: Sizes, first: number): Tensor {
  const { data, field, draw } = input.from;
  const set = need(call.data.get(data), `the data set ${data}`);
  const table = need(set.fields.get(field), `the field ${field ?? data}`);
  const type = inputType(input, sizes);
  const [count = 0, ...inner] = type.shape;
  const width = elements(inner);
  const perSample = count / need(sizes["B"], "the batch size");
  const rows = new Int32Array(count);
  openOrder(set.rows, openStream(call.seed, `${call.scope}/rows of ${data} as ${draw}`)).fill(rows, first * perSample);
  const out = new Float32Array(count * width);
  rows.forEach((row, i) => out.set(rowsOf(table, row, row + 1).data, i * width));
  return asTensor({ data: out, shape: type.shape }, type);
}
