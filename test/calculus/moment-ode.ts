/** What are the moments of dx = (a(t) x + c(t)) dt + g(t) dW, by integrating their equations in float64? */

/** The coefficients as plain functions of time, written without the compiler. */
export interface AffineCoefficients {
  readonly linear: (t: number) => number;
  readonly constant: (t: number) => number;
  readonly diffusion: (t: number) => number;
}

/** x_t given x_start: mean = scale · x_start + shift. */
export interface KernelMoments {
  readonly time: number;
  readonly scale: number;
  readonly shift: number;
  readonly std: number;
}

/** Φ̇ = aΦ, ṁ = am + c, V̇ = 2aV + g² from (1, 0, 0), at the given times in increasing order. */
export function momentsAt(
  equation: AffineCoefficients,
  start: number,
  times: readonly number[],
): readonly KernelMoments[] {
  const slope = (t: number, [scale = 0, shift = 0, variance = 0]: readonly number[]): readonly number[] => {
    const a = equation.linear(t);
    return [a * scale, a * shift + equation.constant(t), 2 * a * variance + equation.diffusion(t) ** 2];
  };
  let state: readonly number[] = [1, 0, 0];
  let now = start;
  return times.map((time) => {
    state = solve(slope, now, time, state);
    now = time;
    const [scale = NaN, shift = NaN, variance = NaN] = state;
    return { time, scale, shift, std: Math.sqrt(variance) };
  });
}

type Slope = (t: number, state: readonly number[]) => readonly number[];

/** Error per step, relative to each component: 100 times tighter than the tolerance that the tests aim at. */
const TOLERANCE = 1e-11;

/** Dormand and Prince 1980, RK5(4)7M, with step control on the relative error of every component. */
export function solve(slope: Slope, from: number, to: number, start: readonly number[]): readonly number[] {
  let t = from;
  let state = start;
  let step = (to - from) / 64;
  // A variance that starts as a high power of t has no relative accuracy in its first steps, where the diffusion itself
  // is mostly rounding; for smooth coefficients a step of this size is exact to far below the tolerance anyway.
  const smallest = (to - from) * 1e-4;
  while (t < to) {
    const isLast = t + step >= to;
    const h = isLast ? to - t : step;
    const stages: (readonly number[])[] = [];
    for (const { at, row } of TABLEAU) {
      stages.push(slope(t + at * h, combine(state, stages, row, h)));
    }
    const next = combine(state, stages, FIFTH, h);
    const error = combine(
      state.map(() => 0),
      stages,
      DIFFERENCE,
      h,
    );
    const ratio = Math.max(
      ...next.map((value, i) => {
        const scale = TOLERANCE * Math.max(Math.abs(value), Math.abs(state[i] ?? 0)) + 1e-300;
        return Math.abs(error[i] ?? 0) / scale;
      }),
    );
    if (ratio <= 1 || h <= smallest) {
      state = next;
      t = isLast ? to : t + h;
    }
    step = Math.max(smallest, h * Math.min(4, Math.max(0.2, 0.9 * Math.max(ratio, 1e-10) ** -0.2)));
  }
  return state;
}

function combine(
  state: readonly number[],
  stages: readonly (readonly number[])[],
  weights: readonly number[],
  h: number,
): readonly number[] {
  return state.map((value, i) => value + h * weights.reduce((sum, w, k) => sum + w * (stages[k]?.[i] ?? 0), 0));
}

const FIFTH = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0];
const FOURTH = [5179 / 57600, 0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40];
const DIFFERENCE = FIFTH.map((weight, i) => weight - (FOURTH[i] ?? 0));
const TABLEAU: readonly { readonly at: number; readonly row: readonly number[] }[] = [
  { at: 0, row: [] },
  { at: 1 / 5, row: [1 / 5] },
  { at: 3 / 10, row: [3 / 40, 9 / 40] },
  { at: 4 / 5, row: [44 / 45, -56 / 15, 32 / 9] },
  { at: 8 / 9, row: [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729] },
  { at: 1, row: [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656] },
  { at: 1, row: FIFTH },
];
