/** How does a state travel over fixed nodes? Blocks of steps in one scan each; their noise is made while the last one runs. */
import type { HeldTensor, Tensor, TensorProgram, TensorType } from "../engines/engine.js";
import { throwIfAborted } from "../errors.js";
import { elements } from "../ndarray.js";
import { inputsFrom, inputType, need, openDraw, recordOf, stack } from "../programs.js";
import type { Draw, FedInput, Sizes } from "../programs.js";
import { standingInput } from "../session.js";
import type { Call, Session } from "../session.js";
import type { InputSpec, ProgramSpec, StepSpec, TravelSpec } from "../specification.js";
import type { Piece } from "./pieces.js";
import { runSchedule } from "./schedule.js";

export type GridTravel = Extract<TravelSpec, { readonly kind: "grid" }>;

export interface Journey {
  readonly signal: AbortSignal | undefined;
  /** The part done, 0 to 1. */
  readonly report: (done: number) => void;
  /** Draws are made once and kept along the path, as an estimated divergence wants. */
  readonly fixedDraws: boolean;
}

export async function travelGrid(
  session: Session,
  call: Call,
  travel: GridTravel,
  pieces: readonly Piece[],
  journey: Journey,
): Promise<Piece[]> {
  const legs = await planLegs(session, call, travel);
  const steps = travel.nodes.length - 1;
  const arrived: Piece[] = [];
  for (const [index, piece] of pieces.entries()) {
    let states = piece.states;
    for (const leg of legs) {
      states = await runLeg(session, call, leg, { ...piece, states }, travel, journey, (step) => {
        journey.report((index + step / steps) / pieces.length);
      });
    }
    arrived.push({ ...piece, states });
  }
  return arrived;
}

/** Steps that run the same program: numbers first … first + length - 1. */
interface Leg {
  readonly step: ProgramSpec;
  readonly first: number;
  readonly length: number;
  /** What the schedule says of each of these steps, by name: leading axis `length`. */
  readonly schedule: ReadonlyMap<string, Tensor>;
}

async function planLegs(session: Session, call: Call, travel: GridTravel): Promise<readonly Leg[]> {
  const steps = travel.nodes.length - 1;
  const lead = travel.last === null ? steps : steps - 1;
  const legs: Leg[] = [];
  if (lead > 0) legs.push(await planLeg(session, call, travel.every, travel.nodes, 0, lead));
  if (travel.last !== null) legs.push(await planLeg(session, call, travel.last, travel.nodes, lead, 1));
  return legs;
}

async function planLeg(
  session: Session,
  call: Call,
  spec: StepSpec,
  nodes: readonly number[],
  first: number,
  length: number,
): Promise<Leg> {
  const outputs = await runSchedule(session, call, spec.schedule, nodes, first, length);
  const schedule = new Map<string, Tensor>();
  for (const [name, held] of outputs) {
    const { data, shape, dtype } = await held.read();
    schedule.set(name, { data: data.slice(), shape, dtype });
    held.release();
  }
  return { step: spec.step, first, length, schedule };
}

async function runLeg(
  session: Session,
  call: Call,
  leg: Leg,
  piece: Piece,
  travel: GridTravel,
  journey: Journey,
  progress: (step: number) => void,
): Promise<ReadonlyMap<string, HeldTensor>> {
  const sizes = { B: piece.size };
  const draws = inputsFrom(leg.step, "normal", "uniform");
  const moving = journey.fixedDraws ? [] : draws;
  const noisiest = travel.denoise ? travel.nodes.length - 2 : -1;
  const opened = moving.map((input) => ({ input, draw: openDraw(input, call.seed, call.scope) }));
  const drawn = moving.reduce((sum, input) => sum + elements(inputType(input, sizes).shape), 0);
  const length = blockLength(leg.length, drawn);
  const standing = leg.step.inputs.filter((input) => !isMoving(input, journey));
  const held = standing.map((input) =>
    need(standingInput(session, call, input, sizes, piece.first), `the input ${input.name}`),
  );
  const names = [...piece.states.keys()];
  const rowsAt = (at: number, count: number): Tensor[] => [
    ...inputsFrom(leg.step, "schedule").map((input) => scheduleRows(leg, input, at, count)),
    ...opened.map(({ input, draw }) => drawRows(input, draw, sizes, leg.first + at, count, piece.first, noisiest)),
  ];
  let states = names.map((name) => need(piece.states.get(name), name));
  let rows = rowsAt(0, Math.min(length, leg.length));
  for (let done = 0; done < leg.length;) {
    throwIfAborted(journey.signal, "Sampling");
    const count = Math.min(length, leg.length - done);
    const types = states.map(({ shape, dtype }, i): TensorType => ({ name: `state.${names[i] ?? ""}`, shape, dtype }));
    const key = `${piece.size} samples, ${count} steps, fixed draws: ${String(journey.fixedDraws)}`;
    const executable = await session.executable(leg.step, key, () =>
      stepsProgram(leg.step, names, types, sizes, count, journey),
    );
    const running = executable.run([...states, ...held, ...rows]);
    const ahead = Math.min(length, leg.length - done - count);
    // The next block's noise is made here while the engine computes.
    if (ahead > 0) rows = rowsAt(done + count, ahead);
    const outputs = await running;
    for (const state of states) state.release();
    states = outputs;
    done += count;
    progress(leg.first + done);
  }
  return new Map(names.map((name, i) => [name, need(states[i], name)]));
}

/**
 * Steps in one call of the engine: at most 50, and few enough that the first block's random numbers, for which the engine
 * waits, are made in two or three milliseconds; dividing the steps where a number near it does, so that no shorter block
 * need be compiled.
 */
function blockLength(steps: number, numbersPerStep: number): number {
  const longest = Math.max(1, Math.min(50, Math.floor(2 ** 17 / Math.max(numbersPerStep, 1))));
  for (let length = longest; length > longest / 2; length--) if (steps % length === 0) return length;
  return Math.ceil(steps / Math.ceil(steps / longest));
}

/** `count` steps as one scan over the schedule's rows and the draws. */
function stepsProgram(
  step: ProgramSpec,
  names: readonly string[],
  states: readonly TensorType[],
  sizes: Sizes,
  count: number,
  journey: Journey,
): TensorProgram {
  const standing = step.inputs.filter((input) => !isMoving(input, journey));
  const rows = [...inputsFrom(step, "schedule"), ...(journey.fixedDraws ? [] : inputsFrom(step, "normal", "uniform"))];
  const rowType = (input: InputSpec): TensorType => {
    const type = inputType(input, sizes);
    return { ...type, shape: stack(count, type.shape) };
  };
  return {
    name: `${step.name}, ${count} steps`,
    inputs: [...states, ...standing.map((input) => inputType(input, sizes)), ...rows.map(rowType)],
    build(o, values) {
      const fixed = values.slice(names.length, names.length + standing.length);
      const xs = values.slice(names.length + standing.length);
      return o.scan(count, values.slice(0, names.length), xs, (inner, carry, row) => {
        const state = new Map(names.map((name, i) => [name, need(carry[i], name)]));
        const given = new Map([
          ...standing.map((input, i) => [input.name, need(fixed[i], input.name)] as const),
          ...rows.map((input, i) => [input.name, need(row[i], input.name)] as const),
        ]);
        const inputs = recordOf(
          step.inputs.map(({ name }) => name),
          (name, i) => {
            const { from } = need(step.inputs[i], name);
            return need(from.kind === "state" ? state.get(from.state) : given.get(name), name);
          },
        );
        const outputs = step.run(inner, inputs, sizes);
        return { carry: names.map((name, i) => outputs[name] ?? need(carry[i], name)), rows: [] };
      }).carry;
    },
  };
}

/** Inputs that differ from step to step. */
function isMoving(input: InputSpec, journey: Journey): boolean {
  const { kind } = input.from;
  if (kind === "normal" || kind === "uniform") return !journey.fixedDraws;
  return kind === "state" || kind === "schedule";
}

function scheduleRows(leg: Leg, input: FedInput<"schedule">, at: number, count: number): Tensor {
  const { data, shape, dtype } = need(leg.schedule.get(input.from.row), input.from.row);
  const inner = shape.slice(1);
  const width = elements(inner);
  return { data: data.slice(at * width, (at + count) * width), shape: stack(count, inner), dtype };
}

/** Draws of the steps first, first + 1, …; the step `silent` has no normal noise. */
function drawRows(
  input: FedInput<"normal" | "uniform">,
  draw: Draw,
  sizes: Sizes,
  first: number,
  count: number,
  sample: number,
  silent: number,
): Tensor {
  const { shape } = inputType(input, sizes);
  const width = elements(shape);
  const data = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    if (first + i === silent && input.from.kind === "normal") continue;
    draw(data.subarray(i * width, (i + 1) * width), first + i, sample);
  }
  return { data, shape: stack(count, shape), dtype: "real" };
}
