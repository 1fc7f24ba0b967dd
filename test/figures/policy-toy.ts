/** The toy of policies (methods E): x0 ~ N(1, 0.25) in one dimension with its exact velocity, and statistics of columns of draws. */
import type { AnyModel } from "../../compiler/cli/open-model.js";

export const steps = 16;
export const nodes = Array.from({ length: steps + 1 }, (_, i) => 1 - i / steps).map((u) => (3 * u) / (1 + 2 * u));

/** `variance` is s0² as the exact velocity believes it. */
export const toy = (variance = 0.25): string => `data points : Real[1] = Normal(1, 0.5)
data prompts : Real[1] = Normal(0, 1)
interpolant flow = rectified_flow(points)
fn exact(x, t) predicts velocity of flow = -1 + (t - (1 - t) * ${variance}) / ((1 - t)^2 * ${variance} + t^2) * (x - (1 - t))
`;
export const noisy = (count: number): string => `let t${count} = grid(flow, steps: ${count}, shift: 3)[1]
fn scale${count}(t) = 0.7 * sqrt(t / (1 - min(t, t${count})))
`;
export const sampler = (name: string, net: string, count = steps): string =>
  `sampler ${name} = stochastic_flow(flow, ${net}, noise: scale${count}) using euler_maruyama(steps: ${count}, shift: 3)\n`;

type Columns = Readonly<Record<string, { readonly data: ArrayLike<number>; readonly shape: readonly number[] }>>;

export async function draws(
  model: AnyModel,
  name: string,
  count: number,
  seed = 1,
): Promise<readonly ArrayLike<number>[]> {
  const result = (await model.sample[name]?.({ count, seed })) as Columns | undefined; // every result is an array
  return Object.values(result ?? {}).map(({ data }) => data);
}

export const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((a, b) => a + b, 0) / values.length;
export const deviation = (values: ArrayLike<number>): number => {
  const centre = mean(values);
  return Math.sqrt(mean(Array.from(values, (value) => (value - centre) ** 2)));
};
export const column = (rows: ArrayLike<number>, place: number, width: number): number[] =>
  Array.from({ length: rows.length / width }, (_, i) => rows[i * width + place] ?? Number.NaN);
export const correlation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const [ma, mb] = [mean(a), mean(b)];
  return mean(Array.from(a, (value, i) => (value - ma) * ((b[i] ?? 0) - mb))) / (deviation(a) * deviation(b));
};

/** Draws behind a statistic, unless a figure says otherwise. */
export const paths = 100_000;
