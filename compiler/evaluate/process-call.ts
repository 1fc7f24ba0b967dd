/** What `P(…)` means: the law of the state at a time, or the process begun elsewhere. */
import type { Argument, Call } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import type { Value } from "../ir/value.js";
import { constantOf, real, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import { evaluate, evaluateConstant } from "./evaluate.js";
import { readGivens } from "./givens.js";
import { asLaw } from "./laws.js";
import { constantDifference, possibleValues } from "./possible.js";
import { forwardRun } from "./run.js";
import { systemLaw } from "./system-law.js";
import { staysInRange } from "./times-agree.js";
import { inSpaces } from "./system-state.js";
import type { Process, Run, Thing } from "./thing.js";
import { poison } from "./thing.js";

export function callProcess(process: Process, e: Call, c: Context): Thing {
  const [time, more] = e.arguments;
  if (time?.name === null && more === undefined) return lawAt(process, time, e, c);
  return begun(forwardRun(process, e.span), e, c);
}

/** `R(start: law, from: a, to: b)`. */
export function callRun(run: Run, e: Call, c: Context): Thing {
  return begun(run, e, c);
}

function lawAt(process: Process, time: Argument, e: Call, c: Context): Thing {
  const t = evaluate(time.value, c);
  if (t.kind === "poison") return poison;
  if (t.kind !== "tensor" || t.value.shape.length > 0) {
    return report(c, catalogue.wrongKind, time.span, { found: describe(t), expected: "a time" });
  }
  const constant = constantOf(t);
  const [low, high] = process.range;
  if (constant !== null && constant !== process.dataTime && (constant < low || constant > high)) {
    return report(
      c,
      catalogue.timeOutsideRange,
      time.span,
      { time: String(constant), range: `the declared range [${low}, ${high}]` },
      [{ message: `\`${process.name}\` is declared here`, span: process.declaration.name.span }],
    );
  }
  if (!staysInRange(process, real(t.value), time.span, c)) return poison;
  if (process.dynamics.kind === "system" && e.givens.length > 0)
    return systemLaw(process, process.dynamics, real(t.value), e, c);
  const givens = readGivens(process, real(t.value), e, c);
  return givens === null
    ? poison
    : { kind: "law", law: "state", process, time: real(t.value), ...givens, span: e.span };
}

function begun(run: Run, e: Call, c: Context): Thing {
  let result = run;
  for (const argument of e.arguments) {
    const name = argument.name?.text;
    if (name === "start") {
      const law = asLaw(evaluate(argument.value, c), argument.value.span, c);
      if (law === null) return poison;
      result = { ...result, start: inSpaces(law, run.process) };
    } else if ((name === "from" || name === "to") && isDrawn(e, c)) {
      const times = drawnTimes(run, e, c);
      if (times === null) return poison;
      result = { ...result, ...times };
    } else if (name === "from" || name === "to") {
      const value = evaluateConstant(argument.value, `\`${name}:\``, c);
      if (value === null) return poison;
      const [low, high] = run.process.range;
      if (!(value >= low && value <= high)) {
        return report(c, catalogue.timeOutsideRange, argument.value.span, {
          time: String(value),
          range: `the declared range [${low}, ${high}]`,
        });
      }
      result = { ...result, [name]: value };
    } else if (name === undefined) {
      return report(c, catalogue.tooManyArguments, argument.span, {
        callee: run.process.name,
        expected: 1,
        found: e.arguments.length,
        instead: `A condition stands after a bar: \`${run.process.name}(t | x0)\`.`,
      });
    } else {
      const known = ["start", "from", "to"];
      return report(c, catalogue.unknownArgument, argument.name?.span ?? argument.span, {
        name,
        callee: run.process.name,
        suggestion: suggest(name, known),
        known: known.map((k) => `\`${k}\``).join(", "),
      });
    }
  }
  return { ...result, span: e.span };
}

/** The ends that a call gives, where one of them is drawn. */
function endOf(e: Call, name: "from" | "to", c: Context): Value | null {
  const argument = e.arguments.find((candidate) => candidate.name?.text === name);
  const thing = argument === undefined ? null : evaluate(argument.value, c);
  return thing?.kind === "tensor" && thing.value.shape.length === 0 ? real(thing.value) : null;
}

function isDrawn(e: Call, c: Context): boolean {
  return (["from", "to"] as const).some((name) => {
    const end = endOf(e, name, c);
    return end !== null && constantOf(tensor(end)) === null;
  });
}

/** A run from a drawn time: as far as the same distance always, and within the range whatever is drawn. */
function drawnTimes(run: Run, e: Call, c: Context): Required<Pick<Run, "from" | "to" | "offset">> | null {
  const [from, to] = [endOf(e, "from", c), endOf(e, "to", c)];
  const [low, high] = run.process.range;
  const range = `the declared range [${low}, ${high}]`;
  if (from === null || to === null) {
    report(c, catalogue.missingArgument, e.span, { name: from === null ? "from" : "to", callee: run.process.name });
    return null;
  }
  const distance = constantDifference(to, from);
  const possible = [...(possibleValues(from) ?? [Number.NaN]), ...(possibleValues(to) ?? [Number.NaN])];
  if (distance === null || distance === 0 || possible.some(Number.isNaN)) {
    report(c, catalogue.runTimesUnproven, e.span, {});
    return null;
  }
  const stray = possible.find((time) => time < low || time > high);
  if (stray === undefined) return { from: 0, to: distance, offset: from };
  report(c, catalogue.timeOutsideRange, e.span, { time: String(stray), range });
  return null;
}
