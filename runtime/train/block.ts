/**
 * What does the engine run while training? A block of steps as one program: a scan whose carry is the weights and
 * the optimizer's vectors, each in the layout's pieces, and whose rows are all that changes from step to step: which samples, which random
 * numbers, which learning rate.
 */
import type { TensorProgram, TensorType } from "../engines/engine.js";
import type { Ops } from "../ops.js";
import type { Optimizer } from "../optimize.js";
import { inputsFrom, inputType, need, recordOf, stack } from "../programs.js";
import type { FedInput } from "../programs.js";
import type { CopyOf, ObjectiveSpec, ProgramSpec, RolloutSpec } from "../specification.js";
import { asFixed, asRow, computeAhead } from "./ahead.js";
import { flatten, takeTensor } from "./layout.js";
import type { Layout } from "./layout.js";

export interface BlockSpec {
  readonly objective: ObjectiveSpec;
  readonly layout: Layout;
  readonly optimizer: Optimizer;
  /** Whether a moving average travels along. */
  readonly averaged: boolean;
  readonly batch: number;
  readonly accumulate: number;
  /** Updates made with the same draws. */
  readonly reuse: number;
  /** Rows of each resident data set; a set without an entry comes as rows of the block. */
  readonly resident: ReadonlyMap<string, number>;
}

/** Names of the inputs of a block, in order; its outputs are the carry, the sum of the weights, the losses, and the curves. */
export interface BlockInputs {
  /** "weights", the optimizer's vectors, "average", and "frozen", the weights when the batch was drawn: each as the layout's pieces. */
  readonly carry: readonly string[];
  /** Weights that do not move, those at the start of the run, parameters, and the tables of resident data. */
  readonly captured: readonly Captured[];
  /** Draws, row numbers or streamed data, each [length, accumulate, …]. */
  readonly perBatch: readonly PerBatch[];
  /** Numbers of the optimizer, and those of `stepNumbers`, each [length]. */
  readonly perStep: readonly string[];
}

export type Captured = { readonly type: TensorType } & (
  | { readonly kind: "weight"; readonly input: FedInput<"weight" | "copy"> }
  | { readonly kind: "initial"; readonly piece: number }
  | { readonly kind: "parameter"; readonly input: FedInput<"parameter"> }
  | { readonly kind: "table"; readonly input: FedInput<"data"> }
);

/** `type` is that of one batch. */
export type PerBatch = { readonly type: TensorType } & (
  | { readonly kind: "random"; readonly input: FedInput<"normal" | "uniform"> }
  | { readonly kind: "rows"; readonly data: string; readonly draw: string }
  | { readonly kind: "streamed"; readonly input: FedInput<"data"> }
  | { readonly kind: "answer"; readonly input: FedInput<"reward"> }
);

export function blockInputs(spec: BlockSpec): BlockInputs {
  const { program } = spec.objective;
  const sizes = { B: spec.batch };
  const moved = new Set(spec.layout.places.map((place) => place.name));
  const captured: Captured[] = [];
  const perBatch: PerBatch[] = [];
  for (const input of inputsFrom(program, "weight", "copy")) {
    if (!moved.has(input.from.weight)) captured.push({ kind: "weight", input, type: inputType(input, sizes) });
  }
  if (takesCopy(spec, "initial")) {
    spec.layout.pieces.forEach(({ shape }, piece) => {
      captured.push({ kind: "initial", piece, type: { name: initialName(piece), shape, dtype: "real" } });
    });
  }
  for (const input of inputsFrom(program, "parameter")) {
    captured.push({ kind: "parameter", input, type: inputType(input, sizes) });
  }
  for (const input of inputsFrom(program, "normal", "uniform")) {
    perBatch.push({ kind: "random", input, type: inputType(input, sizes) });
  }
  for (const input of inputsFrom(program, "reward")) {
    perBatch.push({ kind: "answer", input, type: inputType(input, sizes) });
  }
  const drawn = new Set<string>();
  for (const input of inputsFrom(program, "data")) {
    const { data, draw } = input.from;
    const type = inputType(input, sizes);
    const rows = spec.resident.get(data);
    if (rows === undefined) {
      perBatch.push({ kind: "streamed", input, type });
      continue;
    }
    captured.push({ kind: "table", input, type: { ...type, shape: stack(rows, type.shape.slice(1)) } });
    if (drawn.has(draw)) continue;
    drawn.add(draw);
    const name = rowsName(draw);
    perBatch.push({ kind: "rows", data, draw, type: { name, shape: type.shape.slice(0, 1), dtype: "int" } });
  }
  return {
    carry: [
      "weights",
      ...spec.optimizer.vectors,
      ...(spec.averaged ? ["average"] : []),
      ...(carriesFrozen(spec) ? ["frozen"] : []),
    ],
    captured,
    perBatch,
    perStep: [...spec.optimizer.rowNames, ...stepNumbers(spec)],
  };
}

/** Numbers of a step beside those of the optimizer. */
export type StepNumber = "average factor" | "average share" | "is drawn";

export function stepNumbers(spec: BlockSpec): readonly StepNumber[] {
  return [
    ...(spec.averaged ? (["average factor"] as const) : []),
    ...(takesCopy(spec, "average") ? (["average share"] as const) : []),
    ...(carriesFrozen(spec) ? (["is drawn"] as const) : []),
  ];
}

/** Whether the objective reads this copy of a weight that moves. */
export function takesCopy({ objective, layout }: BlockSpec, of: CopyOf): boolean {
  const moved = new Set(layout.places.map(({ name }) => name));
  return inputsFrom(objective.program, "copy").some(({ from }) => from.of === of && moved.has(from.weight));
}

/** With one update a batch the frozen weights are the weights themselves. */
function carriesFrozen(spec: BlockSpec): boolean {
  return spec.reuse > 1 && takesCopy(spec, "frozen");
}

function initialName(piece: number): string {
  return `initial.${piece}`;
}

/** Which of the block's steps are run: `count` of them, from number `from` on. */
export interface Part {
  readonly from: number;
  readonly count: number;
}

/**
 * The program of some of the steps of a block. It takes the rows of the whole block: engines may round a number differently
 * by its place in a tensor, and so a step's numbers have the same place whichever part of the block is run.
 */
export function blockProgram(spec: BlockSpec, length: number, { from, count }: Part): TensorProgram {
  const inputs = blockInputs(spec);
  const { objective, layout, optimizer, accumulate } = spec;
  // A dot keeps these names apart from the program's own, which are identifiers.
  const carried = inputs.carry.flatMap((name) =>
    layout.pieces.map(({ shape }, i): TensorType => ({ name: `carry.${name}.${i}`, shape, dtype: "real" })),
  );
  const rows = [
    ...inputs.perBatch.map(({ type }) => ({ ...type, shape: stack(length, batchStack(type.shape, accumulate)) })),
    ...inputs.perStep.map((name): TensorType => ({ name: `step.${name}`, shape: [length], dtype: "real" })),
  ];
  return {
    name: `${objective.name}, ${count} steps`,
    inputs: [...carried, ...inputs.captured.map(({ type }) => type), ...rows],
    build<T>(o: Ops<T>, values: readonly T[]): readonly T[] {
      const carry = values.slice(0, carried.length);
      const captured = values.slice(carried.length, carried.length + inputs.captured.length);
      const given = values.slice(carried.length + inputs.captured.length);
      const batches = given.slice(0, inputs.perBatch.length);
      const weights = vectorsOf(layout, carry)[0] ?? [];
      const ahead = aheadOfSteps(o, spec, inputs, length, weights, captured, batches);
      const xs = [...ahead.stacks, ...given.slice(batches.length)].map((x) => rowsOf(o, x, from, count));
      const result = o.scan(count, carry, xs, (inner, state, row) => {
        const vectors = vectorsOf(layout, state);
        const vector = (name: string): readonly T[] => need(vectors[inputs.carry.indexOf(name)], name);
        const numbers = row.slice(ahead.stacks.length);
        const number = (name: StepNumber): T => need(numbers[inputs.perStep.indexOf(name)], name);
        const weights = vector("weights");
        const frozen = carriesFrozen(spec)
          ? vector("frozen").map((piece, i) => {
              const isDrawn = inner.less(inner.scalar(0.5), number("is drawn"));
              return inner.select(isDrawn, need(weights[i], "a piece"), piece);
            })
          : weights;
        const average = takesCopy(spec, "average")
          ? vector("average").map((piece) => inner.mul(number("average share"), piece))
          : weights;
        const gradientOf: GradientOf<T> = (o, batch) => ahead.finish(o, [...weights, ...frozen, ...average], batch);
        const { loss, gradient, curves } = overBatches(inner, gradientOf, row.slice(0, ahead.stacks.length), spec);
        const own = numbers.slice(0, optimizer.rowNames.length);
        const moved = optimizer.update(inner, weights, gradient, optimizer.vectors.map(vector), own);
        const next = [moved.weights, ...moved.vectors];
        if (spec.averaged) {
          const factor = number("average factor");
          const pieces = vector("average").map((piece, i) =>
            inner.add(inner.mul(factor, piece), need(moved.weights[i], "a piece")),
          );
          next.push(pieces);
        }
        if (carriesFrozen(spec)) next.push(frozen);
        return { carry: next.flat(), rows: [loss, ...curves] };
      });
      const [after = []] = vectorsOf(layout, result.carry);
      const sums = after.map((piece) => o.sum(piece, [...o.shapeOf(piece).keys()]));
      return [...result.carry, sums.reduce((a, b) => o.add(a, b)), ...result.rows];
    },
  };
}

/** The vectors of a carry, each as its pieces. */
export function vectorsOf<T>({ pieces }: Layout, carry: readonly T[]): (readonly T[])[] {
  const count = carry.length / pieces.length;
  return Array.from({ length: count }, (_, i) => carry.slice(i * pieces.length, (i + 1) * pieces.length));
}

interface AheadOfSteps<T> {
  /** What the steps read, each [length, …], or [length, accumulate, …]. */
  readonly stacks: readonly T[];
  /** `late` are the pieces of the weights, of the frozen ones and of their average, one behind the other. */
  finish(o: Ops<T>, late: readonly T[], row: readonly T[]): LossAndGradient<T>;
}

/** What all batches of the block can be given before the first step. `batches` are stacks of what each batch takes. */
function aheadOfSteps<T>(
  o: Ops<T>,
  spec: BlockSpec,
  inputs: BlockInputs,
  length: number,
  weights: readonly T[],
  captured: readonly T[],
  batches: readonly T[],
): AheadOfSteps<T> {
  const { accumulate } = spec;
  const total = length * accumulate;
  const fixed = captured.map(asFixed);
  const rows = batches.map((x, i) => {
    const { type } = need(inputs.perBatch[i], "what a batch takes");
    return asRow(o.reshape(x, stack(total, type.shape)));
  });
  const { stacks, finish } = computeAhead(o, total, [...weights, ...weights, ...weights], (staged, late) => {
    const { loss, gradient, curves } = lossAndGradient(spec, inputs, late, fixed)(staged, rows);
    return [loss, ...curves, ...gradient];
  });
  const count = curveNames(spec.objective).length;
  return {
    stacks: stacks.map((x) => o.reshape(x, stack(length, batchStack(o.shapeOf(x).slice(1), accumulate)))),
    finish(inner, late, row) {
      const [loss, ...rest] = finish(inner, late, row);
      return { loss: need(loss, "the loss"), curves: rest.slice(0, count), gradient: rest.slice(count) };
    },
  };
}

function rowsOf<T>(o: Ops<T>, x: T, from: number, count: number): T {
  const [, ...shape] = o.shapeOf(x);
  return o.slice(x, [from, ...shape.map(() => 0)], [count, ...shape]);
}

/** Outputs of the program that a run collects beside the loss: means over the batch, then extremes of each sample and of the crossings. */
export function curveNames({ reports, checks, crossings }: ObjectiveSpec): readonly string[] {
  return [
    ...reports.map(({ output }) => output),
    ...checks.flatMap(({ high, low }) => [high, low]),
    ...crossings.map(({ output }) => output),
  ];
}

interface LossAndGradient<T> {
  readonly loss: T;
  /** By `curveNames`. */
  readonly curves: readonly T[];
  /** In the layout's pieces. */
  readonly gradient: readonly T[];
}

type GradientOf<T> = (o: Ops<T>, batch: readonly T[]) => LossAndGradient<T>;

/** The objective on one batch, at the given weights. */
function lossAndGradient<T>(
  spec: BlockSpec,
  inputs: BlockInputs,
  late: readonly T[],
  captured: readonly T[],
): GradientOf<T> {
  const { program, gradients } = spec.objective;
  return (o, batch) => {
    const results = program.run(o, programInputs(o, program, spec, inputs, late, captured, batch), { B: spec.batch });
    const parts = gradients.map(({ output }) => need(results[output], output));
    const curves = curveNames(spec.objective).map((name) => need(results[name], name));
    return { loss: need(results["loss"], "loss"), curves, gradient: flatten(o, spec.layout, parts) };
  };
}

/** What a program of the objective is given: weights and their copies out of the pieces, the rest by name. */
function programInputs<T>(
  o: Ops<T>,
  program: ProgramSpec,
  spec: BlockSpec,
  inputs: BlockInputs,
  late: readonly T[],
  captured: readonly T[],
  batch: readonly T[],
): Record<string, T> {
  const fixed = new Map(inputs.captured.map(({ type }, i) => [type.name, need(captured[i], type.name)]));
  const [pieces = [], frozen = [], average = []] = vectorsOf(spec.layout, late);
  const copies = { frozen, average, initial: pieces.map((piece, i) => fixed.get(initialName(i)) ?? piece) };
  const given = new Map(inputs.perBatch.map((entry, i) => [entry.type.name, need(batch[i], entry.type.name)]));
  const weights = new Map(spec.layout.places.map((place) => [place.name, place]));
  return recordOf(
    program.inputs.map((input) => input.name),
    (name, i): T => {
      const input = need(program.inputs[i], name);
      const value = fixed.get(name) ?? given.get(name);
      if (input.from.kind === "weight" || input.from.kind === "copy") {
        const place = weights.get(input.from.weight);
        if (place === undefined) return need(value, name);
        return takeTensor(o, spec.layout, input.from.kind === "weight" ? pieces : copies[input.from.of], place);
      }
      if (input.from.kind === "data" && spec.resident.has(input.from.data)) {
        return o.gather(need(value, name), need(given.get(rowsName(input.from.draw)), input.from.draw));
      }
      return need(value, name);
    },
  );
}

/**
 * The program that computes, for one batch, what the application is asked about: of the weights, their average, what is
 * captured, and one row of each input of a batch.
 */
export function rolloutProgram(spec: BlockSpec, { program, asks }: RolloutSpec): TensorProgram {
  const inputs = blockInputs(spec);
  const vectors = ["weights", "average"].flatMap((name) =>
    spec.layout.pieces.map(({ shape }, i): TensorType => ({ name: `carry.${name}.${i}`, shape, dtype: "real" })),
  );
  const count = spec.layout.pieces.length;
  return {
    name: program.name,
    inputs: [...vectors, ...inputs.captured.map(({ type }) => type), ...inputs.perBatch.map(({ type }) => type)],
    build<T>(o: Ops<T>, values: readonly T[]): readonly T[] {
      const weights = values.slice(0, count);
      // A batch has just been drawn: the frozen weights are the weights.
      const late = [...weights, ...weights, ...values.slice(count, 2 * count)];
      const captured = values.slice(2 * count, 2 * count + inputs.captured.length);
      const batch = values.slice(2 * count + inputs.captured.length);
      const results = program.run(o, programInputs(o, program, spec, inputs, late, captured, batch), { B: spec.batch });
      return asks.flatMap((ask) => ask.arguments.map((name) => need(results[name], name)));
    },
  };
}

/** Means over the batches of one step; of extremes the largest. */
function overBatches<T>(o: Ops<T>, gradientOf: GradientOf<T>, rows: readonly T[], spec: BlockSpec): LossAndGradient<T> {
  const { accumulate, layout } = spec;
  if (accumulate === 1) return gradientOf(o, rows);
  const zero = o.scalar(0);
  const { reports } = spec.objective;
  const means = [zero, ...reports.map(() => zero), ...layout.pieces.map(({ shape }) => o.broadcast(zero, shape))];
  const { carry, rows: extremes } = o.scan(accumulate, means, rows, (inner, sums, row) => {
    const { loss, curves, gradient } = gradientOf(inner, row);
    const summed = [loss, ...curves.slice(0, reports.length), ...gradient];
    return {
      carry: summed.map((value, i) => inner.add(need(sums[i], "a sum"), value)),
      rows: curves.slice(reports.length),
    };
  });
  const share = o.scalar(1 / accumulate);
  const [loss, ...rest] = carry.map((sum) => o.mul(sum, share));
  return {
    loss: need(loss, "the loss"),
    curves: [...rest.slice(0, reports.length), ...extremes.map((all) => o.reduceMax(all, [0]))],
    gradient: rest.slice(reports.length),
  };
}

/** Shapes of a row: with an axis for the batches of a step where there are several. */
export function batchStack(shape: readonly number[], accumulate: number): readonly number[] {
  return accumulate === 1 ? shape : stack(accumulate, shape);
}

function rowsName(draw: string): string {
  return `rows.${draw}`;
}

/** Numbers a sample takes of a streamed or drawn input, for the size of a block. */
export function numbersPerBatch(spec: BlockSpec): number {
  let sum = 0;
  for (const { type } of blockInputs(spec).perBatch) sum += type.shape.reduce((product, size) => product * size, 1);
  return sum * spec.accumulate;
}
