/**
 * Built-in functions that look across the samples of a batch: plans of transport between two samples, the pairs that a plan
 * gives, and the cost of transport as a loss.
 */
import type { Span } from "../../../grammar/source.js";
import { positionOf } from "../../../grammar/source.js";
import { catalogue } from "../../diagnostics/catalogue.js";
import * as ir from "../../ir/build.js";
import { acrossSamples } from "../../ir/loop.js";
import type { Value } from "../../ir/value.js";
import { assignment } from "../../transport/assignment.js";
import { drawPartners } from "../../transport/draw.js";
import { newtonSparse } from "../../transport/newton.js";
import { pairwise } from "../../transport/pairwise.js";
import type { PairFormula } from "../../transport/pairwise.js";
import { equalWeights, descend, heldFixed, sinkhorn, transportValue } from "../../transport/sinkhorn.js";
import type { Scaling, TransportProblem } from "../../transport/sinkhorn.js";
import { constantOf, real, showShape, tensor } from "../arithmetic.js";
import { applyClosure } from "../call.js";
import type { Context, Frame } from "../context.js";
import { newInput, placeInModel, report } from "../context.js";
import { describe } from "../describe.js";
import { dependsOn } from "../formula.js";
import type { Closure, Plan, Thing } from "../thing.js";
import { poison } from "../thing.js";
import type { BuiltinCall, BuiltinRow } from "./row.js";
import { spanAt, tensorAt } from "./row.js";

const iterationOptions = ["rounds", "tolerance", "solver", "density", "unconverged"];

export const transportBuiltins: readonly (readonly [string, BuiltinRow])[] = [
  [
    "sinkhorn",
    {
      doc: "The plan of entropic optimal transport between two batches, by their costs in pairs.",
      parameters: ["cost", "epsilon"],
      named: iterationOptions,
      evaluate: (call, c) => entropicPlan(call, 0, c) ?? poison,
    },
  ],
  [
    "assignment",
    {
      doc: "The plan that pairs two batches one to one at the least cost.",
      parameters: ["cost"],
      named: ["rounds", "unconverged"],
      evaluate: (call, c) => exactPlan(call, c) ?? poison,
    },
  ],
  [
    "repair",
    {
      doc: "Two samples paired anew: the first with a partner from the batch of the second, drawn by a plan.",
      parameters: ["a", "b"],
      named: ["plan"],
      evaluate: repair,
    },
  ],
  [
    "transport",
    {
      doc: "The cost of entropic optimal transport between two batches, with the derivatives of the optimum.",
      parameters: ["x", "y", "cost", "epsilon"],
      named: iterationOptions,
      evaluate: transportCost,
    },
  ],
];

/** The least epsilon: rounding of costs of size one is a tenth of it in float32, and so a tenth of each entry of the plan. */
const leastEpsilon = 2 ** -20;
const usualTolerance = 1e-3;
const usualDensity = 0.1;
const usualRounds = { scaling: 10000, newton: 100, auction: 20000 } as const;

/** The plan that a call of `sinkhorn` or `transport` describes, whose cost is the argument at `first`; null after reporting. */
function entropicPlan(call: BuiltinCall, first: number, c: Context): Extract<Plan, { method: "entropic" }> | null {
  const cost = costAt(call, first, c);
  const epsilon = cost === null ? null : tensorAt(call, first + 1, c);
  if (cost === null || epsilon === null) return null;
  const epsilonSpan = call.named.get("epsilon")?.span ?? spanAt(call, first + 1);
  if (epsilon.shape.length > 0) {
    report(c, catalogue.notScalar, epsilonSpan, { what: "`epsilon`", shape: showShape(epsilon.shape) });
    return null;
  }
  const known = constantOf(tensor(epsilon));
  if (known !== null && !(known >= leastEpsilon)) {
    if (known > 0)
      report(c, catalogue.epsilonTooSmall, epsilonSpan, { epsilon: String(known), least: leastEpsilon.toPrecision(2) });
    else
      report(c, catalogue.outOfRange, epsilonSpan, { what: "`epsilon`", found: String(known), expected: "positive" });
    return null;
  }
  const solver = wordOf(call, "solver", "log_domain", c);
  const density = numberOf(call, "density", usualDensity, "a number above 0, at most 1", (x) => x > 0 && x <= 1, c);
  const tolerance = numberOf(
    call,
    "tolerance",
    usualTolerance,
    "a number from 1e-6 to 1",
    (x) => x >= 1e-6 && x <= 1,
    c,
  );
  const isNewton = solver === "newton_sparse";
  const rounds = roundsOf(call, isNewton ? usualRounds.newton : usualRounds.scaling, c);
  const policy = policyOf(call, c);
  if (solver === null || density === null || tolerance === null || rounds === null || policy === null) return null;
  const written = call.named.get("density");
  if (!isNewton && written !== undefined) {
    report(c, catalogue.unusedDensity, written.span, {});
    return null;
  }
  return {
    kind: "plan",
    method: "entropic",
    cost,
    epsilon,
    density: isNewton ? density : null,
    tolerance,
    rounds,
    policy,
    span: call.span,
  };
}

function exactPlan(call: BuiltinCall, c: Context): Plan | null {
  const cost = costAt(call, 0, c);
  const rounds = roundsOf(call, usualRounds.auction, c);
  const policy = policyOf(call, c);
  if (cost === null || rounds === null || policy === null) return null;
  return { kind: "plan", method: "exact", cost, rounds, policy, span: call.span };
}

function repair(call: BuiltinCall, c: Context): Thing {
  const frame = crossingFrame(call, c);
  const plan = call.named.get("plan");
  if (frame === null) return poison;
  if (plan === undefined) return report(c, catalogue.missingArgument, call.span, { name: "plan", callee: call.name });
  if (plan.thing.kind === "poison") return poison;
  if (plan.thing.kind !== "plan") {
    const instead = "Write `plan: sinkhorn(cost, epsilon: 0.05)` or `plan: assignment(cost)`.";
    return report(c, catalogue.wrongKind, plan.span, {
      found: describe(plan.thing),
      expected: "a plan of transport",
      instead,
    });
  }
  const given = plan.thing;
  const sides = [sideAt(call, 0, c), sideAt(call, 1, c)] as const;
  const [left, right] = sides;
  if (left === null || right === null) return poison;
  const formula = pairFormula(given.cost, [call.things[0] ?? poison, call.things[1] ?? poison], given.span, frame, c);
  if (formula === null) return poison;
  const uniform = newInput(
    frame,
    "pair_uniform",
    [],
    { kind: "uniform", site: `${frame.name}.pairs${frame.crossings.length + 1}` },
    true,
  );
  const samples = [...left, ...right, uniform];
  const results = acrossSamples(samples, (batch) => {
    const [xs, ys] = [batch.slice(0, left.length), batch.slice(left.length, -1)];
    const cost = pairwise(formula, xs.map(ir.stopGradient), ys.map(ir.stopGradient));
    const { partner, error } = partnersOf(given, cost, batch.at(-1) ?? uniform);
    const place = ir.toInt(partner);
    return [...ys.map((y) => ir.gather(y, place)), forEach(error, cost)];
  });
  const error = results.at(-1) ?? uniform;
  note(frame, given, error, c);
  for (const value of right) frame.repaired.push({ value, span: spanAt(call, 1) });
  const moved = results.slice(0, -1);
  for (const value of moved) frame.held.add(value);
  return { kind: "tuple", items: [call.things[0] ?? poison, rebuilt(call.things[1] ?? poison, [...moved])] };
}

function partnersOf(plan: Plan, cost: Value, uniform: Value): { readonly partner: Value; readonly error: Value } {
  if (plan.method === "exact") {
    const { partner, alone } = assignment(cost, plan.rounds);
    return { partner: ir.max(partner, ir.scalar(0)), error: alone };
  }
  const found = solved(plan, equalWeights(cost, ir.stopGradient(plan.epsilon)));
  return { partner: drawPartners(found.logPlan, uniform), error: found.error };
}

function solved(plan: Extract<Plan, { method: "entropic" }>, problem: TransportProblem): Scaling {
  const [from, tolerance] = [descend(problem), ir.scalar(plan.tolerance)];
  if (plan.density === null) return sinkhorn(problem, from, tolerance, plan.rounds);
  return newtonSparse(problem, from, tolerance, plan.rounds, plan.density);
}

function transportCost(call: BuiltinCall, c: Context): Thing {
  const frame = crossingFrame(call, c);
  const plan = frame === null ? null : entropicPlan(call, 2, c);
  if (frame === null || plan === null) return poison;
  const [left, right] = [sideAt(call, 0, c), sideAt(call, 1, c)];
  if (left === null || right === null) return poison;
  const formula = pairFormula(
    plan.cost,
    [call.things[0] ?? poison, call.things[1] ?? poison],
    spanAt(call, 2),
    frame,
    c,
  );
  if (formula === null) return poison;
  const [value, error] = acrossSamples([...left, ...right], (batch) => {
    const cost = pairwise(formula, batch.slice(0, left.length), batch.slice(left.length));
    const problem = equalWeights(cost, plan.epsilon);
    const found = solved(plan, heldFixed(problem));
    return [forEach(transportValue(problem, found), cost), forEach(found.error, cost)];
  });
  if (value === undefined || error === undefined) return poison;
  note(frame, plan, error, c);
  return tensor(value);
}

/** A number of the whole batch as that of each of its samples. */
function forEach(value: Value, cost: Value): Value {
  return ir.broadcast(value, [cost.shape[0] ?? 1]);
}

/** The program under construction, if it has a batch to look across; null after reporting. */
function crossingFrame(call: BuiltinCall, c: Context): Frame | null {
  if (c.pureIn !== null) {
    report(c, catalogue.misplaced, call.span, {
      construct: `\`${call.name}\``,
      place: `the fn \`${c.pureIn}\``,
      instead: "A fn sees one sample: call it in an objective or a coupling.",
    });
    return null;
  }
  if (c.frame === null) {
    report(c, catalogue.misplaced, call.span, {
      construct: `\`${call.name}\``,
      place: "this declaration",
      instead: "It looks across a batch: call it in an objective or a coupling.",
    });
    return null;
  }
  if (c.frame.rounds !== null) {
    report(c, catalogue.notCompiledYet, call.span, {
      construct: `\`${call.name}\` inside a loop`,
      instead: "Call it before the loop.",
    });
    return null;
  }
  return c.frame;
}

function costAt(call: BuiltinCall, place: number, c: Context): Closure | null {
  const thing = call.things[place];
  if (thing?.kind === "closure") return thing;
  if (thing !== undefined && thing.kind !== "poison") {
    const instead = "Write a fn of two samples: `fn cost(x, y) = sqnorm(x - y) / 2`.";
    report(c, catalogue.wrongKind, spanAt(call, place), {
      found: describe(thing),
      expected: "a cost, a fn of two samples",
      instead,
    });
  }
  return null;
}

/** The tensors of a sample, which may be a tuple or a record of them; null after reporting. */
function sideAt(call: BuiltinCall, place: number, c: Context): readonly Value[] | null {
  const thing = call.things[place] ?? poison;
  const parts = partsOf(thing);
  if (parts !== null) return parts;
  if (thing.kind !== "poison")
    report(c, catalogue.wrongKind, spanAt(call, place), {
      found: describe(thing),
      expected: "a sample: a tensor, or several",
    });
  return null;
}

function partsOf(thing: Thing): readonly Value[] | null {
  if (thing.kind === "tensor") return [real(thing.value)];
  const inner = thing.kind === "tuple" ? thing.items : thing.kind === "record" ? [...thing.fields.values()] : null;
  const parts = inner?.map(partsOf) ?? [null];
  return parts.some((part) => part === null) ? null : parts.flatMap((part) => part ?? []);
}

/** A thing like `thing` with other tensors, which are taken from `values` in order. */
function rebuilt(thing: Thing, values: Value[]): Thing {
  if (thing.kind === "tensor") return tensor(values.shift() ?? thing.value);
  if (thing.kind === "tuple") return { kind: "tuple", items: thing.items.map((item) => rebuilt(item, values)) };
  if (thing.kind !== "record") return thing;
  return { kind: "record", fields: new Map([...thing.fields].map(([name, field]) => [name, rebuilt(field, values)])) };
}

/** The cost of a pair as a graph of placeholders; null after reporting that it is no such cost. */
function pairFormula(
  cost: Closure,
  pair: readonly [Thing, Thing],
  span: Span,
  frame: Frame,
  c: Context,
): PairFormula | null {
  const placeholders = pair.map((thing, side) =>
    (partsOf(thing) ?? []).map((part) => ir.input(side === 0 ? "x" : "y", "real", part.shape)),
  );
  const [left = [], right = []] = placeholders;
  const arguments_ = pair.map((thing, side) => rebuilt(thing, [...(placeholders[side] ?? [])]));
  const result = applyClosure(cost, arguments_, span, c);
  if (result.kind === "poison") return null;
  if (result.kind !== "tensor") {
    report(c, catalogue.wrongKind, span, { found: describe(result), expected: "a number, the cost of a pair" });
    return null;
  }
  if (result.value.shape.length > 0) {
    report(c, catalogue.notScalar, span, { what: "The cost of a pair", shape: showShape(result.value.shape) });
    return null;
  }
  const own = new Set(frame.inputs.filter((entry) => entry.perSample).map((entry) => entry.value));
  if (dependsOn(result.value, own)) {
    report(c, catalogue.costOfThird, span, {});
    return null;
  }
  return { left, right, value: real(result.value) };
}

/** How the run learns whether the plan was found. */
function note(frame: Frame, plan: Plan, error: Value, c: Context): void {
  const place = placeInModel(plan.span, c.world);
  frame.crossings.push({
    error,
    limit: plan.method === "exact" ? 0.5 : plan.tolerance,
    line: place === null ? null : positionOf(place.source, place.start).line + 1,
    policy: plan.policy,
    what:
      plan.method === "exact"
        ? `after ${plan.rounds} rounds of the auction samples are left without a partner`
        : `after ${plan.rounds} ${plan.density === null ? "rounds" : "Newton steps"} the plan misses its marginals`,
  });
}

function numberOf(
  call: BuiltinCall,
  name: string,
  usual: number,
  expected: string,
  fits: (x: number) => boolean,
  c: Context,
): number | null {
  const given = call.named.get(name);
  if (given === undefined) return usual;
  if (given.thing.kind === "poison") return null;
  const value = constantOf(given.thing);
  if (value !== null && fits(value)) return value;
  if (value === null) report(c, catalogue.notConstant, given.span, { what: `\`${name}\`` });
  else report(c, catalogue.outOfRange, given.span, { what: `\`${name}\``, found: String(value), expected });
  return null;
}

function roundsOf(call: BuiltinCall, usual: number, c: Context): number | null {
  return numberOf(
    call,
    "rounds",
    usual,
    "a whole number from 1 to 1000000",
    (x) => Number.isInteger(x) && x >= 1 && x <= 1e6,
    c,
  );
}

function wordOf(call: BuiltinCall, name: string, usual: string, c: Context): string | null {
  const given = call.named.get(name);
  if (given === undefined) return usual;
  if (given.thing.kind === "word") return given.thing.text;
  if (given.thing.kind !== "poison")
    report(c, catalogue.wrongKind, given.span, { found: describe(given.thing), expected: `a word for \`${name}\`` });
  return null;
}

function policyOf(call: BuiltinCall, c: Context): "fail" | "warn" | null {
  const word = wordOf(call, "unconverged", "fail", c);
  return word === "fail" || word === "warn" ? word : null;
}
