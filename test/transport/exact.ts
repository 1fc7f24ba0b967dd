/**
 * Exact optimal transport by other means than the compiler's: the assignment of least cost by shortest augmenting paths
 * (Kuhn 1955, Munkres 1957, in the form with potentials), and the transport of unequal weights by successive shortest
 * paths on the network (Ford and Fulkerson 1958).
 */

/** The partner of each row in the cheapest pairing of a square table. */
export function cheapestAssignment(cost: readonly (readonly number[])[]): number[] {
  const n = cost.length;
  const [u, v] = [new Float64Array(n + 1), new Float64Array(n + 1)];
  const owner = new Int32Array(n + 1); // row, from 1, that owns column j; 0 for none
  const way = new Int32Array(n + 1);
  for (let row = 1; row <= n; row++) {
    owner[0] = row;
    let column = 0;
    const slack = new Float64Array(n + 1).fill(Infinity);
    const used = new Uint8Array(n + 1);
    do {
      used[column] = 1;
      const at = owner[column]!;
      let [delta, next] = [Infinity, 0];
      for (let j = 1; j <= n; j++) {
        if (used[j]) continue;
        const reduced = cost[at - 1]![j - 1]! - u[at]! - v[j]!;
        if (reduced < slack[j]!) [slack[j], way[j]] = [reduced, column];
        if (slack[j]! < delta) [delta, next] = [slack[j]!, j];
      }
      for (let j = 0; j <= n; j++) {
        if (used[j]) {
          u[owner[j]!]! += delta;
          v[j]! -= delta;
        } else slack[j]! -= delta;
      }
      column = next;
    } while (owner[column] !== 0);
    do {
      const before = way[column]!;
      owner[column] = owner[before]!;
      column = before;
    } while (column !== 0);
  }
  const partner = new Array<number>(n).fill(-1);
  for (let j = 1; j <= n; j++) partner[owner[j]! - 1] = j - 1;
  return partner;
}

/** The least cost of moving weights a to weights b of the same sum. */
export function cheapestTransport(
  cost: readonly (readonly number[])[],
  a: readonly number[],
  b: readonly number[],
): number {
  const [n, m] = [a.length, b.length];
  const supply = [...a];
  const demand = [...b];
  const flow = a.map(() => new Float64Array(m));
  const tiny = 1e-15;
  for (;;) {
    // Shortest paths from all rows with supply left, by Bellman and Ford on the residual network.
    const row = supply.map((left) => (left > tiny ? 0 : Infinity));
    const column = new Array<number>(m).fill(Infinity);
    const fromRow = new Int32Array(m).fill(-1);
    const fromColumn = new Int32Array(n).fill(-1);
    for (let changed = true; changed;) {
      changed = false;
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < m; j++) {
          if (row[i]! + cost[i]![j]! < column[j]! - 1e-13)
            [column[j], fromRow[j], changed] = [row[i]! + cost[i]![j]!, i, true];
          if (flow[i]![j]! > tiny && column[j]! - cost[i]![j]! < row[i]! - 1e-13)
            [row[i], fromColumn[i], changed] = [column[j]! - cost[i]![j]!, j, true];
        }
      }
    }
    let end = -1;
    for (let j = 0; j < m; j++) if (demand[j]! > tiny && (end < 0 || column[j]! < column[end]!)) end = j;
    if (end < 0 || column[end] === Infinity) break;
    const path: [number, number, 1 | -1][] = [];
    let j = end;
    let start = -1;
    for (;;) {
      const i = fromRow[j]!;
      path.push([i, j, 1]);
      if (fromColumn[i]! < 0) {
        start = i;
        break;
      }
      j = fromColumn[i]!;
      path.push([i, j, -1]);
    }
    let amount = Math.min(supply[start]!, demand[end]!);
    for (const [i, at, sign] of path) if (sign < 0) amount = Math.min(amount, flow[i]![at]!);
    for (const [i, at, sign] of path) flow[i]![at]! += sign * amount;
    supply[start]! -= amount;
    demand[end]! -= amount;
  }
  let total = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) total += flow[i]![j]! * cost[i]![j]!;
  return total;
}
