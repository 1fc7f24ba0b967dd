/** The state of a process of several components: a record of its states, or one vector, taken apart and put together. */
import type { Span } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { SymbolicShape, Value } from "../ir/value.js";
import { real, showShape, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import { elementAt } from "./evaluate.js";
import type { Law, Process, System, Thing } from "./thing.js";

/** The dynamics of a process of several components; null for others. */
export function systemOf(process: Process): System | null {
  return process.dynamics.kind === "system" ? process.dynamics : null;
}

export function componentNames(system: System): readonly string[] {
  const [only] = system.states;
  if (system.form === "states" || only === undefined) return system.states.map((state) => state.name);
  return Array.from({ length: componentCount(system) }, (_, i) => `${only.name}[${i}]`);
}

export function componentCount({ form, states }: System): number {
  return form === "states" ? states.length : (states[0]?.space.shape[0] ?? 1);
}

export function componentShape({ form, states }: System, component: number): SymbolicShape {
  return form === "states" ? (states[component]?.space.shape ?? []) : [];
}

/** The components of a state; null after reporting that this is none. */
export function takeApart(
  process: Process,
  system: System,
  state: Thing,
  span: Span,
  c: Context,
): readonly Value[] | null {
  if (state.kind === "poison") return null;
  const misfit = (expected: string, found: string): null => {
    report(c, catalogue.wrongShape, span, { what: `A state of \`${process.name}\``, expected, found });
    return null;
  };
  const whole =
    system.form === "states"
      ? `a record of ${system.states.map(({ name }) => `\`${name}\``).join(", ")}`
      : showShape(process.space.shape);
  if (system.form === "vector") {
    if (state.kind !== "tensor") return misfit(whole, describe(state));
    if (showShape(state.value.shape) !== whole) return misfit(whole, showShape(state.value.shape));
    const value = real(state.value);
    return Array.from({ length: componentCount(system) }, (_, i) => elementAt(value, i));
  }
  if (state.kind !== "record")
    return misfit(whole, state.kind === "tensor" ? showShape(state.value.shape) : describe(state));
  const parts: Value[] = [];
  for (const { name, space } of system.states) {
    const field = state.fields.get(name);
    if (field?.kind !== "tensor" || state.fields.size !== system.states.length)
      return misfit(whole, `a record of ${[...state.fields.keys()].map((known) => `\`${known}\``).join(", ")}`);
    if (showShape(field.value.shape) !== showShape(space.shape))
      return misfit(`${showShape(space.shape)} in \`${name}\``, showShape(field.value.shape));
    parts.push(real(field.value));
  }
  return parts;
}

/** The state of these components. */
export function putTogether(system: System, parts: readonly Value[]): Thing {
  if (system.form === "vector")
    return tensor(
      ir.concat(
        parts.map((part) => ir.reshape(part, [1])),
        0,
      ),
    );
  return {
    kind: "record",
    fields: new Map(system.states.map(({ name }, i) => [name, tensor(parts[i] ?? ir.scalar(0))])),
  };
}

/** The law with the space of what it is the law of. */
export function inSpace(law: Law, space: SpaceSpec): Law {
  if (law.law === "normal" || law.law === "log-normal" || law.law === "logit-normal" || law.law === "uniform")
    return { ...law, like: law.like ?? space };
  return law;
}

/** A start given by state: `{x: Normal(0, 1), v: Normal(0, 0.1)}`. */
export function inSpaces(law: Law, process: Process): Law {
  const system = systemOf(process);
  if (law.law !== "record" || system === null) return law;
  const spaces = new Map(system.states.map(({ name, space }) => [name, space]));
  return {
    ...law,
    fields: new Map(
      [...law.fields].map(([name, part]) => {
        const space = spaces.get(name);
        return [name, space === undefined ? part : inSpace(part, space)];
      }),
    ),
  };
}
