/** Are values the same whatever the inputs are? Those made alike are, whether or not they were made once. */
import { simplify } from "./simplify.js";
import type { Value } from "./value.js";

export function areAlike(left: readonly Value[], right: readonly Value[]): boolean {
  if (left.length !== right.length) return false;
  if (left.every((value, i) => value === right[i])) return true;
  const simple = simplify([...left, ...right]);
  return left.every((_, i) => simple[i] === simple[left.length + i]);
}
