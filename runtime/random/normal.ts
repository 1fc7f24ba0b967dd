/**
 * How does a random word become a normal number? By the inverse of the normal distribution function, one word each.
 *
 * The lowest bit of the word is the sign; the word with that bit set, an odd v below 2^32, stands for the tail
 * probability p = v / 2^33 in (0, 1/2). The quantile is a piecewise cubic: a piece for each of 16 equal parts of each octave
 * of p, found by counting leading zeros. Its error is below 3e-8, a float32's rounding; the largest number is 6.37.
 * The table is made with +, -, *, / and sqrt alone, which are exact to the last bit everywhere, so that every machine
 * draws the same numbers.
 */
import { upperQuantile } from "./quantile.js";

/** out[from + i] = the normal number of words[skip + i]. */
export function normalsOfWords(words: Uint32Array, skip: number, out: Float32Array, from: number, count: number): void {
  const table = (pieces ??= makePieces());
  for (let i = 0; i < count; i++) {
    const word = words[skip + i] as number; // within bounds: the caller filled skip + count words
    const odd = word | 1;
    const zeros = Math.clz32(odd);
    const lifted = odd << zeros;
    const piece = ((zeros << PARTS_BITS) | ((lifted >>> (31 - PARTS_BITS)) & (PARTS - 1))) << 2;
    const t = ((lifted << (PARTS_BITS + 1)) >>> 0) * 2 ** -32;
    const c0 = table[piece] as number; // 32 * PARTS pieces: every `zeros` and part has one
    const c1 = table[piece + 1] as number;
    const c2 = table[piece + 2] as number;
    const c3 = table[piece + 3] as number;
    const quantile = c0 + t * (c1 + t * (c2 + t * c3));
    out[from + i] = (word & 1) === 0 ? quantile : -quantile;
  }
}

const PARTS_BITS = 4;
const PARTS = 1 << PARTS_BITS;

/** Made when the first number is drawn: what only compiles a model needs no table. */
let pieces: Float64Array | null = null;

/** Cubics in t in [0, 1) through the quantile at the four Chebyshev nodes of each piece, four coefficients each. */
function makePieces(): Float64Array {
  const made = new Float64Array(32 * PARTS * 4);
  // (1 + cos(pi (2 j + 1) / 8)) / 2
  const outer = Math.sqrt(2 + Math.SQRT2) / 4;
  const inner = Math.sqrt(2 - Math.SQRT2) / 4;
  const nodes = [0.5 - outer, 0.5 - inner, 0.5 + inner, 0.5 + outer] as const;
  let octave = 0.5;
  for (let zeros = 0; zeros < 32; zeros++) {
    octave /= 2; // p of the smallest v with this number of leading zeros
    for (let part = 0; part < PARTS; part++) {
      const value = (node: number): number => upperQuantile(octave * (1 + (part + node) / PARTS));
      const values = [value(nodes[0]), value(nodes[1]), value(nodes[2]), value(nodes[3])] as const;
      made.set(cubicThrough(nodes, values), (zeros * PARTS + part) * 4);
    }
  }
  return made;
}

type Four = readonly [number, number, number, number];

/** Newton's divided differences, multiplied out into powers of t. */
function cubicThrough(x: Four, y: Four): Four {
  const d01 = (y[1] - y[0]) / (x[1] - x[0]);
  const d12 = (y[2] - y[1]) / (x[2] - x[1]);
  const d23 = (y[3] - y[2]) / (x[3] - x[2]);
  const d012 = (d12 - d01) / (x[2] - x[0]);
  const d123 = (d23 - d12) / (x[3] - x[1]);
  const d = (d123 - d012) / (x[3] - x[0]);
  const s2 = x[0] + x[1] + x[2];
  const p2 = x[0] * x[1] + x[0] * x[2] + x[1] * x[2];
  return [
    y[0] - d01 * x[0] + d012 * x[0] * x[1] - d * x[0] * x[1] * x[2],
    d01 - d012 * (x[0] + x[1]) + d * p2,
    d012 - d * s2,
    d,
  ];
}
