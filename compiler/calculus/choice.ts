/** How are conditionals and integrals built? */
import { multiply, splitCoefficient, subtract } from "./algebra.js";
import { isZero, number, same, ZERO } from "./expression.js";
import type { Comparison, Expression, SymbolExpression } from "./expression.js";
import { isUnit } from "./number-power.js";

export function piecewise(condition: Comparison, then: Expression, otherwise: Expression): Expression {
  if (same(then, otherwise)) return then;
  const difference = subtract(condition.right, condition.left);
  if (difference.kind === "number") {
    const sign = difference.value.numerator;
    return sign > 0n || (sign === 0n && condition.relation === "<=") ? then : otherwise;
  }
  const key = `if(${condition.left.key}${condition.relation}${condition.right.key},${then.key},${otherwise.key})`;
  return { kind: "piecewise", condition, then, otherwise, key };
}

export function integral(
  integrand: Expression,
  variable: SymbolExpression,
  from: Expression,
  to: Expression,
): Expression {
  if (isZero(integrand) || same(from, to)) return ZERO;
  const { coefficient, rest } = splitCoefficient(integrand);
  if (!isUnit(coefficient)) return multiply(number(coefficient), integral(rest, variable, from, to));
  const key = `∫(${integrand.key},${variable.name},${from.key},${to.key})`;
  return { kind: "integral", integrand, variable, from, to, key };
}
