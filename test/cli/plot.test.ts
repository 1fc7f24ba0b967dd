/** Are the figures complete, honest and the same every time? */
import { describe, expect, it } from "vitest";
import { columnsOf, commonRange, correlation, histogram, outside, pick } from "../../compiler/cli/plot/columns.js";
import { curveFigure } from "../../compiler/cli/plot/curve.js";
import { toSvg } from "../../compiler/cli/plot/figure.js";
import type { Figure } from "../../compiler/cli/plot/figure.js";
import { toPng } from "../../compiler/cli/plot/picture.js";
import { linesFigure } from "../../compiler/cli/plot/lines.js";
import { sampleFigure } from "../../compiler/cli/plot/samples.js";
import { fillNormals, openStream } from "../../runtime/random/stream.js";

function normals(seed: number, count: number, width: number): Float32Array {
  const data = new Float32Array(count * width);
  fillNormals(data, openStream(seed, "plot"), 0, 0);
  return data;
}

function figure(width: number): Figure {
  return sampleFigure({
    title: "a < b & c",
    samples: columnsOf(normals(1, 500, width), 500, null),
    data: columnsOf(normals(2, 800, width), 800, null),
  });
}

describe("sampleFigure", () => {
  it("is a histogram, two scatters, or a pair plot", () => {
    expect([1, 2, 3, 9].map((width) => figure(width).panels.length)).toEqual([1, 2, 9, 36]);
    expect(figure(9).subtitle).toContain("the first 6 of 9 columns");
  });

  it("says how many samples its frame leaves out", () => {
    const data = columnsOf(normals(2, 800, 1), 800, null);
    const values = normals(1, 1000, 1);
    values[17] = 1e6;
    const { subtitle } = sampleFigure({ title: "t", samples: columnsOf(values, 1000, null), data });
    expect(subtitle).toMatch(/· 1 sample lies outside the frame/);
  });

  it("draws every point that its heading does not count as outside", () => {
    const drawn = figure(2);
    const left = Number(/(\d+) samples? lies? outside/.exec(drawn.subtitle ?? "")?.[1] ?? 0);
    expect(left).toBeLessThan(20);
    expect(toSvg(drawn).match(/<circle/g)).toHaveLength(500 + 800 - left);
  });
});

describe("linesFigure", () => {
  it("draws every column against the first, and numbers over decades on logarithmic axes", () => {
    const drawn = linesFigure(
      "quality",
      columnsOf([1, 0.8, 2, 20, 0.03, 1, 200, 0.02, 1.5], 3, ["evaluations", "a", "b"]),
    );
    expect(drawn.legend.map(({ label }) => label)).toEqual(["a", "b"]);
    expect(drawn.panels[0]?.options.x?.type).toBe("log");
    expect(drawn.panels[0]?.options.y?.type).toBe("log");
    expect(toSvg(drawn).match(/<circle/g)).toHaveLength(6);
    expect(toSvg(drawn)).not.toMatch(/NaN|undefined/);
  });
});

describe("toSvg", () => {
  it.each([1, 2, 3])(
    "gives the same text each time, with escaped words and no style of its host (%i columns)",
    (width) => {
      const svg = toSvg(figure(width));
      expect(toSvg(figure(width))).toBe(svg);
      expect(svg).toContain("a &lt; b &amp; c");
      expect(svg).not.toMatch(/currentColor|<style|NaN|undefined/);
    },
  );
});

describe("toPng", () => {
  it("gives the same picture each time, twice the size of the figure", async () => {
    const svg = toSvg(figure(1));
    const [one, other] = [await toPng(svg), await toPng(svg)];
    expect(Buffer.compare(one, other)).toBe(0);
    const header = Buffer.from(one.subarray(0, 24));
    expect(header.subarray(1, 4).toString()).toBe("PNG");
    const size = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)?.slice(1).map(Number) ?? [];
    expect(Math.abs(header.readUInt32BE(16) - 2 * (size[0] ?? 0))).toBeLessThanOrEqual(1);
    expect(Math.abs(header.readUInt32BE(20) - 2 * (size[1] ?? 0))).toBeLessThanOrEqual(1);
  });

  it("draws letters: a title leaves ink where none was", async () => {
    const blank = await toPng(toSvg({ ...figure(1), title: " " }));
    const titled = await toPng(toSvg({ ...figure(1), title: "σ² of β" }));
    expect(Buffer.compare(blank, titled)).not.toBe(0);
  });
});

describe("columns", () => {
  it("bins densities that integrate to the part inside the range", () => {
    const values = Float64Array.from(normals(3, 10_000, 1));
    const mass = (bins: ReturnType<typeof histogram>): number =>
      bins.reduce((sum, { from, to, density }) => sum + density * (to - from), 0);
    expect(mass(histogram(values, [-10, 10], 50))).toBeCloseTo(1, 12);
    // P(|z| < 1) = 0.6827; three standard errors of 10 000 draws are 0.014.
    expect(Math.abs(mass(histogram(values, [-1, 1], 50)) - 0.6827)).toBeLessThan(0.014);
  });

  it("keeps all data in the frame, and most samples", () => {
    const data = Float64Array.of(-3, 0, 5);
    const samples = Float64Array.from({ length: 1000 }, (_, index) => (index === 7 ? 1e9 : 1));
    const [low, high] = commonRange(data, samples);
    expect(low).toBeLessThan(-3);
    expect(high).toBeGreaterThan(5);
    expect(high).toBeLessThan(10);
    expect(outside({ names: ["x"], values: [samples], count: 1000 }, [[low, high]])).toBe(1);
  });

  it("picks rows evenly and keeps them together", () => {
    const columns = columnsOf(
      Float32Array.from({ length: 200 }, (_, index) => index),
      100,
      null,
    );
    const few = pick(columns, 10);
    expect([...(few.values[0] ?? [])]).toEqual([0, 20, 40, 60, 80, 100, 120, 140, 160, 180]);
    expect([...(few.values[1] ?? [])].map((value, row) => value - (few.values[0]?.[row] ?? 0))).toEqual(
      Array(10).fill(1),
    );
  });

  it("knows correlation", () => {
    const line = Float64Array.of(1, 2, 3, 4);
    expect(
      correlation(
        line,
        line.map((value) => -2 * value),
      ),
    ).toBeCloseTo(-1, 12);
    expect(correlation(line, Float64Array.of(1, -1, -1, 1))).toBeCloseTo(0, 12);
  });
});

describe("curveFigure", () => {
  const curve = (losses: readonly number[]): Figure =>
    curveFigure("t", [{ label: "dsm", name: "loss", steps: losses.map((_, step) => step), values: losses }]);

  it("takes a logarithmic axis only where all means are positive", () => {
    const positive = Array.from({ length: 500 }, (_, step) => Math.exp(-step / 100));
    const types = [curve(positive), curve(positive.map((loss) => loss - 0.5))].map(
      ({ panels }) => panels[0]?.options.y?.type,
    );
    expect(types).toEqual(["log", "linear"]);
  });

  it("states the mean of the last window", () => {
    const losses = Array.from({ length: 1000 }, (_, step) => (step < 900 ? 5 : 2));
    expect(curve(losses).subtitle).toContain("1\u202f000 steps · bold: mean over 20 steps · last mean 2.000");
  });
});
