/** What a law can do: be drawn from, and say how probable a value is. */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { gradient } from "../ir/differentiate.js";
import { broadcastShapes } from "../ir/dims.js";
import { substitute } from "../ir/substitute.js";
import type { SymbolicShape, Value } from "../ir/value.js";
import { real, showShape, tensor } from "./arithmetic.js";
import type { Context, Frame } from "./context.js";
import { newInput, ownRows, report } from "./context.js";
import { coordinatesOf, logDeterminant, rotateNoiseBack, stateOf } from "./coordinate-map.js";
import { describe } from "./describe.js";
import { elementAt } from "./evaluate.js";
import { drawJoint } from "./joint-law.js";
import { chosen, memberOf } from "./family.js";
import { fitsShape, shapeOfLaw } from "./law-shapes.js";
import { inSpace, oneHot } from "./labels.js";
import { drawGroup } from "./group.js";
import { drawAdvanced } from "./advance.js";
import { drawPath } from "./path.js";
import { drawTransition } from "./step-law.js";
import { noteSupport } from "./possible.js";
import { kernelLaw, stateDraw } from "./process-law.js";
import { wrapped, wrappedLogDensity } from "./torus.js";
import type { Data, Drawn, Law, RecordThing, Tensor, Thing } from "./thing.js";
import { poison } from "./thing.js";

export interface DrawSite {
  readonly name: string;
  readonly span: Span;
  /** The shape the target must have, where it is known (a claimed law, a state). */
  readonly shape: SymbolicShape | null;
}

/** Draws once from a law: new inputs of the program, and the value they make. */
export function draw(law: Law, site: DrawSite, c: Context): Thing {
  if (c.pureIn !== null) return report(c, catalogue.drawsInFn, site.span, { name: c.pureIn });
  const { frame } = c;
  if (frame === null) {
    return report(c, catalogue.misplaced, site.span, { construct: "A draw", place: "this declaration", instead: null });
  }
  const wanted = ("like" in law ? law.like?.shape : null) ?? site.shape;
  if (wanted !== null && !fitsShape(law, wanted)) {
    const found = showShape(shapeOfLaw(law) ?? []);
    return report(c, catalogue.wrongShape, site.span, {
      what: `The law of \`${site.name}\``,
      expected: showShape(wanted),
      found,
    });
  }
  const thing = drawFrom(law, site, frame, c);
  if (thing.kind === "tensor") frame.held.add(thing.value);
  return thing;
}

function drawFrom(law: Law, site: DrawSite, frame: Frame, c: Context): Thing {
  const shapeFor = (...parts: readonly Value[]): SymbolicShape => {
    const like = "like" in law ? law.like : null;
    const wanted = like?.shape ?? site.shape ?? [];
    return parts.reduce<SymbolicShape>((shape, part) => broadcastShapes(shape, part.shape) ?? shape, wanted);
  };
  const normal = (shape: SymbolicShape) =>
    newInput(frame, `${site.name}_noise`, shape, { kind: "normal", site: siteName(frame, site.name) }, true);
  const uniform = (shape: SymbolicShape) =>
    newInput(frame, `${site.name}_uniform`, shape, { kind: "uniform", site: siteName(frame, site.name) }, true);
  switch (law.law) {
    case "normal":
    case "log-normal":
    case "logit-normal":
    case "wrapped-normal": {
      const mean = valueOf(law.mean);
      const std = valueOf(law.std);
      if (mean === null || std === null) return poison;
      const noise = normal(shapeFor(mean, std));
      const value = ir.add(mean, ir.mul(std, noise));
      const drawn: Drawn = { noise, time: null, process: null, condition: [] };
      if (law.law === "normal") return { ...tensor(value), draw: drawn };
      if (law.law === "wrapped-normal") return { ...tensor(wrapped(value)), draw: drawn };
      return { ...tensor(law.law === "log-normal" ? ir.exp(value) : ir.sigmoid(value)), draw: drawn };
    }
    case "uniform": {
      const low = valueOf(law.low);
      const high = valueOf(law.high);
      if (low === null || high === null) return poison;
      return tensor(ir.add(low, ir.mul(ir.sub(high, low), uniform(shapeFor(low, high)))));
    }
    case "uniform-torus":
      return tensor(ir.mul(ir.scalar(2 * Math.PI), ir.sub(uniform(shapeFor()), ir.scalar(0.5))));
    case "uniform-integer": {
      const low = valueOf(law.low);
      const high = valueOf(law.high);
      if (low === null || high === null) return poison;
      const drawn = ir.add(low, ir.floor(ir.mul(ir.sub(high, low), uniform(shapeFor(low, high)))));
      if (low.op === "scalar" && high.op === "scalar")
        noteSupport(drawn, low.params.value ?? Number.NaN, high.params.value ?? Number.NaN);
      return tensor(drawn);
    }
    case "bernoulli": {
      const probability = valueOf(law.probability);
      return probability === null ? poison : tensor(ir.toReal(ir.less(uniform(shapeFor(probability)), probability)));
    }
    case "categorical": {
      const p = valueOf(law.probabilities);
      const [count] = p?.shape ?? [];
      if (p === null || typeof count !== "number") return poison;
      // The number of classes whose cumulated probability lies below a uniform number.
      const below = ir.matMul(
        p,
        ir.constant(
          Array.from({ length: count * count }, (_, i) => (Math.floor(i / count) <= i % count ? 1 : 0)),
          [count, count],
        ),
      );
      const passed = ir.sum(ir.toReal(ir.lessEqual(ir.div(below, ir.sum(p, [0])), ir.reshape(uniform([]), [1]))), [0]);
      return { ...tensor(ir.min(passed, ir.scalar(count - 1))), label: { classes: count, optional: false } };
    }
    case "rademacher":
      return tensor(
        ir.sub(ir.mul(ir.scalar(2), ir.toReal(ir.less(uniform(shapeFor()), ir.scalar(0.5)))), ir.scalar(1)),
      );
    case "mixture":
      return drawMixture(law, site, frame, c, uniform([]));
    case "data":
      return drawData(law.data, site, frame, c);
    case "family":
      return drawMember(law, site, frame, c);
    case "state":
      return stateDraw(law, site, c);
    case "joint":
      return drawJoint(law, site.name, frame);
    case "record":
      return drawRecord(law, site, frame, c);
    case "antithetic":
      return drawMirrored(law.of, site, frame, c);
    case "mapped": {
      const y = drawFrom(law.of, { ...site, shape: law.map.to }, frame, c);
      if (y.kind !== "tensor") return poison;
      const noise = y.draw?.noise ?? null;
      return {
        ...tensor(stateOf(law.map, y.value)),
        draw: {
          noise: noise === null ? null : rotateNoiseBack(law.map, noise),
          time: null,
          process: null,
          condition: [],
        },
      };
    }
    case "path":
      return drawPath(law.sampler, site, frame, c);
    case "advanced":
      return drawAdvanced(law, site.span, frame, c);
    case "transition":
      return drawTransition(law, c);
    case "independent":
      return drawGroup(law.of, law.count, site, frame, c);
  }
}

function drawRecord(law: Extract<Law, { law: "record" }>, site: DrawSite, frame: Frame, c: Context): Thing {
  const fields = new Map<string, Thing>();
  for (const [name, part] of law.fields) {
    const like = "like" in part ? part.like : null;
    const drawn = drawFrom(part, { ...site, name: `${site.name}_${name}`, shape: like?.shape ?? null }, frame, c);
    if (drawn.kind !== "tensor") return poison;
    frame.held.add(drawn.value);
    fields.set(name, drawn);
  }
  return { kind: "record", fields };
}

/** A draw whose goal is averaged with that of its mirror image: the standard normal behind it, and its negative. */
function drawMirrored(law: Law, site: DrawSite, frame: Frame, c: Context): Thing {
  if (frame.mirrors === null) {
    const instead = "It averages a goal over the draw and its mirror image: draw plainly where there is no goal.";
    return report(c, catalogue.misplaced, site.span, { construct: "`antithetic`", place: "a sampler", instead });
  }
  if (frame.rounds !== null) {
    return report(c, catalogue.notCompiledYet, site.span, {
      construct: "`antithetic` inside a loop",
      instead: "Draw before the loop.",
    });
  }
  const thing = drawFrom(law, site, frame, c);
  if (thing.kind !== "tensor") return thing;
  const noise = thing.draw?.noise ?? null;
  if (noise === null) return report(c, catalogue.nothingToMirror, site.span, { name: site.name });
  frame.mirrors.push(noise);
  return thing;
}

function siteName(frame: Frame, name: string): string {
  return `${frame.name}.${name}`;
}

function drawData(data: Data, site: DrawSite, frame: Frame, c: Context): Thing {
  if (data.law !== null) {
    const [field] = data.fields;
    return drawFrom(data.law, { ...site, shape: site.shape ?? field?.space.shape ?? null }, frame, c);
  }
  if (frame.rounds !== null) {
    return report(c, catalogue.notCompiledYet, site.span, {
      construct: "A row of data drawn in every round of a loop or group",
      instead: "Draw it before, or give the data a law.",
    });
  }
  const rows = ownRows(frame, siteName(frame, site.name));
  const draws = data.fields.map((field) => {
    const feed = { kind: "data", data: data.set, field: field.name, draw: rows } as const;
    return [
      field.name,
      inSpace(
        newInput(frame, field.name === null ? site.name : `${site.name}_${field.name}`, field.space.shape, feed, true),
        field.space,
      ),
    ] as const;
  });
  const [only, more] = draws;
  if (only !== undefined && more === undefined) return only[1];
  for (const [, { value }] of draws) frame.held.add(value);
  return { kind: "record", fields: new Map(draws.map(([name, thing]) => [name ?? "", thing])) };
}

/** One row of each member that may be meant; that of the index is the draw. */
function drawMember(law: Extract<Law, { law: "family" }>, site: DrawSite, frame: Frame, c: Context): Thing {
  const { family, index } = law;
  const places = [...law.places].sort((a, b) => a - b);
  const values = places.map((place) => family.values[place] ?? 0);
  const draws = values.map((value) =>
    drawData(memberOf(family, value), { ...site, name: `${site.name}_${value}` }, frame, c),
  );
  const pick = (parts: readonly Thing[]): Thing =>
    tensor(
      chosen(
        index,
        values,
        parts.flatMap((part) => valueOf(part) ?? []),
      ),
    );
  const [first] = draws;
  if (first?.kind !== "record") return pick(draws);
  return {
    kind: "record",
    fields: new Map(
      [...first.fields.keys()].map((name) => [
        name,
        pick(draws.map((part) => (part.kind === "record" ? (part.fields.get(name) ?? poison) : poison))),
      ]),
    ),
  };
}

/** Picks the component whose stretch of the cumulated weights contains a uniform number. */
function drawMixture(law: Extract<Law, { law: "mixture" }>, site: DrawSite, frame: Frame, c: Context, u: Value): Thing {
  const weights = valueOf(law.weights);
  const component = law.component;
  if (weights === null || (component.law !== "normal" && component.law !== "log-normal")) {
    return report(c, catalogue.notCompiledYet, site.span, {
      construct: "A mixture of these laws",
      instead: "Mix `Normal` laws.",
    });
  }
  const mean = valueOf(component.mean);
  const std = valueOf(component.std);
  const count = weights.shape[0];
  if (mean === null || std === null || typeof count !== "number") return poison;
  const part = (value: Value, k: number): Value => (value.shape[0] === count ? elementAt(value, k) : value);
  let [pickedMean, pickedStd] = [part(mean, count - 1), part(std, count - 1)];
  let below = ir.sub(ir.scalar(1), ir.div(elementAt(weights, count - 1), ir.sum(weights, [0])));
  for (let k = count - 2; k >= 0; k -= 1) {
    const here = ir.less(u, below);
    pickedMean = ir.select(here, part(mean, k), pickedMean);
    pickedStd = ir.select(here, part(std, k), pickedStd);
    below = ir.sub(below, ir.div(elementAt(weights, k), ir.sum(weights, [0])));
  }
  const shape = site.shape ?? pickedMean.shape;
  const noise = newInput(
    frame,
    `${site.name}_noise`,
    shape,
    { kind: "normal", site: `${siteName(frame, site.name)}.component` },
    true,
  );
  const value = ir.add(pickedMean, ir.mul(pickedStd, noise));
  return tensor(component.law === "normal" ? value : ir.exp(value));
}

function valueOf(thing: Thing): Value | null {
  return thing.kind === "tensor" ? real(thing.value) : null;
}

const logTwoPi = Math.log(2 * Math.PI);

/** log density of `x`, summed over its numbers. */
export function logProb(law: Law, x: Tensor, span: Span, c: Context): Thing {
  const value = real(x.value);
  const own = shapeOfLaw(law);
  if (own !== null && broadcastShapes(value.shape, own) === null) {
    return report(c, catalogue.shapesDiffer, span, {
      operation: "The law",
      left: showShape(value.shape),
      right: showShape(own),
    });
  }
  const total = (density: Value): Tensor =>
    tensor(
      ir.sum(
        density,
        density.shape.map((_, axis) => axis),
      ),
    );
  switch (law.law) {
    case "normal":
    case "log-normal": {
      const parts = fitted(law.mean, law.std, value, span, c);
      if (parts === null) return poison;
      const y = law.law === "normal" ? value : ir.log(value);
      const density = gaussianLogDensity(y, parts.mean, parts.std);
      return total(law.law === "normal" ? density : ir.sub(density, y));
    }
    case "wrapped-normal": {
      const parts = fitted(law.mean, law.std, value, span, c);
      return parts === null ? poison : total(wrappedLogDensity(value, parts.mean, parts.std));
    }
    case "uniform-torus":
      return total(ir.fill(-Math.log(2 * Math.PI), value.shape));
    case "uniform": {
      const low = valueOf(law.low);
      const high = valueOf(law.high);
      if (low === null || high === null) return poison;
      const inside = ir.and(ir.lessEqual(low, value), ir.lessEqual(value, high));
      return total(ir.select(inside, ir.neg(ir.log(ir.sub(high, low))), ir.scalar(-Infinity)));
    }
    case "bernoulli": {
      const p = valueOf(law.probability);
      if (p === null) return poison;
      return total(
        ir.add(ir.mul(value, ir.log(p)), ir.mul(ir.sub(ir.scalar(1), value), ir.log(ir.sub(ir.scalar(1), p)))),
      );
    }
    case "categorical": {
      const p = valueOf(law.probabilities);
      const [count] = p?.shape ?? [];
      if (p === null || typeof count !== "number") return poison;
      if (value.shape.length > 0)
        return report(c, catalogue.notALabel, span, { found: describe(x), place: "as what a `Categorical` law draws" });
      if (x.label !== undefined && x.label.classes !== count)
        return report(c, catalogue.classesDiffer, span, {
          parameter: "A draw of this law",
          expected: count,
          found: x.label.classes,
        });
      const own = ir.sum(ir.mul(oneHot(value, { classes: count, optional: false }), ir.log(p)), [0]);
      return tensor(ir.sub(own, ir.log(ir.sum(p, [0]))));
    }
    case "mixture":
      return mixtureLogProb(law, value, span, c);
    case "state": {
      const kernel = kernelLaw(law, span, c);
      return kernel === null ? poison : logProb(kernel, x, span, c);
    }
    case "mapped": {
      const y = tensor(coordinatesOf(law.map, value));
      const density = logProb(law.of, y, span, c);
      return density.kind === "tensor" ? tensor(ir.add(density.value, logDeterminant(law.map, value))) : poison;
    }
    case "data":
      if (law.data.law !== null) return logProb(law.data.law, x, span, c);
      return report(c, catalogue.misplaced, span, {
        construct: "The density of a data set",
        place: "a formula",
        instead: "Rows have no density; give the data a law.",
      });
    default:
      return report(c, catalogue.notCompiledYet, span, {
        construct: `The density of this law (${law.law})`,
        instead: null,
      });
  }
}

/** ∇ log p(x) by differentiating the density; null after reporting. */
export function differentiatedDensity(law: Law, value: Value, span: Span, c: Context): Value | null {
  // A fresh leaf: the density's own parameters may depend on x through the draw.
  const leaf = ir.input("x", "real", value.shape);
  const density = logProb(law, tensor(leaf), span, c);
  if (density.kind !== "tensor") return null;
  const [score] = gradient(density.value, [leaf]);
  return score === undefined ? null : (substitute([score], new Map([[leaf, value]]))[0] ?? score);
}

export function gaussianLogDensity(x: Value, mean: Value, std: Value): Value {
  const z = ir.div(ir.sub(x, mean), std);
  return ir.sub(ir.mul(ir.scalar(-0.5), ir.add(ir.mul(z, z), ir.scalar(logTwoPi))), ir.log(std));
}

function fitted(
  meanThing: Thing,
  stdThing: Thing,
  x: Value,
  span: Span,
  c: Context,
): { mean: Value; std: Value } | null {
  const mean = valueOf(meanThing);
  const std = valueOf(stdThing);
  if (mean === null || std === null) return null;
  for (const part of [mean, std]) {
    if (broadcastShapes(x.shape, part.shape) !== null) continue;
    report(c, catalogue.shapesDiffer, span, {
      operation: "The law",
      left: showShape(x.shape),
      right: showShape(part.shape),
    });
    return null;
  }
  return { mean, std };
}

function mixtureLogProb(law: Extract<Law, { law: "mixture" }>, x: Value, span: Span, c: Context): Thing {
  const weights = valueOf(law.weights);
  if (weights === null || law.component.law !== "normal") {
    return report(c, catalogue.notCompiledYet, span, {
      construct: "The density of this mixture",
      instead: "Mix `Normal` laws.",
    });
  }
  const mean = valueOf(law.component.mean);
  const std = valueOf(law.component.std);
  const count = weights.shape[0];
  if (mean === null || std === null || typeof count !== "number") return poison;
  const part = (value: Value, k: number): Value => (value.shape[0] === count ? elementAt(value, k) : value);
  const logs = Array.from({ length: count }, (_, k) => {
    const density = gaussianLogDensity(x, part(mean, k), part(std, k));
    return ir.add(
      ir.log(elementAt(weights, k)),
      ir.sum(
        density,
        density.shape.map((_, axis) => axis),
      ),
    );
  });
  const top = ir.stopGradient(logs.reduce((a, b) => ir.max(a, b)));
  const sum = logs.map((log) => ir.exp(ir.sub(log, top))).reduce((a, b) => ir.add(a, b));
  return tensor(ir.sub(ir.add(top, ir.log(sum)), ir.log(ir.sum(weights, [0]))));
}

/** What stands for a law where one is needed: a law, a data set, a coupling's marginal. */
export function asLaw(thing: Thing, span: Span, c: Context): Law | null {
  if (thing.kind === "law") return thing;
  if (thing.kind === "data") return { kind: "law", law: "data", data: thing, field: null };
  if (thing.kind === "record") return recordLaw(thing, span, c);
  const instead =
    thing.kind === "process"
      ? { instead: `Say at which time: \`${thing.name}(t)\`, or \`${thing.name}(t | x0)\`.` }
      : {};
  if (thing.kind !== "poison")
    report(c, catalogue.wrongKind, span, { found: describe(thing), expected: "a law or a data set", ...instead });
  return null;
}

/** Independent laws by name. */
function recordLaw(record: RecordThing, span: Span, c: Context): Law | null {
  const fields = new Map<string, Law>();
  for (const [name, field] of record.fields) {
    const law = asLaw(field, span, c);
    if (law === null) return null;
    fields.set(name, law);
  }
  return { kind: "law", law: "record", fields };
}
