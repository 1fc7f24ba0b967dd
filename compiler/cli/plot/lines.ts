/** How do several quantities depend on one? */
import * as Plot from "@observablehq/plot";
import type { Columns } from "./columns.js";
import type { Figure } from "./figure.js";
import { theme } from "./theme.js";

/** Each column against the first, one line each; an axis is logarithmic where its numbers are positive and span more than a decade. */
export function linesFigure(
  title: string,
  { names, values: [places = new Float64Array(), ...columns] }: Columns,
): Figure {
  const [across = "", ...labels] = names;
  const lines = columns.map((column, index) => ({
    label: labels[index] ?? "",
    colour: theme.lines[index % theme.lines.length] ?? theme.ink,
    points: Array.from(column, (value, row) => ({ place: places[row] ?? Number.NaN, value })).filter(
      ({ place, value }) => Number.isFinite(place) && Number.isFinite(value),
    ),
  }));
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
  return {
    title,
    subtitle: null,
    legend: lines.map(({ label, colour }) => ({ label, colour, mark: "line" })),
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
          x: { ...axis([...places]), label: across, labelArrow: "none", labelAnchor: "center", tickSize: 4 },
          y: { ...axis(values), label: null, tickSize: 4 },
          marks: [
            Plot.gridX({ stroke: theme.grid, strokeOpacity: 1, ticks: 6 }),
            Plot.gridY({ stroke: theme.grid, strokeOpacity: 1, ticks: 5 }),
            Plot.frame({ stroke: theme.grid }),
            ...lines.flatMap(({ points, colour }) => [
              Plot.line(points, { x: "place", y: "value", stroke: colour, strokeWidth: 2 }),
              Plot.dot(points, { x: "place", y: "value", fill: colour, r: 3 }),
            ]),
          ],
        },
      },
    ],
  };
}

function axis(numbers: readonly number[]): Plot.ScaleOptions {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return low > 0 && high > 10 * low
    ? { type: "log", tickFormat: (value: number) => (isRound(value) ? String(value) : "") }
    : { type: "linear", ticks: 6 };
}

/** A power of ten, or twice or five times one. */
function isRound(value: number): boolean {
  const leading = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((digit) => Math.abs(leading - digit) < 1e-6);
}
