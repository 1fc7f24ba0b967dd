/** How does a time enter a network? */
import type { Span } from "../../../grammar/source.js";
import { catalogue } from "../../diagnostics/catalogue.js";
import * as ir from "../../ir/build.js";
import type { Value } from "../../ir/value.js";
import { constantOf } from "../arithmetic.js";
import type { Context, WeightOwner } from "../context.js";
import { report } from "../context.js";
import type { Architecture } from "../thing.js";
import { poison } from "../thing.js";

/**
 * `time: fourier(n)` replaces the last single number among the inputs by sin and cos of n frequencies, spaced evenly in
 * the logarithm from a quarter turn to eight turns over the time range (Tancik et al. 2020 draw them at random).
 */
export function embedTime(
  architecture: Architecture,
  parts: readonly Value[],
  owner: WeightOwner,
  span: Span,
  c: Context,
): readonly Value[] | null {
  const time = architecture.options.get("time");
  if (time === undefined) return parts;
  const count = time.kind === "word" && time.text === "fourier" ? constantOf(time.arguments[0] ?? poison) : null;
  if (count !== null && !(Number.isInteger(count) && count >= 1 && count <= 4096)) {
    report(c, catalogue.outOfRange, architecture.span, {
      what: "The number of frequencies in `fourier(n)`",
      found: String(count),
      expected: "a whole number from 1 to 4096",
    });
    return null;
  }
  if (count === null) {
    report(c, catalogue.notConstant, architecture.span, { what: "The number of frequencies in `fourier(n)`" });
    return null;
  }
  const place = parts.map((part) => part.shape.length).lastIndexOf(0);
  const t = parts[place];
  if (t === undefined) {
    report(c, catalogue.missingPart, span, {
      owner: `\`${architecture.name}\``,
      part: "a time among its inputs",
      instead: "`time:` embeds the last input that is a single number.",
    });
    return null;
  }
  const [start, end] = owner.timeRange ?? [0, 1];
  const turns = Array.from({ length: count }, (_, k) => 0.25 * 32 ** (count === 1 ? 0 : k / (count - 1)));
  const rates = turns.map((turn) => (2 * Math.PI * turn) / (end - start));
  const angle = ir.mul(ir.reshape(ir.sub(t, ir.scalar(start)), [1]), ir.constant(rates, [count]));
  const features = ir.concat([ir.sin(angle), ir.cos(angle)], 0);
  return parts.map((part, i) => (i === place ? features : part));
}
