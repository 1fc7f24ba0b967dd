/** How do panels, a title and a legend become one SVG? */
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { rounded, theme } from "./theme.js";

export interface Figure {
  readonly title: string;
  /** A second line, such as counts and settings. */
  readonly subtitle: string | null;
  readonly legend: readonly LegendEntry[];
  readonly panels: readonly Panel[];
}

export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly mark: "dot" | "line" | "faint line" | "bar";
}

/** One chart, placed in figure coordinates below the heading. */
export interface Panel {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly options: Plot.PlotOptions;
}

const edge = 16;

/** The same figure always gives the same text. */
export function toSvg(figure: Figure): string {
  const heading = headingOf(figure);
  const width = Math.max(...figure.panels.map(({ x, width }) => x + width)) + 2 * edge;
  const height = heading.height + Math.max(...figure.panels.map(({ y, height }) => y + height)) + edge;
  const panels = figure.panels.map((panel) => panelToSvg(panel, edge + panel.x, heading.height + panel.y));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${rounded(width)}" height="${rounded(height)}" viewBox="0 0 ${rounded(width)} ${rounded(height)}" font-family="${theme.font}" font-size="${theme.fontSize}" fill="${theme.ink}">`,
    `<title>${escaped(figure.title)}</title>`,
    `<rect width="100%" height="100%" fill="${theme.paper}"/>`,
    heading.svg,
    ...panels,
    "</svg>\n",
  ].join("\n");
}

function headingOf({ title, subtitle, legend }: Figure): { readonly svg: string; readonly height: number } {
  let y = edge + theme.titleSize;
  const parts = [text(edge, y, title, `font-size="${theme.titleSize}" font-weight="600"`)];
  if (subtitle !== null) {
    y += 18;
    parts.push(text(edge, y, subtitle, `fill="${theme.faint}"`));
  }
  if (legend.length > 0) {
    y += 22;
    let x = edge;
    for (const { label, colour, mark } of legend) {
      parts.push(swatch(x, y - 4, colour, mark), text(x + 24, y, label, ""));
      // Inter at this size: about 0.56 of the size per character.
      x += 24 + label.length * theme.fontSize * 0.56 + 20;
    }
  }
  return { svg: parts.join("\n"), height: y + 14 };
}

function swatch(x: number, y: number, colour: string, mark: LegendEntry["mark"]): string {
  if (mark === "dot") return `<circle cx="${x + 9}" cy="${y}" r="4" fill="${colour}"/>`;
  if (mark === "bar")
    return `<rect x="${x}" y="${y - 5}" width="18" height="10" fill="${colour}" fill-opacity="0.35"/>`;
  const look = mark === "line" ? `stroke-width="2"` : `stroke-width="1" stroke-opacity="0.35"`;
  return `<path d="M${x},${y}h18" stroke="${colour}" ${look} fill="none"/>`;
}

function panelToSvg(panel: Panel, x: number, y: number): string {
  const { document } = parseHTML("<html><body></body></html>");
  const chart = Plot.plot({
    ...panel.options,
    document,
    width: panel.width,
    height: panel.height,
    style: { fontFamily: theme.font, fontSize: `${theme.fontSize}px` },
  });
  for (const style of chart.querySelectorAll("style")) style.remove();
  for (const name of ["class", "style", "viewBox", "fill"]) chart.removeAttribute(name);
  chart.setAttribute("x", rounded(x));
  chart.setAttribute("y", rounded(y));
  chart.setAttribute("font-size", String(theme.fontSize));
  chart.setAttribute("font-family", theme.font);
  // Outside a page `currentColor` is whatever the viewer likes; and coordinates need no fifteen digits.
  return chart.outerHTML
    .replaceAll("currentColor", theme.ink)
    .replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (digits: string) => rounded(Number(digits)));
}

function text(x: number, y: number, content: string, attributes: string): string {
  return `<text x="${rounded(x)}" y="${rounded(y)}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
