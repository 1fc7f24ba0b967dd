/** Objectives as values: declared ones, their sums and their multiples. */
import type { Span } from "../../grammar/source.js";
import type { Declaration } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import type { Context } from "./context.js";
import { placeInModel, report } from "./context.js";
import type { Scope } from "./scope.js";
import type { Thing } from "./thing.js";

export function makeObjective(declaration: Declaration, scope: Scope, use: Span, c: Context): Thing {
  const { body, name } = declaration;
  if (body?.kind !== "block" || !body.statements.some((statement) => statement.kind === "goal")) {
    return report(c, catalogue.noGoal, name.span, { objective: name.text });
  }
  // What the library makes of its own templates is used where the modeller names the first.
  return {
    kind: "objective",
    name: name.text,
    terms: [{ weight: 1, declaration, scope, use: placeInModel(use, c.world) ?? use }],
  };
}

/** a + b, a - b, w * a, a / w for objectives; null where the operands are neither. */
export function combineObjectives(
  operator: string,
  left: Thing,
  right: Thing,
  constant: (thing: Thing) => number | null,
): Thing | null {
  if (left.kind === "objective" && right.kind === "objective" && (operator === "+" || operator === "-")) {
    const sign = operator === "+" ? 1 : -1;
    const terms = [...left.terms, ...right.terms.map((term) => ({ ...term, weight: sign * term.weight }))];
    return { kind: "objective", name: left.name, terms };
  }
  const objective = left.kind === "objective" ? left : right;
  const weight = constant(left.kind === "objective" ? right : left);
  if (objective.kind !== "objective" || weight === null) return null;
  if (operator !== "*" && !(operator === "/" && left.kind === "objective")) return null;
  const factor = operator === "*" ? weight : 1 / weight;
  return { ...objective, terms: objective.terms.map((term) => ({ ...term, weight: term.weight * factor })) };
}
