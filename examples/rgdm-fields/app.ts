/** Do samplers in the cosine basis give every mode of a random field the variance that their recursion says? */
import type { NdArray } from "sdec/runtime";
import { keep } from "../support/files.js";
import { withBar } from "../support/progress.js";
import { random } from "../support/random.js";
import { rgdmFields } from "./rgdm-fields.sde.js";

const size = 16;
const count = 20_000;
const waves = Array.from({ length: size }, (_, i) => (Math.PI * i) / size);
const raw = waves.map((k) => (k * k + 0.05) ** -1.5);
const variances = raw.map((value) => (value * size) / raw.reduce((a, b) => a + b, 0));
/** Orthonormal cosines (DCT-II), a row per mode. */
const basis = waves.map((k, mode) =>
  Array.from({ length: size }, (_, n) => Math.sqrt((mode === 0 ? 1 : 2) / size) * Math.cos(k * (n + 0.5))),
);

const model = await rgdmFields.open();
await model.train({ fields: drawFields(50_000, 1) }, withBar());
const exact = await model.sample.exact_fields({ count, seed: 7 });
const learned = await model.sample.learned_fields({ count, seed: 7 });
await model.dispose();

keep(import.meta.url, "samples", points(learned.x), ["first", "second", "middle"]);
keep(import.meta.url, "data", points(drawFields(count, 3)), ["first", "second", "middle"]);

const [ofExact, ofLearned, predicted] = [ratios(exact.x), ratios(learned.x), recursion()];
console.log("variance of a mode / its truth\nmode  recursion  exact_fields  learned_fields");
for (const mode of [0, 1, 2, 4, 8, 15]) {
  const [a = 0, b = 0, d = 0] = [predicted, ofExact, ofLearned].map((values) => values[mode]);
  console.log(
    `${String(mode).padStart(4)}  ${a.toFixed(3).padStart(9)}  ${b.toFixed(3).padStart(12)}  ${d.toFixed(3).padStart(14)}`,
  );
}
const worst = Math.max(...ofExact.map((value, mode) => Math.abs(value / (predicted[mode] ?? 1) - 1)));
console.log(`exact_fields against the recursion, worst of ${size} modes: ${worst.toFixed(3)}`);

/** The sampler with the exact predictor is linear: its variance obeys V ← g² V + β' (posterior variance β', none at the end). */
function recursion(): readonly number[] {
  const tau = 10.2443;
  return waves.map((k, mode) => {
    const [mass, c] = [k * k + 0.01, variances[mode] ?? 1];
    const bar = (n: number): number => {
      const r = (199.99 * Math.exp(-n / tau)) ** 2 / mass;
      return n < 0 ? 1 : r / (1 + r);
    };
    let total = (1 - bar(99)) / mass;
    for (let n = 99; n >= 0; n -= 1) {
      const [now, before] = [bar(n), bar(n - 1)];
      const [noise, left] = [(1 - now) / mass, (1 - before) / mass];
      const alpha = now / before;
      const beta = noise - alpha * left;
      const gain =
        (((Math.sqrt(before) * beta) / noise) * Math.sqrt(now) * c) / (now * c + noise) +
        (Math.sqrt(alpha) * left) / noise;
      total = gain * gain * total + (n === 0 ? 0 : (beta * left) / noise);
    }
    return total / c;
  });
}

function ratios({ data, shape: [rows = 0] }: NdArray): readonly number[] {
  return basis.map((row, mode) => {
    let sum = 0;
    for (let i = 0; i < rows; i += 1)
      sum += row.reduce((total, weight, n) => total + weight * (data[i * size + n] ?? 0), 0) ** 2;
    return sum / rows / (variances[mode] ?? 1);
  });
}

/** The field at its first, second and ninth point. */
function points({ data, shape: [rows = 0] }: NdArray): NdArray {
  return {
    data: Float32Array.from(
      { length: 3 * rows },
      (_, i) => data[Math.floor(i / 3) * size + ([0, 1, 8][i % 3] ?? 0)] ?? 0,
    ),
    shape: [rows, 3],
  };
}

function drawFields(rows: number, seed: number): NdArray {
  const { normal } = random(seed);
  const all = Array.from({ length: rows }, () => {
    const modes = variances.map((variance) => Math.sqrt(variance) * normal());
    return waves.map((_, n) => modes.reduce((sum, value, mode) => sum + value * (basis[mode]?.[n] ?? 0), 0));
  });
  return { data: Float32Array.from(all.flat()), shape: [rows, size] };
}
