/** What a network gives when it is called: its body with the arguments, owning the weights of its architectures. */
import type { Span } from "../../grammar/source.js";
import type { SpaceSpec } from "../../runtime/specification.js";
import type { Body, Declaration } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { softmax } from "./activations.js";
import { applyArchitecture } from "./architecture.js";
import { constantOf, real, showShape, tensor } from "./arithmetic.js";
import { enter, evaluateBody } from "./call.js";
import type { Context, WeightOwner } from "./context.js";
import { report, resolve, withCopy, withScope } from "./context.js";
import { describe } from "./describe.js";
import { childOf } from "./scope.js";
import { notePrediction } from "./independent-target.js";
import { fitLabel } from "./labels.js";
import { noteResult } from "./negative-deviation.js";
import { isAtItsTime } from "./times-agree.js";
import { spaceOfType } from "./spaces.js";
import { byState, inputShape, predictedNumbers, shapedPrediction, systemHead } from "./system-network.js";
import { systemOf, takeApart } from "./system-state.js";
import type { Scope } from "./scope.js";
import type { Closure, Head, Network, Quantity, Thing } from "./thing.js";
import { poison, quantities } from "./thing.js";

/** Heads of the language that are not compiled yet. */
export const laterHeads: readonly string[] = ["log_density"];

/** Heads of networks that jump: the velocity averaged over [r, t], and where the flow's path through x ends. */
export const flowMapHeads: readonly string[] = ["mean_velocity", "endpoint"];

/** What `predicts HEAD of P` says; null without one or after reporting. */
export function headOf(declaration: Pick<Declaration, "annotation">, scope: Scope, c: Context): Head | null {
  const { annotation } = declaration;
  if (annotation?.kind !== "predicts") return null;
  const { head, of } = annotation;
  if (laterHeads.includes(head.text)) {
    report(c, catalogue.notCompiledYet, head.span, { construct: `The head \`${head.text}\``, instead: null });
    return null;
  }
  if (!quantities.includes(head.text as Quantity) && !flowMapHeads.includes(head.text)) {
    const known = [...quantities, ...flowMapHeads, ...laterHeads];
    report(c, catalogue.unknownHead, head.span, {
      head: head.text,
      known: known.map((k) => `\`${k}\``).join(", "),
      suggestion: suggest(head.text, known),
    });
    return null;
  }
  const [first, field] = of.path;
  const process = first === undefined ? null : resolve(first.text, first.span, withScope(c, scope));
  if (process?.kind === "poison" || first === undefined) return null;
  if (process === null) {
    report(c, catalogue.undeclaredName, first.span, { name: first.text, suggestion: null });
    return null;
  }
  if (process.kind !== "process") {
    report(c, catalogue.wrongKind, of.span, { found: describe(process), expected: "a process" });
    return null;
  }
  if (process.dynamics.kind === "system" || field !== undefined)
    return systemHead(process, field ?? null, head, annotation.span, c);
  // A drift is, of an equation, what stands before dt; of an interpolant E[∂_t I | x], the velocity with the noise held still.
  return { quantity: head.text, process, span: annotation.span };
}

/** Weight owners live as long as the compilation, so that every call of a network meets the same weights. */
const owners = new WeakMap<Context["world"], Map<Span, WeightOwner>>();

function ownerOf(network: Network, outputs: number, c: Context): WeightOwner {
  const known = owners.get(c.world) ?? new Map<Span, WeightOwner>();
  owners.set(c.world, known);
  const found = known.get(network.declaration.span);
  if (found !== undefined) return found;
  const owner: WeightOwner = {
    network: network.name,
    outputs,
    timeRange: network.head?.process.range ?? null,
    places: new Map(),
  };
  known.set(network.declaration.span, owner);
  return owner;
}

export function applyNetwork(network: Network, given: readonly Thing[], span: Span, c: Context): Thing {
  if (given.some((arg) => arg.kind === "poison")) return poison;
  const system = network.head === null ? null : systemOf(network.head.process);
  const [state, time] = given;
  const { head: said } = network;
  if (
    said !== null &&
    state?.kind === "tensor" &&
    time?.kind === "tensor" &&
    !isAtItsTime(said, network.name, state, time, span, c)
  )
    return poison;
  if (said?.quantity === "mean_velocity" && !isInOrder(given, network.name, span, c)) return poison;
  const args = system === null ? given : byState(network.declaration.parameters ?? [], given, system);
  const { declaration } = network;
  const parameters = declaration.parameters ?? [];
  if (args.length > parameters.length) {
    return report(c, catalogue.tooManyArguments, span, {
      callee: network.name,
      expected: parameters.length,
      found: args.length,
    });
  }
  const scope = childOf(network.scope);
  const fitted: Thing[] = [];
  for (const [place, parameter] of parameters.entries()) {
    const given = args[place];
    if (given === undefined)
      return report(c, catalogue.missingArgument, span, { name: parameter.name.text, callee: network.name });
    const ofSystem = system !== null && parameter.type === null ? inputShape(system, parameters, place) : null;
    if (ofSystem === "the state") {
      if (system !== null && network.head !== null && takeApart(network.head.process, system, given, span, c) === null)
        return poison;
      scope.names.set(parameter.name.text, given);
      fitted.push(given);
      continue;
    }
    const space = system !== null && parameter.type === null ? null : parameterSpace(network, place, c);
    if (space === "failed") return poison;
    const arg = space === null ? given : fitLabel(network, parameter.name.text, space, given, span, c);
    if (arg.kind === "poison") return poison;
    const expected = ofSystem ?? space?.shape ?? null;
    if (arg.kind === "none")
      return report(c, catalogue.wrongKind, span, {
        found: "`none`",
        expected: `a value for \`${parameter.name.text}\` of \`${network.name}\``,
      });
    if (arg.kind === "tensor" && expected !== null && showShape(arg.value.shape) !== showShape(expected)) {
      return report(c, catalogue.wrongShape, span, {
        what: `The argument \`${parameter.name.text}\` of \`${network.name}\``,
        expected: showShape(expected),
        found: showShape(arg.value.shape),
      });
    }
    scope.names.set(parameter.name.text, arg);
    fitted.push(arg);
  }
  const shape = system === null ? resultShape(network, c) : [predictedNumbers(system)];
  if (shape === null) return poison;
  const owner = ownerOf(
    network,
    shape.reduce((a, b) => a * b, 1),
    c,
  );
  const inner: Context = { ...withCopy(withScope(c, scope), network.copy), owner, pureIn: network.name };
  const { body } = declaration;
  if (body === null) {
    return report(c, catalogue.missingPart, declaration.span, {
      owner: `The network \`${network.name}\``,
      part: "a body",
      instead: "Give it an architecture: `= mlp(hidden: [128, 128])`.",
    });
  }
  const result = enter(declaration, span, c, () => evaluateBody(body, inner, declaration.span));
  const applied = result.kind === "architecture" ? applyArchitecture(result, fitted, span, inner) : result;
  if (system !== null && applied.kind === "record" && network.head !== null && system.focus === null) {
    return takeApart(network.head.process, system, applied, resultSpan(body), c) === null ? poison : applied;
  }
  if (applied.kind !== "tensor") {
    if (applied.kind === "poison") return poison;
    return report(c, catalogue.wrongKind, resultSpan(body), {
      found: describe(applied),
      expected: "what the network computes",
    });
  }
  const value = real(applied.value);
  const numbers = value.shape.reduce<number>((a, b) => a * (typeof b === "number" ? b : 1), 1);
  if (numbers !== owner.outputs) {
    return report(c, catalogue.wrongShape, resultSpan(body), {
      what: `The result of \`${network.name}\``,
      expected: showShape(shape),
      found: showShape(value.shape),
    });
  }
  if (system !== null) return shapedPrediction(system, value);
  const shaped = intoSpace(ir.reshape(value, shape), network, result);
  const head = network.head;
  const quantity = quantities.find((known) => known === head?.quantity);
  const [at, when] = args;
  const isDrawn = at?.kind === "tensor" && at.draw !== null && at.draw.process === head?.process;
  const of = isDrawn ? { draw: at.value, isTarget: false } : null;
  const meaning = head === null || quantity === undefined ? null : { quantity, process: head.process, of };
  if (meaning === null) noteResult(shaped, network.name);
  else notePrediction(shaped, meaning.quantity, meaning.process, when?.kind === "tensor" ? when.value : null);
  return { ...tensor(shaped), meaning };
}

/** u(x, r, t) is averaged over [r, t]: constants the other way round are refused. */
function isInOrder([, r, t]: readonly Thing[], name: string, span: Span, c: Context): boolean {
  const [from, to] = [r, t].map((time) => (time === undefined ? null : constantOf(time)));
  if (from == null || to == null || from <= to) return true;
  report(c, catalogue.outOfRange, span, {
    what: `The first time of \`${name}\``,
    found: String(from),
    expected: `at most its second, ${to}`,
  });
  return false;
}

/** An architecture's numbers as probabilities, where the network is declared to give them. */
function intoSpace(value: Value, { declaration }: Network, result: Thing): Value {
  const { annotation } = declaration;
  const name =
    annotation?.kind === "of type" && annotation.type.kind === "space" ? annotation.type.path[0]?.text : undefined;
  return name === "Simplex" && result.kind === "architecture" ? softmax(value) : value;
}

/** Where a body says what it gives. */
function resultSpan(body: Body): Span {
  if (body.kind === "value") return body.value.span;
  const last = body.statements.at(-1);
  return (last?.kind === "return" ? last.values[0] : null)?.span ?? body.span;
}

/** The type of a parameter: as declared, or that of the process's state and time. */
function parameterSpace(network: Network, place: number, c: Context): SpaceSpec | null | "failed" {
  const parameter = network.declaration.parameters?.[place];
  if (parameter === undefined) return null;
  if (parameter.type !== null) {
    const space = spaceOfType(parameter.type, withScope(c, network.scope));
    return space ?? "failed";
  }
  if (network.head === null) return null;
  const { space } = network.head.process;
  if (place === 0) return space;
  return place === 1 || (place === 2 && network.head.quantity === "mean_velocity")
    ? { ...space, space: "Real", shape: [], low: null, high: null, bits: null }
    : null;
}

function resultShape(network: Network, c: Context): readonly number[] | null {
  if (network.head !== null) return network.head.process.space.shape;
  const { annotation } = network.declaration;
  if (annotation?.kind === "of type") return spaceOfType(annotation.type, withScope(c, network.scope))?.shape ?? null;
  if (annotation === null) {
    report(c, catalogue.noHead, network.declaration.name.span, { name: network.name });
  }
  return null;
}

/** Something that predicts: a network or a fn with a head. */
export type Predictor = Network | Closure;
