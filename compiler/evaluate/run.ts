/** A process being run: its drift and diffusion forward, reversed or as a flow, and how `using` and `with` attach steps. */
import type { Argument, Expression, Using, With } from "../../grammar/tree.js";
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import * as ir from "../ir/build.js";
import { jvp } from "../ir/differentiate.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { constantOf, number, real, showShape, tensor } from "./arithmetic.js";
import { applyClosure } from "./call.js";
import type { Context } from "./context.js";
import { report, resolve, withCopy } from "./context.js";
import { describe } from "./describe.js";
import { evaluate } from "./evaluate.js";
import { predictOfRun } from "./heads.js";
import { interpolantDrift } from "./interpolant-run.js";
import { evaluateOption } from "./options.js";
import { atTime } from "./process-law.js";
import { diffuseThroughCoordinates, driftThroughCoordinates } from "./run-coordinates.js";
import { systemDiffusion, systemDrift } from "./system-run.js";
import type { Process, Run, SamplerThing, Step, Tensor, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** Solvers with step control, built in; the rest are steps in the language. */
export const adaptiveSolvers: ReadonlyMap<string, readonly string[]> = new Map([["dopri5", ["rtol", "atol", "until"]]]);

/** Name of the component of an augmented state that gathers ∫ div(drift) dt. */
export const logDet = "log_det";

export function forwardRun(process: Process, span: Span): Run {
  return {
    kind: "run",
    process,
    mode: "forward",
    predictors: [],
    noise: null,
    bound: new Map(),
    probe: null,
    copy: null,
    coordinates: null,
    view: null,
    start: null,
    from: null,
    to: null,
    span,
  };
}

/** The times a run begins and ends at; null after reporting that neither end is known. */
export function endsOf(run: Run, span: Span, c: Context): readonly [number, number] | null {
  const { process } = run;
  const other = process.dataTime === process.range[0] ? process.range[1] : process.range[0];
  if (run.mode === "forward" || run.mode === "redrift")
    return [run.from ?? process.range[0], run.to ?? process.range[1]];
  const from = run.from ?? process.knownTime ?? (run.start === null ? null : other);
  if (from === null) {
    report(c, catalogue.noKnownEnd, span, { process: process.name }, [
      { message: "the process is declared here", span: process.declaration.name.span },
    ]);
    return null;
  }
  const clamped = Math.min(Math.max(process.dataTime, process.range[0]), process.range[1]);
  return [from, run.to ?? (from === clamped ? other : clamped)];
}

/** drift(R, x, t): the coefficient of dt in the process's own clock. */
export function driftOf(run: Run, x: Thing, t: Thing, span: Span, around: Context): Thing {
  const c = withCopy(around, run.copy);
  if (run.mode === "redrift") return redrifted(run, x, t, span, c);
  if (run.process.dynamics.kind === "system") return systemDrift(run, run.process.dynamics, x, t, span, c);
  if (x.kind === "record") return augmentedDrift(run, x, t, span, c);
  if (x.kind !== "tensor" || t.kind !== "tensor") {
    const wrong = x.kind === "tensor" ? t : x;
    return wrong.kind === "poison"
      ? poison
      : report(c, catalogue.wrongKind, span, { found: describe(wrong), expected: "a state and a time" });
  }
  const { process } = run;
  if (process.dynamics.kind === "coordinates")
    return driftThroughCoordinates(run, process.dynamics, real(x.value), t, span, c);
  if (process.dynamics.kind !== "sde") return driftAlongPath(run, x, t, span, c);
  const { facts } = process.dynamics;
  const f = coefficient(process, process.dynamics.drift, real(x.value), real(t.value));
  if (run.mode === "forward") return tensor(f);
  if (run.mode === "flow" && facts.kind === "affine" && run.predictors.some((p) => p.head?.quantity === "velocity")) {
    return predictOfRun(run, "velocity", x, t, span, c);
  }
  const score = predictOfRun(run, "score", x, t, span, c);
  if (score.kind !== "tensor") return poison;
  const g = coefficient(process, process.dynamics.diffusion, real(x.value), real(t.value));
  // ∇·D of an elementwise diffusion: d(g²)/dx, coordinate by coordinate.
  const divergence = coefficientFormula(run, x.value, t.value);
  const D = ir.mul(g, g);
  const level = noiseLevel(run, g, t, span, c);
  if (level === null) return poison;
  // f - ½∇·D - ½Ds is the flow; a noise level λ adds ∓½λ²s; λ = g gives Anderson's reversal (methods 0.3).
  if (run.mode === "reverse" && run.noise === null) {
    return tensor(ir.sub(ir.sub(f, divergence), ir.mul(D, score.value)));
  }
  const flow = ir.sub(f, ir.mul(ir.scalar(0.5), ir.add(divergence, ir.mul(D, score.value))));
  if (run.mode === "flow") return tensor(flow);
  return tensor(withNoise(run, flow, level, score.value, span, c));
}

/** What the given fn says, or the network predicts, in place of the drift. */
function redrifted(run: Run, x: Thing, t: Thing, span: Span, c: Context): Thing {
  const [given] = run.predictors;
  if (given?.kind !== "closure" || given.head !== null) return predictOfRun(run, "drift", x, t, span, c);
  const drift = applyClosure(given, [x, t], span, c);
  if (drift.kind !== "tensor" || x.kind !== "tensor")
    return drift.kind === "poison"
      ? poison
      : report(c, catalogue.wrongKind, span, { found: describe(drift), expected: "a drift" });
  if (showShape(drift.value.shape) === showShape(run.process.space.shape)) return drift;
  return report(c, catalogue.wrongShape, span, {
    what: "The drift",
    expected: showShape(run.process.space.shape),
    found: showShape(drift.value.shape),
  });
}

function withNoise(run: Run, flow: Value, level: Value, score: Value, span: Span, c: Context): Value {
  const ends = endsOf(run, span, c);
  const forward = ends !== null && ends[1] > ends[0];
  const push = ir.mul(ir.mul(ir.scalar(forward ? 0.5 : -0.5), ir.mul(level, level)), score);
  return ir.add(flow, push);
}

function driftAlongPath(run: Run, x: Tensor, t: Tensor, span: Span, c: Context): Thing {
  if (run.mode === "forward" || run.mode === "reverse") {
    return report(c, catalogue.illegalStep, span, {
      step: run.process.name,
      use: run.mode === "forward" ? "be simulated" : "be reversed",
      reason: "an interpolant has no drift and noise of its own",
      instead: "Run its `probability_flow`, or its `stochastic_flow` with a noise level.",
    });
  }
  if (run.mode === "flow") return interpolantDrift(run, x, t, null, span, c);
  const level = noiseLevel(run, ir.scalar(0), t, span, c);
  const ends = endsOf(run, span, c);
  if (level === null || ends === null) return poison;
  return interpolantDrift(run, x, t, { value: level, direction: ends[1] > ends[0] ? 1 : -1 }, span, c);
}

/** The state x with log_det: the flow beside the trace of its Jacobian. */
function augmentedDrift(run: Run, state: Extract<Thing, { kind: "record" }>, t: Thing, span: Span, c: Context): Thing {
  const x = state.fields.get("x");
  if (x?.kind !== "tensor" || !state.fields.has(logDet)) {
    return report(c, catalogue.notCompiledYet, span, { construct: "A process of several states", instead: null });
  }
  // A fresh leaf, so that the derivative is that of the drift alone.
  const leaf = ir.input("x", "real", x.value.shape);
  const field = driftOf(run, tensor(leaf), t, span, c);
  if (field.kind !== "tensor") return poison;
  const trace = run.probe === null ? exactTrace(field.value, leaf) : probedTrace(field.value, leaf, run.probe);
  const [drift, divergence] = substitute([field.value, trace], new Map([[leaf, x.value]]));
  const fields = new Map<string, Thing>([
    ["x", tensor(drift ?? ir.scalar(0))],
    [logDet, tensor(divergence ?? ir.scalar(0))],
  ]);
  return { kind: "record", fields };
}

/** Σ_i ∂f_i/∂x_i, one directional derivative per coordinate. */
export function exactTrace(f: Value, x: Value): Value {
  const count = x.shape.reduce<number>((a, b) => a * (typeof b === "number" ? b : 1), 1);
  const shape = x.shape.flatMap((dim) => (typeof dim === "number" ? [dim] : []));
  const parts = Array.from({ length: count }, (_, i) => {
    const direction = ir.constant(
      Array.from({ length: count }, (__, j) => (i === j ? 1 : 0)),
      shape,
    );
    const [tangent] = jvp([f], [x], [direction]);
    return ir.sumAll(ir.mul(tangent ?? ir.zeros(shape), direction));
  });
  return parts.reduce((a, b) => ir.add(a, b));
}

/** vᵀ (∂f/∂x) v, whose mean over random signs v is the trace (Hutchinson 1989). */
export function probedTrace(f: Value, x: Value, v: Value): Value {
  const [tangent] = jvp([f], [x], [v]);
  return ir.sumAll(ir.mul(tangent ?? ir.zeros(x.shape), v));
}

/** diffusion(R, x, t): elementwise, or null if R is deterministic. */
export function diffusionOf(run: Run, x: Thing, t: Thing, span: Span, around: Context): Thing {
  const c = withCopy(around, run.copy);
  const { process } = run;
  if (run.mode === "flow") return number(0);
  if (process.dynamics.kind === "system") return systemDiffusion(run, process.dynamics, x, t, span, c);
  if (x.kind !== "tensor" || t.kind !== "tensor") return poison;
  if (process.dynamics.kind === "interpolant") {
    const level = noiseLevel(run, ir.scalar(0), t, span, c);
    return level === null ? poison : tensor(level);
  }
  if (process.dynamics.kind === "coordinates") {
    return report(c, catalogue.notCompiledYet, span, {
      construct: "The diffusion of a process in coordinates as a tensor",
      instead: "Apply it to an increment: `diffuse(P, x, t, w)`.",
    });
  }
  const g = coefficient(process, process.dynamics.diffusion, real(x.value), real(t.value));
  const level = noiseLevel(run, g, t, span, c);
  return level === null ? poison : tensor(level);
}

/** diffuse(R, x, t, w): the diffusion applied to an increment of the noise. */
export function diffuseOf(run: Run, x: Thing, t: Thing, w: Value, span: Span, c: Context): Thing {
  const { dynamics } = run.process;
  if (dynamics.kind === "coordinates" && run.mode !== "flow") {
    if (x.kind !== "tensor" || t.kind !== "tensor") return poison;
    const level = run.noise === null ? null : noiseLevel(run, ir.scalar(0), t, span, c);
    return tensor(diffuseThroughCoordinates(dynamics, real(x.value), real(t.value), level, w));
  }
  const g = diffusionOf(run, x, t, span, c);
  return g.kind === "tensor" ? tensor(ir.mul(g.value, w)) : poison;
}

/** λ(t): as written, or the process's own diffusion. */
function noiseLevel(run: Run, own: Value, t: Thing, span: Span, c: Context): Value | null {
  if (run.noise === null) return own;
  const level = run.noise.kind === "closure" ? applyClosure(run.noise, [t], span, c) : run.noise;
  if (level.kind === "tensor") return real(level.value);
  if (level.kind !== "poison")
    report(c, catalogue.wrongKind, span, {
      found: describe(level),
      expected: "a noise level: a number or a fn of time",
    });
  return null;
}

/** A graph of the process's placeholders at a state and time. */
export function coefficient(process: Process, graph: Value, x: Value, t: Value): Value {
  if (process.dynamics.kind !== "sde") return graph;
  const [value] = substitute(
    [graph],
    new Map([
      [process.dynamics.x, x],
      [process.dynamics.t, t],
    ]),
  );
  return value ?? graph;
}

function coefficientFormula(run: Run, x: Value, t: Value): Value {
  const { dynamics } = run.process;
  if (dynamics.kind !== "sde") return ir.scalar(0);
  return atTime(dynamics.facts.divergence, run.process, t, new Map([[run.process.state, x]]));
}

export function isStochastic(run: Run): boolean {
  if (run.mode === "flow") return false;
  if (run.process.dynamics.kind === "system") return run.process.dynamics.motions.length > 0;
  if (run.noise !== null) return constantOf(run.noise) !== 0;
  const { dynamics } = run.process;
  if (dynamics.kind === "coordinates") return isStochastic({ ...run, process: dynamics.process });
  return run.process.dynamics.kind === "sde" && constantOf(tensor(run.process.dynamics.diffusion)) !== 0;
}

// ── using, with ──────────────────────────────────────────────────────────────────────────────────────────────────────

export function evaluateUsing(e: Using, c: Context): Thing {
  const base = evaluate(e.base, c);
  const run = base.kind === "process" ? forwardRun(base, e.base.span) : base;
  if (run.kind === "poison") return poison;
  if (run.kind !== "run") {
    return report(c, catalogue.wrongKind, e.base.span, {
      found: describe(run),
      expected: "a process to run (`reverse(…)`, `probability_flow(…)`)",
    });
  }
  const step = evaluateStep(e.step, c);
  if (step === null) return poison;
  const sampler: SamplerThing = { kind: "sampler", name: "", run, step, correctors: [], span: e.span };
  return sampler;
}

export function evaluateWith(e: With, c: Context): Thing {
  const base = evaluate(e.base, c);
  if (base.kind === "poison") return poison;
  if (base.kind !== "sampler") {
    return report(c, catalogue.wrongKind, e.base.span, {
      found: describe(base),
      expected: "a sampler (`… using …`) to correct",
    });
  }
  const corrector = evaluateStep(e.corrector, c);
  if (corrector === null) return poison;
  const times = timesOf(corrector);
  if (times !== 1) {
    return report(c, catalogue.illegalStep, e.corrector.span, {
      step: corrector.name,
      use: "correct a sampler",
      reason: "it is a step (`on x, t, s`), which moves on in time",
      instead: "Apply a step with `using`; `with` takes a corrector (`on x, t`) such as `langevin`.",
    });
  }
  return { ...base, correctors: [...base.correctors, corrector], span: e.span };
}

/** Number of times a step names after its state: 2 for a step, 1 for a corrector. */
export function timesOf(step: Step): number {
  const states = step.declaration?.states ?? [];
  return states.slice(1).filter((state) => state.type === null && state.default === null).length;
}

/** `heun(steps: 18)`: which step, with which options and arguments; null after reporting. */
function evaluateStep(e: Expression, c: Context): Step | null {
  const [callee, args]: readonly [Expression, readonly Argument[]] =
    e.kind === "call" ? [e.callee, e.arguments] : [e, []];
  if (callee.kind !== "reference") {
    report(c, catalogue.wrongKind, e.span, { found: "an expression", expected: "a step by name" });
    return null;
  }
  if (adaptiveSolvers.has(callee.text)) return stepOf(callee.text, null, null, args, e.span, c);
  const thing = resolve(callee.text, callee.span, c);
  if (thing === null) {
    report(c, catalogue.undeclaredName, callee.span, {
      name: callee.text,
      suggestion: suggest(callee.text, stepNames(c)),
    });
    return null;
  }
  if (thing.kind === "template" && thing.declaration.keyword === "sampler" && thing.declaration.states !== null) {
    return stepOf(callee.text, thing.declaration, thing.scope, args, e.span, c);
  }
  if (thing.kind === "builtin") {
    report(c, catalogue.notCompiledYet, callee.span, { construct: `The solver \`${callee.text}\``, instead: null });
    return null;
  }
  if (thing.kind !== "poison")
    report(c, catalogue.wrongKind, callee.span, {
      found: describe(thing),
      expected: "a step (`sampler … on x, t, s`)",
    });
  return null;
}

function stepNames(c: Context): string[] {
  const names = [...adaptiveSolvers.keys()];
  for (let scope: Context["scope"] | null = c.scope; scope !== null; scope = scope.parent)
    names.push(...scope.names.keys());
  return names;
}

/** Words of the grid, reserved in `using k(…)`. */
export const gridOptions: readonly string[] = ["steps", "step", "grid", "spacing", "shift", "until", "denoise"];

/** Each says what the other says. */
const gridRivals: Readonly<Record<string, string>> = { steps: "step", step: "steps" };

/** Options that are numbers above zero. */
const positiveOptions: readonly string[] = ["rtol", "atol", "shift", "step"];

function positiveOption(option: string, thing: Thing, span: Span, c: Context): boolean {
  const value =
    thing.kind === "word" && thing.text === "power" ? constantOf(thing.arguments[0] ?? number(7)) : constantOf(thing);
  if (value === null || value > 0 || !(positiveOptions.includes(option) || thing.kind === "word")) return true;
  report(c, catalogue.outOfRange, span, {
    what: thing.kind === "word" ? "The exponent of `power`" : `\`${option}:\``,
    found: String(value),
    expected: "positive",
  });
  return false;
}

function stepOf(
  name: string,
  declaration: Step["declaration"],
  scope: Step["scope"],
  args: readonly Argument[],
  span: Span,
  c: Context,
): Step | null {
  const reserved = (declaration?.parameters ?? [])
    .slice(1)
    .find((parameter) => gridOptions.includes(parameter.name.text));
  if (reserved !== undefined) {
    report(c, catalogue.hidesBuiltIn, reserved.name.span, { name: reserved.name.text });
    return null;
  }
  const own = (declaration?.parameters ?? []).slice(1).map((parameter) => parameter.name.text);
  const allowed = declaration === null ? (adaptiveSolvers.get(name) ?? []) : [...own, ...gridOptions];
  const options = new Map<string, { thing: Thing; span: Span }>();
  let place = 0;
  for (const argument of args) {
    const option = argument.name?.text ?? own[place++];
    if (option === undefined || !allowed.includes(option)) {
      const named = argument.name?.text ?? "";
      if (argument.name === null)
        report(c, catalogue.tooManyArguments, argument.span, {
          callee: name,
          expected: own.length,
          found: args.length,
        });
      else
        report(c, catalogue.unknownArgument, argument.name.span, {
          name: named,
          callee: name,
          suggestion: suggest(named, allowed),
          known: allowed.map((k) => `\`${k}\``).join(", "),
        });
      return null;
    }
    if (options.has(option)) {
      report(c, catalogue.argumentTwice, argument.span, { name: option, callee: name });
      return null;
    }
    const thing = evaluateOption(option, argument.value, c);
    if (thing.kind === "poison") return null;
    if (!positiveOption(option, thing, argument.value.span, c)) return null;
    options.set(option, { thing, span: argument.value.span });
    const rival = gridRivals[option];
    if (rival !== undefined && options.has(rival)) {
      report(c, catalogue.argumentTwice, argument.span, { name: rival, callee: name });
      return null;
    }
  }
  return { kind: "step", name, declaration, scope, options, span };
}
