/** Row 33: the quality of samples of two moons at 1, 4, 20 and 200 network evaluations, four ways; the model is the example's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { drawMoons } from "../../examples/two-moons/moons.js";
import { slicedWasserstein } from "../../runtime/metrics.js";
import { openText } from "../support/model.js";
import type { Figure } from "./figure.js";
import { digits, median } from "./figure.js";

const row = 33;
const count = 20_000;
const evaluations = [1, 4, 20, 200];
const ways = [
  ["mean", "MeanFlow, jumps"],
  ["flow", "flow matching, Euler"],
  ["noisy", "the same flow with noise, Euler-Maruyama"],
  ["diffusion", "VP noise prediction, DPM-Solver++(2M)"],
] as const;

export async function measureNetworkEvaluations(): Promise<readonly Figure[]> {
  const model = await openText(readFileSync(join("examples", "meanflow", "meanflow.sde"), "utf8"), "onnx", 1);
  await model.train({ moons: drawMoons(count, 1) }, {});
  const seeds = [11, 13, 15];
  const floor = median(seeds.map((seed) => slicedWasserstein(drawMoons(count, seed), drawMoons(count, seed + 1))));
  const table = new Map<string, readonly number[]>();
  for (const [way] of ways) {
    const distances: number[] = [];
    for (const n of evaluations) {
      const x = (await model.sample[`${way}_${n}`]?.({ count, seed: 7 }))?.["x"];
      distances.push(
        x === undefined ? Number.NaN : median(seeds.map((seed) => slicedWasserstein(x, drawMoons(count, seed)))),
      );
    }
    table.set(way, distances);
  }
  await model.dispose();
  const at = (way: string, place: number): number => table.get(way)?.[place] ?? Number.NaN;
  const others = Math.min(...["flow", "noisy", "diffusion"].map((way) => at(way, 0)));
  return ways.map(([way, name]) => {
    const isJump = way === "mean";
    const [bound, passed] = isJump
      ? [`first below the others' first, ${digits(others)}`, at("mean", 0) < others]
      : [`last within 2.5 floors, ${digits(2.5 * floor)}`, at(way, 3) <= 2.5 * floor];
    return {
      row,
      what: `${name}: sliced W1 at 1, 4, 20, 200 network evaluations (floor ${digits(floor)})`,
      measured: (table.get(way) ?? []).map(digits).join(", "),
      bound,
      passed,
      ...(way === "flow"
        ? {
            planted: {
              what: "four steps for two hundred",
              measured: digits(at(way, 1)),
              failed: at(way, 1) > 2.5 * floor,
            },
          }
        : {}),
    };
  });
}
