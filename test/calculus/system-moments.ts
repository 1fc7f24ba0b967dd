/** What are the moments of dX = (A X + c) dt + G dW, by integrating their equations in float64? */
import { solve } from "./moment-ode.js";

export type Numbers = readonly (readonly number[])[];

/** The coefficients as plain functions of time, written without the compiler. */
export interface SystemCoefficients {
  readonly linear: (t: number) => Numbers;
  readonly constant: (t: number) => readonly number[];
  readonly noise: (t: number) => Numbers;
}

export interface JointMoments {
  readonly propagator: Numbers;
  readonly shift: readonly number[];
  readonly covariance: Numbers;
}

/** Φ̇ = AΦ, ṁ = Am + c, V̇ = AV + VAᵀ + GGᵀ from (1, 0, start). */
export function jointMoments(equation: SystemCoefficients, from: number, to: number, start?: Numbers): JointMoments {
  const n = equation.constant(from).length;
  const at = (matrix: Numbers, i: number, j: number): number => matrix[i]?.[j] ?? 0;
  const indices = Array.from({ length: n }, (_, i) => i);
  const slope = (t: number, y: readonly number[]): readonly number[] => {
    const [A, c, G] = [equation.linear(t), equation.constant(t), equation.noise(t)];
    const grown = indices.flatMap((i) =>
      indices.map((j) => indices.reduce((sum, k) => sum + at(A, i, k) * (y[k * n + j] ?? 0), 0)),
    );
    const moved = indices.map((i) => indices.reduce((sum, k) => sum + at(A, i, k) * (y[n * n + k] ?? 0), c[i] ?? 0));
    const base = n * n + n;
    const spread = indices.flatMap((i) =>
      indices.map((j) => {
        const noise = (G[i] ?? []).reduce((sum, g, k) => sum + g * at(G, j, k), 0);
        return indices.reduce(
          (sum, k) => sum + at(A, i, k) * (y[base + k * n + j] ?? 0) + at(A, j, k) * (y[base + i * n + k] ?? 0),
          noise,
        );
      }),
    );
    return [...grown, ...moved, ...spread];
  };
  const identity = indices.flatMap((i) => indices.map((j) => (i === j ? 1 : 0)));
  const y =
    from === to
      ? [...identity, ...indices.map(() => 0), ...(start ?? []).flat()]
      : solve(slope, from, to, [
          ...identity,
          ...indices.map(() => 0),
          ...indices.flatMap((i) => indices.map((j) => start?.[i]?.[j] ?? 0)),
        ]);
  const rows = (base: number): Numbers => indices.map((i) => y.slice(base + i * n, base + i * n + n));
  return { propagator: rows(0), shift: y.slice(n * n, n * n + n), covariance: rows(n * n + n) };
}
