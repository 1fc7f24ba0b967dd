/** How does the noise of an equation depend on its state? That decides which orders a solver's step can have. */
import { add, divide, multiply, negate } from "./algebra.js";
import { differentiate } from "./differentiate.js";
import { evaluate } from "./evaluate.js";
import { isZero, number, ZERO } from "./expression.js";
import type { Expression, SymbolExpression } from "./expression.js";
import { expand } from "./polynomial.js";
import type { Matrix, Vector } from "./system-facts.js";
import { contains, freeSymbols } from "./traverse.js";

/**
 * `additive` noise is the same at every state; `diagonal` noise moves each component by a motion of its own that depends on
 * that component alone; a `single` motion, and several that are `commutative` (L_j g_k = L_k g_j with L_j = g_j · ∂ for
 * the columns g_j of G), have double integrals that are products of increments. With `general` noise they are not, and what an
 * increment does not tell, the areas between motions, keeps a step at strong order ½ (Kloeden & Platen 1992, section 10.3).
 */
export type NoiseStructure = "none" | "additive" | "diagonal" | "single" | "commutative" | "general";

export interface NoiseFacts {
  readonly structure: NoiseStructure;
  /** ½ Σ_jk G_jk ∂_j G_ik: Itô's drift less Stratonovich's. */
  readonly correction: Vector;
  /** Of general noise: motions whose order matters, from 0, and (L_first g_second - L_second g_first) in a component. */
  readonly bracket: {
    readonly first: number;
    readonly second: number;
    readonly component: number;
    readonly value: Expression;
  } | null;
}

export function noiseFacts(noise: Matrix, states: readonly SymbolExpression[]): NoiseFacts {
  const hasState = (e: Expression): boolean => states.some((state) => contains(e, state.name));
  const still = noise.map(() => ZERO);
  if (noise.flat().every(isZero)) return { structure: "none", correction: still, bracket: null };
  if (!noise.flat().some(hasState)) return { structure: "additive", correction: still, bracket: null };
  const motions = (noise[0] ?? []).map((_, k) => k);
  const entry = (i: number, k: number): Expression => noise[i]?.[k] ?? ZERO;
  const slopes = noise.map((row) => row.map((g) => states.map((state) => differentiate(g, state.name))));
  /** L_j g_k in component i. */
  const along = (j: number, k: number, i: number): Expression =>
    add(...states.map((_, l) => multiply(entry(l, j), slopes[i]?.[k]?.[l] ?? ZERO)));
  const correction = noise.map((_, i) => divide(add(...motions.map((k) => along(k, k, i))), number(2)));
  if (isDiagonal(noise, states)) return { structure: "diagonal", correction, bracket: null };
  if (motions.filter((k) => noise.some((row) => !isZero(row[k] ?? ZERO))).length === 1) {
    return { structure: "single", correction, bracket: null };
  }
  for (const first of motions) {
    for (const second of motions.filter((k) => k > first)) {
      for (const component of noise.keys()) {
        const [one, other] = [along(first, second, component), along(second, first, component)];
        const value = expand(add(one, negate(other)));
        if (isZero(value) || vanishes(value, [one, other])) continue;
        return { structure: "general", correction, bracket: { first, second, component, value } };
      }
    }
  }
  return { structure: "commutative", correction, bracket: null };
}

function isDiagonal(noise: Matrix, states: readonly SymbolExpression[]): boolean {
  const entered = noise.map((row) => row.flatMap((g, k) => (isZero(g) ? [] : [k])));
  const isOwn = entered.every((motions) => motions.length <= 1);
  const used = entered.flat();
  return (
    isOwn &&
    new Set(used).size === used.length &&
    noise.every((row, i) => row.every((g) => states.every((state, l) => l === i || !contains(g, state.name))))
  );
}

/** Whether a difference that did not cancel in form cancels in numbers, at three places. */
function vanishes(difference: Expression, parts: readonly Expression[]): boolean {
  const names = [...new Set(parts.flatMap((part) => [...freeSymbols(part)]))];
  return [1, 2, 3].every((trial) => {
    const values = new Map(names.map((name, i) => [name, 0.3 + ((0.381966 * trial + 0.618034 * i * trial) % 1)]));
    const size = parts.reduce((sum, part) => sum + Math.abs(evaluate(part, values)), 0);
    return Math.abs(evaluate(difference, values)) <= 1e-10 * size;
  });
}

/** The structure in words, and what it means; null where there is no noise. */
export function describeNoise(
  { structure, bracket }: Pick<NoiseFacts, "structure" | "bracket">,
  states: readonly SymbolExpression[],
): { readonly value: string; readonly note: string } | null {
  switch (structure) {
    case "none":
      return null;
    case "additive":
      return { value: structure, note: "the same at every state" };
    case "diagonal":
      return { value: structure, note: "each number has a motion of its own" };
    case "single":
      return { value: "commutative", note: "one motion" };
    case "commutative":
      return { value: structure, note: "the order of motions does not matter" };
    case "general": {
      if (bracket === null) return null;
      const { first, second, component } = bracket;
      return {
        value: "not commutative",
        note: `motions ${first + 1} and ${second + 1} in ${states[component]?.name ?? ""}: strong order 1 needs their areas`,
      };
    }
  }
}
