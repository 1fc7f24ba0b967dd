/** What does a process do to its data as time passes? */
import * as Plot from "@observablehq/plot";
import { compile } from "../../calculus/evaluate.js";
import type { Expression } from "../../calculus/expression.js";
import { freeSymbols } from "../../calculus/traverse.js";
import type { DerivedProcess } from "../../index.js";
import type { Figure, LegendEntry, Panel } from "./figure.js";
import { theme } from "./theme.js";

interface Point {
  readonly t: number;
  readonly value: number;
}

const nodes = 400;

/** Scale and deviation of x(t) given the data, and their signal-to-noise ratio; null where there is no closed kernel. */
export function scheduleFigure(process: DerivedProcess, title: string): Figure | null {
  const { facts } = process;
  if (facts.kind === "linear system" || facts.kind === "general system") return null;
  if (facts.kind === "general" || facts.kind === "nonlinear" || facts.signal === null) return null;
  const { scale, std, snr } = facts.signal;
  const [scaleColour, deviationColour, ratioColour] = theme.lines;
  const legend: readonly LegendEntry[] = [
    { label: "scale α", colour: scaleColour, mark: "line" },
    { label: "deviation σ", colour: deviationColour, mark: "line" },
    { label: "signal-to-noise ratio α²/σ²", colour: ratioColour, mark: "line" },
  ];
  const of = facts.kind === "log-affine" ? "of log x" : "of x";
  const values =
    facts.kind === "linear" ? new Map<string, number>() : (facts.input.values ?? new Map<string, number>());
  const draw = (expression: Expression): readonly Point[] | null => points(expression, process, values);
  const [scales, deviations, ratios] = [draw(scale), draw(std), draw(snr)];
  if (scales === null || deviations === null || ratios === null) return null;
  return {
    title,
    subtitle: `${of} given the data, ${process.time} in [${process.range.join(", ")}]`,
    legend,
    panels: [
      panel(0, process, "α, σ", false, [line(scales, scaleColour), line(deviations, deviationColour)]),
      panel(318, process, "α²/σ²", true, [
        line(
          ratios.filter(({ value }) => value > 0),
          ratioColour,
        ),
      ]),
    ],
  };
}

/** null where a symbol has no value: a parameter without a default. */
function points(
  expression: Expression,
  { time, range }: DerivedProcess,
  values: ReadonlyMap<string, number>,
): readonly Point[] | null {
  const names = [...freeSymbols(expression)].filter((name) => name !== time);
  if (names.some((name) => !values.has(name))) return null;
  const value = compile(expression, [time, ...names]);
  const numbers = names.map((name) => values.get(name) ?? Number.NaN);
  const [from, to] = range;
  return Array.from({ length: nodes + 1 }, (_, index) => {
    const t = from + ((to - from) * index) / nodes;
    return { t, value: value(t, ...numbers) };
  }).filter((point) => Number.isFinite(point.value));
}

function panel(
  x: number,
  { time, range }: DerivedProcess,
  label: string,
  isLogarithmic: boolean,
  lines: readonly Plot.Markish[],
): Panel {
  return {
    x,
    y: 0,
    width: 310,
    height: 240,
    options: {
      marginLeft: 54,
      marginRight: 10,
      marginTop: 4,
      marginBottom: 38,
      x: { domain: [...range], label: time, labelArrow: "none", labelAnchor: "center", ticks: 5, tickSize: 4 },
      y: {
        type: isLogarithmic ? "log" : "linear",
        ...(isLogarithmic ? { tickFormat: power } : { zero: true }),
        nice: true,
        label,
        labelArrow: "none",
        labelAnchor: "center",
        ticks: 5,
        tickSize: 4,
      },
      marks: [
        Plot.gridX({ stroke: theme.grid, strokeOpacity: 1, ticks: 5 }),
        Plot.gridY({ stroke: theme.grid, strokeOpacity: 1, ticks: 5 }),
        Plot.frame({ stroke: theme.grid }),
        ...lines,
      ],
    },
  };
}

function line(data: readonly Point[], stroke: string): Plot.Line {
  return Plot.line(data, { x: "t", y: "value", stroke, strokeWidth: 2 });
}

/** Whole powers of ten only: `100`, `0.01`, `1e-5`. */
function power(value: number): string {
  const exponent = Math.log10(value);
  if (Math.abs(exponent - Math.round(exponent)) > 1e-9) return "";
  return Math.abs(exponent) <= 3 ? String(Number(value.toPrecision(1))) : `1e${Math.round(exponent)}`.replace("-", "−");
}
