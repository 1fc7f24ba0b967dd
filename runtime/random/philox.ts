/**
 * How are random words made? Philox 4x32-10: ten rounds of two 32-bit multiplications turn a 128-bit counter and a
 * 64-bit key into four random words, so any word can be had without those before it.
 *
 * Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 4.3.
 */

/** A position in the sequence: four 32-bit words, the lowest first. */
export interface Counter {
  readonly c0: number;
  readonly c1: number;
  readonly c2: number;
  readonly c3: number;
}

export interface Key {
  readonly k0: number;
  readonly k1: number;
}

/**
 * Writes `blocks` times four words into `out` from its beginning. Block i is at counter (c0 + i, c1 + carry, c2, c3).
 *
 * The high half of a 32 x 32 bit product is put together from 16-bit halves: with a = a1 2^16 + a0,
 * t = a1 m0 + (a0 m0 >> 16) and u = (t mod 2^16) + a0 m1 fit 32 bits, and the high half is a1 m1 + (t >> 16) + (u >> 16).
 */
export function fillPhilox(out: Uint32Array, blocks: number, counter: Counter, key: Key): void {
  let low = counter.c0 | 0;
  let high = counter.c1 | 0;
  for (let block = 0, at = 0; block < blocks; block++, at += 4) {
    let c0 = low;
    let c1 = high;
    let c2 = counter.c2 | 0;
    let c3 = counter.c3 | 0;
    let k0 = key.k0 | 0;
    let k1 = key.k1 | 0;
    for (let round = 0; round < 10; round++) {
      const a0 = c0 & 0xffff;
      const a1 = c0 >>> 16;
      const t = (Math.imul(a1, M0_LOW) + (Math.imul(a0, M0_LOW) >>> 16)) | 0;
      const u = ((t & 0xffff) + Math.imul(a0, M0_HIGH)) | 0;
      const high0 = (Math.imul(a1, M0_HIGH) + (t >>> 16) + (u >>> 16)) | 0;

      const b0 = c2 & 0xffff;
      const b1 = c2 >>> 16;
      const v = (Math.imul(b1, M1_LOW) + (Math.imul(b0, M1_LOW) >>> 16)) | 0;
      const w = ((v & 0xffff) + Math.imul(b0, M1_HIGH)) | 0;
      const high1 = (Math.imul(b1, M1_HIGH) + (v >>> 16) + (w >>> 16)) | 0;

      const low0 = Math.imul(c0, M0);
      c0 = high1 ^ c1 ^ k0;
      c1 = Math.imul(c2, M1);
      c2 = high0 ^ c3 ^ k1;
      c3 = low0;
      k0 = (k0 + W0) | 0;
      k1 = (k1 + W1) | 0;
    }
    out[at] = c0;
    out[at + 1] = c1;
    out[at + 2] = c2;
    out[at + 3] = c3;
    low = (low + 1) | 0;
    if (low === 0) high = (high + 1) | 0;
  }
}

const M0 = 0xd2511f53 | 0;
const M0_LOW = 0x1f53;
const M0_HIGH = 0xd251;
const M1 = 0xcd9e8d57 | 0;
const M1_LOW = 0x8d57;
const M1_HIGH = 0xcd9e;
const W0 = 0x9e3779b9 | 0;
const W1 = 0xbb67ae85 | 0;
