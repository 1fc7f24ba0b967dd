/** How is a formula of the calculus written in the language? */
import type { Expression } from "../../compiler/calculus/expression.js";
import type { Rational } from "../../compiler/calculus/rational.js";

/** Fully bracketed, so that nothing depends on the parser's precedences. */
export function asSource(e: Expression): string {
  switch (e.kind) {
    case "number":
      return written(e.value);
    case "constant":
      return "pi";
    case "symbol":
      return e.name;
    case "sum":
      return `(${e.terms.map(asSource).join(" + ")})`;
    case "product":
      return `(${e.factors.map(asSource).join(" * ")})`;
    case "power":
      return `(${asSource(e.base)})^(${written(e.exponent)})`;
    case "call":
      return `${e.name}(${asSource(e.argument)})`;
    default:
      throw new Error(`no random equation has a formula of kind ${e.kind}`);
  }
}

function written({ numerator, denominator }: Rational): string {
  return denominator === 1n ? `(${numerator})` : `(${numerator} / ${denominator})`;
}
