/** Which of the known names did the modeller probably mean? */

/** The nearest candidate, or null when none is near enough. The order of the candidates never changes the answer. */
export function suggest(name: string, candidates: Iterable<string>): string | null {
  const known = [...new Set(candidates)].filter((candidate) => candidate !== name).sort(byCodeUnits);
  const folded = name.toLowerCase();
  const sameLetters = known.find((candidate) => candidate.toLowerCase() === folded);
  if (sameLetters !== undefined) return sameLetters;

  const bound = Math.max(1, Math.floor(name.length / 3));
  let best: { readonly candidate: string; readonly rank: number } | null = null;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > bound) continue;
    const distance = editDistance(folded, candidate.toLowerCase());
    // A name of one letter is one edit away from every other one: no hint is better than a random one.
    if (distance > bound || distance >= Math.max(name.length, candidate.length)) continue;
    // Typos rarely hit the first letter, so among equals the one that shares it wins.
    const rank = 2 * distance + (candidate[0]?.toLowerCase() === folded[0] ? 0 : 1);
    if (best === null || rank < best.rank) best = { candidate, rank };
  }
  return best?.candidate ?? null;
}

/** The nearest candidate of several groups; among equally near ones that of the first group. */
export function suggestAmong(name: string, ...groups: readonly Iterable<string>[]): string | null {
  let best: { readonly candidate: string; readonly distance: number } | null = null;
  for (const group of groups) {
    const candidate = suggest(name, group);
    if (candidate === null) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (best === null || distance < best.distance) best = { candidate, distance };
  }
  return best?.candidate ?? null;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment) that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, at(last, column - 1) + substitution);
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
