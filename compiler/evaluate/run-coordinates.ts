/** Runs in coordinates: of a process whose equation is written for them, and of any process with `coordinates: log`. */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { real, tensor } from "./arithmetic.js";
import { applyClosure } from "./call.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import type { CoordinateMap } from "./coordinate-map.js";
import {
  coordinatesOf,
  isElementwiseMap,
  itoOfCoordinates,
  itoOfState,
  pushBack,
  pushForward,
  readMap,
  stateOf,
} from "./coordinate-map.js";
import { describe } from "./describe.js";
import { elementwiseProcess } from "./elementwise-process.js";
import { extentOf, plainSpace } from "./process-coordinates.js";
import { atTime } from "./process-law.js";
import { coefficient, driftOf, endsOf } from "./run.js";
import { childOf } from "./scope.js";
import type { Coordinates, Process, Run, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** The same run as one of the coordinates; its networks go on speaking of the state. */
export function seenFrom(run: Run, { map, process }: Coordinates): Run {
  return { ...run, process, coordinates: null, view: map };
}

/**
 * The coordinates in which the steps of a run are taken: those asked for, else those that the equation is written for. In
 * them a factor that differs from mode to mode is an ordinary one, so every step is right that is right for a diagonal noise.
 */
export function stepCoordinates(run: Run): Coordinates | null {
  const { dynamics } = run.process;
  return run.coordinates ?? (dynamics.kind === "coordinates" ? dynamics : null);
}

/**
 * The drift of the state from that of its coordinates: dx = ψ'(y) dy + ½ ψ''(y) d[y] for x = ψ(y). The bracket grows
 * whichever way time goes, so against the clock it enters with the other sign.
 */
export function driftThroughCoordinates(
  run: Run,
  coordinates: Coordinates,
  x: Value,
  t: Thing,
  span: Span,
  c: Context,
): Thing {
  const { map } = coordinates;
  const y = coordinatesOf(map, x);
  const inner = seenFrom(run, coordinates);
  const drift = driftOf(inner, tensor(y), t, span, c);
  if (drift.kind !== "tensor") return poison;
  const moved = pushBack(map, y, drift.value);
  const level = run.mode === "flow" ? ir.scalar(0) : levelOf(inner, y, t);
  const bent = level === null ? null : itoOfState(map, y, level);
  if (bent === null) {
    return report(c, catalogue.notCompiledYet, span, {
      construct: "The drift of the state under coordinates that mix and bend it",
      instead: "Run the process in its coordinates: add `coordinates:`.",
    });
  }
  const ends = run.mode === "forward" ? null : endsOf(run, span, c);
  const isAgainst = ends !== null && ends[1] < ends[0];
  return tensor(isAgainst ? ir.sub(moved, bent) : ir.add(moved, bent));
}

/** The diffusion of the coordinates applied to an increment of their noise, as a motion of the state. */
export function diffuseThroughCoordinates(
  { map, process }: Coordinates,
  x: Value,
  t: Value,
  level: Value | null,
  increment: Value,
): Value {
  const y = coordinatesOf(map, x);
  const g = level ?? ownLevel(process, y, t);
  return pushBack(map, y, ir.mul(g, increment));
}

function levelOf(run: Run, y: Value, t: Thing): Value | null {
  return t.kind === "tensor" ? ownLevel(run.process, y, real(t.value)) : null;
}

function ownLevel(process: Process, y: Value, t: Value): Value {
  return process.dynamics.kind === "sde" ? coefficient(process, process.dynamics.diffusion, y, t) : ir.scalar(0);
}

/** What `coordinates: f` means for a process; null after reporting. */
export function coordinatesNamed(given: Thing, process: Process, span: Span, c: Context): Coordinates | null {
  const x = ir.input(process.state, "real", process.space.shape);
  const y = applied(given, x, span, c);
  if (y.kind !== "tensor") return null;
  const name = given.kind === "builtin" || given.kind === "closure" ? given.name : "";
  const map = readMap(
    name === "" ? `y of ${process.state}` : `${name} ${process.state}`,
    real(y.value),
    x,
    extentOf(process.space),
  );
  if ("why" in map) {
    report(c, catalogue.notInvertible, span, { coordinates: name === "" ? "this function" : name, why: map.why });
    return null;
  }
  const { dynamics } = process;
  if (dynamics.kind === "coordinates" && sameMap(dynamics.map, map))
    return { map: dynamics.map, process: dynamics.process };
  const inner = isElementwiseMap(map) ? rewritten(process, map, span, c) : null;
  if (inner !== null) return { map, process: inner };
  if (!isElementwiseMap(map) || dynamics.kind !== "sde") {
    report(c, catalogue.notCompiledYet, span, {
      construct: "A run in these coordinates",
      instead: "Write the equation itself in them: `let y = f(x)`, `dy = …`.",
    });
  }
  return null;
}

/** A function of the language or of the modeller at x. */
export function applied(given: Thing, x: Value, span: Span, c: Context): Thing {
  if (given.kind === "closure") return applyClosure(given, [tensor(x)], span, c);
  const row = given.kind === "builtin" ? c.world.builtins.get(given.name) : undefined;
  if (given.kind !== "builtin" || row === undefined) {
    return given.kind === "poison"
      ? poison
      : report(c, catalogue.wrongKind, span, {
          found: describe(given),
          expected: "an invertible function of the state, such as `log`",
        });
  }
  return row.evaluate(
    { name: given.name, span, things: [tensor(x)], expressions: [], isGenerated: false, named: new Map() },
    c,
  );
}

function sameMap(a: CoordinateMap, b: CoordinateMap): boolean {
  return (
    a.links.length === b.links.length &&
    a.links.every(
      (link, place) =>
        link.op === b.links[place]?.op &&
        link.kind === "elementwise" &&
        (link.op === "log" || link.op === "exp" || link.op === "neg"),
    )
  );
}

/** dy = (φ' f + ½ φ'' g²) dt + φ' g dW: Itô's lemma for y = φ(x), number by number. */
function rewritten(process: Process, map: CoordinateMap, span: Span, c: Context): Process | null {
  const { dynamics } = process;
  if (dynamics.kind !== "sde") return null;
  const y = ir.input(map.name, "real", map.to);
  const x = stateOf(map, y);
  const f = coefficient(process, dynamics.drift, x, dynamics.t);
  const g = coefficient(process, dynamics.diffusion, x, dynamics.t);
  const bent = itoOfCoordinates(map, x, g);
  if (bent === null) return null;
  const frame = {
    declaration: process.declaration,
    state: map.name,
    space: plainSpace(map.to),
    time: process.time,
    range: process.range,
    x: y,
    t: dynamics.t,
    span,
    scope: childOf({ parent: null, names: new Map(), demand: null }),
    data: process.data,
    ends: { dataTime: process.dataTime, knownTime: process.knownTime, known: null, claim: null },
    moments: () => null,
  };
  const level = pushForward(map, x, g);
  const inner = elementwiseProcess(
    { drift: ir.add(pushForward(map, x, f), bent), noises: [{ level, ring: null }] },
    frame,
    c,
  );
  if (inner?.dynamics.kind !== "sde") return null;
  // Built anew from the simplified formulas: exp(y) / exp(y) is not computed at every step.
  const { facts } = inner.dynamics;
  const here = new Map([[map.name, y]]);
  const drift = ir.broadcastTo(atTime(facts.drift, inner, dynamics.t, here), map.to);
  return {
    ...inner,
    dynamics: { ...inner.dynamics, drift, diffusion: atTime(facts.diffusion, inner, dynamics.t, here) },
  };
}
