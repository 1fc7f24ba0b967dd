/** What does an architecture give when it is applied to its inputs? The table of those that are compiled. */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import type { Value } from "../ir/value.js";
import { notANumber, real, tensor } from "./arithmetic.js";
import { oneHot } from "./labels.js";
import { weightsAt } from "./architectures/layers.js";
import { linear, mlp } from "./architectures/mlp.js";
import type { ArchitectureRow } from "./architectures/row.js";
import { embedTime } from "./architectures/time.js";
import { transformer } from "./architectures/transformer.js";
import { unet, unetEncoder } from "./architectures/unet.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import type { Architecture, Thing } from "./thing.js";
import { poison } from "./thing.js";

export const architectures: ReadonlyMap<string, ArchitectureRow> = new Map([
  ["linear", linear],
  ["mlp", mlp],
  ["transformer", transformer],
  ["unet", unet],
  ["unet_encoder", unetEncoder],
]);

/** Architectures of the language that are not compiled yet. */
export const laterArchitectures: readonly string[] = [
  "convnet",
  "gru",
  "gnn",
  "set_encoder",
  "attention",
  "flow_of",
  "affine_coupling",
  "spline_coupling",
];

export function applyArchitecture(architecture: Architecture, args: readonly Thing[], span: Span, c: Context): Thing {
  const { owner } = c;
  if (args.some((arg) => arg.kind === "poison")) return poison;
  if (owner === null) {
    return report(c, catalogue.misplaced, architecture.span, {
      construct: `The architecture \`${architecture.name}\``,
      place: "anything but a network",
      instead: "Declare a `network` whose body it is.",
    });
  }
  const parts: Value[] = [];
  for (const arg of args.flatMap((given) => (given.kind === "record" ? [...given.fields.values()] : [given]))) {
    // What is attended to is no input of the layers.
    if (arg === architecture.options.get("context")) continue;
    if (arg.kind !== "tensor") return notANumber(arg, span, c);
    parts.push(arg.label === undefined ? real(arg.value) : oneHot(arg.value, arg.label));
  }
  const inputs = embedTime(architecture, parts, owner, span, c);
  const row = architectures.get(architecture.name);
  if (inputs === null || row === undefined) return poison;
  const weights = weightsAt(architecture.span, owner, c);
  const result = row.apply({ architecture, inputs, owner, weights, span, c });
  return result === null || weights.hasMisfit() ? poison : tensor(result);
}
