/** What `.name` gives of each kind of thing. */
import type { Name } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import { number, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import { endOf } from "./path.js";
import type { Process, Run, Thing } from "./thing.js";
import { poison } from "./thing.js";

export function fieldOf(base: Thing, name: Name, c: Context): Thing {
  if (base.kind === "poison") return poison;
  const fields = fieldsOf(base);
  const found = fields.get(name.text);
  if (found !== undefined) return found();
  const known = [...fields.keys()];
  const owner = describe(base);
  return report(c, catalogue.unknownField, name.span, {
    name: name.text,
    owner: owner.charAt(0).toUpperCase() + owner.slice(1),
    suggestion: suggest(name.text, known),
    known: known.map((k) => `\`${k}\``).join(", "),
  });
}

function fieldsOf(base: Thing): Map<string, () => Thing> {
  switch (base.kind) {
    case "record":
      return new Map([...base.fields].map(([name, field]) => [name, () => field]));
    case "data":
      return new Map(
        base.fields.flatMap((field) =>
          field.name === null
            ? []
            : [[field.name, (): Thing => ({ ...base, name: `${base.name}.${field.name}`, fields: [field] })] as const],
        ),
      );
    case "path":
      return new Map<string, () => Thing>([
        ["x", () => tensor(endOf(base))],
        ["grid", () => ({ kind: "grid", nodes: base.nodes, path: base, part: null })],
        ["steps", () => ({ kind: "steps", path: base })],
      ]);
    case "path step":
      return new Map((["x", "t", "y", "s"] as const).map((name) => [name, () => tensor(base[name])]));
    case "process":
      return new Map([...processFields(base), ...componentFields(base)]);
    case "run":
      return runFields(base);
    case "sampler":
      return runFields(base.run);
    default:
      return new Map();
  }
}

function processFields(process: Process): Map<string, () => Thing> {
  return new Map<string, () => Thing>([
    ["start", () => number(process.range[0])],
    ["end", () => number(process.range[1])],
  ]);
}

/** `P.X` is P seen from its component X. */
function componentFields(process: Process): readonly (readonly [string, () => Thing])[] {
  const { dynamics } = process;
  if (dynamics.kind !== "system" || dynamics.form === "vector") return [];
  return dynamics.states.map(({ name }, focus) => [
    name,
    (): Thing => ({ ...process, dynamics: { ...dynamics, focus } }),
  ]);
}

function runFields(run: Run): Map<string, () => Thing> {
  return new Map<string, () => Thing>([...processFields(run.process), ["forward", () => run.process]]);
}
