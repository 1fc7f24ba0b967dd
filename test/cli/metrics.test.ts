/** Are the distances that the command line states right? */
import { describe, expect, it } from "vitest";
import { meanAndError, neighbourTest, slicedDistance } from "../../compiler/cli/metrics.js";
import type { Cloud } from "../../compiler/cli/metrics.js";
import { fillNormals, openStream } from "../../runtime/random/stream.js";

function normalCloud(seed: number, count: number, width: number, shift: readonly number[]): Cloud {
  const data = new Float32Array(count * width);
  fillNormals(data, openStream(seed, "test"), 0, 0);
  return { data: data.map((value, index) => value + (shift[index % width] ?? 0)), count, width };
}

describe("slicedDistance", () => {
  it("is the shift for two laws that differ by a shift in one dimension", () => {
    const { value, floor, rows } = slicedDistance(normalCloud(1, 10_000, 1, [3]), normalCloud(2, 20_000, 1, [0]), 0);
    expect(rows).toBe(10_000);
    // W1 of a shift is the shift; the standard error of a mean of 10 000 differences of unit normals is 0.014.
    expect(Math.abs(value - 3)).toBeLessThan(0.06);
    expect(floor).toBeLessThan(0.06);
  });

  it("is the mean length of the shift's projection in three dimensions", () => {
    // |<u, m>| of a uniform direction in three dimensions is uniform on [0, |m|]: its mean is |m| / 2.
    const { value } = slicedDistance(normalCloud(1, 4000, 3, [2, 2, 1]), normalCloud(2, 8000, 3, [0, 0, 0]), 0);
    // 200 directions: standard error |m| / sqrt(12 · 200) = 0.06.
    expect(Math.abs(value - 1.5)).toBeLessThan(0.25);
  });

  it("is at its floor for the same law, and above it for a deviation 10 % too large", () => {
    const data = normalCloud(2, 8000, 2, [0, 0]);
    const same = slicedDistance(normalCloud(1, 4000, 2, [0, 0]), data, 0);
    expect(same.value / same.floor).toBeLessThan(1.6);
    const wide = normalCloud(1, 4000, 2, [0, 0]);
    const wrong = slicedDistance({ ...wide, data: Float32Array.from(wide.data, (value) => 1.1 * value) }, data, 0);
    expect(wrong.value / wrong.floor).toBeGreaterThan(2);
  });

  it("gives the same figures for the same seed", () => {
    const call = (): unknown => slicedDistance(normalCloud(1, 500, 2, [0, 0]), normalCloud(2, 900, 2, [0, 0]), 5);
    expect(call()).toEqual(call());
  });
});

describe("neighbourTest", () => {
  const data = normalCloud(2, 2000, 2, [0, 0]);

  it("is one half for samples of the same law", () => {
    const { accuracy, deviation } = neighbourTest(normalCloud(1, 2000, 2, [0, 0]), data, 0);
    // Neighbours of neighbours are not independent, so the deviation is a little larger than stated: five of them.
    expect(Math.abs(accuracy - 0.5)).toBeLessThan(5 * deviation);
  });

  it("is one for samples that lie elsewhere", () => {
    expect(neighbourTest(normalCloud(1, 500, 2, [20, 0]), data, 0)).toMatchObject({ accuracy: 1, rows: 500 });
  });

  it("sees what the transport distance overlooks: a tenth of the samples of two far modes fallen between them", () => {
    const modes = (seed: number, fallen: number): Cloud => {
      const { data: noise, count, width } = normalCloud(seed, 2000, 2, [0, 0]);
      const move = (value: number, index: number): number =>
        index % 2 === 1 || index / 2 < fallen ? 0.05 * value : 0.05 * value + (index % 4 === 0 ? 1 : -1);
      return { data: Float32Array.from(noise, move), count, width };
    };
    const found = neighbourTest(modes(1, 200), modes(2, 0), 0);
    expect(found.accuracy - 0.5).toBeGreaterThan(4 * found.deviation);
  });
});

describe("meanAndError", () => {
  it("divides by n - 1, then by n", () => {
    expect(meanAndError([1, 2, 3, 4])).toEqual({ mean: 2.5, standardError: Math.sqrt(5 / 3 / 4) });
  });
});
