/** What is the normal quantile, to twelve digits and from exactly rounded operations alone? */

/**
 * z with P(Z > z) = p for 0 < p <= 1/2, by Newton's method on log P, which is concave, so that the steps
 * after the first come down to the root from above. P(Z > z) is Laplace's continued fraction for large z, the series of the density for small z.
 */
export function upperQuantile(p: number): number {
  const target = logarithm(p);
  let z = p < 0.02 ? Math.sqrt(-2 * target) - 0.5 : 0;
  for (let round = 0; round < 60; round++) {
    const { logTail, hazard } = tail(z);
    const step = (logTail - target) / hazard;
    z += step;
    if (Math.abs(step) < 1e-15 * (1 + z)) break;
  }
  return z;
}

/** log P(Z > z), and density / P(Z > z). */
function tail(z: number): { logTail: number; hazard: number } {
  const logDensity = -z * z * 0.5 - HALF_LOG_2PI;
  if (z > 2.5) {
    // P(Z > z) = density / (z + 1/(z + 2/(z + 3/(z + ...))))
    let fraction = z;
    for (let k = 200; k >= 1; k--) fraction = z + k / fraction;
    return { logTail: logDensity - logarithm(fraction), hazard: fraction };
  }
  // P(0 < Z < z) = density * (z + z^3/3 + z^5/(3 5) + ...)
  let term = z;
  let sum = z;
  for (let k = 3; k < 120; k += 2) {
    term *= (z * z) / k;
    sum += term;
  }
  const density = exponential(logDensity);
  const probability = 0.5 - density * sum;
  return { logTail: logarithm(probability), hazard: density / probability };
}

const LN2 = 0.6931471805599453;
const HALF_LOG_2PI = 0.9189385332046728;

/** log x = e log 2 + 2 artanh((m - 1)/(m + 1)), x = m 2^e with m in [0.7, 1.4]. */
function logarithm(x: number): number {
  let m = x;
  let e = 0;
  for (; m < 0.7; e--) m *= 2;
  for (; m > 1.4; e++) m /= 2;
  const r = (m - 1) / (m + 1);
  let sum = 0;
  for (let k = 41; k >= 1; k -= 2) sum = sum * r * r + 1 / k;
  return e * LN2 + 2 * r * sum;
}

/** Taylor's series at x / 256, squared eight times; x is between -5 and 0. */
function exponential(x: number): number {
  const r = x / 256;
  let sum = 1;
  for (let k = 12; k >= 1; k--) sum = 1 + (sum * r) / k;
  for (let k = 0; k < 8; k++) sum *= sum;
  return sum;
}
