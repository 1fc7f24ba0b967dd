/** What is a figure? One measured row of the report: what, how much, against which bound, and what a wrong variant gives. */

export interface Figure {
  /** Row of the list of promises. */
  readonly row: number;
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  readonly passed: boolean;
  /** A wrong variant and its failing figure, for statistical rows. */
  readonly planted?: { readonly what: string; readonly measured: string; readonly failed: boolean };
}

export interface FigureRow {
  readonly row: number;
  readonly title: string;
  /** Minutes on an idle machine of two cores, to choose what to run. */
  readonly minutes: number;
  readonly measure: () => Promise<readonly Figure[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Four significant digits. */
export function digits(value: number): string {
  return String(Number(value.toPrecision(4)));
}

export function range(values: readonly number[]): string {
  return `${digits(median(values))} (${digits(Math.min(...values))} … ${digits(Math.max(...values))})`;
}
