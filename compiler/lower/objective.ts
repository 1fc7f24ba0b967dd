/** How an objective becomes a program: draws, loss averaged over the batch, and the gradient of every weight it moves. */
import type { Declaration, Goal, Statement } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import type { ObjectiveSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { gradient } from "../ir/differentiate.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { real, showShape } from "../evaluate/arithmetic.js";
import { batchInputs, finish, leavesOf, overBatch, weightInputsOfTraining } from "./batched.js";
import type { Context } from "../evaluate/context.js";
import { newFrame, report, usedAt, withScope } from "../evaluate/context.js";
import { describe } from "../evaluate/describe.js";
import { evaluate } from "../evaluate/evaluate.js";
import type { LoweredProgram } from "./model.js";
import { lowerRollout } from "./rollout.js";
import { childOf, lookUp } from "../evaluate/scope.js";
import { evaluateStatements } from "../evaluate/statements.js";
import type { Objective } from "../evaluate/thing.js";

/** The compiled objective under the given name; null after reporting. */
export function lowerObjective(objective: Objective, name: string, span: Span, c: Context): ObjectiveSpec<LoweredProgram> | null {
  const mirrors: Value[] = [];
  const frame = { ...newFrame(name, true), mirrors };
  const reported: Reported[] = [];
  let total: Value | null = null;
  for (const term of objective.terms) {
    const inner: Context = { ...withScope(c, childOf(term.scope)), frame, pureIn: null, owner: null };
    const loss = usedAt(term.use, c, () => goalsOf(term.declaration, reported, inner));
    if (loss === null) return null;
    const weighted = term.weight === 1 ? loss : ir.mul(ir.scalar(term.weight), loss);
    total = total === null ? weighted : ir.add(total, weighted);
  }
  if (total === null) return null;
  const batch = batchInputs(frame);
  const goal = averagedWithMirror(total, mirrors);
  const checks = frame.noted.filter((entry) => entry.kind === "check");
  const lifted = overBatch([goal, ...reported.map(({ value }) => value), ...checks.map(({ value }) => value)], batch.map);
  const meanAt = (place: number, value: Value): Value => {
    const perSample = lifted.values[place] ?? value;
    return lifted.batched[place] === true ? ir.mean(perSample, [0]) : perSample;
  };
  const loss = meanAt(0, goal);
  const rollout = lowerRollout(frame, name, batch, c);
  if (rollout === "failed") return null;
  if (rollout !== null && mirrors.length > 0) {
    report(c, catalogue.notCompiledYet, span, { construct: "A question to the application about an antithetic draw", instead: null });
    return null;
  }
  const leaves = leavesOf([loss]);
  const moved = [...c.world.weights.values()].filter((weight) => leaves.has(weight.value) && weight.spec.initial.kind !== "setup");
  if (moved.length === 0) {
    report(c, catalogue.nothingToLearn, span, { objective: name });
    return null;
  }
  const gradients = gradient(loss, moved.map((weight) => weight.value));
  const outputs = [
    { name: "loss", value: loss },
    ...moved.map((weight, place) => ({ name: `gradient ${weight.spec.name}`, value: gradients[place] ?? ir.zeros(weight.spec.shape) })),
    ...reported.map(({ name: curve, value }, place) => ({ name: `report ${curve}`, value: meanAt(1 + place, value) })),
    ...checks.flatMap(({ value }, place) => {
      const at = 1 + reported.length + place;
      const all = lifted.values[at] ?? value;
      return extremes(lifted.batched[at] === true ? all : ir.broadcast(all, ["B", ...all.shape]), place);
    }),
  ];
  const program = finish(name, `Loss of \`${name}\`, averaged over the batch, and its gradient.`, outputs, [...weightInputsOfTraining(c.world), ...batch.inputs]);
  return {
    name,
    program,
    gradients: moved.map((weight) => ({ weight: weight.spec.name, output: `gradient ${weight.spec.name}` })),
    parameters: [],
    reports: reported.map(({ name: curve }) => ({ name: curve, output: `report ${curve}` })),
    checks: checks.map(({ reward, range }, place) => ({ reward, range, high: `high ${place}`, low: `low ${place}` })),
    rollout,
  };
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

/** The sum of a body's goals for one sample, a maximised one negated. */
function goalsOf(declaration: Declaration, reported: Reported[], c: Context): Value | null {
  const { body } = declaration;
  if (body?.kind !== "block") return null;
  let total: Value | null = null;
  let failed = false;
  for (const statement of body.statements) {
    if (statement.kind !== "goal") {
      if (evaluateStatements([statement], c) !== null) failed = true;
      else reported.push(...reportedBy(statement, reported, c));
      continue;
    }
    const value = goalValue(statement, c);
    if (value === null) failed = true;
    else total = total === null ? value : ir.add(total, value);
  }
  return failed ? null : total;
}

/** `let name = report(e)`. */
function reportedBy(statement: Statement, known: readonly Reported[], c: Context): readonly Reported[] {
  if (statement.kind !== "let") return [];
  const [name, more] = statement.names;
  const [value] = statement.values;
  if (name === undefined || more !== undefined || value?.kind !== "call" || value.callee.kind !== "reference") return [];
  const callee = lookUp(c.scope, value.callee.text);
  const thing = lookUp(c.scope, name.text);
  if (callee?.kind !== "builtin" || callee.name !== "report" || thing?.kind !== "tensor") return [];
  const taken = known.filter((other) => other.name === name.text || other.name.startsWith(`${name.text} `)).length;
  return [{ name: taken === 0 ? name.text : `${name.text} ${taken + 1}`, value: real(thing.value) }];
}

function goalValue(goal: Goal, c: Context): Value | null {
  if (goal.over !== null) {
    const [player] = goal.over;
    report(c, catalogue.notCompiledYet, player?.span ?? goal.span, { construct: "`over` (goals that move different networks)", instead: null });
    return null;
  }
  return ir.withOrigin(goal.span, () => {
    const thing = evaluate(goal.value, c);
    if (thing.kind === "poison") return null;
    if (thing.kind !== "tensor") {
      report(c, catalogue.wrongKind, goal.value.span, { found: describe(thing), expected: "a number" });
      return null;
    }
    if (thing.value.shape.length > 0) {
      report(c, catalogue.notScalar, goal.value.span, { what: `What is ${goal.direction}d`, shape: showShape(thing.value.shape) });
      return null;
    }
    const value = real(thing.value);
    return goal.direction === "minimize" ? value : ir.neg(value);
  });
}

