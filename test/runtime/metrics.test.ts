/** Are the distances those of their definitions? */
import { expect, test } from "vitest";
import { moments, slicedWasserstein, wasserstein } from "../../runtime/metrics.js";
import { fillNormals, openStream } from "../../runtime/random/stream.js";

test("the distance of two sets of numbers is the area between their distribution functions", () => {
  expect(wasserstein([0, 0, 0], [1, 1, 1])).toBeCloseTo(1, 12);
  expect(wasserstein([3, 1, 2], [2, 3, 1])).toBe(0);
  // {0, 1} against {0, 0, 1}: the functions differ by 1/6 over [0, 1].
  expect(wasserstein([1, 0], [0, 1, 0])).toBeCloseTo(1 / 6, 12);
  expect(wasserstein([0, 10], [5])).toBeCloseTo(5, 12);
  expect(() => wasserstein([], [1])).toThrow("empty");
});

test("the sliced distance of a shift is the shift times the mean of |cos|", () => {
  const a = new Float32Array(2000);
  fillNormals(a, openStream(1, "a"), 0, 0);
  const b = a.map((value, i) => (i % 2 === 0 ? value + 3 : value));
  const distance = slicedWasserstein({ data: a, shape: [1000, 2] }, { data: b, shape: [1000, 2] });
  // E|cos| = 2/pi with standard deviation 0.31 over 128 directions: five standard errors of 3 * 0.31 / sqrt(128).
  expect(Math.abs(distance - (3 * 2) / Math.PI)).toBeLessThan(5 * 0.083);
  expect(slicedWasserstein({ data: a, shape: [1000, 2] }, { data: a, shape: [1000, 2] })).toBe(0);
  expect(slicedWasserstein({ data: a, shape: [1000, 2] }, { data: b, shape: [1000, 2] })).toBe(distance);
});

test("mean and covariance", () => {
  const { mean, covariance } = moments({ data: Float32Array.of(1, 2, 3, 6, 5, 4), shape: [3, 2] });
  expect([...mean]).toEqual([3, 4]);
  expect([...covariance]).toEqual([4, 2, 2, 4]);
});
