/** How does emitted code loop? `o.scan` and `o.while`, with the counts of carried values, slices and rows in their types. */
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

/** Rounds while `again` holds, at least one and at most `most`; the values carried at the end. */
export function repeat<T, const C extends readonly T[]>(
  o: Ops<T>,
  most: number,
  carry: C,
  body: (o: Ops<T>, carry: Each<T, C>) => { readonly carry: Each<T, C>; readonly again: T },
): Each<T, C> {
  const results = o.while(most, carry, (inner, carried) => {
    const next = body(inner, sized(carried, carry.length));
    return { carry: [...next.carry], again: next.again };
  });
  return sized(results, carry.length);
}

/** The list, once it is seen to have the length that its type will claim. */
function sized<T, L extends readonly T[]>(list: readonly T[], length: number): Each<T, L> {
  if (list.length !== length) throw new Error(`the engine gave ${list.length} values where the loop has ${length}`);
  // TypeScript cannot follow a length checked at run time into a tuple type.
  return list as Each<T, L>;
}
