/** How does a training run look? */
import * as Plot from "@observablehq/plot";
import type { Figure } from "./figure.js";
import { grouped, theme } from "./theme.js";

/** The loss of one objective at successive steps. */
export interface Curve {
  readonly label: string;
  readonly steps: ArrayLike<number>;
  readonly losses: ArrayLike<number>;
}

/** More points than pixels say nothing more. */
const mostPoints = 1500;

/** Raw losses faintly, a moving average over them; a logarithmic axis where all averages are positive. */
export function curveFigure(title: string, curves: readonly Curve[]): Figure {
  const smoothed = curves.map((curve) => ({ ...curve, window: windowOf(curve), points: smooth(curve) }));
  const values = smoothed.flatMap(({ points }) => points.map(({ loss }) => loss));
  const isLogarithmic = values.every((value) => value > 0);
  const raw = smoothed.map((curve) => thin(curve).filter(({ loss }) => !isLogarithmic || loss > 0));
  const bounds = quantiles(
    raw.flat().map(({ loss }) => loss),
    isLogarithmic,
  );
  const last = Math.max(...smoothed.map(({ steps }) => steps[steps.length - 1] ?? 0));
  const windows = [...new Set(smoothed.map(({ window }) => window))];
  return {
    title,
    subtitle: `${grouped(last + 1)} steps · bold: mean over ${windows.map(grouped).join(" and ")} steps · last mean ${smoothed.map(({ points }) => (points[points.length - 1]?.loss ?? Number.NaN).toPrecision(4).replace("-", "−")).join(", ")}`,
    legend:
      curves.length === 1
        ? []
        : curves.map(({ label }, index) => ({ label, colour: colourOf(index), mark: "line" as const })),
    panels: [
      {
        x: 0,
        y: 0,
        width: 560,
        height: 320,
        options: {
          marginLeft: 58,
          marginRight: 12,
          marginTop: 4,
          marginBottom: 40,
          x: { label: "step", labelArrow: "none", labelAnchor: "center", ticks: 6, tickSize: 4, tickFormat: grouped },
          y: {
            type: isLogarithmic ? "log" : "linear",
            domain: bounds,
            label: curves.length === 1 ? `loss (${curves[0]?.label ?? ""})` : "loss",
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
            ...raw.map((points, index) =>
              Plot.line(points.map(within(bounds)), {
                x: "step",
                y: "loss",
                stroke: colourOf(index),
                strokeOpacity: 0.25,
                strokeWidth: 0.8,
              }),
            ),
            ...smoothed.map(({ points }, index) =>
              Plot.line(points.map(within(bounds)), { x: "step", y: "loss", stroke: colourOf(index), strokeWidth: 2 }),
            ),
          ],
        },
      },
    ],
  };
}

interface Point {
  readonly step: number;
  readonly loss: number;
}

/** About a fiftieth of the run, at most 500 steps. */
function windowOf({ losses }: Curve): number {
  return Math.max(1, Math.min(500, Math.round(losses.length / 50)));
}

/** Means over the window that ends at each step; shorter at the start. */
function smooth(curve: Curve): readonly Point[] {
  const window = windowOf(curve);
  const stride = Math.max(1, Math.floor(curve.losses.length / mostPoints));
  const points: Point[] = [];
  let sum = 0;
  for (let index = 0; index < curve.losses.length; index++) {
    sum += curve.losses[index] ?? 0;
    if (index >= window) sum -= curve.losses[index - window] ?? 0;
    const isLast = index === curve.losses.length - 1;
    if (index % stride === 0 || isLast)
      points.push({ step: curve.steps[index] ?? index, loss: sum / Math.min(index + 1, window) });
  }
  return points;
}

/** Every so many losses: the spread stays visible, which a mean would hide. */
function thin({ steps, losses }: Curve): readonly Point[] {
  const stride = Math.max(1, Math.floor(losses.length / mostPoints));
  return Array.from({ length: Math.ceil(losses.length / stride) }, (_, index) => ({
    step: steps[index * stride] ?? index * stride,
    loss: losses[index * stride] ?? Number.NaN,
  }));
}

/** Nearly all losses; a lonely spike is cut at the frame. */
function quantiles(values: readonly number[], isLogarithmic: boolean): readonly [number, number] {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.round(part * (sorted.length - 1))] ?? 1;
  const [low, high] = [at(0.001), at(0.999)];
  if (isLogarithmic) return [low * 0.9, high * 1.1];
  const margin = (high - low) * 0.05 || 1;
  return [low - margin, high + margin];
}

function within([low, high]: readonly [number, number]): (point: Point) => Point {
  return ({ step, loss }) => ({ step, loss: Math.min(high, Math.max(low, loss)) });
}

function plain(value: number): string {
  return value >= 1e-3 && value < 1e4 ? String(Number(value.toPrecision(3))) : value.toExponential(0);
}

function colourOf(index: number): string {
  return theme.lines[index % theme.lines.length] ?? theme.ink;
}
