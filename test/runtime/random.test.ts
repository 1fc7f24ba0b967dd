/** Are the random numbers Philox's, normal, and the same however they are asked for? */
import { describe, expect, test } from "vitest";
import { normalsOfWords } from "../../runtime/random/normal.js";
import { fillPhilox } from "../../runtime/random/philox.js";
import { openWordMaker } from "../../runtime/random/philox-wasm.js";
import { upperQuantile } from "../../runtime/random/quantile.js";
import { fillNormals, fillUniforms, fillWords, openStream } from "../../runtime/random/stream.js";

describe("Philox 4x32-10", () => {
  // Random123 1.14, tests/kat_vectors, the lines "philox4x32 10": counter, key, result.
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)("known answer %#", ([c0, c1, c2, c3], [k0, k1], expected) => {
    const out = new Uint32Array(4);
    fillPhilox(out, 1, { c0, c1, c2, c3 }, { k0, k1 });
    expect([...out]).toEqual(expected);
  });

  test("the carry of the counter goes into its second word", () => {
    const [both, second] = [new Uint32Array(8), new Uint32Array(4)];
    fillPhilox(both, 2, { c0: 0xffffffff, c1: 5, c2: 1, c3: 2 }, { k0: 3, k1: 4 });
    fillPhilox(second, 1, { c0: 0, c1: 6, c2: 1, c3: 2 }, { k0: 3, k1: 4 });
    expect([...both.subarray(4)]).toEqual([...second]);
  });

  test("WebAssembly makes the same words, over both words of the counter", () => {
    const maker = openWordMaker()!;
    for (const c0 of [0, 0xfffffff0, -1, 0x7fffffff]) {
      const [counter, key] = [
        { c0, c1: c0, c2: 5, c3: 0x80000000 },
        { k0: 0xdeadbeef, k1: c0 + 3 },
      ] as const;
      const words = new Uint32Array(400);
      fillPhilox(words, 100, counter, key);
      maker.fill(100, counter, key);
      expect([...maker.words.subarray(0, 400)]).toEqual([...words]);
    }
  });
});

describe("streams", () => {
  test.each([
    ["normals", fillNormals],
    ["uniforms", fillUniforms],
  ])("%s do not depend on how a draw is split", (_name, fill) => {
    const stream = openStream(7, "site");
    const whole = new Float32Array(20_000);
    fill(whole, stream, 3, 0);
    const parts = new Float32Array(whole.length);
    for (let from = 0, size = 1; from < parts.length; from += size, size = (size * 7 + 3) % 5001) {
      fill(parts.subarray(from, Math.min(from + size, parts.length)), stream, 3, from);
    }
    expect(parts).toEqual(whole);
  });

  test("seed, site, step and element each matter, beyond 32 bits too", () => {
    const draw = (seed: number, site: string, step: number, first: number): string => {
      const words = new Uint32Array(4);
      fillWords(words, openStream(seed, site), step, first);
      return words.join();
    };
    const all = [
      draw(1, "a", 0, 0),
      draw(2, "a", 0, 0),
      draw(1 + 2 ** 32, "a", 0, 0),
      draw(-1, "a", 0, 0),
      draw(1, "b", 0, 0),
      draw(1, "", 0, 0),
      draw(1, "abcde", 0, 0),
      draw(1, "abcdf", 0, 0),
      draw(1, "a\0", 0, 0),
      draw(1, "a", 1, 0),
      draw(1, "a", 2 ** 32, 0),
      draw(1, "a", 0, 4),
      draw(1, "a", 0, 2 ** 34),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  test("uniforms lie in [0, 1) and are even", () => {
    const values = new Float32Array(1 << 20);
    fillUniforms(values, openStream(5, "uniform"), 0, 0);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(distance(values, (x) => x)).toBeLessThan(KS_LIMIT);
  });
});

/** sqrt(n) D stays below this with probability 1 - 2 exp(-2 2.5^2) = 1 - 7e-6 where the law is right. */
const KS_LIMIT = 2.5;

/** Kolmogorov and Smirnov's distance times sqrt(n). */
function distance(values: Float32Array, law: (x: number) => number): number {
  const sorted = Float64Array.from(values).sort();
  let largest = 0;
  sorted.forEach((x, i) => {
    const p = law(x);
    largest = Math.max(largest, Math.abs(p - i / sorted.length), Math.abs(p - (i + 1) / sorted.length));
  });
  return largest * Math.sqrt(sorted.length);
}

/** The normal distribution function by a way of its own: Simpson's rule over the density. */
function normalLaw(): (x: number) => number {
  const step = 1 / 512;
  const table = [0];
  const density = (x: number): number => Math.exp(-x * x * 0.5) / Math.sqrt(2 * Math.PI);
  for (let x = -8; x < 8; x += step) {
    const area = (step / 6) * (density(x) + 4 * density(x + step / 2) + density(x + step));
    table.push((table.at(-1) ?? 0) + area);
  }
  return (x) => {
    const at = Math.min(Math.max((x + 8) / step, 0), table.length - 2);
    const i = Math.floor(at);
    return (table[i] ?? 0) + (at - i) * ((table[i + 1] ?? 0) - (table[i] ?? 0));
  };
}

describe("normals", () => {
  const values = new Float32Array(1 << 20);
  fillNormals(values, openStream(2024, "normal"), 0, 0);
  const law = normalLaw();

  test("follow the normal law; a variance 5 % too large does not", () => {
    expect(distance(values, law)).toBeLessThan(KS_LIMIT);
    expect(
      distance(
        values.map((x) => x * Math.sqrt(1.05)),
        law,
      ),
    ).toBeGreaterThan(KS_LIMIT);
  });

  test("have the moments 0, 1, 0, 3 within five standard errors", () => {
    const n = values.length;
    const moment = (k: number): number => values.reduce((sum, x) => sum + x ** k, 0) / n;
    // Var(x^k) = E x^2k - (E x^k)^2: 1, 2, 15, 96.
    for (const [k, mean, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const) {
      expect(Math.abs(moment(k) - mean)).toBeLessThan(5 * Math.sqrt(variance / n));
    }
  });

  test("neighbours, and the same element of neighbouring steps, are uncorrelated", () => {
    const next = new Float32Array(values.length);
    fillNormals(next, openStream(2024, "normal"), 1, 0);
    const correlation = (other: Float32Array, shift: number): number => {
      let sum = 0;
      for (let i = 0; i + shift < values.length; i++) sum += (values[i] ?? 0) * (other[i + shift] ?? 0);
      return sum / Math.sqrt(values.length);
    };
    for (const shift of [1, 2, 3, 4]) expect(Math.abs(correlation(values, shift))).toBeLessThan(5);
    expect(Math.abs(correlation(next, 0))).toBeLessThan(5);
  });

  test("have tails: as many beyond 4 as there should be, within five standard deviations", () => {
    const expected = 6.334e-5 * values.length;
    const found = values.filter((x) => Math.abs(x) > 4).length;
    expect(Math.abs(found - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  test("the quantile agrees with published values", () => {
    // Abramowitz and Stegun, table 26.5 and 26.6, to their digits.
    expect(upperQuantile(0.5)).toBeCloseTo(0, 14);
    expect(upperQuantile(0.025)).toBeCloseTo(1.959963984540054, 12);
    expect(upperQuantile(0.01)).toBeCloseTo(2.3263478740408408, 12);
    expect(upperQuantile(1e-4)).toBeCloseTo(3.719016485455709, 11);
    expect(upperQuantile(1e-9)).toBeCloseTo(5.997807015007686, 11);
  });

  test("the piecewise cubic is the quantile to within float32's rounding, at both ends too", () => {
    const words = new Uint32Array(5000);
    fillWords(words, openStream(1, "words"), 0, 0);
    words.set([0, 1, 2, 3, 0xffffffff, 0xfffffffe, 0x80000000, 0x7fffffff]);
    words.forEach((word, i) => {
      if (i > 8 && i < 1000) words[i] = word >>> (i % 30); // more of the tail
    });
    const out = new Float32Array(words.length);
    normalsOfWords(words, 0, out, 0, words.length);
    out.forEach((value, i) => {
      const word = words[i] ?? 0;
      const exact = upperQuantile(((word | 1) >>> 0) / 2 ** 33) * (word % 2 === 0 ? 1 : -1);
      // Half a unit in the last place of float32 (6e-8 relative, 3e-8 absolute near 1), and the cubic's 3e-8.
      expect(Math.abs(value - exact)).toBeLessThan(3e-8 + 6e-8 * Math.abs(exact));
    });
  });
});
