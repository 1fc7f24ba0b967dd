/** Does the compiler print the formulas of the papers for the library's processes, digit by digit as a paper would? */
import { expect, test } from "vitest";
import { show } from "../../compiler/calculus/show.js";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";

const text = `
data points : Real[2]
data amounts : Positive[2]
data angles : Torus[2]
process a = vp(points)
process b = ve(points)
process c = sub_vp(points)
process d = cosine(points)
process e = edm(points)
process f = ou(points)
process g = pinned(points, y: 2)
process h = gbm(amounts)
process i = torus(angles)
`;

// Song et al. 2020, equations 29 and 33; Nichol & Dhariwal 2021; Karras et al. 2022; the others by hand.
const stds: Readonly<Record<string, string>> = {
  a: "√(1 - exp(-t/10 - 199 t²/20))",
  b: "√(5000^(2 t) - 1)/100",
  c: "1 - exp(-t/10 - 199 t²/20)",
  d: "sin(99 π t/200)",
  e: "t",
  f: "√2 √(1 - exp(-2 t))/2",
  g: "√(t (1 - t))",
  h: "4 √t/5",
  i: "√(10^(4 t) - 1) π/100",
};

test.each(Object.entries(stds))("standard deviation of %s: %s", (name, expected) => {
  const { processes, diagnostics } = compile({ name: "model.sde", text }, { library, read: () => null });
  expect(diagnostics).toEqual([]);
  const facts = processes.find((process) => process.name === name)?.facts;
  const kernel = facts?.kind === "affine" || facts?.kind === "log-affine" ? facts.fromData : null;
  expect(kernel === null ? null : show(kernel.std)).toBe(expected);
});
