/** Which times lie evenly between two? */

/** `steps` + 1 times, the first and the last exactly as given. */
export function evenly(from: number, to: number, steps: number): readonly number[] {
  return Array.from({ length: steps + 1 }, (_, i) => (i === steps ? to : from + (to - from) * (i / steps)));
}
