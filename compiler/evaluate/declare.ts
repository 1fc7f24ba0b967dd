/** What a declaration denotes once its parameters are given: one case per kind. */
import type { Span } from "../../grammar/source.js";
import type { Argument, Declaration, Statement } from "../../grammar/tree.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { constantOf, number, showShape } from "./arithmetic.js";
import { bind, enter } from "./call.js";
import type { Context } from "./context.js";
import { report, withScope } from "./context.js";
import { describe } from "./describe.js";
import { evaluate } from "./evaluate.js";
import { fitsShape, shapeOfLaw } from "./law-shapes.js";
import { asLaw } from "./laws.js";
import { familyValues } from "./family.js";
import { makeInterpolant } from "./interpolant.js";
import { headOf } from "./network.js";
import { makeObjective } from "./objective-value.js";
import { makeProcess } from "./process.js";
import { makeReward } from "./reward.js";
import type { Scope } from "./scope.js";
import { childOf } from "./scope.js";
import { narrowed, spaceOfThing, spaceOfType } from "./spaces.js";
import type { Data, Law, Tensor, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** What the name of a declaration denotes: itself, or a template if it still needs arguments. */
export function denote(declaration: Declaration, scope: Scope, c: Context): Thing {
  const { keyword, parameters } = declaration;
  if (keyword === "fn") {
    const closure = {
      kind: "closure",
      name: declaration.name.text,
      source: declaration,
      scope,
      head: headOf(declaration, scope, c),
      copy: null,
    } as const;
    return declaration.annotation?.kind === "predicts" && closure.head === null ? poison : closure;
  }
  if (keyword === "network") return makeNetwork(declaration, scope, c);
  if (keyword === "reward" && !(parameters ?? []).some((parameter) => parameter.type?.kind === "kind type"))
    return makeReward(declaration, scope, c);
  if (
    keyword === "sampler" &&
    declaration.states === null &&
    !(parameters ?? []).some((p) => p.type?.kind === "kind type")
  ) {
    // A program or a solver: its value parameters are inputs at run time, so it is lowered, not specialised.
    return { kind: "template", declaration, scope, parameters: parameters ?? [], copy: null };
  }
  const open = keyword === "data" ? [] : (parameters ?? []).filter((parameter) => parameter.default === null);
  if (open.length > 0 || (keyword === "sampler" && declaration.states !== null)) {
    return { kind: "template", declaration, scope, parameters: parameters ?? [], copy: null };
  }
  // Evaluated on demand: what goes wrong is about the reference that asked first.
  return instantiate(declaration, scope, [], c.world.uses.at(-1)?.span ?? declaration.name.span, c);
}

/** Specialises a declaration: arguments are bound, the body evaluated. */
export function instantiate(
  declaration: Declaration,
  declaring: Scope,
  args: readonly Argument[],
  span: Span,
  c: Context,
): Thing {
  const scope = childOf(declaring);
  const name = declaration.name.text;
  const parameters = declaration.keyword === "data" ? [] : (declaration.parameters ?? []);
  if (!bind(name, parameters, args, scope, span, { ...c, instance: "" })) return poison;
  const written = args.length === 0 ? name : span.source.text.slice(span.start, span.end);
  const instance = c.instance === "" ? written : c.instance;
  const inner: Context = { ...withScope(c, scope), frame: null, owner: null, pureIn: null, instance };
  return enter(declaration, span, c, () => construct(declaration, inner, span));
}

function construct(declaration: Declaration, c: Context, span: Span): Thing {
  const { body, keyword } = declaration;
  if (body?.kind === "value" && keyword !== "data" && declaration.states === null) {
    return renamed(evaluate(body.value, c), declaration, c);
  }
  switch (keyword) {
    case "data":
      return makeData(declaration, c);
    case "process":
    case "reference":
      return makeProcess(declaration, c);
    case "interpolant":
      return makeInterpolant(declaration, c);
    case "coupling":
      return makeCoupling(declaration, c);
    case "objective":
      return makeObjective(declaration, c.scope, span, c);
    case "reward":
      return makeReward(declaration, c.scope, c);
    case "sampler":
      if (body?.kind === "block" && declaration.states === null)
        return { kind: "sampler program", name: declaration.name.text, statements: body.statements, scope: c.scope };
      return report(c, catalogue.notCompiledYet, span, {
        construct: "A sampler called inside a formula",
        instead: null,
      });
    case "network":
    case "fn":
      return poison;
  }
}

const kindsOf: Record<string, readonly Thing["kind"][]> = {
  process: ["process"],
  reference: ["process"],
  interpolant: ["process"],
  objective: ["objective"],
  sampler: ["sampler", "sampler program"],
  coupling: ["coupling"],
  reward: ["reward", "closure", "network"],
};

/** `process vp1 = vp(moons)`: the value under the declaration's name. */
function renamed(thing: Thing, declaration: Declaration, c: Context): Thing {
  if (thing.kind === "poison") return poison;
  const name = declaration.name.text;
  const wanted = kindsOf[declaration.keyword] ?? [];
  if (!wanted.includes(thing.kind)) {
    const span = declaration.body?.span ?? declaration.span;
    return report(c, catalogue.wrongKind, span, { found: describe(thing), expected: `a ${declaration.keyword}` });
  }
  return "name" in thing ? { ...thing, name } : thing;
}

function makeNetwork(declaration: Declaration, scope: Scope, c: Context): Thing {
  const head = headOf(declaration, scope, c);
  if (declaration.annotation?.kind === "predicts" && head === null) return poison;
  return { kind: "network", name: declaration.name.text, declaration, scope, head, copy: null };
}

function makeData(declaration: Declaration, c: Context): Thing {
  const { annotation, body, name } = declaration;
  if (annotation?.kind !== "of type") {
    return report(c, catalogue.missingPart, name.span, {
      owner: `The data \`${name.text}\``,
      part: "a type",
      instead: `Write \`data ${name.text} : Real[2]\`.`,
    });
  }
  const fields: Data["fields"][number][] = [];
  if (annotation.type.kind === "record type") {
    for (const field of annotation.type.fields) {
      const space = spaceOfType(field.type, c);
      const bounded = space === null ? null : narrowed(space, field.domain, c);
      if (bounded === null) return poison;
      fields.push({ name: field.name.text, space: bounded });
    }
  } else {
    const space = spaceOfType(annotation.type, c);
    const bounded = space === null ? null : narrowed(space, annotation.domain, c);
    if (bounded === null) return poison;
    fields.push({ name: null, space: bounded });
  }
  if (declaration.parameters !== null) return makeFamily(declaration, fields, c);
  if (body === null) return { kind: "data", name: name.text, set: name.text, declaration, fields, law: null };
  if (body.kind === "block") {
    return report(c, catalogue.misplaced, body.span, {
      construct: "A block",
      place: "a data declaration",
      instead: "Give it a law: `= Normal(0, 1)`.",
    });
  }
  const value = evaluate(body.value, c);
  const law = value.kind === "tensor" ? fixedAt(value) : asLaw(value, body.value.span, c);
  if (law === null) return poison;
  const [only, more] = fields;
  if (only !== undefined && more === undefined && !fitsShape(law, only.space.shape)) {
    const found = showShape(shapeOfLaw(law) ?? []);
    return report(c, catalogue.wrongShape, body.value.span, {
      what: `The law of \`${name.text}\``,
      expected: showShape(only.space.shape),
      found,
    });
  }
  const bounds = boundsOfLaw(law);
  const isOutside =
    only !== undefined &&
    more === undefined &&
    bounds !== null &&
    ((only.space.low !== null && bounds[0] < only.space.low) ||
      (only.space.high !== null && bounds[1] > only.space.high));
  if (isOutside) {
    return report(c, catalogue.outOfRange, body.value.span, {
      what: `What the law of \`${name.text}\` draws`,
      found: showBounds(bounds),
      expected: `inside of \`${only.space.space}\`, ${showBounds([only.space.low ?? -Infinity, only.space.high ?? Infinity])}`,
    });
  }
  return { kind: "data", name: name.text, set: name.text, declaration, fields, law };
}

/** Between which numbers a law draws, if that is known. */
function boundsOfLaw(law: Law): readonly [number, number] | null {
  switch (law.law) {
    case "normal": {
      const [std, mean] = [constantOf(law.std), constantOf(law.mean)];
      return std === 0 ? (mean === null ? null : [mean, mean]) : [-Infinity, Infinity];
    }
    case "log-normal":
      return [0, Infinity];
    case "logit-normal":
      return [0, 1];
    case "uniform": {
      const [low, high] = [constantOf(law.low), constantOf(law.high)];
      return low === null || high === null ? null : [low, high];
    }
    default:
      return null;
  }
}

function showBounds([low, high]: readonly [number, number]): string {
  if (low === -Infinity) return high === Infinity ? "any number" : `at most ${high}`;
  return high === Infinity ? `at least ${low}` : low === high ? String(low) : `between ${low} and ${high}`;
}

function makeFamily(declaration: Declaration, fields: Data["fields"], c: Context): Thing {
  const { body, name, parameters } = declaration;
  if (body !== null)
    return report(c, catalogue.notCompiledYet, body.span, {
      construct: "A family of laws",
      instead: "Give each law a name of its own.",
    });
  const values = familyValues(declaration, c);
  return values === null
    ? poison
    : { kind: "family", name: name.text, parameter: parameters?.[0]?.name.text ?? "", values, declaration, fields };
}

/** One number or tensor as the law that always draws it. */
function fixedAt(mean: Tensor): Law {
  return { kind: "law", law: "normal", mean, std: number(0), like: null };
}

/** The spaces of what a coupling draws: of a record that is taken apart, those of its fields; null after reporting. */
function spacesOfDraw(draw: Statement, thing: Thing, c: Context): readonly SpaceSpec[] | null {
  if (thing.kind === "law" && thing.law === "path") return [thing.sampler.run.process.space];
  if (thing.kind === "law") return "like" in thing && thing.like !== null ? [thing.like] : [];
  const isApart =
    thing.kind === "data" &&
    draw.kind === "relation" &&
    draw.targets.length > 1 &&
    draw.targets.length === thing.fields.length;
  if (isApart) return thing.fields.map((field) => field.space);
  const space = spaceOfThing(thing, draw.span, c);
  return space === null ? null : [space];
}

function makeCoupling(declaration: Declaration, c: Context): Thing {
  const { body, name } = declaration;
  const draws = body?.kind === "block" ? body.statements.filter((s) => s.kind === "relation" && s.sign === "~") : [];
  const [first] = draws;
  if (body?.kind !== "block" || first?.kind !== "relation" || first.values[0] === undefined) {
    return report(c, catalogue.missingPart, declaration.span, {
      owner: `The coupling \`${name.text}\``,
      part: "a draw",
      instead: "Draw the two ends and return them.",
    });
  }
  let space: SpaceSpec | null = null;
  for (const draw of draws) {
    const thing = draw.kind === "relation" && draw.values[0] !== undefined ? evaluate(draw.values[0], c) : poison;
    if (thing.kind === "poison") return poison;
    const spaces = spacesOfDraw(draw, thing, c);
    if (spaces === null) return poison;
    for (const other of spaces) {
      if (space === null) space = other;
      else if (showShape(other.shape) !== showShape(space.shape)) {
        return report(c, catalogue.wrongShape, draw.span, {
          what: "The other end of the coupling",
          expected: showShape(space.shape),
          found: showShape(other.shape),
        });
      }
    }
  }
  if (space === null) {
    return report(c, catalogue.missingPart, name.span, {
      owner: `The coupling \`${name.text}\``,
      part: "a draw whose space is known",
      instead: "Draw an end from data, or give its law a space: `Normal(0, 1, like: …)`.",
    });
  }
  return { kind: "coupling", name: name.text, declaration, scope: c.scope, space };
}
