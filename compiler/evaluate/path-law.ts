/** How probable is a path under a process, and how far apart are two processes along it? Sums over the steps of the path. */
import type { Span } from "../../grammar/source.js";
import { isZero } from "../calculus/expression.js";
import { subtract } from "../calculus/algebra.js";
import { symbol } from "../calculus/expression.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { simplify } from "../ir/simplify.js";
import type { Value } from "../ir/value.js";
import { showShape, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import { constantValues, elementAt } from "./evaluate.js";
import { readFormula } from "./formula.js";
import { leafOf, openLane, overRounds, rowsFrom } from "./lane.js";
import { gaussianLogDensity } from "./laws.js";
import { atTime } from "./process-law.js";
import { diffusionOf, driftOf } from "./run.js";
import type { Path, Run, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** States at nodes of time. */
export type Track = Pick<Path, "states" | "nodes" | "offset">;

/** A path as drawn, or states at equal distances over the range of the process: an array with a row for each. */
export function trackOf(thing: Thing, run: Run, span: Span, c: Context): Track | null {
  if (thing.kind === "path") return thing;
  if (thing.kind !== "tensor") {
    if (thing.kind !== "poison")
      report(c, catalogue.wrongKind, span, { found: describe(thing), expected: "a path, or the states along one" });
    return null;
  }
  const { shape } = thing.value;
  const { space, range } = run.process;
  const [count, ...rest] = shape;
  if (typeof count !== "number" || count < 2 || showShape(rest) !== showShape(space.shape)) {
    report(c, catalogue.wrongShape, span, {
      what: "The states along a path",
      expected: showShape(["times", ...space.shape]),
      found: showShape(shape),
    });
    return null;
  }
  const nodes = Array.from({ length: count }, (_, i) => range[0] + ((range[1] - range[0]) * i) / (count - 1));
  return { states: thing.value, nodes, offset: null };
}

interface Along {
  readonly x: Value;
  readonly y: Value;
  readonly t: Value;
  readonly s: Value;
}

/** The sum of `f` over the steps of a path, all evaluated at once. */
function sumAlong(track: Track, span: Span, c: Context, f: (step: Along, c: Context) => Value | null): Value | null {
  const { states, nodes, offset } = track;
  const count = nodes.length - 1;
  const lane = openLane(count);
  const time = (name: string, from: number): Value => {
    const node = leafOf(lane, name, ir.constant(nodes.slice(from, from + count), [count]));
    return offset === null ? node : ir.add(node, offset);
  };
  const step = {
    x: leafOf(lane, "x", rowsFrom(states, 0, count)),
    y: leafOf(lane, "y", rowsFrom(states, 1, count)),
    t: time("t", 0),
    s: time("s", 1),
  };
  const all = overRounds(lane, span, c, (inner) => {
    const term = f(step, inner);
    return term === null ? poison : tensor(ir.sumAll(term));
  });
  return all.kind === "tensor" ? ir.sum(all.value, [0]) : null;
}

/**
 * log p of the states after the first, given it. Of an affine process exactly, by its kernel from each node to the next; of
 * others that of Euler's steps, N(x + f h, g² h), which is the process as the step goes to 0.
 */
export function pathLogProb(run: Run, thing: Thing, span: Span, c: Context): Thing {
  const track = trackOf(thing, run, span, c);
  if (track === null || !goesWith(run, track, span, c)) return poison;
  const { process } = run;
  const { dynamics } = process;
  const facts =
    run.mode === "forward" && dynamics.kind === "sde" && dynamics.facts.kind === "affine" ? dynamics.facts : null;
  const total = sumAlong(track, span, c, ({ x, y, t, s }, inner) => {
    if (facts !== null) {
      const earlier = new Map([[facts.earlier.name, t]]);
      const at = (formula: Parameters<typeof atTime>[0]): Value => atTime(formula, process, s, earlier);
      const mean = ir.add(ir.mul(at(facts.between.scale), x), at(facts.between.shift));
      return gaussianLogDensity(y, mean, ir.broadcastTo(at(facts.between.std), y.shape));
    }
    const [drift, diffusion] = [
      driftOf(run, tensor(x), tensor(t), span, inner),
      diffusionOf(run, tensor(x), tensor(t), span, inner),
    ];
    if (drift.kind !== "tensor" || diffusion.kind !== "tensor") return null;
    const std = ir.mul(diffusion.value, ir.sqrt(ir.abs(ir.sub(s, t))));
    return gaussianLogDensity(y, ir.add(x, ir.mul(drift.value, ir.sub(s, t))), ir.broadcastTo(std, y.shape));
  });
  return total === null ? poison : tensor(total);
}

/**
 * ½ Σ |G⁻¹ (b_Q - b_P)|² |Δt|: its mean over paths of Q is KL(Q | P) of the laws after the first state (Girsanov; methods 0.6).
 * Along steps of Euler's method it is exact, in the limit of small steps for the processes themselves.
 */
export function pathKl(...compared: Compared): Thing {
  return comparedAlong(compared, ({ apart, h }) => ir.mul(ir.mul(ir.scalar(0.5), ir.abs(h)), ir.mul(apart, apart)));
}

/**
 * log dQ/dP of the path after its first state: Σ G⁻¹ (b_Q - b_P) · G⁻¹ (ΔX - b_P Δt) - ½ |G⁻¹ (b_Q - b_P)|² |Δt| (Girsanov), the
 * ratio of the densities of Euler's steps. Its mean over paths of Q is their KL, that of its exponential over paths of P is 1.
 */
export function pathLogRatio(...compared: Compared): Thing {
  return comparedAlong(compared, ({ apart, surprise, h }) =>
    ir.sub(
      ir.mul(ir.mul(ir.sign(h), apart), surprise),
      ir.mul(ir.mul(ir.scalar(0.5), ir.abs(h)), ir.mul(apart, apart)),
    ),
  );
}

type Compared = readonly [q: Run, p: Run, path: Thing, span: Span, spans: readonly [Span, Span], c: Context];

/** A step seen by two processes, in units of their noise. */
interface ComparedStep {
  /** G⁻¹ (b_Q - b_P) */
  readonly apart: Value;
  /** G⁻¹ (ΔX - b_P Δt) */
  readonly surprise: Value;
  readonly h: Value;
}

function comparedAlong([q, p, thing, span, spans, c]: Compared, term: (step: ComparedStep) => Value): Thing {
  const track = trackOf(thing, q, span, c);
  if (track === null || !goesWith(q, track, spans[0], c) || !goesWith(p, track, spans[1], c)) return poison;
  if (showShape(q.process.space.shape) !== showShape(p.process.space.shape)) {
    return report(c, catalogue.wrongShape, spans[1], {
      what: `The state of \`${p.process.name}\``,
      expected: showShape(q.process.space.shape),
      found: showShape(p.process.space.shape),
    });
  }
  if (!haveSameNoise(q, p, spans[1], c)) return poison;
  const total = sumAlong(track, span, c, ({ x, y, t, s }, inner) => {
    const drifts = [q, p].map((run, place) => driftOf(run, tensor(x), tensor(t), spans[place] ?? span, inner));
    const diffusion = diffusionOf(q, tensor(x), tensor(t), span, inner);
    const [left, right] = drifts;
    if (left?.kind !== "tensor" || right?.kind !== "tensor" || diffusion.kind !== "tensor") return null;
    const h = ir.sub(s, t);
    const difference = ir.sub(left.value, right.value);
    const surprise = ir.sub(ir.sub(y, x), ir.mul(h, right.value));
    const [apart, unforeseen] = overNoise(difference, surprise, diffusion.value, q, p, spans[1], inner) ?? [];
    return apart === undefined || unforeseen === undefined ? null : term({ apart, surprise: unforeseen, h });
  });
  return total === null ? poison : tensor(total);
}

/** G⁻¹ of both. Where there is no noise the drifts must agree: a difference there is seen at once, KL is infinite. */
function overNoise(
  difference: Value,
  surprise: Value,
  diffusion: Value,
  q: Run,
  p: Run,
  span: Span,
  c: Context,
): readonly Value[] | null {
  const both = [difference, surprise];
  const levels = diffusion.op === "scalar" || diffusion.op === "constant" ? constantValues(diffusion) : null;
  if (levels === null || !levels.includes(0)) return both.map((value) => ir.div(value, diffusion));
  const [count] = difference.shape;
  const spread =
    levels.length === 1 && typeof count === "number" ? Array.from({ length: count }, () => levels[0] ?? 0) : levels;
  const partOf = (value: Value, i: number): Value => (value.shape.length === 1 ? coordinate(value, i) : value);
  if (spread.some((level, i) => level === 0 && !vanishes(partOf(difference, i)))) {
    report(c, catalogue.driftBesideNoise, span, { left: q.process.name, right: p.process.name });
    return null;
  }
  return both.map((value) => {
    const loud = spread.flatMap((level, i) =>
      level === 0 ? [] : [ir.reshape(ir.div(partOf(value, i), ir.scalar(level)), [1])],
    );
    return loud.length === 0 ? ir.zeros([1]) : ir.concat(loud, 0);
  });
}

/** One number of a vector, sought in what it is made of. */
function coordinate(value: Value, i: number): Value {
  const [first, second] = value.inputs;
  if (value.shape.length === 0) return value;
  const combine = { add: ir.add, sub: ir.sub, mul: ir.mul, div: ir.div } as const;
  switch (value.op) {
    case "add":
    case "sub":
    case "mul":
    case "div":
      return first === undefined || second === undefined
        ? value
        : combine[value.op](coordinate(first, i), coordinate(second, i));
    case "neg":
      return first === undefined ? value : ir.neg(coordinate(first, i));
    case "concat": {
      let before = 0;
      for (const part of value.inputs) {
        const size = part.shape[0];
        if (typeof size !== "number") break;
        if (i < before + size) return coordinate(part, i - before);
        before += size;
      }
      return elementAt(value, i);
    }
    case "reshape":
      return first !== undefined && first.shape.length === 0 ? first : elementAt(value, i);
    default:
      return elementAt(value, i);
  }
}

function vanishes(value: Value): boolean {
  const [simple = value] = simplify([value]);
  return isZero(readFormula(simple, new Map(), new Map()).formula);
}

/** Paths of processes of different noise are told apart for certain, however short: their KL is infinite. */
function haveSameNoise(q: Run, p: Run, span: Span, c: Context): boolean {
  const x = ir.input("x", "real", q.process.space.shape);
  const t = ir.input("t", "real", []);
  const levels = [q, p].map((run) => diffusionOf(run, tensor(x), tensor(t), span, c));
  const [left, right] = levels;
  if (left?.kind !== "tensor" || right?.kind !== "tensor") return false;
  if (left.value === right.value) return true;
  const numbers = [left.value, right.value].map((value) =>
    value.op === "scalar" || value.op === "constant" ? constantValues(value) : null,
  );
  const [first, second] = numbers;
  if (first != null && second != null) {
    const length = Math.max(first.length, second.length);
    const at = (values: readonly number[], i: number): number => values[values.length === 1 ? 0 : i] ?? Number.NaN;
    if (Array.from({ length }, (_, i) => at(first, i) === at(second, i)).every(Boolean)) return true;
  } else {
    const symbols = new Map([
      [x, symbol("x")],
      [t, symbol("t")],
    ]);
    const opaque = new Map<string, Value>();
    const [a, b] = [left.value, right.value].map((value) => readFormula(value, symbols, opaque).formula);
    if (a !== undefined && b !== undefined && isZero(subtract(a, b))) return true;
  }
  report(c, catalogue.noisesDiffer, span, { left: q.process.name, right: p.process.name });
  return false;
}

/** A run and a path that go through time the same way. */
function goesWith(run: Run, track: Track, span: Span, c: Context): boolean {
  const [first = 0, second = 0] = track.nodes;
  const isForward =
    run.mode === "forward" || run.mode === "redrift"
      ? (run.from ?? run.process.range[0]) < (run.to ?? run.process.range[1])
      : run.process.dataTime === run.process.range[1];
  if (isForward === second > first) return true;
  report(c, catalogue.otherDirection, span, {
    process: run.process.name,
    way: second > first ? "forward" : "backward",
  });
  return false;
}
