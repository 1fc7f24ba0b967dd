/** The states of a process of several components at a time, of which nothing is given: P(t). */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { real } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import type { DrawSite } from "./laws.js";
import { asLaw, draw } from "./laws.js";
import { isKnownEnd } from "./process-law.js";
import { lawFromStart } from "./system-law.js";
import { componentCount } from "./system-state.js";
import type { Data, Law, Process, System, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** Draws the data, then the states from it; at the known end, from the law claimed there. */
export function systemDraw(
  process: Process,
  system: System,
  time: Value,
  span: Span,
  site: DrawSite,
  c: Context,
): Thing {
  if (isKnownEnd(process, time) && process.known !== null)
    return draw(process.known, { ...site, shape: system.form === "vector" ? process.space.shape : null }, c);
  const given = drawData(process, system, site, c);
  const law = given === null ? null : lawFromStart(process, system, time, given, span, c);
  return law === null ? poison : draw(law, site, c);
}

/** P(t) where every state has a normal law of its own at the start. */
export function marginalLaw(process: Process, system: System, time: Value, span: Span, c: Context): Law | null {
  const none = Array.from({ length: componentCount(system) }, () => null);
  if (system.states.every(({ initial }) => initial !== null)) return lawFromStart(process, system, time, none, span, c);
  report(c, catalogue.notCompiledYet, span, {
    construct: `The density of \`${process.name}\` that is not conditioned on its data`,
    instead: `Condition it: \`${process.name}(t | ${system.states.flatMap(({ name, initial }) => (initial === null ? [`${name}0`] : [])).join(", ")})\`.`,
  });
  return null;
}

/** One row of data: states that are fields of one data set belong together. */
function drawData(process: Process, system: System, site: DrawSite, c: Context): readonly (Value | null)[] | null {
  const rows = new Map<Data["declaration"], Thing>();
  const values: (Value | null)[] = [];
  for (const { name, data, initial } of system.states) {
    if (initial !== null) {
      values.push(null);
      continue;
    }
    if (data === null || data.kind === "coupling") {
      report(c, catalogue.noKnownEnd, site.span, { process: process.name });
      return null;
    }
    const others = system.states.flatMap((state) =>
      state.data?.kind === "data" && state.data.declaration === data.declaration ? state.data.fields : [],
    );
    const whole: Data =
      others.length > 1 ? { ...data, name: data.name.split(".")[0] ?? data.name, fields: others } : data;
    const source = asLaw(whole, site.span, c);
    const row =
      rows.get(data.declaration) ??
      (source === null ? poison : draw(source, { ...site, name: `${site.name}_${name}0` }, c));
    rows.set(data.declaration, row);
    const part = row.kind === "record" ? row.fields.get(data.fields[0]?.name ?? "") : row;
    if (part?.kind !== "tensor") return null;
    if (system.form === "vector") {
      const value = real(part.value);
      return Array.from({ length: componentCount(system) }, (_, i) => ir.reshape(ir.slice(value, [i], [1]), []));
    }
    values.push(real(part.value));
  }
  return system.form === "vector" ? Array.from({ length: componentCount(system) }, () => null) : values;
}
