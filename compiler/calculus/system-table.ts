/** How are functions of elapsed time that only numbers give made into pieces of polynomials? */

/** Columns of numbers as functions of u = sqrt(w / span): u^power times, on each of `cells` equal cells, a polynomial of s in [-1, 1]. */
export interface Table {
  readonly span: number;
  readonly cells: number;
  readonly powers: readonly number[];
  /** [cells, degree + 1, columns], lowest degree first. */
  readonly coefficients: readonly number[];
}

export const DEGREE = 7;
const NODES = Array.from({ length: DEGREE + 1 }, (_, k) => -Math.cos((Math.PI * (k + 0.5)) / (DEGREE + 1)));
/** Where pieces are checked: no node. */
const CHECKED = 0.31;
/** Relative to the largest number of a column in its cell. */
const ACCURACY = 1e-10;
const MOST_CELLS = 512;

/** `columnsAt` gives the columns at increasing moments. Cells are halved until polynomials and columns agree between the nodes. */
export function tabulate(
  span: number,
  columnsAt: (moments: readonly number[]) => readonly (readonly number[])[],
): Table {
  for (let cells = 4; ; cells *= 2) {
    const places = Array.from({ length: cells }, (_, cell) =>
      [...NODES, CHECKED].map((s) => (cell + (s + 1) / 2) / cells),
    );
    const order = places.flat().sort((a, b) => a - b);
    const columns = new Map(columnsAt(order.map((u) => span * u * u)).map((row, i) => [order[i] ?? 0, row]));
    const powers = leadingPowers(order.slice(0, 2).map((u) => ({ u, row: columns.get(u) ?? [] })));
    const scaled = (u: number): readonly number[] =>
      (columns.get(u) ?? []).map((value, k) => value / u ** (powers[k] ?? 0));
    const pieces = places.map((cell) => fit(cell.slice(0, NODES.length).map(scaled)));
    const isFine = places.every((cell, i) => agrees(pieces[i] ?? [], scaled(cell[NODES.length] ?? 0)));
    if (isFine || cells >= MOST_CELLS) return { span, cells, powers, coefficients: pieces.flat(2) };
  }
}

/** Near 0 a column goes like a power of u, which is taken out so that small numbers are as exact as large ones. */
function leadingPowers(rows: readonly { readonly u: number; readonly row: readonly number[] }[]): readonly number[] {
  const [first, second] = rows;
  if (first === undefined || second === undefined) return [];
  return first.row.map((value, k) => {
    const slope = Math.log(Math.abs((second.row[k] ?? 0) / value)) / Math.log(second.u / first.u);
    const power = Math.round(slope);
    return Number.isFinite(slope) && power > 0 && Math.abs(slope - power) < 0.05 ? power : 0;
  });
}

/** Coefficients by degree, each for all columns, of the polynomials through the values at the nodes. */
function fit(values: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return INVERSE.map((row) =>
    (values[0] ?? []).map((_, column) => row.reduce((sum, weight, k) => sum + weight * (values[k]?.[column] ?? 0), 0)),
  );
}

function agrees(coefficients: readonly (readonly number[])[], expected: readonly number[]): boolean {
  return expected.every((value, column) => {
    const found = coefficients.reduceRight((sum, row) => sum * CHECKED + (row[column] ?? 0), 0);
    const size = coefficients.reduce((top, row) => Math.max(top, Math.abs(row[column] ?? 0)), 0);
    return Math.abs(found - value) <= ACCURACY * size;
  });
}

/** The inverse of the matrix of powers of the nodes, by elimination. */
const INVERSE: readonly (readonly number[])[] = ((): number[][] => {
  const count = NODES.length;
  const rows = NODES.map((node, i) => [...NODES.map((_, k) => node ** k), ...NODES.map((_, k) => (i === k ? 1 : 0))]);
  for (let column = 0; column < count; column += 1) {
    const pivot = rows
      .slice(column)
      .reduce((best, row) => (Math.abs(row[column] ?? 0) > Math.abs(best[column] ?? 0) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(
      column,
      0,
      pivot.map((entry) => entry / (pivot[column] ?? 1)),
    );
    const chosen = rows[column] ?? [];
    for (const [i, row] of rows.entries()) {
      if (i !== column) rows[i] = row.map((entry, k) => entry - (row[column] ?? 0) * (chosen[k] ?? 0));
    }
  }
  return rows.map((row) => row.slice(count));
})();
