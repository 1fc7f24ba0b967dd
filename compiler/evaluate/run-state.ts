/** The state that a run carries from step to step: one tensor, or a record of states as one tensor each. */
import type { SpaceSpec, StateSpec } from "../../runtime/specification.js";
import { tensor } from "./arithmetic.js";
import { systemOf } from "./system-state.js";
import type { Process, Thing } from "./thing.js";
import { poison } from "./thing.js";
import type { Value } from "../ir/value.js";

export interface RunState {
  readonly specs: readonly StateSpec[];
  readonly spaces: readonly SpaceSpec[];
  /** The state of these tensors. */
  readonly pack: (values: readonly Value[]) => Thing;
  /** Its tensors. */
  readonly unpack: (state: Thing) => readonly Thing[];
}

export function runState(process: Process): RunState {
  const system = systemOf(process);
  if (system === null || system.form === "vector") {
    return {
      specs: [{ name: "x", shape: process.space.shape, perSample: true }],
      spaces: [process.space],
      pack: ([value]) => (value === undefined ? poison : tensor(value)),
      unpack: (state) => [state],
    };
  }
  const names = system.states.map(({ name }) => name);
  return {
    specs: system.states.map(({ name, space }) => ({ name, shape: space.shape, perSample: true })),
    spaces: system.states.map(({ space }) => space),
    pack: (values) => ({
      kind: "record",
      fields: new Map(
        names.flatMap((name, place) => (values[place] === undefined ? [] : [[name, tensor(values[place])] as const])),
      ),
    }),
    unpack: (state) =>
      state.kind === "record" && names.every((name) => state.fields.has(name))
        ? names.map((name) => state.fields.get(name) ?? poison)
        : [state],
  };
}
