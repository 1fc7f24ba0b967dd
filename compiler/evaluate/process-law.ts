/** The law of a process's state: P(t | x0) and P(t), as laws that can be drawn from and evaluated. */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import type { SignalFacts } from "../calculus/facts.js";
import type { Expression } from "../calculus/expression.js";
import { show } from "../calculus/show.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { real, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report, withScope } from "./context.js";
import { coordinatesOf } from "./coordinate-map.js";
import { evaluateTensor } from "./evaluate.js";
import { buildFormula } from "./formula.js";
import type { DrawSite } from "./laws.js";
import { asLaw, draw } from "./laws.js";
import { pinnedLaw } from "./pinned-law.js";
import { noteDatum } from "./replaced-state.js";
import { lawOfState } from "./process-coordinates.js";
import { childOf } from "./scope.js";
import { marginalLaw, systemDraw } from "./system-draw.js";
import { evaluateStatements } from "./statements.js";
import { isTorus } from "./torus.js";
import type { Drawn, Law, Process, Tensor, Thing } from "./thing.js";
import { poison } from "./thing.js";

type StateLaw = Extract<Law, { law: "state" }>;

/** α(t), shift and σ(t) seen from the data, of the coordinates where the equation is theirs; null if there are none. */
export function signalOf(process: Process): SignalFacts | null {
  const { dynamics } = process;
  if (dynamics.kind === "coordinates") return signalOf(dynamics.process);
  if (dynamics.kind === "interpolant") return dynamics.facts.kind === "linear" ? dynamics.facts.signal : null;
  return dynamics.kind === "system" || dynamics.facts.kind === "general" ? null : dynamics.facts.signal;
}

/** A formula of the process's time, and of other symbols where given, as a graph. */
export function atTime(
  formula: Expression,
  process: Process,
  t: Value,
  more: ReadonlyMap<string, Value> = new Map(),
): Value {
  const values = new Map<string, Value>([...process.constants, ...more, [process.time, t]]);
  return buildFormula(formula, { values, ranges: new Map([[process.time, tableRange(process)]]) });
}

/** Tables of integrals cover the range and the data's time. */
export function tableRange(process: Process): readonly [number, number] {
  return [Math.min(process.range[0], process.dataTime), Math.max(process.range[1], process.dataTime)];
}

/** Reports why there is no kernel. */
export function refuseKernel(process: Process, span: Span, c: Context): null {
  const { dynamics } = process;
  if (dynamics.kind === "coordinates") return refuseKernel(dynamics.process, span, c);
  const spoiler =
    dynamics.kind !== "interpolant"
      ? dynamics.facts.kind === "general" || dynamics.facts.kind === "general system"
        ? `the term ${show(dynamics.facts.spoiler)}`
        : "the data's place outside its time range"
      : dynamics.facts.kind === "nonlinear"
        ? `the term ${show(dynamics.facts.spoiler)}`
        : "having data at both ends";
  report(c, catalogue.noKernel, span, { process: process.name, term: spoiler }, [
    { message: "the process is declared here", span: process.declaration.name.span },
  ]);
  return null;
}

/** P(t | x0) as a Gaussian (or log-normal) law; null after reporting. */
export function kernelLaw(law: StateLaw, span: Span, c: Context): Law | null {
  const { process, time, given, pins } = law;
  if (pins.length > 0) return pinnedLaw(process, time, pins, span, c);
  if (process.dynamics.kind === "system") return marginalLaw(process, process.dynamics, time, span, c);
  const between = pathLaw(law, span, c);
  if (between !== null) return between;
  const [x0, more] = given ?? [];
  if (x0 === undefined || more !== undefined) {
    const construct =
      more === undefined
        ? `The density of \`${process.name}\` that is not conditioned on its data`
        : `The density of \`${process.name}\` given ${given?.length ?? 0} states`;
    report(c, catalogue.notCompiledYet, span, {
      construct,
      instead: `Condition it: \`${process.name}(t | ${dataOf(process)})\`.`,
    });
    return null;
  }
  if (process.dynamics.kind === "coordinates") {
    const { map, process: inner } = process.dynamics;
    const of = kernelLaw({ ...law, process: inner, given: [tensor(coordinatesOf(map, real(x0.value)))] }, span, c);
    return of === null ? null : lawOfState(of, map, process.space);
  }
  const signal = signalOf(process);
  if (signal === null) return refuseKernel(process, span, c);
  const scale = atTime(signal.scale, process, time);
  const shift = atTime(signal.shift, process, time);
  const std = tensor(atTime(signal.std, process, time));
  if (isTorus(process.space)) {
    const mean = tensor(ir.add(ir.mul(scale, real(x0.value)), shift));
    return { kind: "law", law: "wrapped-normal", mean, std, like: process.space };
  }
  const logarithmic = process.dynamics.kind === "sde" && process.dynamics.facts.kind === "log-affine";
  const start = logarithmic ? ir.log(real(x0.value)) : real(x0.value);
  const mean = tensor(ir.add(ir.mul(scale, start), shift));
  return { kind: "law", law: logarithmic ? "log-normal" : "normal", mean, std, like: process.space };
}

/** What a law of the process is conditioned on: its datum, or an interpolant's draws but the noise. */
function dataOf({ dynamics }: Process): string {
  if (dynamics.kind !== "interpolant" || dynamics.facts.kind !== "linear") return "x0";
  const { order, score } = dynamics.facts;
  return order.flatMap(({ name }) => (name === score?.draw.name ? [] : [name])).join(", ");
}

/** I(t | x0, x1) of a path whose other draws are all given: normal about the path without its noise, with standard deviation |γ|. */
function pathLaw({ process, time, given }: StateLaw, span: Span, c: Context): Law | null {
  const { dynamics } = process;
  if (dynamics.kind !== "interpolant" || dynamics.facts.kind !== "linear" || given === null) return null;
  const { score, order, signal } = dynamics.facts;
  const place = order.findIndex(({ name }) => name === score?.draw.name);
  if (score === null || signal !== null || given.length !== order.length - 1) return null;
  const still = tensor(ir.zeros(process.space.shape));
  const path = pathOf(
    process,
    time,
    given.toSpliced(place, 0, still),
    { name: process.name, span, shape: process.space.shape },
    c,
  );
  if (path === null) return null;
  const std = tensor(ir.abs(atTime(score.factor, process, time)));
  return { kind: "law", law: "normal", mean: tensor(path.value), std, like: process.space };
}

/** What a state's law is conditioned on. */
export function conditionOf({ given, pins }: Pick<StateLaw, "given" | "pins">): readonly Value[] {
  return [...(given ?? []).map(({ value }) => value), ...pins.flatMap(({ time, state }) => [time, state.value])];
}

/** Draws a state. */
export function stateDraw(law: StateLaw, site: DrawSite, c: Context): Thing {
  const { process, time } = law;
  if (process.dynamics.kind === "interpolant" && law.pins.length === 0) return pathDraw(law, site, c);
  if (process.dynamics.kind === "system") return systemDraw(process, process.dynamics, time, law.span, site, c);
  if (law.given === null && law.pins.length === 0) {
    if (isKnownEnd(process, time) && process.known !== null) {
      return draw(process.known, { ...site, shape: process.space.shape }, c);
    }
    if (process.data === null) {
      return report(c, catalogue.noKnownEnd, law.span, { process: process.name });
    }
    const source = asLaw(process.data, site.span, c);
    const x0 = source === null ? poison : draw(source, { ...site, name: `${site.name}_0` }, c);
    if (x0.kind !== "tensor") return poison;
    return stateDraw({ ...law, given: [x0] }, site, c);
  }
  const kernel = kernelLaw(law, law.span, c);
  if (kernel === null) return poison;
  const drawn = draw(kernel, { ...site, shape: process.space.shape }, c);
  const [datum] = law.given ?? [];
  if (drawn.kind === "tensor" && datum !== undefined && law.pins.length === 0) noteDatum(drawn.value, datum.value);
  return drawn.kind === "tensor"
    ? { ...drawn, draw: { noise: drawn.draw?.noise ?? null, time, process, condition: conditionOf(law) } }
    : drawn;
}

/** Whether `time` is, as a constant, the end whose law is claimed. */
export function isKnownEnd(process: Process, time: Value): boolean {
  return time.op === "scalar" && time.params.value === process.knownTime;
}

/** Draws the interpolant's own random variables and puts them into its path. */
function pathDraw(law: StateLaw, site: DrawSite, c: Context): Thing {
  const { process, time } = law;
  if (law.given === null && isKnownEnd(process, time) && process.known !== null) {
    return draw(process.known, { ...site, shape: process.space.shape }, c);
  }
  const path = pathOf(process, time, law.given, site, c);
  if (path === null) return poison;
  c.frame?.held.add(path.value);
  const drawn: Drawn = { noise: path.noise, time, process, condition: conditionOf(law) };
  return { ...tensor(path.value), draw: drawn };
}

/** x = path(t, draws): the draws are made, except those given in the order of the declaration. */
export function pathOf(
  process: Process,
  time: Value,
  given: readonly Tensor[] | null,
  site: DrawSite,
  c: Context,
): { readonly value: Value; readonly noise: Value | null } | null {
  const { dynamics } = process;
  if (dynamics.kind !== "interpolant") return null;
  const scope = childOf(dynamics.scope);
  scope.names.set(process.time, tensor(time));
  const inner = { ...withScope(c, scope), pureIn: null };
  const remaining = [...(given ?? [])];
  let noise: Value | null = null;
  const done = evaluateStatements(dynamics.statements, inner, {
    like: process.space,
    prefix: `${site.name}_`,
    given: (name) => {
      const next = remaining.shift();
      if (next !== undefined) scope.names.set(name, next);
      return next ?? null;
    },
  });
  if (done === "failed") return null;
  const value = evaluateTensor(dynamics.path, inner);
  if (value === null) return null;
  if (dynamics.facts.kind === "linear" && dynamics.facts.score !== null) {
    const gaussian = scope.names.get(dynamics.facts.score.draw.name);
    if (gaussian?.kind === "tensor") noise = real(gaussian.value);
  }
  return { value, noise };
}
