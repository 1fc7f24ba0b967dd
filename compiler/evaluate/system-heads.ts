/** What networks predict of a process of several components: the score of all of them or of one, or that one's noise. */
import type { Span } from "../../grammar/source.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { real, showShape, tensor } from "./arithmetic.js";
import { applyClosure } from "./call.js";
import type { Context } from "./context.js";
import { report } from "./context.js";
import { describe } from "./describe.js";
import type { Entry } from "./graph-matrix.js";
import { conditionalDeviation } from "./joint-law.js";
import type { Predictor } from "./network.js";
import { applyNetwork } from "./network.js";
import { boundArguments } from "./predictors.js";
import { lawFromStart } from "./system-law.js";
import { byState } from "./system-network.js";
import { componentCount, componentShape, systemOf } from "./system-state.js";
import type { Process, Quantity, Run, System, Thing } from "./thing.js";
import { poison } from "./thing.js";

/** `score(net, x, t)` and `noise(net, x, t)`, the state one record (or vector), or its states one by one. */
export function predictOfSystem(
  predictor: Predictor,
  quantity: Quantity,
  args: readonly Thing[],
  span: Span,
  c: Context,
): Thing {
  const { head } = predictor;
  const system = head === null ? null : systemOf(head.process);
  if (head === null || system === null) return poison;
  const count = system.form === "states" && args[0]?.kind !== "record" ? system.states.length : 1;
  const time = args[count];
  const raw =
    predictor.kind === "network"
      ? applyNetwork(predictor, args, span, c)
      : applyClosure(predictor, byState(predictor.source.parameters ?? [], args, system), span, c);
  if (raw.kind === "poison") return poison;
  if (time?.kind !== "tensor") return report(c, catalogue.missingArgument, span, { name: "t", callee: predictor.name });
  const wanted = system.focus === null ? null : showShape(componentShape(system, system.focus));
  if (wanted !== null && (raw.kind !== "tensor" || showShape(raw.value.shape) !== wanted)) {
    return report(c, catalogue.wrongShape, span, {
      what: `What \`${predictor.name}\` predicts`,
      expected: wanted,
      found: raw.kind === "tensor" ? showShape(raw.value.shape) : describe(raw),
    });
  }
  if (head.quantity === quantity)
    return raw.kind === "tensor" ? { ...raw, meaning: { quantity, process: head.process } } : raw;
  const isPair =
    (head.quantity === "noise" && quantity === "score") || (head.quantity === "score" && quantity === "noise");
  const deviation =
    system.focus === null || !isPair ? null : deviationAt(head.process, system, real(time.value), span, c);
  if (deviation === "failed") return poison;
  if (deviation === null || raw.kind !== "tensor") {
    return report(c, catalogue.noConversion, span, {
      from: head.quantity,
      to: quantity,
      process: head.process.name,
      reason: "it has several components",
    });
  }
  // noise = -deviation · score, the deviation that of the component given the others
  const value = real(raw.value);
  const converted = quantity === "score" ? ir.neg(ir.div(value, deviation)) : ir.neg(ir.mul(value, deviation));
  return { ...tensor(converted), meaning: { quantity, process: head.process } };
}

/** The deviation of the component that the process names, given the others and the data; null where it has none. */
export function deviationAt(process: Process, system: System, time: Value, span: Span, c: Context): Entry | "failed" {
  const zeros = Array.from({ length: componentCount(system) }, (_, i) => ir.zeros(componentShape(system, i)));
  const given =
    system.form === "vector" ? zeros : zeros.map((zero, i) => (system.states[i]?.initial == null ? zero : null));
  const law = lawFromStart(process, system, time, given, span, c);
  if (law?.law !== "joint") return "failed";
  return system.focus === null ? null : conditionalDeviation(law.factor, law.order.indexOf(system.focus));
}

/** A predictor's score by declared state; null after reporting. */
export function systemScore(
  predictor: Predictor,
  run: Run,
  x: Thing,
  t: Thing,
  span: Span,
  c: Context,
): readonly Entry[] | null {
  const system = predictor.head === null ? null : systemOf(predictor.head.process);
  if (system === null) return null;
  const score = predictOfSystem(predictor, "score", [x, t, ...boundArguments(predictor, run)], span, c);
  if (score.kind === "poison") return null;
  if (score.kind === "record")
    return system.states.map(({ name }) => {
      const field = score.fields.get(name);
      return field?.kind === "tensor" ? real(field.value) : null;
    });
  if (score.kind !== "tensor") return null;
  return system.states.map((_, place) =>
    system.form === "vector" || place === system.focus ? real(score.value) : null,
  );
}
