/** The kernel of dX = (A X + c) dw + G dW with constant coefficients, at most two components, in closed form. */
import { add, divide, exp, multiply, negate, sqrt, subtract, call } from "./algebra.js";
import { isZero, number, ONE, ZERO } from "./expression.js";
import type { Expression, SymbolExpression } from "./expression.js";
import { antiderivativeOn } from "./integrate.js";
import type { Grounds } from "./integrate.js";
import { applyMatrix, identityMatrix, mapMatrix, matrixProduct, matrixSum, transposed } from "./matrix.js";
import { expand } from "./polynomial.js";
import { fraction, toNumber } from "./rational.js";
import type { Matrix, SystemKernel, Vector } from "./system-facts.js";
import { replaceSymbol } from "./traverse.js";

/** Φ, ∫Φc and ∫ΦDΦᵀ after `elapsed`; null where a coefficient is no number or an integral not elementary. */
export function constantKernel(
  linear: Matrix,
  constant: Vector,
  squared: Matrix,
  elapsed: SymbolExpression,
  span: number,
): SystemKernel | null {
  const propagator = exponential(linear, elapsed);
  if (propagator === null) return null;
  const grounds: Grounds = { values: new Map(), range: [0, span] };
  const accumulated = (integrand: Expression): Expression | null => {
    const found = antiderivativeOn(expand(integrand), elapsed, grounds);
    return found === null ? null : expand(subtract(found, replaceSymbol(found, elapsed.name, ZERO)));
  };
  const shift = applyMatrix(propagator, constant).map(accumulated);
  const covariance = matrixProduct(matrixProduct(propagator, squared), transposed(propagator)).map((row) =>
    row.map(accumulated),
  );
  const isKnown = (entry: Expression | null): entry is Expression => entry !== null;
  if (!shift.every(isKnown) || !covariance.every((row) => row.every(isKnown))) return null;
  return { propagator, shift, covariance: covariance.map((row) => row.filter(isKnown)) };
}

/**
 * exp(A w). Of two components A = μ + N with N traceless, N² = δ²: e^{μw} (cosh δw + N sinh δw / δ), which is e^{μw} (1 + N w)
 * where the two eigenvalues are one (critical damping).
 */
function exponential(linear: Matrix, w: Expression): Matrix | null {
  const [[a = ZERO, b = ZERO] = [], [c = ZERO, d = ZERO] = []] = linear;
  if (linear.length === 1) return [[exp(multiply(a, w))]];
  if (linear.length !== 2) return null;
  const half = number(fraction(1, 2));
  const center = expand(multiply(half, add(a, d)));
  const rest = mapMatrix(linear, (entry, i, j) => (i === j ? expand(subtract(entry, center)) : entry));
  const lean = expand(multiply(half, subtract(a, d)));
  const square = expand(add(multiply(lean, lean), multiply(b, c)));
  const combine = (even: Expression, odd: Expression): Matrix =>
    mapMatrix(
      matrixSum(
        mapMatrix(identityMatrix(2), (entry) => multiply(entry, even)),
        mapMatrix(rest, (entry) => multiply(entry, odd)),
      ),
      expand,
    );
  if (isZero(square)) {
    const growth = exp(multiply(center, w));
    return combine(growth, multiply(growth, w));
  }
  if (square.kind !== "number") return null;
  if (toNumber(square.value) > 0) {
    const root = sqrt(square);
    const grown = (sign: Expression): Expression => exp(multiply(expand(add(center, multiply(sign, root))), w));
    const [fast, slow] = [grown(ONE), grown(number(-1))];
    return combine(multiply(half, add(fast, slow)), divide(subtract(fast, slow), multiply(number(2), root)));
  }
  const frequency = sqrt(negate(square));
  const growth = exp(multiply(center, w));
  const angle = multiply(frequency, w);
  return combine(multiply(growth, call("cos", angle)), divide(multiply(growth, call("sin", angle)), frequency));
}
