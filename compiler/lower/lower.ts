/** From a parsed file to its lowered model: every declaration is evaluated, every run and sampler becomes programs. */
import type { Declaration, File, Train } from "../../grammar/tree.js";
import type { DataSpec, ObjectiveSpec, SamplerSpec, TrainSpec, RewardSpec } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import * as ir from "../ir/build.js";
import { print } from "../ir/print.js";
import { tensor } from "../evaluate/arithmetic.js";
import type { Context, World } from "../evaluate/context.js";
import { newFrame, report, withScope } from "../evaluate/context.js";
import { movesOneSample } from "./batch-statistic.js";
import { keepsBoundary } from "./boundary.js";
import type { Texts } from "../evaluate/file.js";
import { fileScope, libraryScope, topLevel } from "../evaluate/file.js";
import { fingerprintOf } from "./fingerprint.js";
import type { LoweredModel, LoweredProgram } from "./model.js";
import { predict } from "../evaluate/heads.js";
import { memberOf } from "../evaluate/family.js";
import { lowerObjective } from "./objective.js";
import { lowerSetup } from "./setup.js";
import { lowerSampler } from "./sampler.js";
import { checkNullLabels } from "../evaluate/labels.js";
import { callReward } from "../evaluate/reward.js";
import { lookUp } from "../evaluate/scope.js";
import { spaceOfType } from "../evaluate/spaces.js";
import { drawCoupling } from "../evaluate/statements.js";
import type { Closure, Coupling, Network, Objective, Process, Quantity, Reward, Thing } from "../evaluate/thing.js";
import { poison } from "../evaluate/thing.js";
import { lowerTrains } from "./trains.js";

export interface Lowered {
  readonly model: LoweredModel;
  /** The file's processes and interpolants, in order. */
  readonly processes: readonly Process[];
}

/** Lowers a file. Problems go to `world.diagnostics`; the model is whole only if there is no error among them. */
export function lower(file: File, texts: Texts, world: World): Lowered {
  const scope = fileScope(file, libraryScope(texts, world), texts, world);
  const c = topLevel(world, scope);
  const declarations = file.items.filter((item): item is Declaration => item.kind === "declaration");
  const things = new Map(
    declarations.map((declaration) => [declaration, lookUp(scope, declaration.name.text)] as const),
  );
  for (const item of file.items)
    if (item.kind === "let" || item.kind === "import") for (const name of item.names) lookUp(scope, name.text);
  for (const [declaration, thing] of things) {
    if (movesOneSample(declaration, c) && checkAlone(declaration, thing, c)) continue;
    // Its mistake is said once, at its declaration.
    things.set(declaration, poison);
    scope.names.set(declaration.name.text, poison);
  }
  const trains = file.items.filter((item): item is Train => item.kind === "train");
  const { objectives, runs, schedule, tried } = lowerTrains(trains, c);
  const rest = lowerOtherObjectives(things, tried, c);
  const samplers = declarations.flatMap((declaration) => samplerOf(declaration, things.get(declaration) ?? null, c));
  checkTrained(things, objectives, runs, c);
  if (!c.world.diagnostics.some(({ severity }) => severity === "error")) checkNullLabels(c);
  const setup = lowerSetup(c);
  const source = file.span.source.name.split("/").pop() ?? "";
  const model = {
    name: source.replace(/\.sde$/, ""),
    source,
    data: [...things.values()].flatMap((thing) => dataOf(thing)),
    weights: [...world.weights.values()].map((weight) => weight.spec),
    rewards: [...things.values()].flatMap((thing) => rewardOf(thing, c)),
    objectives: [...objectives, ...rest],
    samplers,
    train: runs,
    schedule,
    ...(setup === null ? {} : { setup }),
  };
  const programs = [...model.objectives.map(({ program }) => program), ...(setup === null ? [] : [setup.program])].map(
    ({ program }) => print(program),
  );
  return {
    model: { ...model, fingerprint: fingerprintOf([JSON.stringify(model.weights), ...programs]) },
    processes: [...things.values()].flatMap((thing) => (thing?.kind === "process" ? [thing] : [])),
  };
}

/** What can be tried on its own is, once, so that its mistakes show even if nothing uses it: networks, predicting fns, couplings, rewards. */
function checkAlone(declaration: Declaration, thing: Thing | null, c: Context): boolean {
  if (thing?.kind === "coupling") return drawsEnds(declaration, thing, c);
  if (thing?.kind === "reward") return rewardsOne(declaration, thing, c);
  if ((thing?.kind !== "network" && thing?.kind !== "closure") || thing.head === null) return true;
  const { name, parameters } = declaration;
  const isMean = thing.head.quantity === "mean_velocity";
  if ((parameters?.length ?? 0) < (isMean ? 3 : 2)) {
    const part = isMean ? "a state and two times among its parameters" : "a state and a time among its parameters";
    report(c, catalogue.missingPart, name.span, {
      owner: `\`${name.text}\``,
      part,
      instead: `Write \`${name.text}(${isMean ? "x, r, t" : "x, t"}) predicts …\`.`,
    });
    return false;
  }
  const args = trialArguments(thing, declaration);
  if (args === null) return true;
  const trial: Context = { ...c, frame: newFrame(name.text) };
  if (thing.head.quantity === "endpoint") return keepsBoundary(thing, thing.head, trial);
  return (
    predict(thing, isMean ? "velocity" : (thing.head.quantity as Quantity), args, name.span, trial).kind !== "poison"
  );
}

/** A coupling hands out its two ends, or more. */
function drawsEnds(declaration: Declaration, coupling: Coupling, c: Context): boolean {
  const { body, name } = declaration;
  const span = body?.kind === "value" ? body.value.span : name.span;
  const ends = drawCoupling(coupling, span, { ...c, frame: newFrame(name.text) });
  if (ends.kind === "poison") return false;
  if (ends.kind === "tuple" && ends.items.length > 1) return true;
  report(c, catalogue.missingPart, name.span, {
    owner: `The coupling \`${name.text}\``,
    part: "a second end",
    instead: "Return both: `return x0, x1`.",
  });
  return false;
}

/** A reward with a body, where its parameters say their spaces. */
function rewardsOne(declaration: Declaration, reward: Reward, c: Context): boolean {
  const { body, name, parameters } = declaration;
  const spaces = (parameters ?? []).map(({ type }) =>
    type === null || type.kind === "record type" ? null : spaceOfType(type, withScope(c, reward.scope)),
  );
  if (body === null || spaces.some((space) => space === null || space.integer)) return true;
  const things = spaces.map((space, i) =>
    tensor(ir.input(parameters?.[i]?.name.text ?? "x", "real", space?.shape ?? [])),
  );
  return callReward(reward, things, [], name.span, { ...c, frame: newFrame(name.text) }).kind !== "poison";
}

function trialArguments(thing: Network | Closure, declaration: Declaration): readonly Thing[] | null {
  const { head } = thing;
  const parameters = declaration.parameters ?? [];
  if (
    head === null ||
    head.process.dynamics.kind === "system" ||
    parameters.length !== (head.quantity === "mean_velocity" ? 3 : 2) ||
    parameters.some((parameter) => parameter.type !== null || parameter.default !== null)
  )
    return null;
  return [
    tensor(ir.input(parameters[0]?.name.text ?? "x", "real", head.process.space.shape)),
    tensor(ir.input(parameters[1]?.name.text ?? "t", "real", [])),
  ];
}

/** Objectives that no run asks for are compiled too: they can be evaluated. */
function lowerOtherObjectives(
  things: ReadonlyMap<Declaration, Thing | null>,
  tried: ReadonlySet<string>,
  c: Context,
): ObjectiveSpec<LoweredProgram>[] {
  return [...things].flatMap(([declaration, thing]) => {
    if (thing?.kind !== "objective" || tried.has(thing.name)) return [];
    const objective: Objective = thing;
    const one = lowerObjective(objective, objective.name, false, declaration.name.span, c);
    return (one ?? []).map(({ spec }) => spec);
  });
}

function samplerOf(declaration: Declaration, thing: Thing | null, c: Context): SamplerSpec<LoweredProgram>[] {
  if (declaration.keyword !== "sampler" || thing?.kind !== "template") return [];
  const hasKinds = (declaration.parameters ?? []).some((parameter) => parameter.type?.kind === "kind type");
  if (hasKinds) return [];
  if (declaration.states !== null) {
    const named = declaration.states.some((state) => state.type !== null);
    if (named)
      report(c, catalogue.notCompiledYet, declaration.name.span, {
        construct: "A sampler whose state persists (a chain)",
        instead: null,
      });
    return [];
  }
  const sampler = lowerSampler(declaration, thing.scope, c);
  return sampler === null ? [] : [sampler];
}

/** Every network with weights must be moved by a run. */
function checkTrained(
  things: ReadonlyMap<Declaration, Thing | null>,
  objectives: readonly ObjectiveSpec<LoweredProgram>[],
  runs: readonly TrainSpec[],
  c: Context,
): void {
  if (c.world.diagnostics.some((diagnostic) => diagnostic.severity === "error")) return;
  const moved = new Set(
    objectives
      .filter((objective) => runs.some((run) => run.objective === objective.name))
      .flatMap((objective) => objective.gradients.map((g) => g.weight)),
  );
  for (const { name, stored, owner, nameSpan } of c.world.params.values()) {
    if (owner.kind !== "network" && !moved.has(stored))
      report(c, catalogue.neverFitted, nameSpan, {
        param: name,
        owner: owner.name,
        isReference: owner.kind === "reference",
      });
  }
  for (const [declaration, thing] of things) {
    if (thing?.kind !== "network") continue;
    const weights = [...c.world.weights.values()].filter((weight) => weight.network === thing.name);
    const unused = weights.length === 0 && declaration.body?.kind === "value";
    if (unused || weights.some((weight) => !moved.has(weight.spec.name))) {
      report(c, catalogue.neverTrained, declaration.name.span, { network: thing.name });
    }
  }
}

/** Rewards without a body are the application's. */
function rewardOf(thing: Thing | null, c: Context): RewardSpec[] {
  if (thing?.kind !== "reward" || thing.declaration.body !== null) return [];
  const parameters = (thing.declaration.parameters ?? []).flatMap((parameter) => {
    const space = parameter.type === null ? null : spaceOfType(parameter.type, withScope(c, thing.scope));
    return space === null ? [] : [{ name: parameter.name.text, space }];
  });
  return [{ name: thing.name, parameters }];
}

function dataOf(thing: Thing | null): DataSpec[] {
  if (thing?.kind === "family") {
    return thing.values.map((value) => ({
      name: memberOf(thing, value).set,
      family: { name: thing.name, at: String(value) },
      fields: thing.fields,
    }));
  }
  return thing?.kind === "data" && thing.law === null ? [{ name: thing.set, family: null, fields: thing.fields }] : [];
}
