/** What is the integral of a function of one number, numerically? */

/** Nodes and weights of a Gauss-Legendre rule on [0, 1]. */
export interface QuadratureRule {
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/** A function near an end of the interval: its value at the given distance from that end, without cancellation. */
export interface EndedFunction {
  readonly at: (x: number) => number;
  readonly fromStart: (distance: number) => number;
  readonly fromEnd: (distance: number) => number;
}

/** The Gauss-Legendre rule with `order` nodes, by Newton's method on the Legendre polynomial. */
export function gaussLegendre(order: number): QuadratureRule {
  const nodes: number[] = [];
  const weights: number[] = [];
  for (let i = 0; i < order; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (order + 0.5));
    let slope = 1;
    for (let round = 0; round < 100; round++) {
      // (k + 1) P_{k+1} = (2k + 1) x P_k - k P_{k-1}
      let [previous, value] = [1, x];
      for (let k = 1; k < order; k++) [previous, value] = [value, ((2 * k + 1) * x * value - k * previous) / (k + 1)];
      slope = (order * (x * value - previous)) / (x * x - 1);
      const step = value / slope;
      x -= step;
      if (Math.abs(step) < 1e-15) break;
    }
    nodes.unshift((1 + x) / 2);
    weights.unshift(1 / ((1 - x * x) * slope * slope));
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { nodes, weights: weights.map((weight) => weight / total) };
}

/** ∫ f over [from, to] to about `tolerance`, relative; ends where f is singular but integrable are allowed. */
export function quadrature(f: EndedFunction, from: number, to: number, tolerance = 1e-12): number {
  if (from === to) return 0;
  const smooth = adaptive(f.at, from, to, tolerance);
  if (smooth.converged) return smooth.value;
  const middle = (to - from) / 2;
  const sign = Math.sign(middle);
  const half = Math.abs(middle);
  const left = doubleExponential((distance) => f.fromStart(sign * distance), half, tolerance);
  const right = doubleExponential((distance) => f.fromEnd(sign * distance), half, tolerance);
  const value = sign * (left.value + right.value);
  return left.converged && right.converged ? value : Number.isFinite(smooth.value) ? smooth.value : value;
}

interface Estimate {
  readonly value: number;
  readonly converged: boolean;
}

const PANEL = gaussLegendre(12);
const MOST_PANELS = 400;
const DEEPEST = 24;

/** Bisects until the two halves of every panel agree with the whole. */
function adaptive(f: (x: number) => number, from: number, to: number, tolerance: number): Estimate {
  const whole = panel(f, from, to);
  let magnitude = Math.abs(whole);
  let value = 0;
  let compensation = 0;
  let panels = 0;
  let converged = true;
  const pending: { a: number; b: number; estimate: number; depth: number }[] = [
    { a: from, b: to, estimate: whole, depth: 0 },
  ];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { a, b, estimate, depth } = next;
    const middle = (a + b) / 2;
    const [left, right] = [panel(f, a, middle), panel(f, middle, b)];
    const refined = left + right;
    magnitude = Math.max(magnitude, Math.abs(value + refined));
    const error = Math.abs(refined - estimate);
    if (error <= tolerance * magnitude || error === 0 || depth >= DEEPEST || ++panels > MOST_PANELS) {
      if (!(error <= tolerance * magnitude)) converged = false;
      const corrected = refined - compensation;
      const sum = value + corrected;
      compensation = sum - value - corrected;
      value = sum;
    } else {
      pending.push(
        { a: middle, b, estimate: right, depth: depth + 1 },
        { a, b: middle, estimate: left, depth: depth + 1 },
      );
    }
    if (panels > MOST_PANELS && !Number.isFinite(value)) break;
  }
  return { value, converged: converged && Number.isFinite(value) };
}

function panel(f: (x: number) => number, a: number, b: number): number {
  let total = 0;
  for (let i = 0; i < PANEL.nodes.length; i++) {
    total += (PANEL.weights[i] ?? 0) * f(a + (b - a) * (PANEL.nodes[i] ?? 0));
  }
  return total * (b - a);
}

/** ∫₀^length f by x = length / (1 + e^{-π sinh s}): nodes crowd at both ends without rounding onto them. */
function doubleExponential(f: (distance: number) => number, length: number, tolerance: number): Estimate {
  let previous = NaN;
  for (let level = 3; level <= 8; level++) {
    const step = 2 ** -level * 2;
    let total = 0;
    for (let k = Math.round(-6.5 / step); k * step <= 6.5; k++) {
      const s = k * step;
      const q = (Math.PI / 2) * Math.sinh(s);
      const x = length / (1 + Math.exp(-2 * q));
      if (x === 0 || x === length) continue;
      const cosh = Math.cosh(q);
      const weight = (length * (Math.PI / 4) * Math.cosh(s)) / (cosh * cosh);
      const value = weight === 0 ? 0 : weight * f(x);
      if (Number.isFinite(value)) total += value;
    }
    const value = total * step;
    if (Math.abs(value - previous) <= tolerance * 10 * Math.abs(value)) return { value, converged: true };
    previous = value;
  }
  return { value: previous, converged: false };
}
