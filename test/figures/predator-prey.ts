/** Animals of the Lotka-Volterra equations with noise: the data of methods F3 and F4. */
import { fillNormals, fillUniforms, openStream } from "../../runtime/random/stream.js";

export const truth = [1, 0.4, 0.4, 0.1] as const;
export const animals = 50;

export interface Table {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Animals of dx = (α x - β x y) dt + 0.1 dW, dy = (δ x y - γ y) dt + 0.1 dW from U[5, 5.1] × U[4, 4.1], every 0.02 until `end`. */
export function simulate(
  seed: number,
  name: string,
  end: number,
  [α, β, γ, δ]: readonly [number, number, number, number] = truth,
): Table {
  const fine = 10;
  const h = 0.02 / fine;
  const nodes = Math.round(end / 0.02) + 1;
  const start = new Float32Array(2 * animals);
  fillUniforms(start, openStream(seed, `start of ${name}`), 0, 0);
  const state = Float64Array.from(start, (u, i) => (i % 2 === 0 ? 5 : 4) + 0.1 * u);
  const data = new Float32Array(animals * nodes * 2);
  const noise = new Float32Array(2 * animals);
  const stream = openStream(seed, `noise of ${name}`);
  for (let node = 0; node < nodes; node += 1) {
    for (let i = 0; i < animals; i += 1) data.set(state.subarray(2 * i, 2 * i + 2), (i * nodes + node) * 2);
    for (let k = 0; k < fine; k += 1) {
      fillNormals(noise, stream, node * fine + k, 0);
      for (let i = 0; i < animals; i += 1) {
        const [x = 0, y = 0] = state.subarray(2 * i, 2 * i + 2);
        state[2 * i] = x + (α * x - β * x * y) * h + 0.1 * Math.sqrt(h) * (noise[2 * i] ?? 0);
        state[2 * i + 1] = y + (δ * x * y - γ * y) * h + 0.1 * Math.sqrt(h) * (noise[2 * i + 1] ?? 0);
      }
    }
  }
  return { data, shape: [animals, nodes, 2] };
}

/** The last states of other animals each time: nobody is caught twice. */
export function snapshot(seed: number, time: number): Table {
  const { data, shape } = simulate(seed, `snapshot ${time}`, time);
  const nodes = shape[1] ?? 1;
  const rows = Array.from({ length: animals }, (_, i) => [
    ...data.subarray((i * nodes + nodes - 1) * 2, (i * nodes + nodes) * 2),
  ]);
  return { data: Float32Array.from(rows.flat()), shape: [animals, 2] };
}
