/** How a network meets a process of several components: which of them it predicts, what it takes and what it hands out. */
import type { Name, Parameter } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import { suggest } from "../diagnostics/suggest.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { SymbolicShape, Value } from "../ir/value.js";
import { tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { componentShape, putTogether, systemOf } from "./system-state.js";
import type { Head, Process, System, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** `P.X`: P seen from its component X; null after reporting. */
export function focused(process: Process, name: Name, c: Context): Process | null {
  const system = systemOf(process);
  const names = system === null || system.form === "vector" ? [] : system.states.map((state) => state.name);
  const focus = names.indexOf(name.text);
  if (system !== null && focus >= 0) return { ...process, dynamics: { ...system, focus } };
  report(c, catalogue.unknownField, name.span, {
    name: name.text,
    owner: `The process \`${process.name}\``,
    suggestion: suggest(name.text, names),
    known: names.length === 0 ? "none, it has one state" : names.map((known) => `\`${known}\``).join(", "),
  });
  return null;
}

/** What `predicts HEAD of P` or `of P.X` says; null after reporting. */
export function systemHead(process: Process, component: Name | null, head: Name, span: Span, c: Context): Head | null {
  const seen = component === null ? process : focused(process, component, c);
  const system = seen === null ? null : systemOf(seen);
  if (seen === null || system === null) return null;
  if (head.text !== "score" && !(head.text === "noise" && system.focus !== null)) {
    const instead =
      head.text === "noise"
        ? `Name one: \`noise of ${process.name}.${system.states.at(-1)?.name ?? ""}\`.`
        : "Predict the `score`, or the `noise` of one component.";
    report(c, catalogue.severalComponents, head.span, { process: process.name, quantity: head.text, instead });
    return null;
  }
  const { focus } = system;
  if (
    focus !== null &&
    system.motions.length > 0 &&
    (system.states[focus]?.noise ?? []).every((noise) => noise === null)
  ) {
    const noisy = system.states
      .filter((state) => state.noise.some((noise) => noise !== null))
      .map((state) => `\`${process.name}.${state.name}\``);
    report(c, catalogue.scoreWithoutNoise, component?.span ?? span, {
      process: process.name,
      component: system.states[focus]?.name ?? "",
      noisy: noisy.join(", "),
    });
    return null;
  }
  return { quantity: head.text, process: seen, span };
}

/** Whether parameters name the states one by one: `net(x, v, t)`. */
function isByState(parameters: readonly Parameter[], system: System): boolean {
  return system.form === "states" && system.states.every(({ name }, place) => parameters[place]?.name.text === name);
}

/** A record of the states in place of the states, where they are named one by one. */
export function byState(parameters: readonly Parameter[], args: readonly Thing[], system: System): readonly Thing[] {
  const [first, ...rest] = args;
  if (!isByState(parameters, system) || first?.kind !== "record") return args;
  return [...system.states.map(({ name }) => first.fields.get(name) ?? poison), ...rest];
}

/** The shape of an untyped parameter: of a state, of the time, or of the whole state; null for what follows. */
export function inputShape(
  system: System,
  parameters: readonly Parameter[],
  place: number,
): SymbolicShape | "the state" | null {
  const count = isByState(parameters, system) ? system.states.length : 1;
  if (place === count) return [];
  if (place > count) return null;
  return count > 1 ? componentShape(system, place) : "the state";
}

/** The numbers that a network hands out, as the states (or the component) that it predicts. */
export function shapedPrediction(system: System, value: Value): Thing {
  const { focus } = system;
  if (focus !== null) return tensor(ir.reshape(value, componentShape(system, focus)));
  if (system.form === "vector") return tensor(ir.reshape(value, system.states[0]?.space.shape ?? []));
  const flat = ir.reshape(value, [predictedNumbers(system)]);
  let from = 0;
  const parts = system.states.map(({ space }) => {
    const size = sizeOf(space.shape);
    const part = ir.reshape(ir.slice(flat, [from], [size]), space.shape);
    from += size;
    return part;
  });
  return putTogether(system, parts);
}

export function predictedNumbers(system: System): number {
  const states = system.focus === null ? system.states : system.states.slice(system.focus, system.focus + 1);
  return states.reduce((sum, { space }) => sum + sizeOf(space.shape), 0);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
