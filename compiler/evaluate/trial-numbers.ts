/** What do formulas give at numbers chosen for a trial? The same numbers in every compilation. */
import { evaluateNumbers } from "../ir/evaluate-numbers.js";
import { valuesInOrder } from "../ir/order.js";
import type { Value } from "../ir/value.js";

/** Every input that the values rest on. */
export function inputsBelow(values: readonly Value[]): readonly Value[] {
  return valuesInOrder(values).filter(({ op }) => op === "input");
}

/** The numbers of each value at one choice of its inputs; null where a size is known at run time only. */
export function numbersAtTrial(
  values: readonly Value[],
  trial: number,
  number: (input: Value, fraction: number) => number,
): readonly (readonly number[])[] | null {
  const inputs = inputsBelow(values);
  let place = 1000 * trial;
  const given = new Map<Value, readonly number[]>();
  for (const input of inputs) {
    const sizes = input.shape.flatMap((dim) => (typeof dim === "number" ? [dim] : []));
    if (sizes.length < input.shape.length) return null;
    const count = sizes.reduce((a, b) => a * b, 1);
    given.set(
      input,
      Array.from({ length: count }, () => number(input, fraction((place += 1)))),
    );
  }
  return evaluateNumbers(values, given);
}

/** The fractional parts of multiples of the golden ratio fill [0, 1) evenly. */
function fraction(place: number): number {
  return (place * 0.6180339887498949) % 1;
}
