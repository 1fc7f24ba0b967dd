/** Is the structure of noise told right: what is additive, diagonal, commutative, and Stratonovich's correction? */
import { expect, test } from "vitest";
import { add, call, exp, multiply, power } from "../../compiler/calculus/algebra.js";
import { number, symbol, ZERO } from "../../compiler/calculus/expression.js";
import type { Expression } from "../../compiler/calculus/expression.js";
import { noiseFacts } from "../../compiler/calculus/noise-structure.js";
import { show } from "../../compiler/calculus/show.js";

const [x, y] = [symbol("x"), symbol("y")];
const n = (value: number | string): Expression => number(value);
const structure = (noise: readonly (readonly Expression[])[]): string => noiseFacts(noise, [x, y]).structure;

test("by its dependence on the state", () => {
  expect(structure([[ZERO], [ZERO]])).toBe("none");
  expect(
    structure([
      [n(1), n(2)],
      [ZERO, symbol("t")],
    ]),
  ).toBe("additive");
  expect(
    structure([
      [x, ZERO],
      [ZERO, power(y, 2)],
    ]),
  ).toBe("diagonal");
  expect(
    structure([
      [ZERO, call("sin", x)],
      [n(1), ZERO],
    ]),
  ).toBe("diagonal");
  expect(structure([[y], [x]])).toBe("single");
});

test("turns and stretches commute, a turn and a shear do not", () => {
  const turn = [multiply(n(-1), y), x] as const;
  const columns = (a: readonly Expression[], b: readonly Expression[]): Expression[][] =>
    [0, 1].map((i) => [a[i] ?? ZERO, b[i] ?? ZERO]);
  expect(structure(columns([x, y], turn))).toBe("commutative");
  const shear = noiseFacts(columns(turn, [y, ZERO]), [x, y]);
  expect(shear.structure).toBe("general");
  // With L1 = -y ∂x + x ∂y and L2 = y ∂x: L1 g2 - L2 g1 = (x, 0) - (0, y).
  expect(shear.bracket).toMatchObject({ first: 0, second: 1, component: 0 });
  expect(show(shear.bracket?.value ?? ZERO)).toBe("x");
});

test("what cancels in numbers only counts as cancelled", () => {
  // Both columns are functions of x + y along (1, -1), written in two ways.
  const sum = add(x, y);
  const [first, second] = [exp(multiply(n(2), sum)), power(exp(sum), 3)];
  expect(
    structure([
      [first, second],
      [multiply(n(-1), first), multiply(n(-1), second)],
    ]),
  ).toBe("commutative");
});

test("Stratonovich's correction is half of each column along itself", () => {
  const { correction } = noiseFacts(
    [
      [multiply(n("0.6"), x), ZERO],
      [ZERO, power(y, 2)],
    ],
    [x, y],
  );
  expect(correction.map(show)).toEqual(["9 x/50", "y³"]);
  // dx = -y ∘ dW, dy = x ∘ dW turns about the origin: Itô's drift is -½ of the state.
  expect(noiseFacts([[multiply(n(-1), y)], [x]], [x, y]).correction.map(show)).toEqual(["-x/2", "-y/2"]);
});
