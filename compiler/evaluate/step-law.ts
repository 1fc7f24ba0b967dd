/** The law of one step of a sampler: its mean and standard deviation, read off what the step computes. */
import type { Span } from "../../grammar/source.js";
import { evaluate as evaluateFormula } from "../calculus/evaluate.js";
import type { Expression } from "../calculus/expression.js";
import { symbol } from "../calculus/expression.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { simplify } from "../ir/simplify.js";
import type { Value } from "../ir/value.js";
import { tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { newFrame, report } from "./context.js";
import { readFormula } from "./formula.js";
import { gaussianLogDensity } from "./laws.js";
import { linearForm } from "./linear-form.js";
import { gridOf } from "./grid.js";
import { sameNodes } from "./nodes.js";
import { timesOf } from "./run.js";
import { applyStep } from "./step.js";
import type { Law, PathStep, SamplerThing, Thing } from "./thing.js";
import { poison } from "./thing.js";

type Transition = Extract<Law, { law: "transition" }>;
type Visits = readonly (readonly [number, number])[];

export interface Gaussian {
  readonly mean: Value;
  readonly std: Value;
}

/** One step from x at t to s: the new state, with where it came from. */
export function drawTransition(law: Transition, c: Context): Thing {
  const { sampler, x, t, s, memory } = law;
  const next = stepped(law, c);
  if (next === null) return poison;
  const [from, to] = [constant(t), constant(s)];
  const visits: Visits | null = from === null || to === null ? null : [[from, to]];
  c.frame?.held.add(next);
  return { kind: "path step", sampler, x, t, y: next, s, memory, visits, nodes: null };
}

function constant(value: Value): number | null {
  return value.op === "scalar" ? (value.params.value ?? null) : null;
}

function stepped({ sampler, x, t, s, memory }: Transition, c: Context): Value | null {
  const state = [x, ...memory];
  return (
    applyStep(
      sampler,
      sampler.step,
      state.map((value) => tensor(value)),
      [t, s],
      state,
      { ...c, pureIn: null, owner: null },
    )?.[0] ?? null
  );
}

/** Mean and standard deviation of where the step leads; null after reporting that it is not Gaussian. */
export function gaussianOf(law: Transition, span: Span, c: Context): Gaussian | null {
  const frame = newFrame("one step");
  const next = stepped(law, { ...c, frame });
  if (next === null) return null;
  const noises = frame.inputs.filter(({ feed }) => feed.kind === "normal").map(({ value }) => value);
  const others = frame.inputs.filter(({ feed }) => feed.kind !== "normal").map(({ value }) => value);
  const form = linearForm(next, [...noises, ...others]);
  // Of a step that looks back at several nodes, more than the present state would have to be known.
  if (form === null || timesOf(law.sampler.step) > 2 || others.some((other) => form.factors.has(other))) {
    report(c, catalogue.notGaussianStep, span, { step: law.sampler.step.name });
    return null;
  }
  const factors = [...form.factors.values()];
  const [only, more] = factors;
  if (only === undefined) return { mean: form.mean, std: ir.scalar(0) };
  const squares = factors.map((factor) => ir.mul(factor, factor)).reduce((a, b) => ir.add(a, b));
  return { mean: form.mean, std: more === undefined ? ir.abs(only) : ir.sqrt(squares) };
}

/** The law of `sampler`'s step where `step` stands. */
function lawAlong(sampler: SamplerThing, step: PathStep): Transition {
  return { kind: "law", law: "transition", sampler, x: step.x, t: step.t, s: step.s, memory: step.memory };
}

/** The log-density of a step under a sampler, of each number. */
export function stepLogDensity(sampler: SamplerThing, step: PathStep, span: Span, c: Context): Value | null {
  if (!standsOnGrid(sampler, step, span, c)) return null;
  const law = lawAlong(sampler, step);
  const gaussian = gaussianOf(law, span, c);
  if (gaussian === null || !hasNoise(sampler, step, gaussian, span, c)) return null;
  if (!hasSameNoise(sampler, step.sampler, step, "ratio", span, c)) return null;
  return gaussianLogDensity(step.y, gaussian.mean, gaussian.std);
}

/** KL(N(m, s²) | N(m', s'²)) = log(s'/s) + (s² + (m - m')²) / (2 s'²) - ½ of each number. */
export function stepKl(
  sampler: SamplerThing,
  other: SamplerThing,
  step: PathStep,
  span: Span,
  c: Context,
): Value | null {
  if (!standsOnGrid(sampler, step, span, c) || !standsOnGrid(other, step, span, c)) return null;
  const p = gaussianOf(lawAlong(sampler, step), span, c);
  const q = gaussianOf(lawAlong(other, step), span, c);
  if (p === null || q === null || !hasNoise(sampler, step, p, span, c)) return null;
  if (!hasSameNoise(sampler, other, step, "kl", span, c)) return null;
  const difference = ir.sub(p.mean, q.mean);
  const [always] = simplify([difference]);
  if (always !== undefined && ir.uniform(always) === 0) {
    report(c, catalogue.divergenceFromItself, span, { sampler: sampler.name });
    return null;
  }
  const variances = ir.mul(ir.scalar(2), ir.mul(q.std, q.std));
  const quadratic = ir.div(ir.add(ir.mul(p.std, p.std), ir.mul(difference, difference)), variances);
  return ir.add(ir.log(ir.div(q.std, p.std)), ir.sub(quadratic, ir.scalar(0.5)));
}

/** Steps of a path are steps of samplers on the same grid. */
function standsOnGrid(sampler: SamplerThing, step: PathStep, span: Span, c: Context): boolean {
  if (sampler.step.declaration === null) {
    report(c, catalogue.notGaussianStep, span, { step: sampler.step.name });
    return false;
  }
  if (step.nodes === null || sampler.step === step.sampler.step) return true;
  const nodes = gridOf(
    { ...sampler.run, from: step.nodes[0] ?? null, to: sampler.run.to },
    sampler.step.options,
    sampler.step.span,
    c,
  );
  if (nodes === null) return false;
  if (sameNodes(nodes, step.nodes)) return true;
  report(c, catalogue.otherGrid, span, { steps: nodes.length - 1, drawn: step.nodes.length - 1 });
  return false;
}

/** A step without noise leads to one place: it has no density. */
function hasNoise(sampler: SamplerThing, step: PathStep, { std }: Gaussian, span: Span, c: Context): boolean {
  const visits = step.visits ?? visitsOf(step.nodes);
  const levels = noiseLevels(sampler, visits, c);
  const silent = std.op === "scalar" && std.params.value === 0 ? visits : visits.filter((_, i) => levels?.[i] === 0);
  const isRefused =
    std.op === "scalar"
      ? std.params.value === 0
      : step.visits === null
        ? silent.length > 0 && silent.length === visits.length
        : silent.length > 0;
  if (!isRefused) return true;
  const [first] = silent;
  const { time } = sampler.run.process;
  report(c, catalogue.noStepDensity, span, {
    step: sampler.step.name,
    place:
      first === undefined || silent.length === visits.length
        ? ""
        : ` from ${time} = ${first[0]} to ${time} = ${first[1]}`,
  });
  return false;
}

function visitsOf(nodes: readonly number[] | null): Visits {
  return nodes === null ? [] : nodes.slice(1).map((after, i) => [nodes[i] ?? after, after] as const);
}

/** The ratio and the divergence of two steps mean what they say where their noise is the same. */
function hasSameNoise(
  sampler: SamplerThing,
  other: SamplerThing,
  step: PathStep,
  use: "ratio" | "kl",
  span: Span,
  c: Context,
): boolean {
  if (sampler === other) return true;
  const visits = step.visits ?? visitsOf(step.nodes);
  const [a, b] = [noiseLevels(sampler, visits, c), noiseLevels(other, visits, c)];
  if (a === null || b === null) return true;
  const place = visits.findIndex(
    (_, i) => Math.abs((a[i] ?? 0) - (b[i] ?? 0)) > 1e-9 * Math.max(Math.abs(a[i] ?? 0), Math.abs(b[i] ?? 0)),
  );
  if (place < 0) return true;
  const at = sampler.run.process.time;
  const [t, s] = visits[place] ?? [0, 0];
  report(c, catalogue.otherNoise, span, {
    use,
    first: show(a[place]),
    second: show(b[place]),
    place: `from ${at} = ${show(t)} to ${at} = ${show(s)}`,
  });
  return false;
}

function show(value: number | undefined): string {
  return String(Number((value ?? Number.NaN).toPrecision(4)));
}

/** The standard deviation of the step at each pair of times, where it is a function of the times alone; else null. */
function noiseLevels(sampler: SamplerThing, visits: Visits, c: Context): readonly number[] | null {
  const known = noiseFormulas.get(sampler);
  const formula = known === undefined ? noiseFormula(sampler, c) : known;
  noiseFormulas.set(sampler, formula);
  return formula === null
    ? null
    : visits.map(([from, to]) =>
        evaluateFormula(
          formula,
          new Map([
            ["t", from],
            ["s", to],
          ]),
        ),
      );
}

/** A step is asked several times, and to ask it builds its networks. */
const noiseFormulas = new WeakMap<SamplerThing, Expression | null>();

function noiseFormula(sampler: SamplerThing, c: Context): Expression | null {
  const { space } = sampler.run.process;
  const x = ir.input("x", "real", space.shape);
  const [t, s] = [ir.input("t", "real", []), ir.input("s", "real", [])];
  // A trial: what is wrong with the step is said where it is used.
  const { diagnostics } = c.world;
  const before = diagnostics.length;
  const gaussian = gaussianOf({ kind: "law", law: "transition", sampler, x, t, s, memory: [] }, sampler.span, c);
  diagnostics.length = before;
  const [std] = gaussian === null ? [] : simplify([gaussian.std]);
  if (std === undefined) return null;
  let source = std;
  while (source.op === "broadcast" && source.inputs[0] !== undefined) [source] = source.inputs as [Value];
  const opaque = new Map<string, Value>();
  const { formula } = readFormula(
    source,
    new Map([
      [t, symbol("t")],
      [s, symbol("s")],
    ]),
    opaque,
  );
  return opaque.size > 0 ? null : formula;
}
