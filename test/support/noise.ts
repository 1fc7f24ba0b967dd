/** Random numbers of the tests: seeded, and none of the runtime's, so that they can check it. */

/** splitmix32 (Steele et al. 2014), in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    z ^= z >>> 15;
    return (z >>> 0) / 4294967296;
  };
}

export function uniforms(count: number, seed: number): Float64Array {
  const next = generator(seed);
  return Float64Array.from({ length: count }, next);
}

/** Box-Muller. */
export function normals(count: number, seed: number): Float64Array {
  const next = generator(seed);
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  );
}
