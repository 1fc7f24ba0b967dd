/** How are the functions computed that JavaScript's Math lacks? In float64, to 1e-15 of the result. */

/**
 * The error function, erf x = 2/√π ∫₀ˣ exp(-s²) ds (DLMF 7.2.1). Below 2, the series without cancellation
 * erf x = 2/√π exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!! (DLMF 7.6.2); beyond, 1 - erfc x, where erfc x < 0.005 damps its error.
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (size >= 2) return Math.sign(x) * (1 - complementOfLarge(size));
  let term = size;
  let total = size;
  for (let n = 1; term > total * 1e-17; n++) {
    term *= (2 * size * size) / (2 * n + 1);
    total += term;
  }
  return Math.sign(x) * TWO_OVER_ROOT_PI * Math.exp(-size * size) * total;
}

/**
 * erfc x for x ≥ 2 as the continued fraction exp(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …)))) (DLMF 7.9.2),
 * evaluated from a depth at which it has converged to 1e-17 in absolute value.
 */
function complementOfLarge(x: number): number {
  let fraction = x;
  for (let n = 120; n >= 1; n--) fraction = x + n / 2 / fraction;
  return (0.5 * TWO_OVER_ROOT_PI * Math.exp(-x * x)) / fraction;
}

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

/** log(1 + eˣ), without overflow. */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** 1 / (1 + e⁻ˣ), without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const small = Math.exp(x);
  return small / (1 + small);
}

/** Nearest integer, ties to even. */
export function roundToEven(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x - Math.trunc(x)) === 0.5 ? 2 * Math.round(x / 2) : rounded;
}
