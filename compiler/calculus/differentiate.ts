/** What is the derivative of an expression in a symbol? */
import { add, call, divide, multiply, negate, power, square, subtract } from "./algebra.js";
import { integral, piecewise } from "./choice.js";
import { callNode, number, ONE, PI, ZERO } from "./expression.js";
import type { CallExpression, Expression } from "./expression.js";
import { addRational, fraction } from "./rational.js";
import { contains, replaceSymbol } from "./traverse.js";

export function differentiate(e: Expression, name: string): Expression {
  if (!contains(e, name)) return ZERO;
  switch (e.kind) {
    case "number":
    case "constant":
      return ZERO;
    case "symbol":
      return ONE;
    case "sum":
      return add(...e.terms.map((term) => differentiate(term, name)));
    case "product":
      return add(
        ...e.factors.map((factor, i) =>
          contains(factor, name) ? multiply(differentiate(factor, name), ...e.factors.filter((_, j) => j !== i)) : ZERO,
        ),
      );
    case "power": {
      const lowered = power(e.base, addRational(e.exponent, fraction(-1)));
      return multiply(number(e.exponent), lowered, differentiate(e.base, name));
    }
    case "call":
      return multiply(outerDerivative(e), differentiate(e.argument, name));
    case "extremum": {
      // max(a, rest)' is a' where a is the larger, and so on down the list.
      const [first, ...rest] = e.arguments;
      if (first === undefined) return ZERO;
      if (rest.length === 0) return differentiate(first, name);
      const other: Expression = { ...e, arguments: rest };
      const [left, right] = e.name === "max" ? [other, first] : [first, other];
      return piecewise({ relation: "<=", left, right }, differentiate(first, name), differentiate(other, name));
    }
    case "piecewise":
      return piecewise(e.condition, differentiate(e.then, name), differentiate(e.otherwise, name));
    case "integral": {
      // Leibniz: f(to) to' - f(from) from' + ∫ ∂f
      const at = (bound: Expression): Expression =>
        contains(bound, name)
          ? multiply(replaceSymbol(e.integrand, e.variable.name, bound), differentiate(bound, name))
          : ZERO;
      const inner = e.variable.name === name ? ZERO : differentiate(e.integrand, name);
      return add(at(e.to), negate(at(e.from)), integral(inner, e.variable, e.from, e.to));
    }
  }
}

function outerDerivative({ name, argument }: CallExpression): Expression {
  switch (name) {
    case "exp":
      return call("exp", argument);
    case "expm1":
      return call("exp", argument);
    case "log":
      return power(argument, -1);
    case "log1p":
      return power(add(ONE, argument), -1);
    case "sin":
      return call("cos", argument);
    case "cos":
      return negate(call("sin", argument));
    case "tan":
      return add(ONE, square(call("tan", argument)));
    case "tanh":
      return subtract(ONE, square(call("tanh", argument)));
    case "atan":
      return power(add(ONE, square(argument)), -1);
    case "erf":
      // erf'(u) = 2/√π exp(-u²)
      return multiply(number(2), power(PI, -0.5), call("exp", negate(square(argument))));
    case "abs":
      return divide(argument, callNode("abs", argument));
  }
}
