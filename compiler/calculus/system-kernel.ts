/** The kernel of a linear system as tables of numbers, and the laws that follow from it at the end of the range. */
import type { ClaimedLaw } from "./facts.js";
import type { LinearSystemFacts, SystemTerminal } from "./system-facts.js";
import { choleskyOf, momentsAt } from "./system-moments.js";
import { tabulate } from "./system-table.js";
import type { Table } from "./system-table.js";

type Numbers = NonNullable<LinearSystemFacts["numbers"]>;

/** Columns of a table of kernels from the first moment on: Φ [n, n], shift [n], and the rows of L with L Lᵀ = covariance, up to the diagonal. */
export function factorTable({ system, span }: Numbers, start: readonly number[], order: readonly number[]): Table {
  const n = system.size;
  return tabulate(span, (moments) =>
    momentsAt(system, start, moments).map(({ propagator, shift, covariance }) => {
      const placed = order.flatMap((i) => order.map((j) => covariance[i * n + j] ?? 0));
      const factor = choleskyOf(placed, n);
      return [...propagator, ...shift, ...lowerTriangle(factor, n)];
    }),
  );
}

/** Columns: Φ [n, n], its inverse [n, n], shift [n], covariance up to the diagonal. */
export function momentTable({ system, span }: Numbers): Table {
  const n = system.size;
  const none = new Array<number>(n * n).fill(0);
  return tabulate(span, (moments) =>
    momentsAt(system, none, moments).map(({ propagator, inverse, shift, covariance }) => [
      ...propagator,
      ...inverse,
      ...shift,
      ...lowerTriangle(covariance, n),
    ]),
  );
}

function lowerTriangle(matrix: readonly number[], n: number): readonly number[] {
  return Array.from({ length: n }, (_, i) => matrix.slice(i * n, i * n + i + 1)).flat();
}

/** The covariance at the data's time given the data: that of the components with a law of their own. */
export function startCovariance(initial: readonly (ClaimedLaw | null)[]): readonly number[] {
  return initial.flatMap((law, i) => initial.map((_, j) => (i === j && law !== null ? law.std ** 2 : 0)));
}

/** Mean and covariance at the end of the range over data of the stated moments (where these are intervals, of their middles). */
export function terminalOf({ input, numbers }: LinearSystemFacts): SystemTerminal | null {
  const { initial, data, dataTime, range } = input;
  if (numbers === null || dataTime > range[0]) return null;
  const { system, span } = numbers;
  const n = system.size;
  const { mean, std } = data ?? { mean: { low: 0, high: 0 }, std: { low: 1, high: 1 } };
  const laws = initial.map((law) => law ?? { mean: (mean.low + mean.high) / 2, std: (std.low + std.high) / 2 });
  const [end] = momentsAt(system, startCovariance(laws), [span]);
  if (end === undefined) return null;
  const moved = laws.map((_, i) =>
    laws.reduce((sum, law, j) => sum + (end.propagator[i * n + j] ?? 0) * law.mean, end.shift[i] ?? 0),
  );
  return { time: range[1], mean: moved, covariance: laws.map((_, i) => end.covariance.slice(i * n, i * n + n)) };
}
