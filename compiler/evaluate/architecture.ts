/** What an architecture computes: its layers, its weights and how they start. */
import type { Span } from "../../grammar/source.js";
import type { WeightSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { activations } from "./activations.js";
import { constantOf, notANumber, real, tensor } from "./arithmetic.js";
import type { Context, WeightOwner } from "./context.js";
import { report } from "./context.js";
import { constantValues } from "./evaluate.js";
import type { Architecture, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** Architectures that are compiled, with the options each takes. */
export const architectures: ReadonlyMap<string, readonly string[]> = new Map([
  ["linear", ["outputs", "initial"]],
  ["mlp", ["hidden", "activation", "time", "output", "outputs", "initial"]],
]);

/** Architectures of the language that are not compiled yet. */
export const laterArchitectures: readonly string[] = [
  "convnet",
  "unet",
  "unet_encoder",
  "transformer",
  "gru",
  "gnn",
  "set_encoder",
  "attention",
  "flow_of",
  "affine_coupling",
  "spline_coupling",
];

/** Applies an architecture to its inputs: they are flattened and joined, the time is embedded. */
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
  for (const arg of args) {
    if (arg.kind !== "tensor") return notANumber(arg, span, c);
    parts.push(real(arg.value));
  }
  const embedded = embedTime(architecture, parts, owner, span, c);
  if (embedded === null) return poison;
  const flat = embedded.map((part) => ir.reshape(part, [numbersIn(part)]));
  const input = flat.length === 1 && flat[0] !== undefined ? flat[0] : ir.concat(flat, 0);
  const widths = hiddenWidths(architecture, c);
  if (widths === null) return poison;
  const outputs = option(architecture, "outputs");
  const count = outputs === null ? owner.outputs : constantOf(outputs);
  if (count === null || !Number.isInteger(count) || count < 1) {
    return report(c, catalogue.notConstant, architecture.span, { what: "The number of outputs" });
  }
  const activate = activations.get(wordOf(architecture, "activation") ?? "silu") ?? ir.silu;
  const finish = activations.get(wordOf(architecture, "output") ?? "");
  const startAtZero = wordOf(architecture, "initial") === "zero";
  const place = placeOf(owner, architecture.span);
  let h = input;
  for (const [layer, width] of [...widths, count].entries()) {
    const isLast = layer === widths.length;
    const dense = denseLayer(h, width, `${place}.${layer}`, isLast && startAtZero, owner, architecture.span, c);
    if (dense === null) return poison;
    h = isLast ? dense : activate(dense);
  }
  return tensor(finish === undefined ? h : finish(h));
}

function denseLayer(x: Value, width: number, place: string, zero: boolean, owner: WeightOwner, span: Span, c: Context): Value | null {
  const inputs = numbersIn(x);
  // LeCun's scale keeps the variance of a layer of independent inputs.
  const initial: WeightSpec["initial"] = zero ? { kind: "constant", value: 0 } : { kind: "normal", scale: 1 / Math.sqrt(inputs) };
  const weight = weightOf({ name: `${place}.weight`, shape: [inputs, width], initial }, owner, span, c);
  const bias = weightOf({ name: `${place}.bias`, shape: [width], initial: { kind: "constant", value: 0 } }, owner, span, c);
  return weight === null || bias === null ? null : ir.add(ir.matMul(x, weight), bias);
}

/** The weight of that name, made at first use; null after reporting that it was used with another shape. */
function weightOf(spec: WeightSpec, owner: WeightOwner, span: Span, c: Context): Value | null {
  const known = c.world.weights.get(spec.name);
  if (known === undefined) {
    const value = ir.input(spec.name, "real", spec.shape);
    c.world.weights.set(spec.name, { spec, value, network: owner.network });
    return value;
  }
  if (known.spec.shape.join() === spec.shape.join()) return known.value;
  report(c, catalogue.weightsDiffer, span, {
    network: owner.network,
    first: String(spec.shape[0] ?? 1),
    second: String(known.spec.shape[0] ?? 1),
  });
  return null;
}

/** Weights of the architectures of one network are named in the order in which they are first used. */
function placeOf(owner: WeightOwner, span: Span): string {
  const known = owner.places.get(span);
  if (known !== undefined) return known;
  const place = owner.places.size === 0 ? owner.network : `${owner.network}.${owner.places.size}`;
  owner.places.set(span, place);
  return place;
}

function numbersIn(value: Value): number {
  return value.shape.reduce<number>((product, dim) => product * (typeof dim === "number" ? dim : 1), 1);
}

function option(architecture: Architecture, name: string): Thing | null {
  return architecture.options.get(name) ?? null;
}

function wordOf(architecture: Architecture, name: string): string | null {
  const thing = option(architecture, name);
  return thing?.kind === "word" ? thing.text : null;
}

function hiddenWidths(architecture: Architecture, c: Context): readonly number[] | null {
  if (architecture.name === "linear") return [];
  const hidden = option(architecture, "hidden");
  const widths = hidden?.kind === "tensor" ? constantValues(hidden.value) : null;
  const wrong = widths?.find((width) => !Number.isInteger(width) || width < 1 || width > 65536);
  if (wrong !== undefined) {
    report(c, catalogue.outOfRange, architecture.span, { what: "The width of a layer", found: String(wrong), expected: "a whole number from 1 to 65536" });
    return null;
  }
  if (widths === null) {
    report(c, catalogue.missingPart, architecture.span, {
      owner: `\`${architecture.name}\``,
      part: "its layers' widths",
      instead: "Write `hidden: [128, 128]`.",
    });
    return null;
  }
  return widths;
}

/**
 * `time: fourier(n)` replaces the last single number among the inputs by sin and cos of n frequencies, spaced evenly in
 * the logarithm from a quarter turn to eight turns over the time range (Tancik et al. 2020 draw them at random).
 */
function embedTime(architecture: Architecture, parts: readonly Value[], owner: WeightOwner, span: Span, c: Context): readonly Value[] | null {
  const time = option(architecture, "time");
  if (time === null) return parts;
  const count = time.kind === "word" && time.text === "fourier" ? constantOf(time.arguments[0] ?? poison) : null;
  if (count !== null && !(Number.isInteger(count) && count >= 1 && count <= 4096)) {
    report(c, catalogue.outOfRange, architecture.span, { what: "The number of frequencies in `fourier(n)`", found: String(count), expected: "a whole number from 1 to 4096" });
    return null;
  }
  if (count === null) {
    report(c, catalogue.notConstant, architecture.span, { what: "The number of frequencies in `fourier(n)`" });
    return null;
  }
  const place = parts.map((part) => part.shape.length).lastIndexOf(0);
  const t = parts[place];
  if (t === undefined) {
    report(c, catalogue.missingPart, span, { owner: `\`${architecture.name}\``, part: "a time among its inputs", instead: "`time:` embeds the last input that is a single number." });
    return null;
  }
  const [start, end] = owner.timeRange ?? [0, 1];
  const turns = Array.from({ length: count }, (_, k) => 0.25 * 32 ** (count === 1 ? 0 : k / (count - 1)));
  const rates = turns.map((turn) => (2 * Math.PI * turn) / (end - start));
  const angle = ir.mul(ir.reshape(ir.sub(t, ir.scalar(start)), [1]), ir.constant(rates, [count]));
  const features = ir.concat([ir.sin(angle), ir.cos(angle)], 0);
  return parts.map((part, i) => (i === place ? features : part));
}
