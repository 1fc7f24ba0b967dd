/** What a call does: arguments meet parameters, and the callee's kind decides what comes out. */
import type { Span } from "../../grammar/source.js";
import type {
  Argument,
  Body,
  Call,
  Declaration,
  Expression,
  FunctionExpression,
  Parameter,
} from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import { real, showShape } from "./arithmetic.js";
import { applyArchitecture } from "./architecture.js";
import { callBuiltin } from "./builtins/row.js";
import type { Context } from "./context.js";
import { report, usedAt, withCopy, withScope } from "./context.js";
import { callCurve } from "./curve.js";
import { instantiate } from "./declare.js";
import { copyOfThing } from "./copies.js";
import { describe } from "./describe.js";
import { evaluate } from "./evaluate.js";
import { callFamily } from "./family.js";
import { applyNetwork } from "./network.js";
import { warnOfNoChange } from "./no-change.js";
import { stateAt } from "./path.js";
import { callProcess, callRun } from "./process-call.js";
import { callReward } from "./reward.js";
import type { Scope } from "./scope.js";
import { childOf } from "./scope.js";
import { evaluateStatements } from "./statements.js";
import { spaceOfType } from "./spaces.js";
import type { Closure, Template, Thing } from "./thing.js";
import { poison } from "./thing.js";

export function call(e: Call, c: Context): Thing {
  const callee = evaluate(e.callee, c);
  switch (callee.kind) {
    case "poison":
      return poison;
    case "builtin": {
      const row = c.world.builtins.get(callee.name);
      return row === undefined ? poison : callBuiltin(callee.name, row, e, c);
    }
    case "closure":
      return callClosure(callee, e.arguments, e.span, c);
    case "curve":
      return callCurve(callee, e, c);
    case "template":
      return specialised(callee, instantiate(callee.declaration, callee.scope, e.arguments, e.span, c), e.span, c);
    case "reward": {
      const written = e.arguments.map((argument) => argument.value);
      return callReward(
        callee,
        written.map((value) => evaluate(value, c)),
        written,
        e.span,
        c,
      );
    }
    case "network":
      return applyNetwork(
        callee,
        e.arguments.map((a) => evaluate(a.value, c)),
        e.span,
        c,
      );
    case "architecture":
      return applyArchitecture(
        callee,
        e.arguments.map((a) => evaluate(a.value, c)),
        e.span,
        c,
      );
    case "process":
      return callProcess(callee, e, c);
    case "family":
      return callFamily(callee, e, c);
    case "run":
      return callRun(callee, e, c);
    case "path": {
      const [time, more] = e.arguments;
      if (time === undefined || more !== undefined)
        return report(c, catalogue.tooManyArguments, e.span, {
          callee: "A path",
          expected: 1,
          found: e.arguments.length,
        });
      return stateAt(callee, evaluate(time.value, c), time.span, c);
    }
    default:
      return report(c, catalogue.notCallable, e.callee.span, { found: capitalised(describe(callee)) });
  }
}

/** `frozen(S)(c)` is what `frozen(S(c))` is. */
function specialised(template: Template, thing: Thing, span: Span, c: Context): Thing {
  if (template.copy === null || thing.kind === "poison") return thing;
  return (
    copyOfThing(thing, template.copy, c.world) ??
    report(c, catalogue.misplaced, span, {
      construct: `A copy of ${describe(thing)}`,
      place: "a formula",
      instead: null,
    })
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Evaluates a fn's body with its parameters bound to the arguments. */
export function callClosure(closure: Closure, args: readonly Argument[], span: Span, c: Context): Thing {
  const scope = childOf(closure.scope);
  const parameters = closure.source.parameters ?? [];
  const label = closure.name === "" ? "this function" : closure.name;
  if (!bind(label, parameters, args, scope, ownPlace(closure, span, c), c)) return poison;
  return enter(closure.source, closure.made ?? span, c, () =>
    evaluateFnBody(closure.source, withCopy(withFn(scope, label, c), closure.copy)),
  );
}

/** The same with things in place of written arguments. */
export function applyClosure(closure: Closure, things: readonly Thing[], span: Span, c: Context): Thing {
  const parameters = closure.source.parameters ?? [];
  const label = closure.name === "" ? "this function" : closure.name;
  if (things.length > parameters.length) {
    return report(c, catalogue.tooManyArguments, ownPlace(closure, span, c), {
      callee: label,
      expected: parameters.length,
      found: things.length,
    });
  }
  const scope = childOf(closure.scope);
  for (const [place, parameter] of parameters.entries()) {
    const thing = things[place];
    if (thing !== undefined) scope.names.set(parameter.name.text, thing);
    else if (!bindDefault(label, parameter, scope, ownPlace(closure, span, c), c)) return poison;
  }
  return enter(closure.source, closure.made ?? span, c, () =>
    evaluateFnBody(closure.source, withCopy(withFn(scope, closure.name, c), closure.copy)),
  );
}

/** Where the library calls a function that the modeller wrote in place, the function is at fault. */
function ownPlace({ source, name }: Closure, span: Span, { world }: Context): Span {
  return name === "" && world.library.has(span.source) && !world.library.has(source.span.source) ? source.span : span;
}

function withFn(scope: Scope, name: string, c: Context): Context {
  return { ...withScope(c, scope), pureIn: name };
}

function evaluateFnBody(source: Declaration | FunctionExpression, c: Context): Thing {
  const { body } = source;
  if (body === null) return poison;
  return evaluateBody(body, c, "name" in source ? source.name.span : source.span);
}

export function evaluateBody(body: Body, c: Context, span: Span): Thing {
  if (body.kind === "value") return evaluate(body.value, c);
  const returned = evaluateStatements(body.statements, c);
  if (returned === "failed") return poison;
  return (
    returned ??
    report(c, catalogue.missingPart, span, {
      owner: "This body",
      part: "a `return`",
      instead: "End it with `return …`.",
    })
  );
}

/** A declared fn whose parameters take any shape; one with a head is checked alone. */
function isGeneric(source: {
  readonly span: Span;
  readonly keyword?: string;
  readonly annotation?: Declaration["annotation"];
}): boolean {
  return source.keyword === "fn" && source.annotation?.kind !== "predicts";
}

/** Calls inside calls, and definitions through definitions. */
export const depthLimit = 100;

/** Guards against definitions that call themselves. */
export function enter(source: { readonly span: Span }, at: Span, c: Context, f: () => Thing): Thing {
  if (c.world.open.includes(source.span)) {
    const name = "name" in source ? (source as Declaration).name.text : "this function";
    return report(c, catalogue.recursion, at, { name });
  }
  if (c.world.open.length >= depthLimit)
    return report(c, catalogue.tooMuch, at, { what: `more than ${depthLimit} definitions inside one another` });
  c.world.open.push(source.span);
  try {
    return usedAt(at, c, f, isGeneric(source) ? source.span : null);
  } finally {
    c.world.open.pop();
  }
}

/** Gives every parameter its argument or default in `scope`; false after an error. Arguments are evaluated in `c`. */
export function bind(
  callee: string,
  parameters: readonly Parameter[],
  args: readonly Argument[],
  scope: Scope,
  span: Span,
  c: Context,
): boolean {
  const given = new Map<string, Argument>();
  const positional = args.filter((argument) => argument.name === null);
  if (positional.length > parameters.length) {
    const extra = positional[parameters.length] ?? args[0];
    report(c, catalogue.tooManyArguments, extra?.span ?? span, {
      callee,
      expected: parameters.length,
      found: args.length,
    });
    return false;
  }
  let place = 0;
  for (const argument of args) {
    const name = argument.name === null ? (parameters[place++]?.name.text ?? "") : argument.name.text;
    if (!parameters.some((parameter) => parameter.name.text === name)) {
      const known = parameters.map((parameter) => parameter.name.text);
      report(c, catalogue.unknownArgument, argument.name?.span ?? argument.span, {
        name,
        callee,
        suggestion: suggest(name, known),
        known: known.map((k) => `\`${k}\``).join(", "),
      });
      return false;
    }
    if (given.has(name)) {
      report(c, catalogue.argumentTwice, argument.span, { name, callee });
      return false;
    }
    given.set(name, argument);
  }
  for (const parameter of parameters) {
    const argument = given.get(parameter.name.text);
    if (argument === undefined) {
      if (!bindDefault(callee, parameter, scope, span, c)) return false;
      continue;
    }
    const thing = evaluate(argument.value, c);
    if (thing.kind === "poison") return false;
    const fitted = fit(parameter, thing, argument.value, scope, c);
    if (fitted.kind === "poison") return false;
    scope.names.set(parameter.name.text, fitted);
    warnOfNoChange(parameter, fitted, argument.value.span, c);
  }
  return true;
}

function bindDefault(callee: string, parameter: Parameter, scope: Scope, span: Span, c: Context): boolean {
  if (parameter.default === null) {
    report(c, catalogue.missingArgument, span, { name: parameter.name.text, callee });
    return false;
  }
  const thing = evaluate(parameter.default, withScope(c, scope));
  if (thing.kind === "poison") return false;
  scope.names.set(parameter.name.text, thing);
  return true;
}

const accepted: Record<string, readonly Thing["kind"][]> = {
  data: ["data", "family", "coupling", "law", "network"],
  network: ["network", "closure"],
  process: ["process", "run"],
  reference: ["process"],
  interpolant: ["process"],
  coupling: ["coupling"],
  reward: ["reward", "closure", "network"],
  objective: ["objective"],
  sampler: ["sampler", "step"],
  fn: ["closure", "builtin", "curve"],
};

/** A declaration that waits for values alone stands for its kind already: the body that takes it gives them, `model(values)`. */
function isPartial(thing: Thing, keyword: string): boolean {
  if (thing.kind !== "template" || !(templateKinds[keyword] ?? []).includes(thing.declaration.keyword)) return false;
  return thing.parameters.every((parameter) => parameter.type?.kind !== "kind type");
}

/** Kinds whose templates a body may be given to call itself: a step for a solver, a method for a bridge. */
const takesTemplates: readonly string[] = ["sampler", "objective"];

const templateKinds: Record<string, readonly string[]> = {
  process: ["process", "reference", "interpolant"],
  reference: ["reference"],
  interpolant: ["interpolant"],
};

const kindWords: Readonly<Record<string, string>> = {
  data: "a data set or a law",
  interpolant: "an interpolant",
  objective: "an objective",
};

/** The way out where a template stands without its arguments. */
function completed(thing: Thing): { readonly instead?: string } {
  return thing.kind === "template" ? { instead: `Give it its arguments: \`${thing.declaration.name.text}(…)\`.` } : {};
}

/** The argument as the parameter takes it: its kind, or a tensor of its declared shape. */
function fit(parameter: Parameter, thing: Thing, written: Expression, scope: Scope, c: Context): Thing {
  const { type } = parameter;
  if (type === null) return thing;
  if (type.kind === "kind type") {
    const kinds = accepted[type.keyword] ?? [];
    const isTemplate =
      takesTemplates.includes(type.keyword) && thing.kind === "template" && thing.declaration.keyword === type.keyword;
    if (!kinds.includes(thing.kind) && !isTemplate && !isPartial(thing, type.keyword)) {
      const words = {
        found: describe(thing),
        expected: kindWords[type.keyword] ?? `a ${type.keyword}`,
        ...completed(thing),
      };
      return report(c, catalogue.wrongKind, written.span, words, [
        { message: `\`${parameter.name.text}\` is declared here`, span: parameter.span },
      ]);
    }
    if (type.keyword === "network" && thing.kind === "closure" && thing.head === null) {
      return report(c, catalogue.noHead, written.span, { name: thing.name === "" ? "this function" : thing.name });
    }
    return thing;
  }
  if (thing.kind !== "tensor") return thing;
  const space = spaceOfType(type, withScope(c, scope));
  if (space === null) return poison;
  if (showShape(space.shape) !== showShape(real(thing.value).shape)) {
    return report(c, catalogue.wrongShape, written.span, {
      what: `\`${parameter.name.text}\``,
      expected: showShape(space.shape),
      found: showShape(thing.value.shape),
    });
  }
  return thing;
}
