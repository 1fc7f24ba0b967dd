/** What a reward gives: its body, kept in its declared range, or what the application answers. */
import type { Span } from "../../grammar/source.js";
import type { Declaration, Expression } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import type { Value } from "../ir/value.js";
import { constantOf, real, showShape, tensor } from "./arithmetic.js";
import { evaluateBody } from "./call.js";
import type { Context, Frame } from "./context.js";
import { newInput, report, usedAt, withScope } from "./context.js";
import { describe } from "./describe.js";
import { noteRange, rangeOfSum } from "./reward-range.js";
import type { Scope } from "./scope.js";
import { childOf } from "./scope.js";
import { intervalOf, spaceOfType } from "./spaces.js";
import type { Reward, Thing } from "./thing.js";
import { poison } from "./thing.js";

export function makeReward(declaration: Declaration, scope: Scope, c: Context): Thing {
  const { annotation, body, name, parameters } = declaration;
  if (annotation?.kind === "predicts") {
    return report(c, catalogue.misplaced, annotation.span, {
      construct: "A head",
      place: "a reward",
      instead: "A reward is a number: `: Real in [0, 1]`.",
    });
  }
  if (annotation !== null) {
    const space = spaceOfType(annotation.type, withScope(c, scope));
    if (space === null) return poison;
    if (space.shape.length > 0)
      return report(c, catalogue.notScalar, annotation.span, {
        what: `The reward \`${name.text}\``,
        shape: showShape(space.shape),
      });
  }
  if (annotation === null && body === null) {
    return report(c, catalogue.missingPart, name.span, {
      owner: `The reward \`${name.text}\``,
      part: "a type",
      instead: "Write `: Real`, or with the range of its answers `: Real in [0, 1]`.",
    });
  }
  const domain = annotation?.domain ?? null;
  const range = domain === null ? null : intervalOf(domain.value, withScope(c, scope), "The range of a reward");
  if (domain !== null && range === null) return poison;
  const untyped = (parameters ?? []).find((parameter) => parameter.type === null);
  if (body === null && untyped !== undefined) {
    return report(c, catalogue.missingPart, untyped.span, {
      owner: `\`${untyped.name.text}\` of a reward without a body`,
      part: "a type",
      instead: `Write \`${untyped.name.text}: …\`: the application must know what it is given.`,
    });
  }
  return { kind: "reward", name: name.text, declaration, scope, range };
}

/** The reward of bound arguments. */
export function callReward(
  reward: Reward,
  things: readonly Thing[],
  written: readonly Expression[],
  span: Span,
  c: Context,
): Thing {
  const parameters = reward.declaration.parameters ?? [];
  const scope = childOf(reward.scope);
  const values: Value[] = [];
  for (const [place, parameter] of parameters.entries()) {
    const thing = things[place];
    if (thing === undefined)
      return report(c, catalogue.missingArgument, span, { name: parameter.name.text, callee: reward.name });
    if (thing.kind === "poison") return poison;
    if (thing.kind !== "tensor")
      return report(c, catalogue.wrongKind, written[place]?.span ?? span, {
        found: describe(thing),
        expected: "a tensor",
      });
    const space = parameter.type === null ? null : spaceOfType(parameter.type, withScope(c, reward.scope));
    if (parameter.type !== null && space === null) return poison;
    if (space !== null && showShape(space.shape) !== showShape(thing.value.shape)) {
      return report(c, catalogue.wrongShape, written[place]?.span ?? span, {
        what: `\`${parameter.name.text}\` of \`${reward.name}\``,
        expected: showShape(space.shape),
        found: showShape(thing.value.shape),
      });
    }
    scope.names.set(parameter.name.text, thing);
    values.push(real(thing.value));
  }
  if (things.length > parameters.length)
    return report(c, catalogue.tooManyArguments, span, {
      callee: reward.name,
      expected: parameters.length,
      found: things.length,
    });
  if (reward.declaration.body === null) return asked(reward, values, span, c);
  return computed(reward, scope, span, c);
}

/** With a body: a number, watched where the reward has a range. */
function computed(reward: Reward, scope: Scope, span: Span, c: Context): Thing {
  const { body } = reward.declaration;
  if (body === null) return poison;
  const inner: Context = { ...withScope(c, scope), pureIn: reward.name };
  const result = usedAt(span, c, () => evaluateBody(body, inner, reward.declaration.span));
  if (result.kind === "poison") return poison;
  const place = body.kind === "value" ? body.value.span : body.span;
  if (result.kind !== "tensor")
    return report(c, catalogue.wrongKind, place, { found: describe(result), expected: "a number" });
  if (result.value.shape.length > 0)
    return report(c, catalogue.notScalar, place, {
      what: `The reward \`${reward.name}\``,
      shape: showShape(result.value.shape),
    });
  const { range } = reward;
  const value = real(result.value);
  if (range === null) return tensor(value);
  const known = constantOf(result);
  if (known !== null && (known < range[0] || known > range[1])) {
    return report(c, catalogue.rewardOutsideRange, place, {
      reward: reward.name,
      value: String(known),
      range: `[${range[0]}, ${range[1]}]`,
    });
  }
  const reach = rangeOfSum(value);
  if (reach !== null && (reach[0] < range[0] - rounding || reach[1] > range[1] + rounding)) {
    return report(c, catalogue.rewardOutsideRange, place, {
      reward: reward.name,
      value: `from ${short(reach[0])} to ${short(reach[1])}`,
      range: `[${range[0]}, ${range[1]}]`,
    });
  }
  c.frame?.noted.push({ kind: "check", reward: reward.name, range, value });
  return tensor(noteRange(value, range));
}

/** Without a body: an input of the program, which the application fills when it has seen the arguments. */
function asked(reward: Reward, values: readonly Value[], span: Span, c: Context): Thing {
  const { frame } = c;
  if (frame === null)
    return report(c, catalogue.misplaced, span, {
      construct: `The reward \`${reward.name}\`, which the application gives,`,
      place: "this declaration",
      instead: "Ask it in an objective.",
    });
  const number = askedSoFar(frame);
  const answer = newInput(
    frame,
    `${reward.name}_value`,
    [],
    { kind: "reward", reward: reward.name, call: number },
    true,
  );
  frame.noted.push({
    kind: "ask",
    reward: reward.name,
    call: number,
    range: reward.range,
    values,
    axes: [],
    span: c.world.library.has(span.source)
      ? (c.world.uses.findLast((use) => !c.world.library.has(use.span.source))?.span ?? span)
      : span,
  });
  return tensor(noteRange(answer, reward.range));
}

/** Weights such as 0.7 and 0.3 add up to 1 only so far. */
const rounding = 1e-9;

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Every question of the program has its number. */
function askedSoFar(frame: Frame): number {
  const numbers = frame.inputs.flatMap(({ feed }) => (feed.kind === "reward" ? [feed.call] : []));
  return numbers.length === 0 ? 0 : Math.max(...numbers) + 1;
}

/** What was noted in one round, as noted of all rounds. */
export function liftNoted(frame: Frame, lift: (values: readonly Value[]) => readonly Value[]): void {
  const { rounds } = frame;
  if (rounds === null) return;
  for (const entry of frame.noted) {
    if (entry.kind === "check") rounds.around.noted.push({ ...entry, value: lift([entry.value])[0] ?? ir.scalar(0) });
    else rounds.around.noted.push({ ...entry, values: lift(entry.values), axes: [rounds.count, ...entry.axes] });
  }
}
