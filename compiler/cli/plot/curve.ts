/** How does a training run look? */
import * as Plot from "@observablehq/plot";
import type { Figure } from "./figure.js";
import { grouped, theme } from "./theme.js";

/** One number of one objective at successive steps: its loss, or what it reports. */
export interface Curve {
  readonly label: string;
  readonly name: string;
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** More points than pixels say nothing more. */
const mostPoints = 1500;

/** A panel for each name, two beside each other: raw values faintly, a moving average over them. */
export function curveFigure(title: string, curves: readonly Curve[]): Figure {
  const names = [...new Set(curves.map(({ name }) => name))];
  const labels = [...new Set(curves.map(({ label }) => label))];
  const last = Math.max(...curves.map(({ steps }) => steps[steps.length - 1] ?? 0));
  const [first = ""] = names;
  const leading = curves.filter(({ name }) => name === first);
  const windows = [...new Set(leading.map(windowOf))];
  const isSmoothed = windows.some((window) => window > 1);
  const averages = `bold: mean over ${windows.map(grouped).join(" and ")} steps`;
  const means = leading.map((curve) => (smooth(curve).at(-1)?.value ?? Number.NaN).toPrecision(4).replace("-", "−"));
  return {
    title,
    subtitle: [`${grouped(last + 1)} steps`, ...(isSmoothed ? [averages] : []), `last mean ${means.join(", ")}`].join(
      " · ",
    ),
    legend:
      labels.length === 1
        ? []
        : labels.map((label, index) => ({ label, colour: colourOf(index), mark: "line" as const })),
    panels: names.map((name, place) => ({
      x: (place % 2) * 576,
      y: Math.floor(place / 2) * 332,
      width: 560,
      height: 320,
      options: panel(
        curves.filter((curve) => curve.name === name),
        labels,
      ),
    })),
  };
}

interface Line {
  readonly label: string;
  readonly points: readonly Point[];
}

/** Losses on a logarithmic axis where all their averages are positive. */
function panel(curves: readonly Curve[], labels: readonly string[]): Plot.PlotOptions {
  const [only] = curves;
  const smoothed = curves.map((curve) => ({ ...curve, points: smooth(curve) }));
  const isLogarithmic = only?.name === "loss" && smoothed.every(({ points }) => points.every(({ value }) => value > 0));
  const raw = smoothed.map((curve) => ({
    ...curve,
    points: thin(curve).filter(({ value }) => !isLogarithmic || value > 0),
  }));
  const bounds = quantiles(
    raw.flatMap(({ points }) => points.map(({ value }) => value)),
    isLogarithmic,
  );
  const line = ({ label, points }: Line, stroke: object): Plot.Markish =>
    Plot.line(points.map(within(bounds)), {
      x: "step",
      y: "value",
      stroke: colourOf(labels.indexOf(label)),
      ...stroke,
    });
  return {
    marginLeft: 58,
    marginRight: 12,
    marginTop: 4,
    marginBottom: 40,
    x: { label: "step", labelArrow: "none", labelAnchor: "center", ticks: 6, tickSize: 4, tickFormat: grouped },
    y: {
      type: isLogarithmic ? "log" : "linear",
      domain: bounds,
      label: curves.length === 1 ? `${only?.name ?? ""} (${only?.label ?? ""})` : (only?.name ?? ""),
      labelArrow: "none",
      labelAnchor: "center",
      ticks: 5,
      tickSize: 4,
      ...(isLogarithmic ? { tickFormat: plain } : {}),
    },
    marks: [
      Plot.gridX({ stroke: theme.grid, strokeOpacity: 1, ticks: 6 }),
      Plot.gridY({ stroke: theme.grid, strokeOpacity: 1, ticks: 5 }),
      Plot.frame({ stroke: theme.grid }),
      ...raw.map((curve) => line(curve, { strokeOpacity: 0.25, strokeWidth: 0.8 })),
      ...smoothed.map((curve) => line(curve, { strokeWidth: 2 })),
    ],
  };
}

interface Point {
  readonly step: number;
  readonly value: number;
}

/** About a fiftieth of the run, at most 500 steps. */
function windowOf({ values }: Curve): number {
  return Math.max(1, Math.min(500, Math.round(values.length / 50)));
}

/** Means over the window that ends at each step; shorter at the start. */
function smooth(curve: Curve): readonly Point[] {
  const window = windowOf(curve);
  const stride = Math.max(1, Math.floor(curve.values.length / mostPoints));
  const points: Point[] = [];
  let sum = 0;
  for (let index = 0; index < curve.values.length; index++) {
    sum += curve.values[index] ?? 0;
    if (index >= window) sum -= curve.values[index - window] ?? 0;
    const isLast = index === curve.values.length - 1;
    if (index % stride === 0 || isLast)
      points.push({ step: curve.steps[index] ?? index, value: sum / Math.min(index + 1, window) });
  }
  return points;
}

/** Every so many values: the spread stays visible, which a mean would hide. */
function thin({ steps, values }: Curve): readonly Point[] {
  const stride = Math.max(1, Math.floor(values.length / mostPoints));
  return Array.from({ length: Math.ceil(values.length / stride) }, (_, index) => ({
    step: steps[index * stride] ?? index * stride,
    value: values[index * stride] ?? Number.NaN,
  }));
}

/** Nearly all values; a lonely spike is cut at the frame. */
function quantiles(values: readonly number[], isLogarithmic: boolean): readonly [number, number] {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] ?? 1;
  const [low, high] = [at(0.001), at(0.999)];
  if (isLogarithmic) return [low * 0.9, high * 1.1];
  const margin = (high - low) * 0.05 || 1;
  return [low - margin, high + margin];
}

function within([low, high]: readonly [number, number]): (point: Point) => Point {
  return ({ step, value }) => ({ step, value: Math.min(high, Math.max(low, value)) });
}

function plain(value: number): string {
  return value >= 1e-3 && value < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(0);
}

function colourOf(index: number): string {
  return theme.lines[index % theme.lines.length] ?? theme.ink;
}
