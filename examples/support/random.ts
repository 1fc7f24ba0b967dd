/** Where do the examples' data come from? A seeded generator, so that a run can be repeated. */

export interface Random {
  /** In [0, 1). */
  uniform(): number;
  /** With mean 0 and deviation 1. */
  normal(): number;
}

/** splitmix32 (Steele et al. 2014) and the Box-Muller transform. */
export function random(seed: number): Random {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let word = state ^ (state >>> 16);
    word = Math.imul(word, 0x21f0aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a2d97);
    word ^= word >>> 15;
    return (word >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}
