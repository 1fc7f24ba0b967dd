/** What a sampler goes through inside a formula: the law `path(S)`, its draws, and what can be asked of one. */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, real, showShape, tensor } from "./arithmetic.js";
import { wholeCourse } from "./course.js";
import type { Course } from "./course.js";
import type { Context, Frame } from "./context.js";
import { report, roundsOf } from "./context.js";
import { describe } from "./describe.js";
import { elementAt } from "./evaluate.js";
import { gridOf } from "./grid.js";
import type { DrawSite } from "./laws.js";
import { asLaw, draw } from "./laws.js";
import { buildScan } from "./loop.js";
import { rowAt } from "./lane.js";
import { fromStart, indexOfNode } from "./nodes.js";
import { poleOf } from "./poles.js";
import { endsOf } from "./run.js";
import { runState } from "./run-state.js";
import { reportLostNoise } from "./step-direction.js";
import { applyStep, legalStep, memoryOf, timeInputs } from "./step.js";
import { systemOf } from "./system-state.js";
import type { Law, Path, PathStep, Process, Run, SamplerThing, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** The law of the state where a run begins; null if it is not known. */
export function startLaw(run: Run, from: number): Law | null {
  const { process } = run;
  return (
    run.start ??
    (from === process.knownTime ? process.known : (systemStart(process, from, run.span) ?? lawAtEnd(process, from)))
  );
}

/** Of several states: the data's, with the laws that the others have there. */
function systemStart(process: Process, from: number, span: Span): Law | null {
  const system = systemOf(process);
  if (system === null || from !== process.dataTime) return null;
  const isKnown = system.states.every(
    ({ data, initial }) => initial !== null || (data?.kind === "data" && data.law !== null),
  );
  return isKnown ? { kind: "law", law: "state", process, time: ir.scalar(from), given: null, pins: [], span } : null;
}

/** The law of the data at an end; of an interpolant also where it is that of rows, since a run says that it begins there. */
function lawAtEnd({ data, dynamics, range }: Process, time: number): Law | null {
  if (dynamics.kind === "interpolant") return dynamics.ends[range.indexOf(time)] ?? null;
  return data?.kind === "data" ? data.law : null;
}

/** Runs the sampler along its grid, as a loop of the program. */
export function drawPath(sampler: SamplerThing, site: DrawSite, frame: Frame, c: Context): Thing {
  const { run, step } = sampler;
  const ends = endsOf(run, site.span, c);
  if (ends === null || !legalStep(sampler, ends, c)) return poison;
  if (step.declaration === null || sampler.correctors.length > 0) {
    const construct =
      step.declaration === null ? "The path of a solver with step control" : "The path of a sampler with correctors";
    return report(c, catalogue.notCompiledYet, site.span, {
      construct,
      instead: "Use a step along a fixed grid: `… using euler_maruyama(steps: 50)`.",
    });
  }
  const nodes = gridOf({ ...run, from: ends[0], to: ends[1] }, step.options, step.span, c);
  if (runState(run.process).specs.length > 1)
    return report(c, catalogue.notCompiledYet, site.span, {
      construct: "The path of a process of several states",
      instead: "Put the states into one vector.",
    });
  const { data, dataTime } = run.process;
  const rows = data?.kind === "data" && ends[0] === dataTime ? asLaw(data, site.span, c) : null;
  const law = startLaw(run, ends[0]) ?? rows;
  if (law === null) return report(c, catalogue.noKnownEnd, site.span, { process: run.process.name });
  if (nodes === null) return poison;
  const spacing = step.options.get("spacing");
  if (run.offset !== undefined && spacing !== undefined) {
    return report(c, catalogue.notCompiledYet, spacing.span, {
      construct: "A spacing of a run from a drawn time",
      instead: "Take equal steps.",
    });
  }
  const { shape } = run.process.space;
  const start = draw(law, { name: `${site.name}_start`, span: site.span, shape }, c);
  if (start.kind !== "tensor") return poison;
  if (showShape(start.value.shape) !== showShape(shape)) {
    return report(c, catalogue.wrongShape, site.span, {
      what: `The start of \`${run.process.name}\``,
      expected: showShape(shape),
      found: showShape(start.value.shape),
    });
  }
  return walk(sampler, real(start.value), nodes, frame, c);
}

function walk(sampler: SamplerThing, start: Value, nodes: readonly number[], frame: Frame, c: Context): Thing {
  const offset = sampler.run.offset ?? null;
  const walked = repeatStep(sampler, start, wholeCourse(sampler.step, nodes), frame, c);
  if (walked === null) return poison;
  const [states, ...memory] = walked.first.map((value, place) =>
    ir.concat([ir.reshape(value, [1, ...value.shape]), walked.rows[place] ?? value], 0),
  );
  if (states === undefined) return poison;
  frame.held.add(states);
  return { kind: "path", sampler, nodes, offset, states, memory };
}

/** What a run of steps made of the state and each memory: before it, after every round, after all. */
interface Walked {
  readonly first: readonly Value[];
  readonly rows: readonly Value[];
  readonly last: readonly Value[];
}

/** The step repeated along a course; null after reporting. In a round that is not taken the state stays what it is. */
export function repeatStep(
  sampler: SamplerThing,
  start: Value,
  course: Course,
  frame: Frame,
  c: Context,
): Walked | null {
  const { step, run } = sampler;
  const { count, visits } = course;
  const first = [start, ...memoryAtStart(sampler, start, c)];
  const inner: Context = { ...c, frame: roundsOf(frame, count), pureIn: null, owner: null };
  const carry = first.map((value, place) =>
    ir.input(place === 0 ? run.process.state : `memory${place}`, "real", value.shape),
  );
  const times = timeInputs(step);
  const offset = run.offset ?? null;
  const clock = offset === null ? times : times.map((time) => ir.add(time, offset));
  const stepped = applyStep(
    sampler,
    step,
    carry.map((value) => tensor(value)),
    clock,
    carry,
    inner,
  );
  if (
    stepped === null ||
    reportLostNoise(
      sampler,
      stepped,
      (inner.frame?.rounds?.rows ?? []).map((row) => row.inner),
      c,
    )
  )
    return null;
  const pole = poleOf(stepped, times, visits);
  if (pole !== null) {
    const { time } = run.process;
    report(c, catalogue.poleOnGrid, step.span, {
      step: step.name,
      times: `on its step from ${time} = ${pole.at(-2)} to ${time} = ${pole.at(-1)}`,
      isFirst: pole === visits[0],
    });
    return null;
  }
  const taken = ir.input("taken", "real", []);
  const next =
    course.taken === null
      ? stepped
      : stepped.map((value, place) => ir.select(ir.less(ir.scalar(0.5), taken), value, carry[place] ?? value));
  const drawn = inner.frame?.rounds?.rows ?? [];
  const isDenoised = constantOf(step.options.get("denoise")?.thing ?? poison) === 1;
  const results = buildScan(
    count,
    { inside: carry, before: first, next },
    [
      ...times.map((time, place) => ({ inner: time, outer: course.times[place] ?? time })),
      ...(course.taken === null ? [] : [{ inner: taken, outer: course.taken }]),
      ...drawn.map(({ inner: one, outer }) => ({
        inner: one,
        outer: isDenoised ? without(course.last, outer) : outer,
      })),
    ],
    next,
  );
  return { first, rows: results.rows, last: results.carry };
}

/** The names of a step with defaults, as they are before the first step. */
function memoryAtStart(sampler: SamplerThing, x: Value, c: Context): readonly Value[] {
  const { step } = sampler;
  return memoryOf(step).flatMap(({ initial }) => {
    const thing = initial(tensor(x), { ...c, scope: step.scope ?? c.scope });
    return thing.kind === "tensor" ? [real(thing.value)] : [];
  });
}

/** The noise of all rounds but the last. */
function without(last: Value, noise: Value): Value {
  const [count = 1, ...rest] = noise.shape;
  return ir.mul(noise, ir.reshape(ir.sub(ir.scalar(1), last), [count, ...rest.map(() => 1)]));
}

/** X(t): the state at a node. */
export function stateAt(path: Path, time: Thing, span: Span, c: Context): Thing {
  if (time.kind !== "tensor")
    return time.kind === "poison"
      ? poison
      : report(c, catalogue.wrongKind, span, { found: describe(time), expected: "a time" });
  const index = indexOfNode(time.value, path.nodes);
  if (index === null)
    return report(c, catalogue.noNode, span, { first: String(path.nodes[0]), last: String(path.nodes.at(-1)) });
  return tensor(typeof index === "number" ? elementAt(path.states, index) : rowAt(path.states, index));
}

/** A node as a time. */
export function shifted(node: Value, { offset }: Pick<Path, "offset">): Value {
  return offset === null ? node : ir.add(node, offset);
}

/** The last state. */
export function endOf(path: Path): Value {
  return elementAt(path.states, path.nodes.length - 1);
}

/** Step number `index`, a constant or drawn; negative from the end. Null if there is no such step. */
export function stepAt(path: Path, index: Value): PathStep | null {
  const { nodes, sampler } = path;
  const count = nodes.length - 1;
  const known = constantOf(tensor(index));
  if (known === null) {
    const from = fromStart(index, count);
    const to = ir.add(from, ir.toInt(ir.scalar(1)));
    const times = ir.constant(nodes, [nodes.length]);
    const [x, y] = [ir.gather(path.states, from), ir.gather(path.states, to)];
    const [t, s] = [shifted(ir.gather(times, from), path), shifted(ir.gather(times, to), path)];
    const memory = path.memory.map((rows) => rowAt(rows, from));
    return { kind: "path step", sampler, x, t, y, s, memory, visits: null, nodes };
  }
  const at = known < 0 ? known + count : known;
  const [now, next] = [nodes[at], nodes[at + 1]];
  if (now === undefined || next === undefined) return null;
  return {
    kind: "path step",
    sampler,
    x: elementAt(path.states, at),
    t: shifted(ir.scalar(now), path),
    y: elementAt(path.states, at + 1),
    s: shifted(ir.scalar(next), path),
    memory: path.memory.map((rows) => elementAt(rows, at)),
    visits: [[now, next]],
    nodes,
  };
}
