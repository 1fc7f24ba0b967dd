/** How an objective becomes a program per player: draws, loss averaged over the batch, and the gradient of what it moves. */
import type { Declaration, Goal, Name, Statement } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import type { ObjectiveSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { gradient } from "../ir/differentiate.js";
import { substitute } from "../ir/substitute.js";
import { table } from "../ir/table.js";
import type { Value } from "../ir/value.js";
import { real, showShape } from "../evaluate/arithmetic.js";
import { crossingName, crossingOutputs, leftBehind } from "./crossings.js";
import { batchInputs, finish, leavesBefore, leavesOf, overBatch, weightInputsOfTraining } from "./batched.js";
import type { Context, Frame } from "../evaluate/context.js";
import { newFrame, report, resolve, usedAt, withScope } from "../evaluate/context.js";
import { describe } from "../evaluate/describe.js";
import { evaluate } from "../evaluate/evaluate.js";
import type { LoweredProgram } from "./model.js";
import type { Moved } from "./newton.js";
import { newtonLimit, newtonSteps, numbersOf } from "./newton.js";
import { losesGradient, lowerRollout } from "./rollout.js";
import { childOf, lookUp } from "../evaluate/scope.js";
import { evaluateStatements } from "../evaluate/statements.js";
import { weightingOf } from "../evaluate/weighting.js";
import type { Objective } from "../evaluate/thing.js";

/** One of those who pursue an objective: what it moves, and the program of its own loss. */
export interface Player {
  /** As its goals name it after `over`; null where nobody is named. */
  readonly over: readonly string[] | null;
  /** The directions of its goals. */
  readonly directions: ReadonlySet<Goal["direction"]>;
  readonly spec: ObjectiveSpec<LoweredProgram>;
}

/** The compiled objective under the given name, one program per player; null after reporting. */
export function lowerObjective(
  objective: Objective,
  name: string,
  isNewton: boolean,
  span: Span,
  c: Context,
): readonly Player[] | null {
  const mirrors: Value[] = [];
  const frame = { ...newFrame(name, true), mirrors };
  const reported: Reported[] = [];
  const sides: Side[] = [];
  for (const term of objective.terms) {
    const inner: Context = { ...withScope(c, childOf(term.scope)), frame, pureIn: null, owner: null };
    if (!usedAt(term.use, c, () => gatherGoals(term.declaration, term.weight, { sides, reported }, inner))) return null;
  }
  const unnamed = sides.find((side) => side.over === null);
  if (unnamed !== undefined && sides.length > 1) {
    const named = sides.flatMap((side) => side.over?.names ?? []).map((player) => `\`${player}\``);
    report(c, catalogue.unnamedPlayer, unnamed.span, { known: named.join(", ") });
    return null;
  }
  const players: Player[] = [];
  for (const side of sides) {
    const label = sides.length === 1 ? name : `${name}.${side.over?.names.join("_") ?? ""}`;
    const spec = lowerSide(side, { name: label, isNewton }, { frame, reported }, span, c);
    if (spec === null) return null;
    players.push({ over: side.over?.names ?? null, directions: side.directions, spec });
  }
  return players.length === 0 ? null : players;
}

/** Goals that move the same, added up. */
interface Side {
  readonly over: Over | null;
  readonly directions: Set<Goal["direction"]>;
  readonly span: Span;
  total: Value;
}
/** What a goal moves: names as written, and the weights they stand for. */
interface Over {
  readonly names: readonly string[];
  readonly moves: (weight: string) => boolean;
}

function lowerSide(
  side: Side,
  { name, isNewton }: { readonly name: string; readonly isNewton: boolean },
  { frame, reported }: { readonly frame: Frame; readonly reported: readonly Reported[] },
  span: Span,
  c: Context,
): ObjectiveSpec<LoweredProgram> | null {
  if (leftBehind(side.total, frame, c)) return null;
  c.world.weightings.set(name, () =>
    weightingOf(side.total, frame, new Set([...c.world.weights.values()].map(({ value }) => value))),
  );
  const mirrors = frame.mirrors ?? [];
  const batch = batchInputs(frame);
  const goal = averagedWithMirror(side.total, mirrors);
  const checks = frame.noted.filter((entry) => entry.kind === "check");
  const lifted = overBatch(
    [
      goal,
      ...reported.map(({ value }) => value),
      ...checks.map(({ value }) => value),
      ...frame.crossings.map(({ error }) => error),
    ],
    batch.map,
  );
  const meanAt = (place: number, value: Value): Value => {
    const perSample = lifted.values[place] ?? value;
    return lifted.batched[place] === true ? ir.mean(perSample, [0]) : perSample;
  };
  const loss = meanAt(0, goal);
  if (usedAt(span, c, () => losesGradient(frame, c))) return null;
  const rollout = lowerRollout(frame, name, batch, weightInputsOfTraining(c.world));
  if (rollout !== null && mirrors.length > 0) {
    report(c, catalogue.notCompiledYet, span, {
      construct: "A question to the application about an antithetic draw",
      instead: null,
    });
    return null;
  }
  const leaves = leavesOf([loss]);
  // A reference stays as it is unless it is named.
  const references = new Set(
    [...c.world.params.values()].flatMap(({ owner, stored }) => (owner.kind === "reference" ? [stored] : [])),
  );
  const moves = side.over?.moves ?? ((weight: string) => !references.has(weight));
  const moved = [...c.world.weights.values()].filter(
    (weight) => leaves.has(weight.value) && weight.spec.initial.kind !== "setup" && moves(weight.spec.name),
  );
  if (moved.length === 0) {
    if (side.over === null) report(c, catalogue.nothingToLearn, span, { objective: name });
    else
      report(c, catalogue.nothingToMove, side.span, {
        player: side.over.names.map((player) => `\`${player}\``).join(", "),
      });
    return null;
  }
  const told = leavesBefore([loss], ({ op }) => op === "stopGradient");
  const learned = leavesBefore([loss], ({ op }) => table[op].derivative.kind === "zero" && op !== "select");
  if (moved.some(({ value }) => told.has(value)) && !moved.some(({ value }) => learned.has(value))) {
    report(c, catalogue.noGradient, side.span, {});
    return null;
  }
  if (!moved.some(({ value }) => learned.has(value))) {
    report(c, catalogue.nothingToLearn, span, { objective: name });
    return null;
  }
  const gradients = isNewton
    ? newtonGradients(loss, moved, span, c)
    : gradient(
        loss,
        moved.map((weight) => weight.value),
      );
  if (gradients === null) return null;
  const outputs = [
    { name: "loss", value: loss },
    ...crossingOutputs(frame.crossings, lifted.values.slice(1 + reported.length + checks.length)),
    ...moved.map((weight, place) => ({
      name: `gradient ${weight.spec.name}`,
      value: gradients[place] ?? ir.zeros(weight.spec.shape),
    })),
    ...reported.map(({ name: curve, value }, place) => ({ name: `report ${curve}`, value: meanAt(1 + place, value) })),
    ...checks.flatMap(({ value }, place) => {
      const at = 1 + reported.length + place;
      const all = lifted.values[at] ?? value;
      return extremes(lifted.batched[at] === true ? all : ir.broadcast(all, ["B", ...all.shape]), place);
    }),
  ];
  const program = finish(name, `Loss of \`${name}\`, averaged over the batch, and its gradient.`, outputs, [
    ...weightInputsOfTraining(c.world),
    ...batch.inputs,
  ]);
  return {
    name,
    program,
    gradients: moved.map((weight) => ({ weight: weight.spec.name, output: `gradient ${weight.spec.name}` })),
    parameters: [],
    reports: reported.map(({ name: curve }) => ({ name: curve, output: `report ${curve}` })),
    checks: checks.map(({ reward, range }, place) => ({ reward, range, high: `high ${place}`, low: `low ${place}` })),
    crossings: frame.crossings.map(({ limit, line, policy, what }, place) => ({
      output: crossingName(place),
      limit,
      line,
      policy,
      what,
    })),
    rollout,
  };
}

/** In the gradients' place: what a step of Newton's method subtracts; null after reporting. */
function newtonGradients(
  loss: Value,
  weights: readonly { readonly spec: { readonly name: string }; readonly value: Value }[],
  span: Span,
  c: Context,
): readonly Value[] | null {
  const moved = weights.map(({ spec, value }): Moved => {
    const param = [...c.world.params].find(([, { stored }]) => stored === spec.name);
    return param === undefined
      ? { stored: value, value, space: null }
      : { stored: value, value: param[0], space: param[1].space };
  });
  const count = numbersOf(moved);
  if (count <= newtonLimit) return newtonSteps(loss, moved);
  report(c, catalogue.newtonTooLarge, span, { count: String(count), most: String(newtonLimit) });
  return null;
}

/** (goal(z) + goal(-z)) / 2 over the noises of all antithetic draws at once: unbiased, since -z has the law of z. */
function averagedWithMirror(goal: Value, noises: readonly Value[]): Value {
  if (noises.length === 0) return goal;
  const [mirrored] = substitute([goal], new Map(noises.map((noise) => [noise, ir.neg(noise)])));
  return ir.mul(ir.scalar(0.5), ir.add(goal, mirrored ?? goal));
}

/** The largest value of each sample, and the smallest negated. */
function extremes(value: Value, place: number): readonly { readonly name: string; readonly value: Value }[] {
  const largest = (x: Value): Value => (x.shape.length === 1 ? x : ir.reduceMax(x, [...x.shape.keys()].slice(1)));
  return [
    { name: `high ${place}`, value: largest(value) },
    { name: `low ${place}`, value: largest(ir.neg(value)) },
  ];
}

interface Reported {
  readonly name: string;
  readonly value: Value;
}

/** Adds a body's goals for one sample to their sides, a maximised one negated; false after reporting. */
function gatherGoals(
  declaration: Declaration,
  weight: number,
  { sides, reported }: { readonly sides: Side[]; readonly reported: Reported[] },
  c: Context,
): boolean {
  const { body } = declaration;
  if (body?.kind !== "block") return false;
  let isWhole = true;
  for (const statement of body.statements) {
    if (statement.kind !== "goal") {
      if (evaluateStatements([statement], c) !== null) isWhole = false;
      else reported.push(...reportedBy(statement, reported, c));
      continue;
    }
    const value = goalValue(statement, c);
    const over = statement.over === null ? null : overOf(statement.over, c);
    if (value === null || over === "failed") {
      isWhole = false;
      continue;
    }
    const weighted = weight === 1 ? value : ir.mul(ir.scalar(weight), value);
    const key = over?.names.join();
    const side = sides.find((other) => other.over?.names.join() === key);
    if (side === undefined)
      sides.push({ over, directions: new Set([statement.direction]), span: statement.span, total: weighted });
    else {
      side.total = ir.add(side.total, weighted);
      side.directions.add(statement.direction);
    }
  }
  return isWhole;
}

/** The weights that the names after `over` stand for. */
function overOf(names: readonly Name[], c: Context): Over | "failed" {
  const movers: ((weight: string) => boolean)[] = [];
  for (const name of names) {
    const thing = resolve(name.text, name.span, c);
    if (thing === null || thing.kind === "poison") return "failed";
    if (thing.kind === "network") movers.push((weight) => c.world.weights.get(weight)?.network === thing.name);
    else if (thing.kind === "process") movers.push((weight) => thing.params.includes(weight));
    else {
      const param = thing.kind === "tensor" ? c.world.params.get(thing.value) : undefined;
      if (param === undefined) {
        report(c, catalogue.notAPlayer, name.span, { name: name.text, found: describe(thing) });
        return "failed";
      }
      movers.push((weight) => weight === param.stored);
    }
  }
  return { names: names.map((name) => name.text), moves: (weight) => movers.some((moves) => moves(weight)) };
}

/** `let name = report(e)`. */
function reportedBy(statement: Statement, known: readonly Reported[], c: Context): readonly Reported[] {
  if (statement.kind !== "let") return [];
  const [name, more] = statement.names;
  const [value] = statement.values;
  if (name === undefined || more !== undefined || value?.kind !== "call" || value.callee.kind !== "reference")
    return [];
  const callee = lookUp(c.scope, value.callee.text);
  const thing = lookUp(c.scope, name.text);
  if (callee?.kind !== "builtin" || callee.name !== "report" || thing?.kind !== "tensor") return [];
  const taken = known.filter((other) => other.name === name.text || other.name.startsWith(`${name.text} `)).length;
  return [{ name: taken === 0 ? name.text : `${name.text} ${taken + 1}`, value: real(thing.value) }];
}

function goalValue(goal: Goal, c: Context): Value | null {
  return ir.withOrigin(goal.span, () => {
    const thing = evaluate(goal.value, c);
    if (thing.kind === "poison") return null;
    if (thing.kind !== "tensor") {
      report(c, catalogue.wrongKind, goal.value.span, { found: describe(thing), expected: "a number" });
      return null;
    }
    if (thing.value.shape.length > 0) {
      report(c, catalogue.notScalar, goal.value.span, {
        what: `What is ${goal.direction}d`,
        shape: showShape(thing.value.shape),
      });
      return null;
    }
    const value = real(thing.value);
    return goal.direction === "minimize" ? value : ir.neg(value);
  });
}
