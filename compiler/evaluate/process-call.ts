/** What `P(…)` means: the law of the state at a time, or the process begun elsewhere. */
import type { Argument, Call } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import { constantOf, real } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import { evaluate, evaluateConstant } from "./evaluate.js";
import { asLaw } from "./laws.js";
import { forwardRun } from "./run.js";
import type { Process, Run, Tensor, Thing } from "./thing.js";
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
    return report(c, catalogue.timeOutsideRange, time.span, { time: String(constant), range: `the declared range [${low}, ${high}]` }, [
      { message: `\`${process.name}\` is declared here`, span: process.declaration.name.span },
    ]);
  }
  const given: Tensor[] = [];
  for (const { subject, value, span } of e.givens) {
    if (value !== null) {
      return report(c, catalogue.notCompiledYet, span, { construct: "Conditioning on a state at a named time", instead: "Condition on the data: `P(t | x0)`." });
    }
    const thing = evaluate(subject, c);
    if (thing.kind === "poison") return poison;
    if (thing.kind !== "tensor") return report(c, catalogue.wrongKind, span, { found: describe(thing), expected: "a state" });
    const shape = thing.value.shape.join(", ");
    if (shape !== process.space.shape.join(", ")) {
      return report(c, catalogue.wrongShape, span, { what: `What \`${process.name}\` is conditioned on`, expected: `[${process.space.shape.join(", ")}]`, found: `[${shape}]` });
    }
    given.push(thing);
  }
  return { kind: "law", law: "state", process, time: real(t.value), given: given.length === 0 ? null : given, span: e.span };
}

function begun(run: Run, e: Call, c: Context): Thing {
  let result = run;
  for (const argument of e.arguments) {
    const name = argument.name?.text;
    if (name === "start") {
      const law = asLaw(evaluate(argument.value, c), argument.value.span, c);
      if (law === null) return poison;
      result = { ...result, start: law };
    } else if (name === "from" || name === "to") {
      const value = evaluateConstant(argument.value, `\`${name}:\``, c);
      if (value === null) return poison;
      const [low, high] = run.process.range;
      if (!(value >= low && value <= high)) {
        return report(c, catalogue.timeOutsideRange, argument.value.span, { time: String(value), range: `the declared range [${low}, ${high}]` });
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
