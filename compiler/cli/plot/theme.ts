/** What do all figures have in common? */

export const theme = {
  /** The PNG renderer brings Inter; a browser that lacks it takes the next. */
  font: "Inter, Helvetica, Arial, sans-serif",
  fontSize: 11,
  titleSize: 14,
  ink: "#1f2328",
  faint: "#6b7280",
  grid: "#e5e7eb",
  paper: "#ffffff",
  /** Blue and orange of equal lightness differ for every kind of colour vision. */
  data: "#2f6db5",
  samples: "#d9661f",
  /** For curves beyond two, in this order. */
  lines: ["#2f6db5", "#d9661f", "#2a8f6d", "#8a5cc2", "#b8922f", "#c2456b"],
} as const;

/** Digits that a screen or a printer can show; more would only make files large. */
export function rounded(number: number): string {
  return String(Math.round(number * 100) / 100);
}

/** `12 000`: groups of three with a thin gap. */
export function grouped(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

/** A number at an axis, in the manner of `grouped`; the seventh digit is a rounding error of the tick. */
export function tickLabel(number: number): string {
  const text = Number.isInteger(number) ? grouped(number) : String(Number(number.toPrecision(6)));
  return text.replace("-", "−");
}
