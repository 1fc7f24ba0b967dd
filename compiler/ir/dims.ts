/** How are sizes known only at run time multiplied, divided, compared and broadcast? */
import { InternalError } from "../internal-error.js";
import type { Dim, SymbolicShape } from "./value.js";

/** The product of two sizes of which at most one has a symbol. */
export function multiply(a: Dim, b: Dim): Dim {
  const product = times(monomial(a), monomial(b));
  if (product.symbols.length > 1 && product.factor !== 0) {
    throw new InternalError(`the size ${text(product)} would have more than one symbol`);
  }
  return text(product);
}

/** The size q with q · b = a, or null where there is none. */
export function quotient(a: Dim, b: Dim): Dim | null {
  const [over, under] = [monomial(a), monomial(b)];
  const rest = [...over.symbols];
  for (const symbol of under.symbols) {
    const place = rest.indexOf(symbol);
    if (place < 0) return null;
    rest.splice(place, 1);
  }
  const factor = over.factor / under.factor;
  return Number.isInteger(factor) ? text({ factor, symbols: rest }) : null;
}

/**
 * How many numbers a tensor of this shape holds. Two counts are equal when they are `===`. A count may have several
 * symbols (`"2*B*K"`), which a size may not.
 */
export function elements(shape: SymbolicShape): Dim {
  return text(shape.map(monomial).reduce(times, { factor: 1, symbols: [] }));
}

export function equalShape(a: SymbolicShape, b: SymbolicShape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** The shape of an elementwise result, trailing axes aligned; null where the shapes do not fit. */
export function broadcastShapes(a: SymbolicShape, b: SymbolicShape): SymbolicShape | null {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let axis = 0; axis < rank; axis += 1) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    result.push(left === 1 ? right : left);
  }
  return result;
}

/** The symbol of a size, or null for a number. */
export function symbolOf(dim: Dim): string | null {
  return monomial(dim).symbols[0] ?? null;
}

/** The value of a size once those of its symbols are known. */
export function resolve(dim: Dim, sizes: Readonly<Record<string, number>>): number {
  const { factor, symbols } = monomial(dim);
  return symbols.reduce((product, symbol) => {
    const size = sizes[symbol];
    if (size === undefined) throw new InternalError(`no run-time size is given for ${symbol}`);
    return product * size;
  }, factor);
}

export function resolveShape(shape: SymbolicShape, sizes: Readonly<Record<string, number>>): number[] {
  return shape.map((dim) => resolve(dim, sizes));
}

interface Monomial {
  readonly factor: number;
  /** Sorted. */
  readonly symbols: readonly string[];
}

function monomial(dim: Dim): Monomial {
  if (typeof dim === "number") return { factor: dim, symbols: [] };
  const parts = dim.split("*");
  const numeric = /^\d+$/.test(parts[0] ?? "");
  return { factor: numeric ? Number(parts[0]) : 1, symbols: parts.slice(numeric ? 1 : 0).sort() };
}

function times(a: Monomial, b: Monomial): Monomial {
  return { factor: a.factor * b.factor, symbols: [...a.symbols, ...b.symbols].sort() };
}

/** The normal form: `3`, `"B"`, `"3*B"`. */
function text({ factor, symbols }: Monomial): Dim {
  if (symbols.length === 0 || factor === 0) return factor;
  return (factor === 1 ? symbols : [String(factor), ...symbols]).join("*");
}
