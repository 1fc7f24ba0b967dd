/** What does an expression consist of, and what becomes of it when parts are replaced? */
import { add, call, extremum, multiply, power } from "./algebra.js";
import { integral, piecewise } from "./choice.js";
import { symbol } from "./expression.js";
import type { Expression, SymbolExpression } from "./expression.js";

/** The direct parts of an expression, in order. The variable of an integral is not a part. */
export function partsOf(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case "number":
    case "constant":
    case "symbol":
      return [];
    case "sum":
      return e.terms;
    case "product":
      return e.factors;
    case "power":
      return [e.base];
    case "call":
      return [e.argument];
    case "extremum":
      return e.arguments;
    case "piecewise":
      return [e.condition.left, e.condition.right, e.then, e.otherwise];
    case "integral":
      return [e.integrand, e.from, e.to];
  }
}

/** The expression with every direct part replaced, in canonical form. */
export function mapParts(e: Expression, change: (part: Expression) => Expression): Expression {
  switch (e.kind) {
    case "number":
    case "constant":
    case "symbol":
      return e;
    case "sum":
      return add(...e.terms.map(change));
    case "product":
      return multiply(...e.factors.map(change));
    case "power":
      return power(change(e.base), e.exponent);
    case "call":
      return call(e.name, change(e.argument));
    case "extremum":
      return extremum(e.name, ...e.arguments.map(change));
    case "piecewise": {
      const { relation, left, right } = e.condition;
      return piecewise({ relation, left: change(left), right: change(right) }, change(e.then), change(e.otherwise));
    }
    case "integral":
      return integral(change(e.integrand), e.variable, change(e.from), change(e.to));
  }
}

/** Replaces symbols by name, all at once. */
export function substitute(e: Expression, replacements: ReadonlyMap<string, Expression>): Expression {
  if (e.kind === "symbol") return replacements.get(e.name) ?? e;
  if (partsOf(e).length === 0 || !mentionsAny(e, replacements)) return e;
  if (e.kind !== "integral") return mapParts(e, (part) => substitute(part, replacements));
  // The bound variable hides an outer symbol of its name and must not capture one that a replacement brings in.
  const inner = new Map(replacements);
  inner.delete(e.variable.name);
  const isCaptured = [...inner.values()].some((value) => contains(value, e.variable.name));
  const variable = isCaptured ? unusedSymbol(e.variable, [e.integrand, ...inner.values()]) : e.variable;
  if (isCaptured) inner.set(e.variable.name, variable);
  const [from, to] = [substitute(e.from, replacements), substitute(e.to, replacements)];
  return integral(substitute(e.integrand, inner), variable, from, to);
}

export function replaceSymbol(e: Expression, name: string, value: Expression): Expression {
  return substitute(e, new Map([[name, value]]));
}

/** The names of the symbols that are not bound by an integral. */
export function freeSymbols(e: Expression): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (part: Expression, bound: readonly string[]): void => {
    if (part.kind === "symbol") {
      if (!bound.includes(part.name)) names.add(part.name);
    } else if (part.kind === "integral") {
      visit(part.integrand, [...bound, part.variable.name]);
      visit(part.from, bound);
      visit(part.to, bound);
    } else partsOf(part).forEach((inner) => visit(inner, bound));
  };
  visit(e, []);
  return names;
}

/** True where the symbol of that name occurs free. */
export function contains(e: Expression, name: string): boolean {
  if (e.kind === "symbol") return e.name === name;
  if (e.kind === "integral" && e.variable.name === name) return contains(e.from, name) || contains(e.to, name);
  return partsOf(e).some((part) => contains(part, name));
}

export function hasIntegral(e: Expression): boolean {
  return e.kind === "integral" || partsOf(e).some(hasIntegral);
}

/** Replaces every part that `change` answers for, from the outside in. */
export function rewrite(e: Expression, change: (part: Expression) => Expression | null): Expression {
  return change(e) ?? mapParts(e, (part) => rewrite(part, change));
}

/** The number of nodes: the measure by which one form is simpler than another. */
export function sizeOf(e: Expression): number {
  return partsOf(e).reduce((total, part) => total + sizeOf(part), 1);
}

/** A symbol like `wanted` whose name none of the expressions uses. */
export function unusedSymbol(wanted: SymbolExpression, avoid: readonly Expression[]): SymbolExpression {
  const used = new Set(avoid.flatMap((e) => [...freeSymbols(e)]));
  let name = `${wanted.name}′`;
  while (used.has(name)) name += "′";
  return symbol(name, wanted.sign);
}

function mentionsAny(e: Expression, replacements: ReadonlyMap<string, Expression>): boolean {
  if (e.kind === "symbol") return replacements.has(e.name);
  return partsOf(e).some((part) => mentionsAny(part, replacements));
}
