/** Do emitted modules type-check, in this project and in a stricter one, and do their types say the right things? */
import { expect, test } from "vitest";
import { corners, randomModel, solvers } from "./assorted.js";
import { moons } from "./models.js";
import { emitAll, typeErrors } from "./support.js";

const strict = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  isolatedModules: true,
  verbatimModuleSyntax: true,
};
const strictest = {
  ...strict,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noImplicitReturns: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noFallthroughCasesInSwitch: true,
  erasableSyntaxOnly: true,
  declaration: true,
  isolatedDeclarations: true,
};

function files(): Record<string, string> {
  const models = {
    moons: moons(),
    solvers: solvers(),
    corners: corners(),
    random: randomModel("random", [1, 2, 3, 4, 5, 6, 7, 8]),
  };
  return Object.fromEntries(Object.entries(models).map(([name, model]) => [`${name}.sde.ts`, emitAll(model).ts]));
}

test("no complaint under the strict flags", { timeout: 120_000 }, () => {
  expect(typeErrors(files(), strict)).toEqual([]);
});

test("no complaint under every flag that there is", { timeout: 120_000 }, () => {
  expect(typeErrors(files(), strictest)).toEqual([]);
});

test("declarations check and serve an application", { timeout: 120_000 }, () => {
  const emitted = { moons: emitAll(moons()), solvers: emitAll(solvers()) };
  const application = `
    import { moons } from "./moons.sde.js";
    import { solvers } from "./solvers.sde.js";
    const points = new Float32Array(4);
    const model = await moons.open();
    await model.train({ moons: [[1, 2]] });
    const { x } = await model.sample.walk({ count: 2, steps_scale: 0.5 });
    const length: number = x.data.length + points.length;
    const other = await solvers.open();
    await other.train({ photos: { images: [[1, 2]], labels: [1] }, points: [[1, 2]] });
    const flow = await other.sample.flow({ count: length, "guidance strength": 2 });
    const { logProb } = await other.logProb.flow({ x: [[1, 2]] });
    export const shapes = [flow.x.shape, logProb.shape];
  `;
  const wrong = (line: string): string => `${application}\n${line}`;
  for (const source of ["d.ts", "ts"] as const) {
    const check = (text: string): readonly string[] =>
      typeErrors(
        {
          [`moons.sde.${source}`]: emitted.moons[source],
          [`solvers.sde.${source}`]: emitted.solvers[source],
          "application.ts": text,
        },
        strict,
      );
    expect(check(application), source).toEqual([]);
    expect(check(wrong("await model.train({ moon: [[1, 2]] });"))).toHaveLength(1);
    expect(check(wrong("await model.sample.wlak({ count: 2 });"))).toHaveLength(1);
    expect(check(wrong("await model.sample.walk({ count: 2, step_scale: 2 });"))).toHaveLength(1);
    expect(check(wrong("console.log((await model.sample.walk({ count: 2 })).y);"))).toHaveLength(1);
    expect(check(wrong("await other.logProb.walk({ x: [[1, 2]] });"))).toHaveLength(1);
  }
});

test("the flags do find faults", { timeout: 120_000 }, () => {
  const text = emitAll(moons()).ts;
  expect(typeErrors({ "a.ts": text.replace("o.matMul(concat1", "o.matmul(concat1") }, strict)).toHaveLength(1);
  expect(typeErrors({ "a.ts": text.replace('name: "x0"', 'name: "x1"') }, strict)).toHaveLength(1);
  expect(typeErrors({ "a.ts": text.replace("  return {\n    loss,", "  return {") }, strict)).toHaveLength(1);
});
