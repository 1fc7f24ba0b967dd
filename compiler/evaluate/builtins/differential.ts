/** Built-in differential operators: derivatives of graphs with respect to names, every draw held fixed. */
import { catalogue } from "../../diagnostics/catalogue.js";
import type { Expression } from "../../../grammar/tree.js";
import * as ir from "../../ir/build.js";
import { crossesSamples } from "../../ir/dependents.js";
import { gradient, jvp } from "../../ir/differentiate.js";
import type { Value } from "../../ir/value.js";
import { number, showShape, tensor } from "../arithmetic.js";
import type { Context } from "../context.js";
import { newInput, report } from "../context.js";
import { describe } from "../describe.js";
import { evaluate as evaluateFormula } from "../../calculus/evaluate.js";
import { substitute } from "../../ir/substitute.js";
import { dependsOn } from "../formula.js";
import { exactTrace, probedTrace } from "../run.js";
import { lookUp } from "../scope.js";
import type { Process, Thing } from "../thing.js";
import { poison } from "../thing.js";
import type { BuiltinCall, BuiltinRow } from "./row.js";
import { spanAt, tensorAt } from "./row.js";

export const differentialBuiltins: readonly (readonly [string, BuiltinRow])[] = [
  [
    "grad",
    { doc: "The gradient of a number with respect to a name.", parameters: ["e", "x"], evaluate: byName(gradientOf) },
  ],
  [
    "ddt",
    {
      doc: "The derivative in time; of a draw, along its path with the noise held fixed.",
      parameters: ["e"],
      evaluate: timeDerivative,
    },
  ],
  [
    "div",
    {
      doc: "The divergence: the trace of the Jacobian, exact or by random probes.",
      parameters: ["f", "x"],
      named: ["probes"],
      evaluate: byName(divergence),
    },
  ],
  ["laplacian", { doc: "The divergence of the gradient.", parameters: ["e", "x"], evaluate: byName(laplacian) }],
  ["jvp", { doc: "The derivative of e along v.", parameters: ["e", "x", "v"], evaluate: byName(directional) }],
];

/** Draws stay fixed, except those differentiated. */
function held(c: Context): ReadonlySet<Value> {
  return c.frame?.held ?? new Set();
}

/** Reports a derivative through what looks at other samples: it has one for training alone, by the envelope theorem. */
function isAcross(e: Value, by: readonly Value[], held: ReadonlySet<Value>, call: BuiltinCall, c: Context): boolean {
  if (!crossesSamples([e], by, held)) return false;
  report(c, catalogue.notCompiledYet, call.span, {
    construct: `\`${call.name}\` of what looks at other samples`,
    instead: null,
  });
  return true;
}

function scalarAt(call: BuiltinCall, c: Context): Value | null {
  const e = tensorAt(call, 0, c);
  if (e === null || e.shape.length === 0) return e;
  report(c, catalogue.notScalar, spanAt(call, 0), {
    what: `What \`${call.name}\` differentiates`,
    shape: showShape(e.shape),
  });
  return null;
}

/** A derivative is one with respect to a name: another expression is a new value, on which nothing depends. */
function byName(evaluate: BuiltinRow["evaluate"]): BuiltinRow["evaluate"] {
  return (call, c) => {
    const written = call.expressions[1];
    const names = written?.kind === "tuple" ? written.items : written === undefined ? [] : [written];
    const wrong = names.find((name) => name.kind !== "reference" && name.kind !== "access");
    if (wrong === undefined) return byConstant(call, names, c) ?? evaluate(call, c);
    const instead = "Name it with `let`, and write the formula with that name.";
    return report(c, catalogue.wrongKind, wrong.span, {
      found: "a formula",
      expected: `a name for \`${call.name}\` to differentiate by`,
      instead,
    });
  };
}

/** Formulas of a number known to the compiler are numbers, in which the name is gone. */
function byConstant(call: BuiltinCall, names: readonly Expression[], c: Context): Thing | null {
  const [, given] = call.things;
  const things = given?.kind === "tuple" ? given.items : given === undefined ? [] : [given];
  const place = things.findIndex(
    (thing) => thing.kind === "tensor" && (thing.value.op === "scalar" || thing.value.op === "constant"),
  );
  const name = names[place];
  return name === undefined
    ? null
    : report(c, catalogue.derivativeByConstant, name.span, {
        name: name.span.source.text.slice(name.span.start, name.span.end),
        operator: call.name,
      });
}

function gradientOf(call: BuiltinCall, c: Context): Thing {
  const e = scalarAt(call, c);
  const x = tensorAt(call, 1, c);
  if (e === null || x === null || isAcross(e, [x], held(c), call, c)) return poison;
  const [value] = gradient(e, [x], held(c));
  return value === undefined ? poison : tensor(value);
}

function timeDerivative(call: BuiltinCall, c: Context): Thing {
  const [thing] = call.things;
  const e = tensorAt(call, 0, c);
  if (e === null || thing?.kind !== "tensor") return poison;
  const drawn = thing.draw;
  if (drawn?.time != null && drawn.process !== null) {
    const others = new Set([...held(c)].filter((value) => value !== e));
    if (isAcross(e, [drawn.time], others, call, c)) return poison;
    const [value] = jvp([e], [drawn.time], [ir.scalar(1)], others);
    const velocity = insideEnds(value ?? ir.zeros(e.shape), drawn.time, drawn.process);
    return {
      ...tensor(velocity),
      meaning: { quantity: "velocity", process: drawn.process, of: { draw: e, isTarget: true } },
    };
  }
  const time = lookUp(c.scope, "t");
  if (time?.kind !== "tensor") {
    return report(c, catalogue.missingPart, call.span, {
      owner: "`ddt`",
      part: "a time `t` in scope",
      instead: "Name the time `t`.",
    });
  }
  if (held(c).has(e) && !dependsOn(e, new Set([time.value])))
    return report(c, catalogue.notADraw, spanAt(call, 0), { what: "ddt(…)" });
  if (isAcross(e, [time.value], held(c), call, c)) return poison;
  const [value] = jvp([e], [time.value], [ir.scalar(1)], held(c));
  return tensor(value ?? ir.zeros(e.shape));
}

/** γ̇ of most noises in between diverges at the ends, where a time drawn from [0, 1) may lie: there the velocity of a moment later stands. */
function insideEnds(velocity: Value, time: Value, { dynamics, time: name, range: [low, high] }: Process): Value {
  if (dynamics.kind !== "interpolant" || dynamics.facts.kind !== "linear") return velocity;
  const { draws } = dynamics.facts;
  const diverges = (at: number): boolean =>
    draws.some(({ rate }) => !Number.isFinite(evaluateFormula(rate, new Map([[name, at]]))));
  if (!diverges(low) && !diverges(high)) return velocity;
  // Far above what float32 rounds away.
  const margin = 1e-6 * (high - low);
  const inside = ir.min(ir.max(time, ir.scalar(low + margin)), ir.scalar(high - margin));
  return substitute([velocity], new Map([[time, inside]]))[0] ?? velocity;
}

function divergence(call: BuiltinCall, c: Context): Thing {
  const f = tensorAt(call, 0, c);
  const x = tensorAt(call, 1, c);
  if (f === null || x === null || isAcross(f, [x], held(c), call, c)) return poison;
  if (showShape(f.shape) !== showShape(x.shape)) {
    return report(c, catalogue.shapesDiffer, call.span, {
      operation: "`div`",
      left: showShape(f.shape),
      right: showShape(x.shape),
    });
  }
  const probes = call.named.get("probes");
  if (probes === undefined) return fitsTrace(x, call, c) ? tensor(exactTrace(f, x)) : poison;
  const count =
    probes.thing.kind === "tensor" && probes.thing.value.op === "scalar" ? (probes.thing.value.params.value ?? 0) : 0;
  if (!Number.isInteger(count) || count < 1 || count > 64) {
    return report(c, catalogue.outOfRange, probes.span, {
      what: "The number of probes",
      found: String(count),
      expected: "a whole number from 1 to 64",
    });
  }
  const { frame } = c;
  if (frame === null)
    return report(c, catalogue.misplaced, call.span, {
      construct: "A divergence by probes",
      place: "a file",
      instead: null,
    });
  const total = Array.from({ length: count }, (_, i) => {
    const u = newInput(frame, "probe_uniform", x.shape, { kind: "uniform", site: `${frame.name}.probe${i + 1}` }, true);
    const v = ir.sub(ir.mul(ir.scalar(2), ir.toReal(ir.less(u, ir.scalar(0.5)))), ir.scalar(1));
    return probedTrace(f, x, v);
  }).reduce((a, b) => ir.add(a, b));
  return tensor(ir.mul(total, ir.scalar(1 / count)));
}

function laplacian(call: BuiltinCall, c: Context): Thing {
  const e = scalarAt(call, c);
  const x = tensorAt(call, 1, c);
  if (e === null || x === null || isAcross(e, [x], held(c), call, c)) return poison;
  const [g] = gradient(e, [x], held(c));
  return g === undefined || !fitsTrace(x, call, c) ? poison : tensor(exactTrace(g, x));
}

/** An exact trace has one derivative per coordinate. */
const traceLimit = 128;

function fitsTrace(x: Value, call: BuiltinCall, c: Context): boolean {
  const count = elements(x.shape);
  if (count <= traceLimit) return true;
  const instead = "Write `div(f, x, probes: 1)`: random probes estimate the trace, without bias.";
  report(c, catalogue.notCompiledYet, call.span, {
    construct: `An exact \`${call.name}\` over ${count} coordinates (more than ${traceLimit})`,
    instead,
  });
  return false;
}

function elements(shape: Value["shape"]): number {
  return shape.reduce<number>((product, dim) => product * (typeof dim === "number" ? dim : 1), 1);
}

/** Tuples of names and directions are allowed; a scalar direction stretches. */
function directional(call: BuiltinCall, c: Context): Thing {
  const e = tensorAt(call, 0, c);
  const names = partsOf(call, 1, c);
  const directions = partsOf(call, 2, c);
  if (e === null || names === null || directions === null) return poison;
  if (names.length !== directions.length) {
    return report(c, catalogue.countMismatch, call.span, { names: names.length, values: directions.length });
  }
  const tangents: Value[] = [];
  for (const [place, name] of names.entries()) {
    const direction = directions[place] ?? number(0).value;
    if (direction.shape.length > 0 && showShape(direction.shape) !== showShape(name.shape)) {
      return report(c, catalogue.shapesDiffer, call.span, {
        operation: "`jvp`",
        left: showShape(name.shape),
        right: showShape(direction.shape),
      });
    }
    tangents.push(ir.broadcastTo(direction, name.shape));
  }
  if (isAcross(e, names, held(c), call, c)) return poison;
  const [value] = jvp([e], names, tangents, held(c));
  return tensor(value ?? ir.zeros(e.shape));
}

function partsOf(call: BuiltinCall, place: number, c: Context): readonly Value[] | null {
  const thing = call.things[place];
  if (thing?.kind !== "tuple") {
    const value = tensorAt(call, place, c);
    return value === null ? null : [value];
  }
  const values = thing.items.flatMap((item) => (item.kind === "tensor" ? [item.value] : []));
  if (values.length === thing.items.length) return values;
  report(c, catalogue.wrongKind, spanAt(call, place), { found: describe(thing), expected: "names of tensors" });
  return null;
}
