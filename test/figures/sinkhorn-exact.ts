/** Row 31: Sinkhorn's iteration beside exact linear programs, in float64, and in float32 inside a compiled step. */
import * as o from "../../compiler/ir/build.js";
import { evaluate } from "../../compiler/ir/evaluate.js";
import { pairwise } from "../../compiler/transport/pairwise.js";
import { descend, equalWeights, sinkhorn } from "../../compiler/transport/sinkhorn.js";
import { openEngine } from "../../runtime/engines/registry.js";
import { openText } from "../support/model.js";
import { cheapestAssignment, cheapestTransport } from "../transport/exact.js";
import { even, random, randomTable, solve } from "../transport/support.js";
import type { Figure } from "./figure.js";
import { digits } from "./figure.js";

const row = 31;

export async function measureSinkhorn(): Promise<readonly Figure[]> {
  return [...againstPrograms(), await inFloat32(), await share()];
}

/** Ten tables with equal weights against the cheapest assignment, ten with unequal ones against the transport program. */
function againstPrograms(): readonly Figure[] {
  const cases = Array.from({ length: 20 }, (_, k) => {
    const next = random(311 + k);
    const [n, m] = k < 10 ? [4 + (k % 5), 4 + (k % 5)] : [4 + (k % 3), 5 + (k % 4)];
    const cost = randomTable(n, m, next);
    const weights = (size: number): number[] => {
      const raw = Array.from({ length: size }, () => 0.2 + next());
      const sum = raw.reduce((x, y) => x + y);
      return raw.map((x) => x / sum);
    };
    const [a, b] = k < 10 ? [even(n), even(m)] : [weights(n), weights(m)];
    const least =
      k < 10
        ? cheapestAssignment(cost).reduce((sum, j, i) => sum + (cost[i]?.[j] ?? 0), 0) / n
        : cheapestTransport(cost, a, b);
    return { cost, a, b, least, epsilon: 1e-3 * Math.max(...cost.flat()) };
  });
  const judge = (tolerance: number, most: number, coarser: number) => {
    const found = cases.map(({ cost, a, b, least, epsilon }) => {
      const { plan, cost: moved } = solve(cost, a, b, coarser * epsilon, { tolerance, most });
      const rows = plan.map((line, i) => Math.abs(line.reduce((x, y) => x + y, 0) - (a[i] ?? 0)));
      const columns = b.map((weight, j) => Math.abs(plan.reduce((sum, line) => sum + (line[j] ?? 0), 0) - weight));
      return { marginal: Math.max(...rows, ...columns), gap: Math.abs(moved - least) / least };
    });
    return { marginal: Math.max(...found.map((x) => x.marginal)), gap: Math.max(...found.map((x) => x.gap)) };
  };
  const right = judge(1e-6, 200_000, 1);
  const early = judge(1e-6, 11, 1);
  const coarse = judge(1e-6, 200_000, 50);
  return [
    {
      row,
      what: "20 small tables, epsilon 1e-3 of the greatest cost: largest error of a marginal",
      measured: digits(right.marginal),
      bound: "<= 1e-6",
      passed: right.marginal <= 1e-6,
      planted: {
        what: "one stretch of eleven rounds",
        measured: digits(early.marginal),
        failed: early.marginal > 1e-6,
      },
    },
    {
      row,
      what: "the same: largest relative distance of the cost from the exact program's",
      measured: digits(right.gap),
      bound: "<= 1e-3",
      passed: right.gap <= 1e-3,
      planted: { what: "epsilon fifty times as large", measured: digits(coarse.gap), failed: coarse.gap > 1e-3 },
    },
  ];
}

const n = 256;

/** The plan of two batches of points on the plane by the onnx engine, its marginals summed in float64. */
async function inFloat32(): Promise<Figure> {
  const measure = async (tolerance: number, most: number): Promise<number> => {
    const [x, y] = [o.input("x", "real", [n, 2]), o.input("y", "real", [n, 2])];
    const [left, right] = [o.input("left", "real", [2]), o.input("right", "real", [2])];
    const half = o.mul(o.scalar(0.5), o.sumAll(o.mul(o.sub(left, right), o.sub(left, right))));
    const problem = equalWeights(pairwise({ left: [left], right: [right], value: half }, [x], [y]), o.scalar(0.05));
    const found = sinkhorn(problem, descend(problem), o.scalar(tolerance), most);
    const { engine } = await openEngine("onnx");
    const type = { shape: [n, 2], dtype: "real" } as const;
    const executable = await engine.compile({
      name: "plan",
      inputs: [
        { name: "x", ...type },
        { name: "y", ...type },
      ],
      build: (ops, [a, b]) =>
        evaluate(
          [found.logPlan],
          new Map([
            [x, a],
            [y, b],
          ] as never),
          ops,
          {},
        ),
    });
    const next = random(77);
    const numbers = (spread: number): Float32Array =>
      Float32Array.from({ length: 2 * n }, () => spread * (next() + next() + next() - 1.5));
    const [plan] = await executable.run([
      { data: numbers(2), ...type },
      { data: numbers(6), ...type },
    ]);
    const { data } = (await plan?.read()) ?? { data: new Float32Array() };
    await engine.dispose();
    const rows = new Float64Array(n);
    const columns = new Float64Array(n);
    data.forEach((log: number, k: number) => {
      rows[Math.floor(k / n)]! += Math.exp(log);
      columns[k % n]! += Math.exp(log);
    });
    const off = (sums: Float64Array): number => sums.reduce((sum, s) => sum + Math.abs(s - 1 / n), 0);
    return off(rows) + off(columns);
  };
  const right = await measure(5e-5, 20_000);
  const wrong = await measure(5e-5, 11);
  return {
    row,
    what: "256 x 256 in float32 on onnx, epsilon .05, points on the plane: error of both marginals in L1, summed in float64",
    measured: digits(right),
    bound: "<= 1e-4",
    passed: right <= 1e-4,
    planted: { what: "one stretch of eleven rounds", measured: digits(wrong), failed: wrong > 1e-4 },
  };
}

/** How much of a training step of batch 256 the plan takes; the run itself fails where a plan misses its tolerance. */
async function share(): Promise<Figure> {
  const rate = async (coupling: string): Promise<number> => {
    const model = await openText(`data base : Real[2] = Normal(0, 1)
data target : Real[2] = Normal([3, 0], 0.5)
coupling pairs = ${coupling}
interpolant line on x : pairs, t in [0, 1] {
  x0, x1 ~ pairs
  x = (1 - t) * x0 + t * x1
}
network v(x, t) predicts velocity of line = mlp(hidden: [128, 128], time: fourier(16))
train flow_matching(line, v) { optimizer: adam(1e-3), batch: 256, steps: 200 }
`);
    await model.train({}, { steps: 50 });
    const { seconds } = await model.train({}, { steps: 200 });
    await model.dispose();
    return 200 / seconds;
  };
  const [plain, paired] = [await rate("independent(base, target)"), await rate("optimal(base, target)")];
  return {
    row,
    what: "share of the plan in a step of flow matching, batch 256, width 128, onnx",
    measured: `${digits(1 - paired / plain)} (${digits(paired)} steps a second with it, ${digits(plain)} without)`,
    bound: "reported",
    passed: Number.isFinite(paired),
  };
}
