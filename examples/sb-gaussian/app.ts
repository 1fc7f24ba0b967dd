/** Does a learned bridge pair its ends as the closed form says, and pass through the right law halfway? */
import { moments } from "sdec/runtime";
import type { NdArray } from "sdec/runtime";
import { keep } from "../support/files.js";
import { withBar } from "../support/progress.js";
import { random } from "../support/random.js";
import { sbGaussian } from "./sb-gaussian.sde.js";

type Matrix = readonly [number, number, number, number];

const count = 20_000;
const epsilon = 0.5;
const early: Matrix = [1, 0, 0, 0.16];
const later: Matrix = [0.35, 0.25, 0.25, 0.5];

const model = await sbGaussian.open();
await model.train({ later: drawLater(count, 1) }, withBar());
const [start, middle, end] = Object.values(await model.sample.there({ count, seed: 7 }));
await model.dispose();
if (start === undefined || middle === undefined || end === undefined)
  throw new Error("the sampler returns three states");

keep(import.meta.url, "samples", end, ["x", "y"]);
keep(import.meta.url, "data", drawLater(count, 3), ["x", "y"]);

const truth = crossCovariance(early, later, epsilon);
const found = between(start, end);
const halfway = scaled(plus(plus(early, later), plus(truth, transposed(truth))), 0.25);
console.log(`                            samples                          closed form
covariance of the ends      ${show(found)}   ${show(truth)}
covariance at t = 1/2       ${show(between(middle, middle))}   ${show(plus(halfway, [epsilon / 4, 0, 0, epsilon / 4]))}
covariance at t = 1         ${show(between(end, end))}   ${show(later)}
largest error of the first: ${Math.max(...found.map((entry, i) => Math.abs(entry - (truth[i] ?? 0)))).toFixed(3)}`);

/** C = ½ A^½ (4 A^½ B A^½ + ε²)^½ A^-½ - ε/2 of covariances A and B (Bunne et al. 2023, theorem 3). */
function crossCovariance(a: Matrix, b: Matrix, eps: number): Matrix {
  const root = squareRoot(a);
  const inner = squareRoot(plus(scaled(times(times(root, b), root), 4), [eps * eps, 0, 0, eps * eps]));
  return plus(scaled(times(times(root, inner), inverse(root)), 0.5), [-eps / 2, 0, 0, -eps / 2]);
}

function times([a, b, c, d]: Matrix, [e, f, g, h]: Matrix): Matrix {
  return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
}
function plus([a, b, c, d]: Matrix, [e, f, g, h]: Matrix): Matrix {
  return [a + e, b + f, c + g, d + h];
}
function scaled([a, b, c, d]: Matrix, factor: number): Matrix {
  return [a * factor, b * factor, c * factor, d * factor];
}
function transposed([a, b, c, d]: Matrix): Matrix {
  return [a, c, b, d];
}
function inverse([a, b, c, d]: Matrix): Matrix {
  return scaled([d, -b, -c, a], 1 / (a * d - b * c));
}
/** Of a symmetric positive matrix: (A + √det A) / √(tr A + 2 √det A). */
function squareRoot([a, b, c, d]: Matrix): Matrix {
  const root = Math.sqrt(a * d - b * c);
  return scaled([a + root, b, c, d + root], 1 / Math.sqrt(a + d + 2 * root));
}

/** E (x - E x)(y - E y)ᵀ over rows. */
function between(x: NdArray, y: NdArray): Matrix {
  const rows = x.shape[0] ?? 0;
  const both = Float32Array.from({ length: 4 * rows }, (_, i) =>
    i % 4 < 2 ? (x.data[2 * Math.floor(i / 4) + (i % 4)] ?? 0) : (y.data[2 * Math.floor(i / 4) + (i % 4) - 2] ?? 0),
  );
  const { covariance } = moments({ data: both, shape: [rows, 4] });
  return [covariance[2] ?? 0, covariance[3] ?? 0, covariance[6] ?? 0, covariance[7] ?? 0];
}

function show([a, b, c, d]: Matrix): string {
  return `[${[a, b, c, d].map((entry) => entry.toFixed(3).padStart(6)).join(", ")}]`;
}

/** The mean (1.5, 0) and the covariance `later`, by its Cholesky factor. */
function drawLater(rows: number, seed: number): NdArray {
  const { normal } = random(seed);
  const [a, , c, d] = later;
  const first = Math.sqrt(a);
  const points = Array.from({ length: rows }, () => {
    const [u, v] = [normal(), normal()];
    return [1.5 + first * u, (c / first) * u + Math.sqrt(d - (c * c) / a) * v];
  });
  return { data: Float32Array.from(points.flat()), shape: [rows, 2] };
}
