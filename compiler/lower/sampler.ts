/** How a sampler declaration becomes a solver or a program. */
import type { Declaration, Parameter } from "../../grammar/tree.js";
import type { AnyNode } from "../../grammar/walk.js";
import { childrenOf } from "../../grammar/walk.js";
import type { ParameterSpec, SamplerSpec, SpaceSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, real } from "../evaluate/arithmetic.js";
import { batchInputs, finish, overBatch, weightInputs } from "./batched.js";
import type { ExtraInput } from "./batched.js";
import type { Context } from "../evaluate/context.js";
import { newFrame, report, usedAt, withScope } from "../evaluate/context.js";
import { describe } from "../evaluate/describe.js";
import { constantValues, evaluate } from "../evaluate/evaluate.js";
import type { LoweredProgram } from "./model.js";
import type { Scope } from "../evaluate/scope.js";
import { childOf } from "../evaluate/scope.js";
import { gridOptions } from "../evaluate/run.js";
import { inSpace } from "../evaluate/labels.js";
import { lowerRollout } from "./rollout.js";
import { lowerSolver } from "./solver.js";
import { spaceOfType } from "../evaluate/spaces.js";
import { evaluateStatements } from "../evaluate/statements.js";
import type { Thing } from "../evaluate/thing.js";

/** The sampler compiled; null after reporting. */
export function lowerSampler(
  declaration: Declaration,
  declaring: Scope,
  c: Context,
): SamplerSpec<LoweredProgram> | null {
  const scope = childOf(declaring);
  const inner: Context = { ...withScope(c, scope), owner: null, pureIn: null };
  const name = declaration.name.text;
  const parameters: ParameterSpec[] = [];
  const inputs: ExtraInput[] = [];
  const structural = structuralNames(declaration);
  for (const parameter of declaration.parameters ?? []) {
    if (structural.has(parameter.name.text) && parameter.default !== null) {
      scope.names.set(parameter.name.text, evaluate(parameter.default, inner));
      continue;
    }
    const made = runTimeParameter(parameter, inner);
    if (made === null) return null;
    parameters.push(made.spec);
    inputs.push(made.input);
    scope.names.set(parameter.name.text, inSpace(made.input.value, made.spec.space));
  }
  const { body } = declaration;
  if (body === null) {
    report(c, catalogue.missingPart, declaration.name.span, {
      owner: `The sampler \`${name}\``,
      part: "a body",
      instead: "Write `= reverse(P, net) using euler_maruyama(steps: 500)`.",
    });
    return null;
  }
  const value = body.kind === "value" ? evaluate(body.value, inner) : null;
  if (body.kind === "value" && value !== null && value.kind !== "sampler program") {
    if (value.kind === "poison") return null;
    if (value.kind === "sampler") return lowerSolver({ ...value, name }, name, parameters, inputs, inner);
    report(c, catalogue.wrongKind, body.value.span, {
      found: describe(value),
      expected: "a sampler (`… using …`)",
      ...(value.kind === "run" ? { instead: "Add `using` and a step: `… using heun(steps: 20)`." } : {}),
    });
    return null;
  }
  const frame = newFrame(name);
  const [statements, written] =
    value?.kind === "sampler program"
      ? [value.statements, childOf(value.scope)]
      : [body.kind === "block" ? body.statements : [], scope];
  const returned = usedAt(body.span, c, () => evaluateStatements(statements, { ...withScope(inner, written), frame }));
  if (returned === "failed") return null;
  if (returned === null) {
    report(c, catalogue.missingPart, declaration.name.span, {
      owner: `The sampler \`${name}\``,
      part: "a `return`",
      instead: "End it with `return x`.",
    });
    return null;
  }
  const results = returned.kind === "tuple" ? returned.items : [returned];
  const values = results.flatMap((result) => (result.kind === "tensor" ? [real(result.value)] : []));
  const wrong = results.find((result: Thing) => result.kind !== "tensor");
  if (wrong !== undefined) {
    const last = statements.at(-1);
    const span = last?.kind === "return" ? (last.values[results.indexOf(wrong)]?.span ?? last.span) : body.span;
    report(c, catalogue.wrongKind, span, { found: describe(wrong), expected: "a number or tensor to return" });
    return null;
  }
  const batch = batchInputs(frame);
  const failing = frame.crossings.filter((crossing) => crossing.policy === "fail");
  const lifted = overBatch([...values, ...failing.map((crossing) => crossing.error)], batch.map);
  const names = values.map((_, place) => (values.length === 1 ? "x" : `x${place + 1}`));
  const excesses = failing.map(({ limit }, place) =>
    ir.sub(ir.scalar(limit), ir.reduceMax(lifted.values[values.length + place] ?? ir.scalar(0), [0])),
  );
  const outputs = values.map((_, place) => {
    const value = lifted.values[place] ?? ir.scalar(0);
    const whole = lifted.batched[place] === true ? value : ir.broadcastTo(value, ["B", ...value.shape]);
    return { name: names[place] ?? "x", value: excesses.reduce(unlessNegative, whole) };
  });
  const program = finish(name, `The sampler \`${name}\`.`, outputs, [
    ...weightInputs(c.world),
    ...inputs,
    ...batch.inputs,
  ]);
  return {
    kind: "program",
    name,
    parameters,
    program,
    rollout: lowerRollout(frame, name, batch, [...weightInputs(c.world), ...inputs]),
    returns: values.map((value, place) => ({ output: names[place] ?? "x", space: plainSpace(value.shape) })),
  };
}

/** Where a plan was not found there are no samples: the logarithm of what the error leaves of its limit is no number. */
function unlessNegative(value: Value, left: Value): Value {
  return ir.select(ir.less(left, ir.scalar(0)), ir.log(left), value);
}

/** Names that shape a grid or a loop: their defaults are used, since programs have fixed lengths. */
function structuralNames(declaration: Declaration): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: AnyNode, shapes: boolean): void => {
    if (shapes && "text" in node && node.kind === "reference") names.add(String(node.text));
    const here = node.kind === "domain" || (node.kind === "argument" && gridOptions.includes(argumentName(node)));
    for (const child of childrenOf(node)) visit(child, shapes || here);
  };
  visit(declaration, false);
  return names;
}

function argumentName(node: AnyNode): string {
  const name = "name" in node ? node.name : null;
  return typeof name === "object" && name !== null && "text" in name ? String(name.text) : "";
}

function plainSpace(shape: readonly (number | string)[]): SpaceSpec {
  return {
    space: "Real",
    shape: shape.flatMap((dim) => (typeof dim === "number" ? [dim] : [])),
    low: null,
    high: null,
    open: false,
    integer: false,
    bits: null,
  };
}

/** A value parameter is an input, one for the whole batch. */
function runTimeParameter(parameter: Parameter, c: Context): { spec: ParameterSpec; input: ExtraInput } | null {
  const { name, type } = parameter;
  const initial = parameter.default === null ? null : evaluate(parameter.default, c);
  if (initial?.kind === "poison") return null;
  const space =
    type === null ? plainSpace(initial?.kind === "tensor" ? initial.value.shape : []) : spaceOfType(type, c);
  if (space === null) return null;
  const constant = initial === null ? null : constantOf(initial);
  const values = initial?.kind === "tensor" ? (constant !== null ? [constant] : constantValues(initial.value)) : null;
  if (initial !== null && values === null) {
    report(c, catalogue.notConstant, parameter.default?.span ?? parameter.span, {
      what: `The default of \`${name.text}\``,
    });
    return null;
  }
  const value = ir.input(name.text, "real", space.shape);
  return {
    spec: { name: name.text, space, default: values },
    input: { value, feed: { kind: "parameter", parameter: name.text } },
  };
}
