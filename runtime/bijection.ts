/** How is a number that may be anything turned into one of a space, smoothly and back? What is learned is stored as the former. */
import type { SpaceSpec } from "./specification.js";

type Bounds = Pick<SpaceSpec, "low" | "high">;

/** Real: itself. Above a bound: softplus. In an interval: the logistic function. */
export function intoSpace({ low, high }: Bounds, stored: number): number {
  if (low === null) return stored;
  if (high === null) return low + (stored > 30 ? stored : Math.log1p(Math.exp(stored)));
  return low + (high - low) / (1 + Math.exp(-stored));
}

/** The number that `intoSpace` takes to `value`; not finite where there is none. */
export function fromSpace({ low, high }: Bounds, value: number): number {
  if (low === null) return value;
  const above = value - low;
  if (high === null) return above > 30 ? above : Math.log(Math.expm1(above));
  return Math.log(above / (high - value));
}
