/** A process of several components being run: drift, noise and reversal with a matrix of noise. */
import type { Span } from "../../grammar/source.js";
import { isZero } from "../calculus/expression.js";
import type { Vector } from "../calculus/system-facts.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { substitute } from "../ir/substitute.js";
import type { Value } from "../ir/value.js";
import { real, tensor } from "./arithmetic.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import type { Entry } from "./graph-matrix.js";
import { plus } from "./graph-matrix.js";
import { atTime } from "./process-law.js";
import { componentNames, takeApart } from "./system-state.js";
import { systemScore } from "./system-heads.js";
import type { Law, Process, Run, System, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** The state's tensors, one per declared state. */
interface At {
  readonly states: readonly Value[];
  readonly t: Value;
}

/** f, or f - ∇·D - D s reversed, or f - ½ ∇·D - ½ D s as the flow, D = G Gᵀ (Anderson 1982; methods 0.3). */
export function systemDrift(run: Run, system: System, x: Thing, t: Thing, span: Span, c: Context): Thing {
  const at = placeOf(run.process, system, x, t, span, c);
  if (at === null) return poison;
  const forward = system.states.map(({ drift }) => placed(drift, system, at));
  if (run.mode === "forward") return record(system, forward);
  if (run.noise !== null || run.mode === "stochastic") {
    return report(c, catalogue.notCompiledYet, span, {
      construct: "A noise level for a process of several components",
      instead: "Run its `reverse` or its `probability_flow`.",
    });
  }
  const needed = system.states.map((_, place) =>
    system.motions.some((__, motion) => coefficient(system, place, motion) !== null),
  );
  const score = scoreOf(run, system, x, t, needed, span, c);
  if (score === null) return poison;
  const spread = system.motions.reduce<readonly Entry[]>(
    (sum, _, motion) => {
      const added = spreadBy(system, motion, score, at);
      return sum.map((entry, place) => plus(entry, added[place] ?? null));
    },
    system.states.map(() => null),
  );
  const divergence = divergenceOf(run.process, system, at);
  const share = run.mode === "reverse" ? ir.scalar(1) : ir.scalar(0.5);
  const drifts = forward.map((f, place) => {
    const pull = plus(spread[place] ?? null, divergence[place] ?? null);
    return pull === null ? f : ir.sub(f, ir.mul(share, pull));
  });
  return record(system, drifts);
}

/** The score by declared state, null where nothing needs it; null after reporting. */
function scoreOf(
  run: Run,
  system: System,
  x: Thing,
  t: Thing,
  needed: readonly boolean[],
  span: Span,
  c: Context,
): readonly Entry[] | null {
  const score: Entry[] = system.states.map(() => null);
  for (const predictor of run.predictors) {
    const predicted = systemScore(predictor, run, x, t, span, c);
    if (predicted === null) return null;
    predicted.forEach((entry, place) => (score[place] ??= entry));
  }
  const missing = system.states.findIndex((_, place) => needed[place] === true && score[place] === null);
  if (missing < 0) return score.map((entry, place) => (needed[place] === true ? entry : null));
  report(c, catalogue.scoreMissing, span, { process: run.process.name, component: system.states[missing]?.name ?? "" });
  return null;
}

/** G Gᵀ s of one motion. */
function spreadBy(system: System, motion: number, score: readonly Entry[], at: At): readonly Entry[] {
  const levels = system.states.map((_, place) => {
    const graph = coefficient(system, place, motion);
    return graph === null ? null : placed(graph, system, at);
  });
  const matrix = levels[0] ?? null;
  const first = score[0] ?? null;
  if (system.form === "vector" && matrix !== null && matrix.shape.length === 2) {
    return [first === null ? null : apply(matrix, ir.matMul(ir.reshape(first, [1, ...first.shape]), matrix))];
  }
  const pulled = levels.reduce<Entry>((sum, g, place) => {
    const s = score[place] ?? null;
    return g === null || s === null ? sum : plus(sum, ir.mul(g, s));
  }, null);
  return levels.map((g) => (g === null || pulled === null ? null : ir.mul(g, pulled)));
}

/** G w for w of shape [1, m] or [m]. */
function apply(matrix: Value, w: Value): Value {
  const [rows = 1, columns = 1] = matrix.shape;
  return ir.reshape(ir.matMul(ir.reshape(w, [1, columns]), ir.transpose(matrix, [1, 0])), [rows]);
}

function divergenceOf(process: Process, system: System, at: At): readonly Entry[] {
  return fieldOf(system.facts.divergence, process, system, at);
}

/** ½ Σ_j (g_j · ∂) g_j, Itô's drift less Stratonovich's. */
export function systemCorrection(run: Run, system: System, x: Thing, t: Thing, span: Span, c: Context): Thing {
  const at = placeOf(run.process, system, x, t, span, c);
  if (at === null) return poison;
  const entries = fieldOf(system.facts.structure.correction, run.process, system, at);
  return record(
    system,
    system.states.map(({ space }, place) => ir.broadcastTo(entries[place] ?? ir.scalar(0), space.shape)),
  );
}

/** A formula for each component at a state, by declared state; null where it is zero. */
function fieldOf(formulas: Vector, process: Process, system: System, at: At): readonly Entry[] {
  if (formulas.every(isZero)) return [];
  const names = componentNames(system);
  const [whole] = at.states;
  const part = (i: number): Value =>
    system.form === "states" || whole === undefined
      ? (at.states[i] ?? at.t)
      : ir.reshape(ir.slice(whole, [i], [1]), []);
  const values = new Map(names.map((name, i) => [name, part(i)] as const));
  const entries = formulas.map((e) => (isZero(e) ? null : atTime(e, process, at.t, values)));
  if (system.form === "states") return entries;
  return [
    ir.concat(
      entries.map((entry) => ir.reshape(entry ?? ir.scalar(0), [1])),
      0,
    ),
  ];
}

/** `diffuse(R, x, t, w)`: G w, w one tensor for one motion, a record of them for several. */
export function systemDiffuse(run: Run, system: System, x: Thing, t: Thing, w: Thing, span: Span, c: Context): Thing {
  if (run.mode === "flow") return tensor(ir.scalar(0));
  const at = placeOf(run.process, system, x, t, span, c);
  if (at === null || w.kind === "poison") return poison;
  const [only, more] = system.motions;
  const sums: Entry[] = system.states.map(() => null);
  for (const [motion, { name }] of system.motions.entries()) {
    const increment =
      more === undefined && only !== undefined ? w : w.kind === "record" ? w.fields.get(motionName(name)) : undefined;
    if (increment?.kind !== "tensor")
      return report(c, catalogue.wrongKind, span, {
        found: describe(w),
        expected: "an increment of the process's noise",
      });
    const value = real(increment.value);
    for (const place of system.states.keys()) {
      const graph = coefficient(system, place, motion);
      if (graph === null) continue;
      const g = placed(graph, system, at);
      const moved = system.form === "vector" && g.shape.length === 2 ? apply(g, value) : ir.mul(g, value);
      sums[place] = plus(sums[place] ?? null, moved);
    }
  }
  return record(
    system,
    sums.map((entry, place) => ir.broadcastTo(entry ?? ir.scalar(0), system.states[place]?.space.shape ?? [])),
  );
}

/** The law of the noise over a step: one per motion. */
export function systemIncrement(run: Run, system: System, std: Thing): Law {
  const law = (shape: System["motions"][number]["shape"]): Law => ({
    kind: "law",
    law: "normal",
    mean: tensor(ir.scalar(0)),
    std,
    like: {
      ...run.process.space,
      space: "Real",
      low: null,
      high: null,
      open: false,
      integer: false,
      bits: null,
      shape: shape.flatMap((size) => (typeof size === "number" ? [size] : [])),
    },
  });
  const [only, more] = system.motions;
  if (only !== undefined && more === undefined) return law(only.shape);
  return {
    kind: "law",
    law: "record",
    fields: new Map(system.motions.map(({ name, shape }) => [motionName(name), law(shape)])),
  };
}

/** `diffusion(R, x, t)`: the matrix of a vector's one motion; of several states, each with a motion of its own, a record. */
export function systemDiffusion(run: Run, system: System, x: Thing, t: Thing, span: Span, c: Context): Thing {
  if (run.mode === "flow") return tensor(ir.scalar(0));
  const at = placeOf(run.process, system, x, t, span, c);
  if (at === null) return poison;
  const own = system.states.map(({ noise }) => noise.flatMap((graph) => (graph === null ? [] : [graph])));
  const entering = system.motions.map(
    (_, motion) => system.states.filter((__, place) => coefficient(system, place, motion) !== null).length,
  );
  if (own.some((graphs) => graphs.length > 1) || entering.some((count) => count > 1)) {
    return report(c, catalogue.notCompiledYet, span, {
      construct: "`diffusion` where states share a motion or have several",
      instead: "Apply it to an increment: `diffuse(R, x, t, w)`.",
    });
  }
  return record(
    system,
    own.map(([graph]) => placed(graph ?? ir.scalar(0), system, at)),
  );
}

/** `dW_x` moves by the increment `W_x`. */
function motionName(differential: string): string {
  return differential.slice(1);
}

function coefficient(system: System, place: number, motion: number): Value | null {
  return system.states[place]?.noise[motion] ?? null;
}

function placeOf(process: Process, system: System, x: Thing, t: Thing, span: Span, c: Context): At | null {
  if (t.kind !== "tensor") {
    if (t.kind !== "poison") report(c, catalogue.wrongKind, span, { found: describe(t), expected: "a time" });
    return null;
  }
  const parts = takeApart(process, system, x, span, c);
  if (parts === null) return null;
  return { states: system.form === "vector" && x.kind === "tensor" ? [real(x.value)] : parts, t: real(t.value) };
}

function placed(graph: Value, system: System, { states, t }: At): Value {
  const leaves = new Map<Value, Value>([
    [system.t, t],
    ...system.states.map(({ x }, place) => [x, states[place] ?? t] as const),
  ]);
  return substitute([graph], leaves)[0] ?? graph;
}

function record(system: System, values: readonly Value[]): Thing {
  const [only] = values;
  if (system.form === "vector") return tensor(only ?? ir.scalar(0));
  return {
    kind: "record",
    fields: new Map(system.states.map(({ name }, place) => [name, tensor(values[place] ?? ir.scalar(0))])),
  };
}
