/** Which nodes of a grid does a run visit? Slices and strides, of which some are drawn, and the times of every round. */
import type { Span } from "../../grammar/source.js";
import type { Index, Indexed } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { evaluateTensor } from "./evaluate.js";
import { possibleTogether } from "./possible.js";
import { timeFeed, timeInputs, visitsOf } from "./step.js";
import type { Grid, GridPart, Step, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** The rounds of a run: as many for every sample; where fewer nodes are drawn, the last rounds are not taken. */
export interface Course {
  readonly count: number;
  /** Of each time that the step names, its values in all rounds. */
  readonly times: readonly Value[];
  /** 1 in the rounds that are taken, 0 in the others; null: all are. */
  readonly taken: Value | null;
  /** 1 in the round that reaches the last node, 0 in the others. */
  readonly last: Value;
  /** The times of all rounds that may be taken. */
  readonly visits: readonly (readonly number[])[];
}

/** All nodes in turn. */
export function wholeCourse(step: Step, nodes: readonly number[]): Course {
  const count = nodes.length - 1;
  const visits = visitsOf(
    step,
    nodes,
    Array.from({ length: count }, (_, i) => i),
  );
  const times = timeInputs(step).map((_, place) =>
    ir.constant(
      visits.map((visit) => visit[place] ?? 0),
      [count],
    ),
  );
  return {
    count,
    times,
    taken: null,
    last: ir.constant(
      visits.map((_, i) => (i === count - 1 ? 1 : 0)),
      [count],
    ),
    visits,
  };
}

/** The rounds along a grid; null after reporting that nobody knows which nodes may be drawn. */
export function courseOf(step: Step, { nodes, part }: Grid, span: Span, c: Context): Course | null {
  if (part === null) return wholeCourse(step, nodes);
  const outcomes = outcomesOf(part, span, c);
  return outcomes === null ? null : partialCourse(step, nodes, part, outcomes);
}

type Bounds = readonly (readonly number[])[];

/** The pairs (from, to) that may be drawn. */
function outcomesOf({ from, to }: GridPart, span: Span, c: Context): Bounds | null {
  const outcomes = possibleTogether([from, to]);
  if (outcomes === null)
    report(c, catalogue.notConstant, span, {
      what: "Which nodes a slice may hold (draw its bound by `UniformInteger(a, b)`)",
    });
  return outcomes;
}

function partialCourse(step: Step, nodes: readonly number[], { from, to, stride }: GridPart, outcomes: Bounds): Course {
  const stepsOf = ([first = 0, end = 0]: readonly number[]): number => Math.ceil((end - 1 - first) / stride);
  const count = Math.max(...outcomes.map(stepsOf));
  // A round that is not taken is computed nonetheless: at times that another sample may visit.
  const highest = ir.scalar(Math.max(...outcomes.map(([, end = 0]) => end)) - 2);
  const table = ir.constant(nodes, [nodes.length]);
  const names = timeInputs(step).length;
  const started = (back: number): Value => {
    const rounds = ir.constant(
      Array.from({ length: count }, (_, i) => Math.max(0, i - back) * stride),
      [count],
    );
    return ir.add(from, rounds);
  };
  const [here, end] = [started(0), ir.sub(to, ir.scalar(1))];
  const at = ir.min(here, highest);
  const next = ir.max(ir.add(at, ir.scalar(1)), ir.min(ir.add(at, ir.scalar(stride)), end));
  const indices = Array.from({ length: names }, (_, place) => {
    const feed = timeFeed(place, names);
    return feed.kind === "earlier time" ? ir.min(started(feed.back), highest) : feed.kind === "time" ? at : next;
  });
  const visits = outcomes.flatMap((outcome) => {
    const [first = 0, limit = 0] = outcome;
    const visited = Array.from(
      { length: stepsOf(outcome) + 1 },
      (_, i) => nodes[Math.min(first + i * stride, limit - 1)] ?? Number.NaN,
    );
    return visitsOf(
      step,
      visited,
      Array.from({ length: visited.length - 1 }, (_, i) => i),
    );
  });
  return {
    count,
    times: indices.map((index) => ir.gather(table, ir.toInt(index))),
    taken: ir.toReal(ir.less(here, end)),
    last: ir.toReal(ir.equal(next, end)),
    visits: [...new Map(visits.map((visit) => [visit.join(), visit])).values()],
  };
}

/** `grid[a..b]` where a bound is drawn: the nodes between, whichever they are. Null where the index is another. */
export function partOfGrid(grid: Grid, e: Indexed, c: Context): Thing | null {
  const [index, more] = e.indices;
  const isRange = index?.kind === "range" && more === undefined;
  if (grid.part !== null) {
    return report(c, catalogue.notCompiledYet, e.span, {
      construct: "An index into nodes that are drawn",
      instead: "Index the grid: `times[k + 1]`.",
    });
  }
  if (!isRange) return null;
  const size = grid.nodes.length;
  const [from, to] = [boundOf(index.from, 0, size, c), boundOf(index.to, size, size, c)];
  if (from === null || to === null) return poison;
  if (constantOf(tensor(from)) !== null && constantOf(tensor(to)) !== null) return null;
  const part = { from, to, stride: 1 };
  const outcomes = outcomesOf(part, index.span, c);
  if (outcomes === null) return poison;
  const wrong = outcomes.find(([first = 0, end = 0]) => !(first >= 0 && end <= size && first < end));
  if (wrong !== undefined)
    return report(c, catalogue.outOfRange, index.span, {
      what: `This slice of a grid of ${size} nodes`,
      found: wrong.join(".."),
      expected: `within 0..${size}, with a node in it`,
    });
  return { ...grid, path: null, part };
}

/** A bound counted from the start. */
function boundOf(
  written: Extract<Index, { kind: "range" }>["from"],
  otherwise: number,
  size: number,
  c: Context,
): Value | null {
  const value = written === null ? ir.scalar(otherwise) : evaluateTensor(written, c);
  const known = value === null ? null : constantOf(tensor(value));
  return known !== null && known < 0 ? ir.scalar(known + size) : value;
}

/** Every `stride`-th node from the first on, and the last. */
export function strided(grid: Grid, stride: number): Grid {
  const { nodes, part } = grid;
  if (part !== null) return { ...grid, part: { ...part, stride: part.stride * stride } };
  return { ...grid, path: null, nodes: nodes.filter((_, i) => i % stride === 0 || i === nodes.length - 1) };
}
