/** What are the reductions and their derivatives? */
import { movedDomain, real, shaped } from "../draws.js";
import type { Row } from "../row.js";
import { reduced, unary } from "../shapes.js";
import type { Value } from "../value.js";
import { operand } from "./rules.js";

const cases = [
  shaped({ axes: [0] }, [4]),
  shaped({ axes: [1] }, [2, 3]),
  shaped({ axes: [0, 2] }, [2, 2, 3]),
  shaped({ axes: [] }, []),
  shaped({ axes: [0, 1] }, [2, 3]),
];

export const reduce = {
  sum: {
    doc: "The sum over axes, which are removed.",
    symbol: "Σ_{axes} {0}",
    family: "reduction",
    arity: 1,
    params: ["axes"],
    shape: unary((x, { axes }) => (axes === undefined ? "axes are missing" : reduced(x, axes))),
    domain: movedDomain(...cases),
    derivative: {
      kind: "linear",
      operands: "all",
      transpose: (o, cotangent, value) =>
        o.broadcastTo(o.keepAxes(cotangent, operand(value, 0), axesOf(value)), operand(value, 0).shape),
    },
  },
  reduceMax: {
    doc: "The maximum over axes, which are removed; equal maxima share the derivative evenly.",
    symbol: "max_{axes} {0}",
    family: "reduction",
    arity: 1,
    params: ["axes"],
    shape: unary((x, { axes }) => (axes === undefined ? "axes are missing" : reduced(x, axes))),
    domain: { operands: [real(-2, 2)], cases, apart: 0.02, special: [] },
    // d max x = Σ w · dx with w = 1 / (number of maxima) at each maximum.
    derivative: {
      kind: "nonlinear",
      jvp: (o, value, [dx]) => {
        if (dx === null || dx === undefined) return null;
        const x = operand(value, 0);
        const axes = axesOf(value);
        const isMaximum = o.toReal(o.equal(x, o.keepAxes(value, x, axes)));
        const share = o.div(isMaximum, o.keepAxes(o.sum(isMaximum, axes), x, axes));
        return o.sum(o.mul(dx, share), axes);
      },
    },
  },
} satisfies Record<string, Row>;

function axesOf(value: Value): readonly number[] {
  return value.params.axes ?? [];
}
