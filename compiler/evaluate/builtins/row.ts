/** One row of the table of built-in functions, and how a call of one is checked and carried out. */
import type { Span } from "../../../grammar/source.js";
import type { Argument, Call, Expression } from "../../../grammar/tree.js";
import { catalogue } from "../../diagnostics/catalogue.js";
import { suggest } from "../../diagnostics/suggest.js";
import type { Value } from "../../ir/value.js";
import { notANumber, real } from "../arithmetic.js";
import { stack } from "../evaluate.js";
import type { Context } from "../context.js";
import { report } from "../context.js";
import { evaluateOption } from "../options.js";
import { generated, generatedThings } from "../generators.js";
import type { Thing } from "../thing.js";
import { poison } from "../thing.js";

export interface BuiltinRow {
  /** One sentence, for hover and documentation. */
  readonly doc: string;
  /** Positional parameters; a trailing `?` makes one optional. */
  readonly parameters: readonly string[];
  /** Arguments given by name alone. */
  readonly named?: readonly string[];
  /** What a generator makes comes as rows of one tensor. */
  readonly gathers?: boolean;
  /** Any number of further arguments. */
  readonly rest?: boolean;
  /** Other named arguments are passed on (to a network). */
  readonly open?: boolean;
  /** Carried out from the text where it returns something: generators over data, differentials. */
  readonly written?: (e: Call, c: Context) => Thing | null;
  /** Part of the language, but not compiled yet: its arguments are not looked at. */
  readonly later?: boolean;
  readonly evaluate: (call: BuiltinCall, c: Context) => Thing;
}

export interface BuiltinCall {
  readonly name: string;
  readonly span: Span;
  /** Positional arguments, generators expanded. */
  readonly things: readonly Thing[];
  readonly expressions: readonly Expression[];
  /** They are what a generator makes: one for each of its elements. */
  readonly isGenerated: boolean;
  readonly named: ReadonlyMap<string, { readonly thing: Thing; readonly span: Span; readonly nameSpan?: Span }>;
}

export function callBuiltin(name: string, row: BuiltinRow, e: Call, c: Context): Thing {
  if (row.later === true)
    return report(c, catalogue.notCompiledYet, e.callee.span, { construct: `\`${name}\``, instead: null });
  const special = row.written?.(e, c) ?? null;
  if (special !== null) return special;
  const things: Thing[] = [];
  const expressions: Expression[] = [];
  const named = new Map<string, { thing: Thing; span: Span; nameSpan: Span; expression: Expression }>();
  const positional = row.parameters.map((parameter) => parameter.replace("?", ""));
  const allowed = [...positional, ...(row.named ?? [])];
  if (e.givens.length > 0) {
    return report(c, catalogue.misplaced, e.givens[0]?.span ?? e.span, {
      construct: "A condition `|`",
      place: `\`${name}\``,
      instead: null,
    });
  }
  for (const argument of e.arguments) {
    if (argument.name === null) {
      const parts = row.gathers === true ? [gathered(argument, c)] : generatedThings(argument, c);
      things.push(...parts);
      parts.forEach(() => expressions.push(argument.value));
      continue;
    }
    const option = argument.name.text;
    if (!allowed.includes(option) && row.open !== true) {
      return report(c, catalogue.unknownArgument, argument.name.span, {
        name: option,
        callee: name,
        suggestion: suggest(option, allowed),
        known: allowed.map((k) => `\`${k}\``).join(", "),
      });
    }
    if (named.has(option)) return report(c, catalogue.argumentTwice, argument.span, { name: option, callee: name });
    named.set(option, {
      thing: evaluateOption(option, argument.value, c),
      span: argument.value.span,
      nameSpan: argument.name.span,
      expression: argument.value,
    });
  }
  for (const [place, parameter] of positional.entries()) {
    const given = named.get(parameter);
    if (given === undefined || things[place] !== undefined) continue;
    things[place] = given.thing;
    expressions[place] = given.expression;
    named.delete(parameter);
  }
  if (
    things.some((thing) => thing.kind === "poison") ||
    [...named.values()].some(({ thing }) => thing.kind === "poison")
  )
    return poison;
  const required = row.parameters.filter((parameter) => !parameter.endsWith("?")).length;
  if (things.length < required) {
    return report(c, catalogue.missingArgument, e.span, { name: positional[things.length] ?? "", callee: name });
  }
  if (things.length > positional.length && row.rest !== true) {
    return report(c, catalogue.tooManyArguments, expressions[positional.length]?.span ?? e.span, {
      callee: name,
      expected: positional.length,
      found: things.length,
    });
  }
  const isGenerated = e.arguments.some(({ name: option, generators }) => option === null && generators.length > 0);
  return row.evaluate({ name, span: e.span, things, expressions, isGenerated, named }, c);
}

/** What an argument stands for; of a generator, the rows of one tensor. */
function gathered(argument: Argument, c: Context): Thing {
  const { things, isStacked } = generated(argument, c);
  const [only = poison] = things;
  return isStacked || argument.generators.length === 0 ? only : stack(things, argument.span, c);
}

/** The tensor at a place of the call; null after reporting that it is something else. */
export function tensorAt(call: BuiltinCall, place: number, c: Context): Value | null {
  const thing = call.things[place];
  if (thing === undefined) return null;
  if (thing.kind === "tensor") return real(thing.value);
  notANumber(thing, call.expressions[place]?.span ?? call.span, c);
  return null;
}

export function spanAt(call: BuiltinCall, place: number): Span {
  return call.expressions[place]?.span ?? call.span;
}
