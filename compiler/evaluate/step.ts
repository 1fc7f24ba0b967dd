/** What a declared step makes of a state: its body, with the run and its options given. */
import { timeAt } from "../../runtime/specification.js";
import type { Feed } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { SymbolicShape, Value } from "../ir/value.js";
import { real, showShape, tensor } from "./arithmetic.js";
import { evaluateBody } from "./call.js";
import type { Context } from "./context.js";
import { report, usedAt, withCopy, withScope } from "./context.js";
import { coordinatesOf, stateOf } from "./coordinate-map.js";
import { describe } from "./describe.js";
import { evaluate } from "./evaluate.js";
import { warnOfNoChange } from "./no-change.js";
import { warnOfReplacement } from "./replaced-state.js";
import { isStochastic, timesOf } from "./run.js";
import { seenFrom, stepCoordinates } from "./run-coordinates.js";
import { runState } from "./run-state.js";
import { childOf } from "./scope.js";
import type { SamplerThing, Step, Thing } from "./thing.js";
import { isStratonovichStep, lacksDivergence } from "./step-consistency.js";
import { goesBackwards } from "./step-direction.js";
import { poison } from "./thing.js";
import { isTorus, wrapped } from "./torus.js";

export function drawsNoise(step: Step): boolean {
  const { body } = step.declaration ?? { body: null };
  return (
    body?.kind === "block" &&
    body.statements.some((statement) => statement.kind === "relation" && statement.sign === "~")
  );
}

export interface Memory {
  readonly name: string;
  readonly initial: (x: Thing, c: Context) => Thing;
}

/** Names with a default after the state: memory that starts at the default and is returned after the state. */
export function memoryOf(step: Step): readonly Memory[] {
  const states = step.declaration?.states ?? [];
  const [first] = states;
  return states.slice(1).flatMap((state) => {
    const { default: initial } = state;
    if (initial === null || first === undefined) return [];
    return [
      {
        name: state.name.text,
        initial: (x: Thing, c: Context) => {
          const scope = childOf(c.scope);
          scope.names.set(first.name.text, x);
          return evaluate(initial, withScope(c, scope));
        },
      },
    ];
  });
}

/** The times that a step names: nodes visited before, oldest first, then its own and the next. */
export function timeInputs(step: Step): readonly Value[] {
  const count = Math.max(2, timesOf(step));
  return Array.from({ length: count }, (_, place) => ir.input(timeName(place, count), "real", []));
}

export function timeName(place: number, count: number): string {
  const feed = timeFeed(place, count);
  return feed.kind === "earlier time" ? `t_${feed.back}` : feed.kind === "time" ? "t" : "s";
}

export function timeFeed(place: number, count: number): Extract<Feed, { kind: "time" | "next time" | "earlier time" }> {
  const back = count - 2 - place;
  return back < 0 ? { kind: "next time" } : back === 0 ? { kind: "time" } : { kind: "earlier time", back };
}

/** The values of `timeInputs` on the steps of these numbers. */
export function visitsOf(
  step: Step,
  nodes: readonly number[],
  steps: readonly number[],
): readonly (readonly number[])[] {
  const count = Math.max(2, timesOf(step));
  return steps.map((number) =>
    Array.from({ length: count }, (_, place) => timeAt(nodes, number, timeFeed(place, count))),
  );
}

/** Evaluates a step's declaration at a state and times: the new state, then the memory. */
export function applyStep(
  sampler: SamplerThing,
  step: Step,
  state: readonly Thing[],
  times: readonly Value[],
  states: readonly { readonly shape: SymbolicShape }[],
  c: Context,
): readonly Value[] | null {
  const result = stepInCoordinates(sampler, step, state, times, c);
  const [first, ...memory] = result.kind === "tuple" ? result.items : [result];
  if (result.kind === "poison" || first === undefined) return null;
  const parts = [...runState(sampler.run.process).unpack(first), ...memory];
  if (parts.length !== states.length) {
    report(c, catalogue.countMismatch, step.span, { names: states.length, values: parts.length });
    return null;
  }
  const values: Value[] = [];
  for (const [place, part] of parts.entries()) {
    const shape = states[place]?.shape ?? [];
    if (part.kind !== "tensor") {
      if (part.kind !== "poison")
        report(c, catalogue.wrongKind, step.span, { found: describe(part), expected: "the new state" });
      return null;
    }
    if (showShape(part.value.shape) !== showShape(shape)) {
      report(c, catalogue.wrongShape, step.span, {
        what: `What the step \`${step.name}\` returns`,
        expected: showShape(shape),
        found: showShape(part.value.shape),
      });
      return null;
    }
    values.push(place === 0 && isTorus(sampler.run.process.space) ? wrapped(real(part.value)) : real(part.value));
  }
  const [x] = state;
  const [returned] = values;
  if (timesOf(step) === 1 && x?.kind === "tensor" && returned !== undefined)
    warnOfReplacement(step, real(x.value), returned, c);
  return values;
}

/** The step taken in the run's coordinates, which its first part is handed in and out of. */
function stepInCoordinates(
  sampler: SamplerThing,
  step: Step,
  state: readonly Thing[],
  times: readonly Value[],
  c: Context,
): Thing {
  const { run } = sampler;
  const [x, ...memory] = state;
  const coordinates = stepCoordinates(run);
  if (coordinates === null || x?.kind !== "tensor") return stepResult(sampler, step, state, times, c);
  const { map } = coordinates;
  const y = tensor(coordinatesOf(map, real(x.value)));
  const result = stepResult({ ...sampler, run: seenFrom(run, coordinates) }, step, [y, ...memory], times, c);
  const [moved, ...rest] = result.kind === "tuple" ? result.items : [result];
  if (moved?.kind !== "tensor") return result;
  const back = tensor(stateOf(map, real(moved.value)));
  return rest.length === 0 ? back : { kind: "tuple", items: [back, ...rest] };
}

export function stepResult(
  sampler: SamplerThing,
  step: Step,
  state: readonly Thing[],
  times: readonly Value[],
  around: Context,
): Thing {
  const { declaration } = step;
  if (declaration === null || step.scope === null || declaration.body === null) return poison;
  const c = withCopy(around, sampler.run.copy);
  const scope = childOf(step.scope);
  const [first, ...rest] = declaration.parameters ?? [];
  if (first !== undefined) scope.names.set(first.name.text, sampler.run);
  for (const parameter of rest) {
    const given = step.options.get(parameter.name.text)?.thing;
    const thing = given ?? (parameter.default === null ? null : evaluate(parameter.default, withScope(c, scope)));
    if (thing === null)
      return report(c, catalogue.missingArgument, step.span, { name: parameter.name.text, callee: step.name });
    scope.names.set(parameter.name.text, thing);
    const written = step.options.get(parameter.name.text);
    if (written !== undefined) warnOfNoChange(parameter, written.thing, written.span, c);
  }
  const names = declaration.states ?? [];
  let statePlace = 0;
  let timePlace = 0;
  const missing = Math.min(0, times.length - timesOf(step));
  for (const [place, name] of names.entries()) {
    const isState = place === 0 || name.default !== null;
    // Where fewer times are given than the step names, it is the first of its run.
    const thing = isState ? state[statePlace++] : tensor(times[Math.max(0, timePlace++ + missing)] ?? ir.scalar(0));
    scope.names.set(name.name.text, thing ?? poison);
  }
  const { body } = declaration;
  return usedAt(step.span, c, () => evaluateBody(body, withScope(c, scope), declaration.span));
}

/** A deterministic step on a stochastic process would ignore its noise. */
export function legalStep(sampler: SamplerThing, ends: readonly [number, number], c: Context): boolean {
  const { run, step } = sampler;
  const times = step.declaration === null ? 2 : timesOf(step);
  if (times < 2) {
    report(c, catalogue.illegalStep, step.span, {
      step: step.name,
      use: "step a process",
      reason: "it is a corrector (`on x, t`), which leaves time alone",
      instead: `Name a step first and correct after it: \`… using euler_maruyama(…) with ${step.name}(…)\`.`,
    });
    return false;
  }
  const draws = step.declaration !== null && drawsNoise(step);
  if (isStochastic(run) && !draws) {
    report(c, catalogue.illegalStep, step.span, {
      step: step.name,
      use: "step this process",
      reason: "the process has noise, but the step draws none",
      instead: "Use a step that draws its noise, such as `euler_maruyama`, or run its `probability_flow`.",
    });
    return false;
  }
  if (goesBackwards(sampler, ends, c)) {
    report(c, catalogue.illegalStep, step.span, {
      step: step.name,
      use: "step this process",
      reason: "it moves against the drift",
      instead: "A step from t to s adds the drift times `s - t`, whichever way it goes.",
    });
    return false;
  }
  if (isStochastic(run) && isStratonovichStep(sampler, c)) {
    report(c, catalogue.illegalStep, step.span, {
      step: step.name,
      use: "step this process",
      reason: "it converges to Stratonovich's integral, and drifts are Itô's where the noise depends on the state",
      instead:
        "Give it Stratonovich's drift, `stratonovich(R, x, t)`, use a step that applies the diffusion where it starts, such as `euler_maruyama`, or `coordinates:` in which the noise is additive.",
    });
    return false;
  }
  if (isStochastic(run) && lacksDivergence(sampler, c)) {
    report(c, catalogue.divergenceMissing, step.span, { process: run.process.name }, [
      { message: "the process is declared here", span: run.process.declaration.name.span },
    ]);
    return false;
  }
  return true;
}
