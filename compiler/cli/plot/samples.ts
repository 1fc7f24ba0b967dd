/** How are samples set beside the data they should resemble? */
import * as Plot from "@observablehq/plot";
import { columnsOf, commonRange, correlation, histogram, outside, pick } from "./columns.js";
import type { Bin, Columns } from "./columns.js";
import type { Figure, LegendEntry, Panel } from "./figure.js";
import { grouped, theme, tickLabel } from "./theme.js";

export interface SampleSets {
  readonly title: string;
  readonly samples: Columns;
  /** null: only the samples are drawn. */
  readonly data: Columns | null;
}

/** More points than this are a blot, side by side or on top of one another. */
const mostAlone = 3000;
const mostTogether = 1000;
/** More columns than this are too small to read. */
const mostColumns = 6;
/** Left of a frame: the name of the axis and numbers of five digits. */
const axisRoom = 52;

export { columnsOf };

/** A histogram for one column, two scatters for two, a pair plot for more. */
export function sampleFigure(sets: SampleSets): Figure {
  const width = sets.samples.values.length;
  const ranges = sets.samples.values.map((column, index) => commonRange(sets.data?.values[index] ?? null, column));
  const panels =
    width === 1
      ? [density(sets, 0, ranges, { x: 0, y: 0, width: 520, height: 300 }, true)]
      : width === 2
        ? scatters(sets, ranges)
        : pairs(sets, ranges);
  return {
    title: sets.title,
    subtitle: subtitle(sets, ranges),
    legend: width === 2 ? [] : legend(sets, width),
    panels,
  };
}

type Ranges = readonly (readonly [number, number])[];
type Frame = Omit<Panel, "options">;

function legend({ data }: SampleSets, width: number): readonly LegendEntry[] {
  const mark = width === 1 ? "line" : "dot";
  const samples: LegendEntry = { label: "samples", colour: theme.samples, mark };
  return data === null
    ? [samples]
    : [{ label: "data", colour: theme.data, mark: width === 1 ? "bar" : "dot" }, samples];
}

function subtitle({ samples, data }: SampleSets, ranges: Ranges): string {
  const parts = [`${grouped(samples.count)} samples`];
  if (data !== null) parts.push(`${grouped(data.count)} rows of data`);
  const width = samples.values.length;
  if (width > mostColumns) parts.push(`the first ${mostColumns} of ${width} columns`);
  const out = outside(samples, ranges);
  if (out > 0) parts.push(`${grouped(out)} ${out === 1 ? "sample lies" : "samples lie"} outside the frame`);
  return parts.join(" · ");
}

function scatters({ samples, data }: SampleSets, ranges: Ranges): readonly Panel[] {
  const [rangeX = [0, 1], rangeY = [0, 1]] = ranges;
  const side = 312;
  // One unit is as long on both axes, unless that would leave a strip.
  const ratio = (rangeY[1] - rangeY[0]) / (rangeX[1] - rangeX[0]);
  const inner = side - axisRoom - 8;
  const height = 42 + inner * Math.min(1.25, Math.max(0.5, ratio));
  const panel = (columns: Columns, label: string, colour: string, x: number): Panel => ({
    x,
    y: 0,
    width: side,
    height,
    options: {
      ...frame(axisRoom, 8),
      x: axis(rangeX, samples.names[0] ?? "x"),
      y: axis(rangeY, samples.names[1] ?? "y"),
      marks: [
        ...backdrop(5),
        dots(columns, 0, 1, colour, mostAlone, ranges),
        Plot.text([label], { frameAnchor: "top-left", dx: 6, dy: 6, fontWeight: 600, fill: colour }),
      ],
    },
  });
  if (data === null) return [panel(samples, "samples", theme.samples, 0)];
  return [panel(data, "data", theme.data, 0), panel(samples, "samples", theme.samples, side + 8)];
}

function pairs(sets: SampleSets, ranges: Ranges): readonly Panel[] {
  const shown = Math.min(mostColumns, sets.samples.values.length);
  const side = shown <= 3 ? 170 : shown <= 4 ? 150 : 126;
  const left = axisRoom - 4;
  const below = 34;
  const panels: Panel[] = [];
  for (let row = 0; row < shown; row++) {
    for (let column = 0; column < shown; column++) {
      const isLeft = column === 0;
      const isLast = row === shown - 1;
      const place: Frame = {
        x: column * side + (isLeft ? 0 : left),
        y: row * side,
        width: side + (isLeft ? left : 0),
        height: side + (isLast ? below : 0),
      };
      if (row === column) panels.push(density(sets, column, ranges, place, false));
      else if (row > column) panels.push(pairPanel(sets, column, row, ranges, place, isLeft, isLast));
      else panels.push(correlations(sets, column, row, place));
    }
  }
  return panels;
}

function pairPanel(
  sets: SampleSets,
  x: number,
  y: number,
  ranges: Ranges,
  place: Frame,
  isLeft: boolean,
  isLast: boolean,
): Panel {
  const { samples, data } = sets;
  const both = data === null ? [] : [dots(data, x, y, theme.data, mostTogether, ranges)];
  return {
    ...place,
    options: {
      ...frame(isLeft ? axisRoom : 4, 4, isLast ? 38 : 4),
      x: { ...axis(ranges[x] ?? [0, 1], samples.names[x] ?? ""), ...(isLast ? {} : { axis: null }), ticks: 3 },
      y: { ...axis(ranges[y] ?? [0, 1], samples.names[y] ?? ""), ...(isLeft ? {} : { axis: null }), ticks: 3 },
      marks: [...backdrop(3), ...both, dots(samples, x, y, theme.samples, mostTogether, ranges)],
    },
  };
}

/** The law of one column: data as a filled histogram, samples as an outline over it. */
function density(sets: SampleSets, column: number, ranges: Ranges, place: Frame, isAlone: boolean): Panel {
  const range = ranges[column] ?? [0, 1];
  const { samples, data } = sets;
  const bins = Math.min(isAlone ? 60 : 24, Math.max(10, Math.round(Math.sqrt(samples.count))));
  const ofSamples = histogram(samples.values[column] ?? new Float64Array(), range, bins);
  const ofData = data === null ? null : histogram(data.values[column] ?? new Float64Array(), range, bins);
  const top = Math.max(
    ...ofSamples.map(({ density: height }) => height),
    ...(ofData ?? []).map(({ density: height }) => height),
  );
  const isLeft = place.x === 0;
  const hasAxis = isAlone || place.height !== place.width;
  return {
    ...place,
    options: {
      ...(isAlone ? frame(axisRoom, 8) : frame(isLeft ? axisRoom : 4, 4, hasAxis && !isLeft ? 38 : 4)),
      x: {
        ...axis(range, samples.names[column] ?? ""),
        ...(isAlone || (hasAxis && !isLeft) ? {} : { axis: null }),
        ticks: isAlone ? 7 : 3,
      },
      y: isAlone ? { ...axis([0, top * 1.08], "density"), ticks: 5 } : { domain: [0, top * 1.25], axis: null },
      marks: [
        ...(isAlone ? backdrop(7) : [Plot.frame({ stroke: theme.grid })]),
        ...(ofData === null
          ? []
          : [Plot.rectY(ofData, { x1: "from", x2: "to", y: "density", fill: theme.data, fillOpacity: 0.35 })]),
        Plot.line(outline(ofSamples), {
          x: "at",
          y: "density",
          stroke: theme.samples,
          strokeWidth: isAlone ? 1.8 : 1.3,
          strokeLinejoin: "miter",
        }),
        ...(isAlone
          ? []
          : [Plot.text([samples.names[column] ?? ""], { frameAnchor: "top-left", dx: 6, dy: 5, fontWeight: 600 })]),
      ],
    },
  };
}

function correlations({ samples, data }: SampleSets, x: number, y: number, place: Frame): Panel {
  const of = (columns: Columns): string =>
    `r = ${correlation(columns.values[x] ?? new Float64Array(), columns.values[y] ?? new Float64Array())
      .toFixed(2)
      .replace("-", "−")}`;
  const lines = [
    ...(data === null ? [] : [{ text: of(data), fill: theme.data }]),
    { text: of(samples), fill: theme.samples },
  ];
  return {
    ...place,
    options: {
      ...frame(4, 4, 4),
      x: { axis: null },
      y: { axis: null },
      marks: lines.map(({ text, fill }, index) =>
        Plot.text([text], {
          frameAnchor: "middle",
          dy: (index - (lines.length - 1) / 2) * 17,
          fill,
          fontSize: theme.fontSize + 1,
        }),
      ),
    },
  };
}

function dots(columns: Columns, x: number, y: number, colour: string, most: number, ranges: Ranges): Plot.Dot {
  const shown = pick(columns, most);
  const [lowX, highX] = ranges[x] ?? [0, 1];
  const [lowY, highY] = ranges[y] ?? [0, 1];
  const points = Array.from({ length: shown.count }, (_, row) => ({
    x: shown.values[x]?.[row] ?? Number.NaN,
    y: shown.values[y]?.[row] ?? Number.NaN,
  })).filter((point) => point.x >= lowX && point.x <= highX && point.y >= lowY && point.y <= highY);
  return Plot.dot(points, { x: "x", y: "y", r: most === mostAlone ? 1.5 : 1.2, fill: colour, fillOpacity: 0.45 });
}

/** The steps of a histogram as one line. */
function outline(bins: readonly Bin[]): readonly { readonly at: number; readonly density: number }[] {
  return bins.flatMap(({ from, to, density: height }) => [
    { at: from, density: height },
    { at: to, density: height },
  ]);
}

function frame(left: number, right: number, bottom = 38): Plot.PlotOptions {
  return { marginLeft: left, marginRight: right, marginTop: 4, marginBottom: bottom };
}

function axis(domain: readonly [number, number], label: string): Plot.ScaleOptions {
  return {
    domain: [...domain],
    label,
    labelArrow: "none",
    labelAnchor: "center",
    ticks: 5,
    tickSize: 4,
    tickFormat: tickLabel,
  };
}

function backdrop(ticks: number): readonly Plot.Markish[] {
  const grid = { stroke: theme.grid, strokeOpacity: 1, ticks };
  return [Plot.gridX(grid), Plot.gridY({ ...grid, ticks: Math.min(5, ticks) }), Plot.frame({ stroke: theme.grid })];
}
