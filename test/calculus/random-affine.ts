/** Which random affine equations are the derivations tested on? Each comes as a formula and, separately, as functions. */
import { add, call, exp, multiply, power, sqrt } from "../../compiler/calculus/algebra.js";
import { number, ONE, symbol } from "../../compiler/calculus/expression.js";
import type { Expression } from "../../compiler/calculus/expression.js";
import type { ProcessInput } from "../../compiler/calculus/facts.js";
import type { AffineCoefficients } from "./moment-ode.js";

export interface AffineCase {
  readonly name: string;
  readonly input: ProcessInput;
  readonly equation: AffineCoefficients;
}

/** A function of t, told twice. */
interface Twin {
  readonly formula: Expression;
  readonly value: (t: number) => number;
}

export const t = symbol("t");
export const x = symbol("x");

/** The `index`-th random equation of a seed: a, c and g from polynomials, exponentials, sines, roots and logarithms. */
export function randomAffine(seed: number, index: number): AffineCase {
  const random = generator(seed * 100_003 + index);
  const end = [0.5, 1, 2, 3][Math.floor(random() * 4)] ?? 1;
  const linear = coefficient(random, end);
  const constant = random() < 0.5 ? coefficient(random, end) : { formula: number(0), value: () => 0 };
  const diffusion = coefficient(random, end);
  return {
    name: `random ${seed}/${index}`,
    input: {
      drift: add(multiply(linear.formula, x), constant.formula),
      diffusion: diffusion.formula,
      convention: "ito",
      state: x,
      time: t,
      range: [0, end],
      dataTime: 0,
    },
    equation: { linear: linear.value, constant: constant.value, diffusion: diffusion.value },
  };
}

/** Uniform numbers in [0, 1) from a seed (mulberry32's recurrence). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function coefficient(random: () => number, end: number): Twin {
  const first = basic(random, end);
  const kind = random();
  if (kind < 0.55) return first;
  const second = basic(random, end);
  if (kind < 0.85) {
    return { formula: add(first.formula, second.formula), value: (s) => first.value(s) + second.value(s) };
  }
  return { formula: multiply(first.formula, second.formula), value: (s) => first.value(s) * second.value(s) };
}

function basic(random: () => number, end: number): Twin {
  const decimal = (low: number, high: number): number => Math.round((low + (high - low) * random()) * 20) / 20 || 0.35;
  const k = decimal(-1.5, 1.5);
  switch (Math.floor(random() * 7)) {
    case 0: {
      const [b, c] = [decimal(-1, 1), decimal(-0.5, 0.5)];
      return {
        formula: add(number(k), multiply(number(b), t), multiply(number(c), power(t, 2))),
        value: (s) => k + b * s + c * s * s,
      };
    }
    case 1: {
      const rate = decimal(-2, 1.5);
      return { formula: multiply(number(k), exp(multiply(number(rate), t))), value: (s) => k * Math.exp(rate * s) };
    }
    case 2: {
      const [frequency, phase] = [decimal(0.5, 5), decimal(0, 3)];
      return {
        formula: multiply(number(k), call("sin", add(multiply(number(frequency), t), number(phase)))),
        value: (s) => k * Math.sin(frequency * s + phase),
      };
    }
    case 3: {
      const slope = decimal(-0.9 / end, 2);
      return {
        formula: multiply(number(k), sqrt(add(ONE, multiply(number(slope), t)))),
        value: (s) => k * Math.sqrt(1 + slope * s),
      };
    }
    case 4: {
      const slope = decimal(0.2, 2);
      return {
        formula: multiply(number(k), call("log", add(number(2), multiply(number(slope), t)))),
        value: (s) => k * Math.log(2 + slope * s),
      };
    }
    case 5:
      return { formula: number(k), value: () => k };
    default: {
      const slope = decimal(0.1, 2);
      return {
        formula: multiply(number(k), power(add(ONE, multiply(number(slope), t)), -1)),
        value: (s) => k / (1 + slope * s),
      };
    }
  }
}
