/** How are the options of an architecture read? Each is checked once, here. */
import { catalogue } from "../../diagnostics/catalogue.js";
import { constantOf } from "../arithmetic.js";
import type { Context } from "../context.js";
import { report } from "../context.js";
import { constantValues } from "../evaluate.js";
import type { Architecture } from "../thing.js";

export function wordOf(architecture: Architecture, name: string): string | null {
  const thing = architecture.options.get(name);
  return thing?.kind === "word" ? thing.text : null;
}

/** A whole number within bounds; `fallback` where it is not given; null after reporting. */
export function wholeNumber(
  architecture: Architecture,
  name: string,
  what: string,
  fallback: number,
  c: Context,
): number | null {
  const thing = architecture.options.get(name);
  if (thing === undefined) return fallback;
  const value = constantOf(thing);
  if (value === null || !Number.isInteger(value) || value < 1) {
    if (thing.kind !== "poison") report(c, catalogue.notConstant, architecture.span, { what });
    return null;
  }
  return bounded([value], what, architecture, c)?.[0] ?? null;
}

/** A list of widths; null after reporting that it is missing or wrong. */
export function widths(
  architecture: Architecture,
  name: string,
  c: Context,
  example: string,
): readonly number[] | null {
  const thing = architecture.options.get(name);
  const values = thing?.kind === "tensor" && thing.value.shape.length === 1 ? constantValues(thing.value) : null;
  if (values === null) {
    if (thing?.kind === "poison") return null;
    report(c, catalogue.missingPart, architecture.span, {
      owner: `\`${architecture.name}\``,
      part: "its layers' widths",
      instead: `Write \`${name}: ${example}\`.`,
    });
    return null;
  }
  return bounded(values, "The width of a layer", architecture, c);
}

function bounded(
  values: readonly number[],
  what: string,
  architecture: Architecture,
  c: Context,
): readonly number[] | null {
  const wrong = values.find((value) => !Number.isInteger(value) || value < 1 || value > 65536);
  if (wrong === undefined) return values;
  report(c, catalogue.outOfRange, architecture.span, {
    what,
    found: String(wrong),
    expected: "a whole number from 1 to 65536",
  });
  return null;
}
