/** What is a label? A whole number below the number of classes, or, where its space is optional, `none`; tokens are several. */
import type { Span } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, noteMask, real, truth } from "./arithmetic.js";
import type { Context, Use } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import type { Label, Network, Tensor, Thing } from "./thing.js";

/** The space of k classes; `none` is the number after the last of them. */
export function classSpace(classes: number, optional: boolean): SpaceSpec {
  const high = optional ? classes : classes - 1;
  return { space: optional ? optionalClass : "Class", shape: [], low: 0, high, open: false, integer: true, bits: null };
}

const optionalClass = "Optional[Class]";

/** The space of `count` labels in a row, each of so many classes. */
export function tokenSpace(count: number, classes: number): SpaceSpec {
  return { ...classSpace(classes, false), space: "Tokens", shape: [count] };
}

export function labelOf({ space, high }: SpaceSpec): Label | null {
  if (space === "Class" || space === "Tokens") return { classes: (high ?? 0) + 1, optional: false };
  return space === optionalClass ? { classes: high ?? 0, optional: true } : null;
}

/** The value with what its space says of it: a label, if it is one. */
export function inSpace(value: Value, space: SpaceSpec): Tensor {
  const label = labelOf(space);
  if (space.space === "Mask") noteMask(value);
  return { kind: "tensor", value, meaning: null, draw: null, ...(label === null ? {} : { label }) };
}

/** A number per class, and one for `none`, on a last axis: 1 for the label's own, else 0. */
export function oneHot(value: Value, { classes, optional }: Label): Value {
  const count = optional ? classes + 1 : classes;
  const numbers = ir.constant(
    Array.from({ length: count }, (_, k) => k),
    [count],
  );
  return ir.toReal(ir.equal(ir.reshape(real(value), [...value.shape, 1]), numbers));
}

/** `if drop then none else y`; null if neither side is a label. */
export function chooseLabel(condition: Value, left: Thing, right: Thing, span: Span, c: Context): Thing | null {
  if (left.kind !== "none" && right.kind !== "none") {
    const isSame =
      left.kind === "tensor" &&
      right.kind === "tensor" &&
      left.label !== undefined &&
      right.label !== undefined &&
      left.label.classes === right.label.classes;
    if (!isSame || left.label === undefined || right.label === undefined) return null;
    const label = { classes: left.label.classes, optional: left.label.optional || right.label.optional };
    return { ...inNothing(ir.select(truth(condition), real(left.value), real(right.value))), label };
  }
  const known = [left, right].find((side) => side.kind === "tensor");
  if (known?.kind !== "tensor" || known.label === undefined) {
    const other = left.kind === "none" ? right : left;
    return report(c, catalogue.notALabel, span, { found: describe(other), place: "beside `none`" });
  }
  const { classes } = known.label;
  const side = (thing: Thing): Value => (thing.kind === "tensor" ? real(thing.value) : ir.scalar(classes));
  return { ...inNothing(ir.select(truth(condition), side(left), side(right))), label: { classes, optional: true } };
}

function inNothing(value: Value): Tensor {
  return { kind: "tensor", value, meaning: null, draw: null };
}

/** An argument of a network as the label that its parameter declares. */
export function fitLabel(
  network: Network,
  parameter: string,
  space: SpaceSpec,
  thing: Thing,
  span: Span,
  c: Context,
): Thing {
  const label = labelOf(space);
  const owner = `\`${parameter}\` of \`${network.name}\``;
  if (label === null) {
    if (thing.kind !== "tensor" || thing.label === undefined) return thing;
    return report(c, catalogue.wrongKind, span, { found: "a label", expected: `a value for ${owner}` });
  }
  if (thing.kind === "none" || (thing.kind === "tensor" && thing.label?.optional === true)) {
    if (!label.optional)
      return report(c, catalogue.labelNotOptional, span, { parameter, network: network.name, classes: label.classes });
    noteNull(network, span, c);
  }
  if (thing.kind === "none") return { ...inNothing(ir.scalar(label.classes)), label };
  if (thing.kind !== "tensor")
    return report(c, catalogue.notALabel, span, { found: describe(thing), place: `for ${owner}` });
  const constant = constantOf(thing);
  if (thing.label !== undefined && thing.label.classes !== label.classes) {
    return report(c, catalogue.classesDiffer, span, {
      parameter: owner,
      expected: label.classes,
      found: thing.label.classes,
    });
  }
  // The number after the last class is `none`, which has its own name.
  if (
    constant !== null &&
    thing.label === undefined &&
    !(Number.isInteger(constant) && constant >= 0 && constant < label.classes)
  ) {
    return report(c, catalogue.outOfRange, span, {
      what: `The label ${owner}`,
      found: String(constant),
      expected: `a whole number from 0 to ${label.classes - 1}`,
    });
  }
  if (thing.value.shape.length !== space.shape.length)
    return report(c, catalogue.notALabel, span, { found: describe(thing), place: `for ${owner}` });
  return { ...thing, value: real(thing.value), label };
}

// ── Is `none` learned where it is asked? ─────────────────────────────────────────────────────────────────────────────

interface Asked {
  readonly network: Network;
  readonly span: Span;
  readonly uses: readonly Use[];
}
interface NullLabels {
  readonly learned: Set<Span>;
  readonly asked: Asked[];
}
const registers = new WeakMap<Context["world"], NullLabels>();

function registerOf(world: Context["world"]): NullLabels {
  const known = registers.get(world) ?? { learned: new Set(), asked: [] };
  registers.set(world, known);
  return known;
}

function noteNull(network: Network, span: Span, c: Context): void {
  const { learned, asked } = registerOf(c.world);
  if (c.frame?.learns === true) learned.add(network.declaration.span);
  else asked.push({ network, span, uses: [...c.world.uses] });
}

/** Reports the first place of each network at which `none` is asked of one whose objectives never gave it. */
export function checkNullLabels(c: Context): void {
  const { learned, asked } = registerOf(c.world);
  const said = new Set<Span>(learned);
  for (const { network, span, uses } of asked) {
    if (said.has(network.declaration.span)) continue;
    said.add(network.declaration.span);
    c.world.uses.push(...uses);
    report(c, catalogue.nullNeverLearned, span, { network: network.name }, [
      { message: `\`${network.name}\` is declared here`, span: network.declaration.name.span },
    ]);
    c.world.uses.length -= uses.length;
  }
}
