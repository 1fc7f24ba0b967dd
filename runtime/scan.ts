/** How does emitted code loop? `o.scan`, with the counts of carried values, slices and rows in its types. */
import type { Ops } from "./ops.js";

/** As many values as `L` has, each a `T`. */
export type Each<T, L extends readonly T[]> = { readonly [Place in keyof L]: T };

export function scan<T, const C extends readonly T[], const X extends readonly T[], const R extends readonly T[]>(
  o: Ops<T>,
  length: number,
  carry: C,
  xs: X,
  body: (o: Ops<T>, carry: Each<T, C>, x: Each<T, X>) => { readonly carry: Each<T, C>; readonly rows: R },
): { readonly carry: Each<T, C>; readonly rows: Each<T, R> } {
  let rowCount = 0;
  const results = o.scan(length, carry, xs, (inner, carried, slices) => {
    const next = body(inner, sized(carried, carry.length), sized(slices, xs.length));
    rowCount = next.rows.length;
    return { carry: [...next.carry], rows: next.rows };
  });
  return { carry: sized(results.carry, carry.length), rows: sized(results.rows, rowCount) };
}

/** The list, once it is seen to have the length that its type will claim. */
function sized<T, L extends readonly T[]>(list: readonly T[], length: number): Each<T, L> {
  if (list.length !== length) throw new Error(`the engine gave ${list.length} values where the loop has ${length}`);
  // TypeScript cannot follow a length checked at run time into a tuple type.
  return list as Each<T, L>;
}
