/** Does emitted code compute what the graph says, and call the engine in the order that `lines` claims? */
import { describe, expect, test } from "vitest";
import { run } from "../../compiler/ir/evaluate.js";
import type { Program, Value } from "../../compiler/ir/value.js";
import type { LoweredModel } from "../../compiler/lower/model.js";
import { recordKey } from "../../compiler/emit/names.js";
import { span } from "../../grammar/source.js";
import type { Source } from "../../grammar/source.js";
import { referenceOps } from "../../runtime/engines/reference.js";
import type { Array64 } from "../../runtime/engines/reference.js";
import { evaluateSize } from "../../runtime/programs.js";
import type { ModelSpec, ProgramSpec } from "../../runtime/specification.js";
import { generator, randomArray, randomProgram } from "../ir/random-program.js";
import { corners, modelOf, randomModel, solvers, withOrigins } from "./assorted.js";
import { moons } from "./models.js";
import { emitAll, noting, programsOf, specificationOf } from "./support.js";

const sizes = { B: 3, K: 5 };

describe.each(["ts", "js"] as const)("the same numbers from %s", (kind) => {
  test.each([
    ["moons", moons],
    ["solvers", solvers],
    ["corners", corners],
  ])("%s", async (_, make) => {
    const model = make();
    await compare(model, await specificationOf(emitAll(model)[kind], kind));
  });
  test("200 random programs", { timeout: 120_000 }, async () => {
    for (let start = 0; start < 200; start += 40) {
      const model = randomModel(
        "random",
        Array.from({ length: 40 }, (_, place) => start + place),
      );
      await compare(model, await specificationOf(emitAll(model)[kind], kind));
    }
  });
});

/** Every line of this text stands for the ops whose names begin with its letters. */
const letters: Source = { name: "letters.sde", text: ["abcdefg", "hijklm", "nopqr", "stuvwxyz"].join("\n") };

test("`lines` gives the line of each call, in the order of the calls", { timeout: 120_000 }, async () => {
  const seeds = Array.from({ length: 200 }, (_, seed) => seed);
  const programs = seeds.map((seed) => withOrigins(randomProgram(seed), lineOfOp));
  const specification = await specificationOf(emitAll(modelOf("letters", programs)).ts, "ts");
  const emitted = programsOf(specification);
  let [checked, changes] = [0, 0];
  for (const program of programs) {
    const spec = need(emitted.get(program.name));
    const noted = noting(referenceOps);
    spec.run(noted.ops, inputsFor(spec, 1), sizes);
    const lines = spec.lines.flatMap(([count, line]) => Array.from({ length: count }, () => line));
    expect(lines).toHaveLength(noted.calls.length);
    noted.calls.forEach((op, place) => {
      const text = letters.text.split("\n")[need(lines[place]) - 1] ?? "";
      expect(text, `call ${place} of ${program.name}: ${op}`).toContain(op.slice(0, 1));
    });
    checked += lines.length;
    changes += spec.lines.length;
  }
  // The programs are no test of the order if they hardly ever change the line.
  expect(checked).toBeGreaterThan(4000);
  expect(changes).toBeGreaterThan(1500);
});

test("`lines` of moons are those of its text, with gradients under the lines they come from", async () => {
  const specification = await specificationOf(emitAll(moons()).ts, "ts");
  const lines = need(specification.objectives[0]).program.lines;
  expect(new Set(lines.map(([, line]) => line))).toEqual(new Set([15, 16, 10, 17]));
  const noted = noting(referenceOps);
  const program = need(specification.objectives[0]).program;
  program.run(noted.ops, inputsFor(program, 1), sizes);
  expect(lines.reduce((sum, [count]) => sum + count, 0)).toBe(noted.calls.length);
});

function lineOfOp(value: Value): ReturnType<typeof span> | null {
  const name = value.op === "size" ? "scalar" : value.op;
  const start = letters.text.indexOf(name.slice(0, 1));
  return span(letters, start, start + 1);
}

async function compare(model: LoweredModel, specification: ModelSpec): Promise<void> {
  const emitted = programsOf(specification);
  for (const program of programsIn(model)) {
    const spec = need(emitted.get(program.name));
    const given = inputsFor(spec, 7);
    const inputs = program.inputs.map((input, place): [string, Array64] => [
      input.params.name ?? "",
      need(given[need(spec.inputs[place]).name]),
    ]);
    const expected = run(program, Object.fromEntries(inputs), referenceOps, sizes);
    const results = spec.run(referenceOps, given, sizes);
    expect(Object.keys(results)).toEqual(program.outputs.map((output) => recordKey(output.name)));
    for (const { name } of program.outputs) {
      const [result, wanted] = [need(results[recordKey(name)]), expected[name]];
      // The same calls on the same numbers: equal to the last bit, NaN and -0 included.
      expect(result, `${program.name}.${name}`).toEqual(wanted);
    }
  }
}

function programsIn(model: LoweredModel): readonly Program[] {
  return [
    ...model.objectives.map((objective) => objective.program.program),
    ...model.samplers.map((sampler) => (sampler.kind === "program" ? sampler.program.program : sampler.start.program)),
  ];
}

function inputsFor(spec: ProgramSpec, seed: number): Record<string, Array64> {
  const random = generator(seed);
  const entries = spec.inputs.map(({ name, shape, dtype }): [string, Array64] => [
    name,
    randomArray(
      dtype,
      shape.map((size) => evaluateSize(size, sizes)),
      random,
    ),
  ]);
  return Object.fromEntries(entries);
}

function need<X>(value: X | undefined): X {
  if (value === undefined) throw new Error("something the test counts on is missing");
  return value;
}
