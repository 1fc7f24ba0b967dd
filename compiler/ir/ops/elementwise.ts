/** What are the elementwise ops and their derivatives? Formulas stand above the rules; dx is the tangent of x. */
import { binaryDomain, integer, kink, real, unaryDomain } from "../draws.js";
import type { Builder, Derivative, Row, Tangent } from "../row.js";
import { mapped, zipped } from "../shapes.js";
import type { Value } from "../value.js";
import { operand, pair, shapeOf, unary } from "./rules.js";

const numeric = ["real", "int"] as const;
const realToReal = mapped(["real"], "real");
const around = real(-2, 2);
const signs = [0, -0, 1, -1, 30, -30];

export const elementwise = {
  neg: {
    ...unary("The number with its sign changed.", "−{0}", mapped(numeric, "same")),
    domain: unaryDomain(around, signs),
    derivative: linear((o, cotangent) => o.neg(cotangent)),
  },
  exp: {
    ...unary("The exponential.", "exp({0})", realToReal),
    domain: unaryDomain(around, [0, 1, -100, 80]),
    // d exp x = exp x · dx
    derivative: chain((_, __, value) => value),
  },
  log: {
    ...unary("The natural logarithm.", "log({0})", realToReal),
    domain: unaryDomain(real(0.3, 3), [1, 1e-30, 1e30]),
    // d log x = dx / x
    derivative: chain((o, x) => o.div(o.scalar(1), x)),
  },
  sqrt: {
    ...unary("The square root; its derivative at 0 is taken as 0.", "√({0})", realToReal),
    domain: unaryDomain(real(0.3, 3), [0, 1, 1e-30, 1e30]),
    // d √x = dx / (2 √x). The inner select keeps 0/0 out of derivatives of this derivative.
    derivative: chain((o, _, root) => {
      const atZero = o.equal(root, o.scalar(0));
      return o.select(atZero, o.scalar(0), o.div(o.scalar(0.5), o.select(atZero, o.scalar(1), root)));
    }),
  },
  abs: {
    ...unary("The absolute value; its derivative at 0 is 0.", "|{0}|", realToReal),
    domain: unaryDomain(real(-2, 2, kink(0)), signs),
    // d |x| = sign x · dx
    derivative: chain((o, x) => o.sign(x)),
  },
  sign: {
    ...unary("-1, 0 or 1 by the sign of the number.", "sign({0})", realToReal),
    domain: unaryDomain(real(-2, 2, kink(0)), signs),
    derivative: { kind: "zero" },
  },
  floor: {
    ...unary("The greatest integer not above the number.", "⌊{0}⌋", realToReal),
    domain: unaryDomain(real(-1.9, 1.9, kink(-1), kink(0), kink(1)), [0, 1, -1, 0.5, -0.5, 1.5]),
    derivative: { kind: "zero" },
  },
  round: {
    ...unary("The nearest integer, ties to even.", "round({0})", realToReal),
    domain: unaryDomain(real(-1.4, 1.4, kink(-0.5), kink(0.5)), [0, 0.5, 1.5, 2.5, -0.5, -1.5]),
    derivative: { kind: "zero" },
  },
  sin: {
    ...unary("The sine.", "sin({0})", realToReal),
    domain: unaryDomain(around, [0, Math.PI, -Math.PI / 2, 100]),
    // d sin x = cos x · dx
    derivative: chain((o, x) => o.cos(x)),
  },
  cos: {
    ...unary("The cosine.", "cos({0})", realToReal),
    domain: unaryDomain(around, [0, Math.PI, -Math.PI / 2, 100]),
    // d cos x = -sin x · dx
    derivative: chain((o, x) => o.neg(o.sin(x))),
  },
  tan: {
    ...unary("The tangent of an angle.", "tan({0})", realToReal),
    domain: unaryDomain(real(-1.1, 1.1), [0, Math.PI, 1]),
    // d tan x = (1 + tan² x) · dx
    derivative: chain((o, _, value) => o.add(o.scalar(1), o.mul(value, value))),
  },
  atan: {
    ...unary("The angle in (-π/2, π/2) with this tangent.", "atan({0})", realToReal),
    domain: unaryDomain(around, [0, 1, -1, 1e6]),
    // d atan x = dx / (1 + x²)
    derivative: chain((o, x) => o.div(o.scalar(1), o.add(o.scalar(1), o.mul(x, x)))),
  },
  tanh: {
    ...unary("The hyperbolic tangent.", "tanh({0})", realToReal),
    domain: unaryDomain(around, signs),
    // d tanh x = (1 - tanh² x) · dx
    derivative: chain((o, _, value) => o.sub(o.scalar(1), o.mul(value, value))),
  },
  erf: {
    ...unary("The error function, 2/√π ∫₀ˣ exp(-u²) du.", "erf({0})", realToReal),
    domain: unaryDomain(around, [0, 0.5, -3, 6]),
    // d erf x = 2/√π · exp(-x²) · dx
    derivative: chain((o, x) => o.mul(o.scalar(2 / Math.sqrt(Math.PI)), o.exp(o.neg(o.mul(x, x))))),
  },
  sigmoid: {
    ...unary("The logistic function 1 / (1 + exp(-x)).", "σ({0})", realToReal),
    domain: unaryDomain(around, signs),
    // d σ(x) = σ(x) (1 - σ(x)) · dx
    derivative: chain((o, _, value) => o.mul(value, o.sub(o.scalar(1), value))),
  },
  softplus: {
    ...unary("log(1 + exp(x)), without overflow.", "softplus({0})", realToReal),
    domain: unaryDomain(around, [...signs, 100]),
    // d softplus(x) = σ(x) · dx
    derivative: chain((o, x) => o.sigmoid(x)),
  },
  silu: {
    ...unary("x · σ(x).", "silu({0})", realToReal),
    domain: unaryDomain(around, signs),
    // d silu(x) = (y + σ(x) (1 - y)) · dx with y = silu(x)
    derivative: chain((o, x, value) => o.add(value, o.mul(o.sigmoid(x), o.sub(o.scalar(1), value)))),
  },
  toReal: {
    ...unary("An integer or a boolean as a real.", "real({0})", mapped(["int", "bool"], "real")),
    domain: unaryDomain(integer(-3, 3), [0, 1, -1]),
    derivative: { kind: "zero" },
  },
  toInt: {
    ...unary("A real, truncated toward zero, as an integer.", "int({0})", mapped(["real"], "int")),
    domain: unaryDomain(real(-1.9, 1.9, kink(-1), kink(1)), [0, 1, 0.99, -0.99, 1.5, -1.5]),
    derivative: { kind: "zero" },
  },
  add: {
    ...pair("The sum of two numbers.", "{0} + {1}", zipped(numeric, "same")),
    domain: binaryDomain(around, around, [[1, 0], [-1, 1]]), // prettier-ignore
    derivative: linear((o, cotangent, value, place) => o.sumToShape(cotangent, shapeOf(value, place))),
  },
  sub: {
    ...pair("The difference of two numbers.", "{0} − {1}", zipped(numeric, "same")),
    domain: binaryDomain(around, around, [[1, 0], [1, 1]]), // prettier-ignore
    derivative: linear((o, cotangent, value, place) => {
      const own = o.sumToShape(cotangent, shapeOf(value, place));
      return place === 0 ? own : o.neg(own);
    }),
  },
  mul: {
    ...pair("The product of two numbers.", "{0} · {1}", zipped(numeric, "same")),
    domain: binaryDomain(around, around, [[1, 0], [-1, 1]]), // prettier-ignore
    derivative: {
      kind: "bilinear",
      commutes: true,
      transpose: (o, cotangent, value, place) =>
        o.sumToShape(o.mul(cotangent, operand(value, 1 - place)), shapeOf(value, place)),
    },
  },
  div: {
    ...pair("The quotient of two numbers.", "{0} / {1}", zipped(["real"], "real")),
    domain: binaryDomain(around, real(0.4, 2), [[1, 1], [0, 1], [-1, 3]]), // prettier-ignore
    // d (a/b) = 1/b · da - (a/b)/b · db; linear uses are products, so that only products need a transpose.
    derivative: {
      kind: "nonlinear",
      jvp: (o, value, [da, db]) => {
        const inverse = o.div(o.scalar(1), operand(value, 1));
        return plus(
          o,
          present(da) && o.mul(da, inverse),
          present(db) && o.neg(o.mul(db, o.mul(value, inverse))),
          value,
        );
      },
    },
  },
  pow: {
    ...pair(
      "a to the power b, for a ≥ 0, or any a where b is a constant integer.",
      "{0}^{1}",
      zipped(["real"], "real"),
    ),
    domain: binaryDomain(real(0.3, 2), real(-1.5, 2.5), [[0, 0], [0, 2], [2, 0.5], [1, -3]]), // prettier-ignore
    // d a^b = b a^(b-1) · da + a^b log a · db; b = 0 and a = 0 are kept out of 0 · ∞.
    derivative: {
      kind: "nonlinear",
      jvp: (o, value, [da, db]) => {
        const [base, exponent] = [operand(value, 0), operand(value, 1)];
        return plus(
          o,
          present(da) && o.mul(da, powerSlope(o, base, exponent)),
          present(db) && o.mul(db, o.mul(value, o.log(o.select(o.equal(base, o.scalar(0)), o.scalar(1), base)))),
          value,
        );
      },
    },
  },
  max: {
    ...pair("The larger of two numbers; where they are equal each takes half of the derivative.", "max({0}, {1})",
      zipped(numeric, "same")), // prettier-ignore
    domain: { ...binaryDomain(around, around, [[1, 1], [0, -0], [-1, 2]]), apart: 0.02 }, // prettier-ignore
    derivative: extreme(1),
  },
  min: {
    ...pair("The smaller of two numbers; where they are equal each takes half of the derivative.", "min({0}, {1})",
      zipped(numeric, "same")), // prettier-ignore
    domain: { ...binaryDomain(around, around, [[1, 1], [0, -0], [-1, 2]]), apart: 0.02 }, // prettier-ignore
    derivative: extreme(-1),
  },
  atan2: {
    ...pair("The angle of the point (x, y), y first.", "atan2({0}, {1})", zipped(["real"], "real")),
    domain: binaryDomain(real(0.3, 2), real(-2, 2), [[0, 1], [1, 0], [-1, 0], [0, -1], [1, -1]]), // prettier-ignore
    // d atan2(y, x) = (x · dy - y · dx) / (x² + y²)
    derivative: {
      kind: "nonlinear",
      jvp: (o, value, [dy, dx]) => {
        const [y, x] = [operand(value, 0), operand(value, 1)];
        const square = o.add(o.mul(x, x), o.mul(y, y));
        return plus(
          o,
          present(dy) && o.mul(dy, o.div(x, square)),
          present(dx) && o.neg(o.mul(dx, o.div(y, square))),
          value,
        );
      },
    },
  },
} satisfies Record<string, Row>;

/** d f(x) = slope · dx */
function chain(slope: (o: Builder, x: Value, value: Value) => Value): Derivative {
  return {
    kind: "nonlinear",
    jvp: (o, value, [dx]) => (present(dx) ? o.mul(dx, slope(o, operand(value, 0), value)) : null),
  };
}

function linear(transpose: (o: Builder, cotangent: Value, value: Value, place: number) => Value): Derivative {
  return { kind: "linear", operands: "all", transpose };
}

/** d max(a, b) = w · da + (1 - w) · db with w = 1, ½, 0 as a > b, a = b, a < b; the minimum is its mirror. */
function extreme(side: 1 | -1): Derivative {
  return {
    kind: "nonlinear",
    jvp: (o, value, [da, db]) => {
      const lead = o.mul(o.scalar(side / 2), o.sign(o.sub(operand(value, 0), operand(value, 1))));
      return plus(
        o,
        present(da) && o.mul(da, o.add(lead, o.scalar(0.5))),
        present(db) && o.mul(db, o.sub(o.scalar(0.5), lead)),
        value,
      );
    },
  };
}

/** b a^(b-1), which is 0 where b = 0 even at a = 0. */
function powerSlope(o: Builder, base: Value, exponent: Value): Value {
  if (o.uniform(exponent) !== null) return o.mul(exponent, o.pow(base, o.sub(exponent, o.scalar(1))));
  const one = o.scalar(1);
  const flat = o.equal(exponent, o.scalar(0));
  return o.select(flat, o.scalar(0), o.mul(exponent, o.pow(base, o.sub(o.select(flat, one, exponent), one))));
}

/** The sum of the terms that are there, stretched to the shape of `value`. */
function plus(o: Builder, a: Value | false, b: Value | false, value: Value): Tangent {
  if (a === false && b === false) return null;
  const sum = a === false ? b : b === false ? a : o.add(a, b);
  return sum === false ? null : o.broadcastTo(sum, value.shape);
}

function present(tangent: Tangent | undefined): tangent is Value {
  return tangent !== null && tangent !== undefined;
}
