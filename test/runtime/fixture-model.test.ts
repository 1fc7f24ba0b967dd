/** Does the hand-written module keep what the specification promises: one line per call, and the right gradient? */
import { expect, test } from "vitest";
import { array64, referenceOps } from "../../runtime/engines/reference.js";
import type { Array64 } from "../../runtime/engines/reference.js";
import { evaluateSize } from "../../runtime/programs.js";
import type { Ops, ProgramSpec } from "../../runtime/index.js";
import { elements } from "../../runtime/ndarray.js";
import { specification } from "./fixture-model.js";

const SIZES = { B: 5, K: 4 };

const programs: ProgramSpec[] = [
  ...specification.objectives.map(({ program }) => program),
  ...specification.samplers.flatMap((sampler) => {
    if (sampler.kind === "program") return [sampler.program];
    const { start, travel, likelihood } = sampler;
    const own = travel.kind === "grid" ? [travel.every.schedule, travel.every.step] : [travel.field];
    const other = likelihood?.travel.kind === "adaptive" ? [likelihood.travel.field, likelihood.prior] : [];
    return [start, ...own, ...other];
  }),
];

function inputsOf(program: ProgramSpec): Record<string, Array64> {
  return Object.fromEntries(
    program.inputs.map(({ name, shape }, k) => {
      const sizes = shape.map((size) => evaluateSize(size, SIZES));
      const values = Array.from({ length: elements(sizes) }, (_, i) => 0.3 + 0.5 * Math.sin(3 * i + k));
      return [name, array64(values, sizes)];
    }),
  );
}

test.each(programs.map((program) => [program.name, program] as const))(
  "%s says the line of every call",
  (_name, program) => {
    let calls = 0;
    const counting = Object.fromEntries(
      Object.entries(referenceOps).map(([name, operation]) => [
        name,
        (...operands: unknown[]) => {
          if (name !== "shapeOf") calls++;
          return (operation as (...operands: unknown[]) => unknown)(...operands);
        },
      ]),
    ) as unknown as Ops<Array64>;
    const outputs = program.run(counting, inputsOf(program), SIZES);
    expect(Object.keys(outputs).sort()).toEqual([...program.outputs].sort());
    expect(program.lines.reduce((sum, [count]) => sum + count, 0)).toBe(calls);
  },
);

test("the objective's gradient is that of its loss", () => {
  const { program, gradients } = specification.objectives[0]!;
  const inputs = inputsOf(program);
  const result = program.run(referenceOps, inputs, SIZES);
  for (const { output } of gradients) {
    const weight = inputs[output]!;
    weight.data.forEach((value, i) => {
      const loss = (shift: number): number => {
        const data = weight.data.map((old, k) => (k === i ? value + shift : old));
        return program.run(referenceOps, { ...inputs, [output]: { ...weight, data } }, SIZES)["loss"]!.data[0]!;
      };
      // Central differences: error h^2 of a quadratic is none, rounding 1e-16 / 1e-4.
      expect(result[output]!.data[i]).toBeCloseTo((loss(1e-4) - loss(-1e-4)) / 2e-4, 8);
    });
  }
});
