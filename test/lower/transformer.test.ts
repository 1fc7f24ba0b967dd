/** Does the transformer attend as its equation says, and does a model with one learn from its tokens? */
import { expect, it } from "vitest";
import { attention } from "../../compiler/evaluate/architectures/attention.js";
import * as ir from "../../compiler/ir/build.js";
import { evaluate } from "../../compiler/ir/evaluate.js";
import { referenceOps } from "../../runtime/engines/reference.js";
import { openText } from "../support/model.js";

it("attends to the others by softmax(Q Kᵀ / √d) V, head by head", () => {
  const [count, others, width, heads] = [3, 5, 4, 2];
  const values = (shape: readonly number[], seed: number): number[] =>
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed));
  const given = new Map<string, readonly number[]>();
  const weights = {
    take(name: string, shape: readonly number[]) {
      given.set(name, values(shape, given.size + 3));
      return ir.constant(given.get(name)!, shape);
    },
    hasMisfit: () => false,
  };
  const [x, y] = [values([count, width], 1), values([others, width], 2)];
  const [result] = evaluate(
    [attention(ir.constant(x, [count, width]), ir.constant(y, [others, width]), heads, "a", weights)],
    new Map(),
    referenceOps,
    {},
  );
  const project = (rows: readonly number[], part: string): number[][] =>
    Array.from({ length: rows.length / width }, (_, row) =>
      Array.from(
        { length: width },
        (_, out) =>
          given.get(`a.${part}.bias`)![out]! +
          sum(width, (k) => rows[row * width + k]! * given.get(`a.${part}.weight`)![k * width + out]!),
      ),
    );
  const [query, key, value] = [project(x, "query"), project(y, "key"), project(y, "value")];
  const seen = query.map((q) =>
    Array.from({ length: width }, (_, column) => {
      const head = Math.floor((column * heads) / width);
      const own = (row: readonly number[]): readonly number[] =>
        row.slice((head * width) / heads, ((head + 1) * width) / heads);
      const scores = key.map((k) =>
        Math.exp(sum(width / heads, (i) => own(q)[i]! * own(k)[i]!) / Math.sqrt(width / heads)),
      );
      return sum(others, (j) => scores[j]! * value[j]![column]!) / scores.reduce((a, b) => a + b);
    }),
  );
  const expected = project(seen.flat(), "out").flat();
  expect(Math.max(...expected.map((e, i) => Math.abs(e - result!.data[i]!)))).toBeLessThan(1e-13);
});

const model = `
data prompts : Tokens[3, 7]
data images  : { x: Image[1, 4, 4, range: [-1, 1]], prompt: prompts }
process p = vp(images.x)
network net(x, t, c: prompts) predicts denoised of p = transformer(depth: 1, width: 32, heads: 2, patch: 2, time: fourier(4), context: c)
objective loss {
  x0, c ~ images
  t ~ Uniform(0.5, 1)
  xt ~ p(t | x0)
  minimize sqnorm(denoised(net, xt, t, c) - x0)
}
sampler draw(c: prompts) = probability_flow(p, net, c: c) using euler(steps: 20)
train loss { optimizer: adam(3e-3), batch: 32, steps: 150 }
`;

it("tells from tokens which image to make", async () => {
  const rows = 64;
  const tokens = Array.from({ length: rows }, (_, row) => [1, row % 2 === 0 ? 4 : 5, row % 7]);
  const images = tokens.map(([, which]) => Array<number>(16).fill(which === 4 ? 0.8 : -0.8));
  const opened = await openText(model, "onnx", 1);
  await opened.train(
    {
      images: {
        x: { data: Float32Array.from(images.flat()), shape: [rows, 1, 4, 4] },
        prompt: { data: Float32Array.from(tokens.flat()), shape: [rows, 3] },
      },
    },
    {},
  );
  const means = [];
  for (const which of [4, 5]) {
    const { x } = await opened.sample["draw"]!({ count: 8, seed: 2, c: [1, which, 0] });
    means.push(x!.data.reduce((a: number, b: number) => a + b, 0) / x!.data.length);
  }
  await opened.dispose();
  // The tokens alone say which: a network that did not see them would give 0 for both.
  expect(means[0]).toBeGreaterThan(0.5);
  expect(means[1]).toBeLessThan(-0.5);
});

function sum(count: number, term: (i: number) => number): number {
  return Array.from({ length: count }, (_, i) => term(i)).reduce((a, b) => a + b, 0);
}
