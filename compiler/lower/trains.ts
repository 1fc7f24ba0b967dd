/** What the `train` statements of a file ask for: objectives, runs, and in which order the runs have their turns. */
import type { AnyNode } from "../../grammar/walk.js";
import { childrenOf } from "../../grammar/walk.js";
import type { Block, Loop, Train } from "../../grammar/tree.js";
import type { ObjectiveSpec, TrainSpec, Turn } from "../../runtime/specification.js";
import { catalogue } from "../diagnostics/catalogue.js";
import type { Context } from "../evaluate/context.js";
import { report, resolve } from "../evaluate/context.js";
import { instantiate } from "../evaluate/declare.js";
import { describe } from "../evaluate/describe.js";
import { elementsOf } from "../evaluate/evaluate.js";
import type { Objective } from "../evaluate/thing.js";
import type { LoweredProgram } from "./model.js";
import type { Player } from "./objective.js";
import { lowerObjective } from "./objective.js";
import type { Updates } from "./train.js";
import { lowerTrain } from "./train.js";

export interface LoweredTrains {
  readonly objectives: ObjectiveSpec<LoweredProgram>[];
  readonly runs: TrainSpec[];
  readonly schedule: readonly Turn[];
  /** Names of the objectives that a run asks for, those with mistakes included. */
  readonly tried: ReadonlySet<string>;
}

/** The lists that the statements fill as they are met. */
interface Filling {
  readonly objectives: ObjectiveSpec<LoweredProgram>[];
  readonly runs: TrainSpec[];
  readonly tried: Set<string>;
  /** How the statement that gave an objective its name wrote it, arguments included. */
  readonly writtenAs: Map<string, string>;
  readonly programs: Map<string, { readonly players: readonly Player[]; readonly method: string }>;
}

export function lowerTrains(trains: readonly Train[], c: Context): LoweredTrains {
  const filling: Filling = { objectives: [], runs: [], tried: new Set(), writtenAs: new Map(), programs: new Map() };
  const schedule = trains.flatMap((train) => turnsOf(train, filling, c));
  const { objectives, runs, tried } = filling;
  return { objectives, runs, tried, schedule };
}

function turnsOf(train: Train, filling: Filling, c: Context): readonly Turn[] {
  return train.schedule === null ? runOf(train, filling, c) : blockOf(train.schedule, filling, c);
}

function blockOf(block: Block, filling: Filling, c: Context): readonly Turn[] {
  return block.statements.flatMap((statement): readonly Turn[] => {
    if (statement.kind === "train") return turnsOf(statement, filling, c);
    if (statement.kind === "loop") return repeated(statement, filling, c);
    report(c, catalogue.misplaced, statement.span, {
      construct: "This statement",
      place: "a schedule of runs",
      instead: "A schedule has `train` statements, and `for` around them.",
    });
    return [];
  });
}

/** `for round in 0..10 { … }`: its rounds are alike, since a statement that runs again goes on where it stopped. */
function repeated(loop: Loop, filling: Filling, c: Context): readonly Turn[] {
  const elements = elementsOf(loop.domain, c);
  if (elements === null) return [];
  if (elements.length === 0) {
    report(c, catalogue.emptySchedule, loop.domain.span, {});
    return [];
  }
  for (const name of loop.names) {
    const use = useOf(name.text, loop.body);
    if (use === null) continue;
    report(c, catalogue.roundInSchedule, use.span, { name: name.text });
    return [];
  }
  return [{ kind: "repeat", times: elements.length, of: blockOf(loop.body, filling, c) }];
}

/** Where a name is referred to below a node. */
function useOf(name: string, node: AnyNode): AnyNode | null {
  if (node.kind === "reference" && "text" in node && node.text === name) return node;
  for (const child of childrenOf(node)) {
    const found = useOf(name, child);
    if (found !== null) return found;
  }
  return null;
}

function runOf(train: Train, filling: Filling, c: Context): readonly Turn[] {
  const { objectives, runs, tried, writtenAs } = filling;
  const objective = objectiveOf(train, c);
  if (objective === null || train.run === null) return [];
  // A template trained with other arguments as well goes by its name as written.
  const named = train.run.objective.span;
  const written = named.source.text.slice(named.start, named.end).replace(/\s+/g, " ");
  const isTaken = tried.has(objective.name) && (writtenAs.get(objective.name) ?? written) !== written;
  const name = isTaken ? written : objective.name;
  if (!isTaken) writtenAs.set(name, written);
  tried.add(name);
  const run = lowerTrain(train, name, c);
  if (run === null) return [];
  // By Newton's method and by gradients, the same objective is two programs.
  const method = run.isNewton ? "Newton's method" : "gradients";
  const other = filling.programs.get(name);
  const program = other === undefined || other.method === method ? name : `${name} by ${method}`;
  const players =
    filling.programs.get(program)?.players ??
    lowerObjective(objective, program, run.isNewton, train.run.objective.span, c);
  if (players === null) return [];
  if (
    run.spec.ema === null &&
    players.some(({ spec }) => spec.program.feeds.some((feed) => feed.kind === "copy" && feed.of === "average"))
  ) {
    report(c, catalogue.noAverage, train.run.objective.span, { objective: name });
    return [];
  }
  if (!filling.programs.has(program)) objectives.push(...players.map(({ spec }) => spec));
  filling.programs.set(program, { players, method });
  const updates = updatesOf(players, run.updates, c);
  if (updates === null) return [];
  const turns = players.map(({ spec }, place): Turn => {
    runs.push({
      ...run.spec,
      objective: spec.name,
      steps: players.length === 1 ? run.spec.steps : (updates[place] ?? 1),
    });
    return { kind: "statement", statement: runs.length - 1 };
  });
  // Players take turns, each with its own optimizer and draws.
  return players.length === 1 ? turns : [{ kind: "repeat", times: run.spec.steps, of: turns }];
}

/** How often each player moves in its turn, once where nothing is said; null after reporting. */
function updatesOf(players: readonly Player[], updates: Updates, c: Context): readonly number[] | null {
  const isMeant = ({ over, directions }: Player, name: string): boolean =>
    over?.includes(name) === true || (directions.size === 1 && [...directions].some((direction) => direction === name));
  const stray = updates.find(({ name }) => !players.some((player) => isMeant(player, name)));
  if (stray !== undefined) {
    const known = players.flatMap(({ over }) => over ?? []);
    report(c, catalogue.unknownPlayer, stray.span, {
      name: stray.name,
      known: known.map((player) => `\`${player}\``).join(", "),
    });
    return null;
  }
  return players.map((player) => updates.find(({ name }) => isMeant(player, name))?.count ?? 1);
}

/** The objective that a statement names; null after reporting. */
function objectiveOf(train: Train, c: Context): Objective | null {
  const named = train.run?.objective;
  const [first] = named?.path ?? [];
  if (named === undefined || first === undefined) return null;
  const found = resolve(first.text, first.span, c);
  if (found === null) {
    report(c, catalogue.undeclaredName, first.span, { name: first.text, suggestion: null });
    return null;
  }
  const objective =
    found.kind === "template" && found.declaration.keyword === "objective"
      ? instantiate(found.declaration, found.scope, named.arguments ?? [], named.span, c)
      : found;
  if (objective.kind === "poison") return null;
  const [extra] = found.kind === "template" ? [] : (named.arguments ?? []);
  if (extra !== undefined) {
    report(c, catalogue.tooManyArguments, extra.span, {
      callee: first.text,
      expected: 0,
      found: named.arguments?.length ?? 0,
    });
    return null;
  }
  if (objective.kind === "objective") return objective;
  report(c, catalogue.wrongKind, named.span, { found: describe(objective), expected: "an objective" });
  return null;
}
