/** What does noise that depends on the state add to a drift, and to a step of strong order 1? */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { show } from "../calculus/show.js";
import * as ir from "../ir/build.js";
import { jvp } from "../ir/differentiate.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { real, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { atTime } from "./process-law.js";
import { diffuseOf, driftOf, endsOf } from "./run.js";
import { systemCorrection, systemDiffuse } from "./system-run.js";
import type { Run, Thing } from "./thing.js";
import { poison } from "./thing.js";

/**
 * The drift of a run in Stratonovich's sense: f - ½ Σ_j (g_j · ∂) g_j (methods 0.5). Against the clock, where the run's own
 * time grows as the clock falls, the correction has the other sign.
 */
export function stratonovichDrift(run: Run, x: Thing, t: Thing, span: Span, c: Context): Thing {
  const [drift, correction] = [driftOf(run, x, t, span, c), correctionOf(run, x, t, span, c)];
  const ends = correction === "none" || run.mode === "forward" ? null : endsOf(run, span, c);
  const isAgainst = ends !== null && ends[1] < ends[0];
  if (correction === "none") return drift;
  return combined([drift, correction], ([f = ir.scalar(0), bent = ir.scalar(0)]) =>
    isAgainst ? ir.add(f, bent) : ir.sub(f, bent),
  );
}

/**
 * Σ_jk (g_j · ∂) g_k ∫∫ dW_j dW_k over a step for the increments w: where the noise commutes, half of (w_j w_k - δ_jk |h|)
 * stands for each pair of integrals (Kloeden & Platen 1992, equation 10.3.16).
 */
export function iteratedIntegrals(run: Run, x: Thing, t: Thing, s: Value, w: Thing, span: Span, c: Context): Thing {
  const { dynamics } = run.process;
  if (dynamics.kind === "system" && dynamics.facts.structure.bracket !== null)
    return refuse(run, dynamics.facts, span, c);
  const correction = correctionOf(run, x, t, span, c);
  if (correction === "none") return combined([x], ([value = ir.scalar(0)]) => ir.mul(ir.scalar(0), value));
  if (correction.kind === "poison" || t.kind !== "tensor") return poison;
  const moved = diffused(run, x, t, w, span, c);
  const leaves = combined([x], ([value = ir.scalar(0)]) => ir.input("x", "real", value.shape));
  const noise = diffused(run, leaves, t, w, span, c);
  const [values, at, here, along] = [partsOf(noise), partsOf(leaves), partsOf(x), partsOf(moved)];
  const slopes = jvp(values, at, along);
  const map = new Map(at.map((leaf, place) => [leaf, here[place] ?? leaf]));
  const bent = rebuilt(moved, substitute(slopes, map));
  const h = ir.abs(ir.sub(s, real(t.value)));
  return combined([bent, correction], ([second = h, own = h]) =>
    ir.sub(ir.mul(ir.scalar(0.5), second), ir.mul(h, own)),
  );
}

function refuse(run: Run, facts: Parameters<typeof bracketOf>[0], span: Span, c: Context): Thing {
  return report(c, catalogue.noiseDoesNotCommute, span, { process: run.process.name, ...bracketOf(facts) }, [
    { message: "the process is declared here", span: run.process.declaration.name.span },
  ]);
}

function bracketOf({ structure, input }: Extract<Run["process"]["dynamics"], { kind: "system" }>["facts"]): {
  first: string;
  second: string;
  component: string;
  value: string;
} {
  const { first = 0, second = 1, component = 0, value } = structure.bracket ?? {};
  return {
    first: String(first + 1),
    second: String(second + 1),
    component: input.states[component]?.name ?? "",
    value: value === undefined ? "" : show(value),
  };
}

/** ½ Σ_j (g_j · ∂) g_j at a state; "none" where the noise does not depend on it. */
function correctionOf(run: Run, x: Thing, t: Thing, span: Span, c: Context): Thing | "none" {
  const { process } = run;
  const { dynamics } = process;
  if (run.mode === "flow" || run.noise !== null || dynamics.kind === "interpolant") return "none";
  if (dynamics.kind === "system")
    return dynamics.facts.structure.structure === "additive" ? "none" : systemCorrection(run, dynamics, x, t, span, c);
  if (dynamics.kind === "coordinates") {
    return report(c, catalogue.notCompiledYet, span, {
      construct: "Stratonovich's correction of a process in coordinates",
      instead: "Use it in a step of a sampler: steps are taken in the coordinates.",
    });
  }
  if (dynamics.facts.additive) return "none";
  if (x.kind !== "tensor" || t.kind !== "tensor") return poison;
  // ½ g ∂g/∂x is a quarter of ∂(g²)/∂x.
  const divergence = atTime(
    dynamics.facts.divergence,
    process,
    real(t.value),
    new Map([[process.state, real(x.value)]]),
  );
  return tensor(ir.mul(ir.scalar(0.25), divergence));
}

function diffused(run: Run, x: Thing, t: Thing, w: Thing, span: Span, c: Context): Thing {
  const { dynamics } = run.process;
  if (dynamics.kind === "system") return systemDiffuse(run, dynamics, x, t, w, span, c);
  return w.kind === "tensor" ? diffuseOf(run, x, t, real(w.value), span, c) : poison;
}

/** A tensor, or a record of tensors, made number by number of others of the same form. */
function combined(things: readonly Thing[], f: (values: readonly Value[]) => Value): Thing {
  const [first] = things;
  if (first === undefined || things.some((thing) => thing.kind === "poison")) return poison;
  const parts = things.map(partsOf);
  return rebuilt(
    first,
    partsOf(first).map((_, place) => f(parts.flatMap((values) => values[place] ?? []))),
  );
}

function partsOf(thing: Thing): readonly Value[] {
  if (thing.kind === "tensor") return [real(thing.value)];
  return thing.kind === "record" ? [...thing.fields.values()].flatMap(partsOf) : [];
}

function rebuilt(like: Thing, values: readonly Value[]): Thing {
  if (like.kind !== "record") return tensor(values[0] ?? ir.scalar(0));
  return {
    kind: "record",
    fields: new Map([...like.fields.keys()].map((name, place) => [name, tensor(values[place] ?? ir.scalar(0))])),
  };
}
