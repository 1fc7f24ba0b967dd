/** Which `train` statement has which turn? A schedule repeats statements; its turns are counted from 0 over all rounds. */
import type { ModelSpec, Turn } from "../specification.js";

export interface Turns {
  readonly count: number;
  /** The statement of a turn. */
  statementAt(turn: number): number;
  /** How many turns a statement has in all. */
  turnsOf(statement: number): number;
  /** The last turn of a statement; -1 if it has none. */
  lastTurnOf(statement: number): number;
}

export function turnsOf(model: ModelSpec): Turns {
  const counts = new Map<Turn, number>();
  const countOf = (turn: Turn): number => {
    const known = counts.get(turn);
    if (known !== undefined) return known;
    const count = turn.kind === "statement" ? 1 : turn.times * sum(turn.of.map(countOf));
    counts.set(turn, count);
    return count;
  };
  const statementIn = (turns: readonly Turn[], at: number): number => {
    let before = 0;
    for (const turn of turns) {
      const count = countOf(turn);
      if (at < before + count) {
        if (turn.kind === "statement") return turn.statement;
        return statementIn(turn.of, (at - before) % (count / turn.times));
      }
      before += count;
    }
    throw new Error(`the schedule has no turn ${at}`);
  };
  const timesIn = (turns: readonly Turn[], statement: number): number =>
    sum(
      turns.map((turn) =>
        turn.kind === "statement" ? Number(turn.statement === statement) : turn.times * timesIn(turn.of, statement),
      ),
    );
  const lastIn = (turns: readonly Turn[], statement: number): number => {
    let before = 0;
    let last = -1;
    for (const turn of turns) {
      const count = countOf(turn);
      if (turn.kind === "statement" && turn.statement === statement) last = before;
      if (turn.kind === "repeat" && count > 0) {
        const inside = lastIn(turn.of, statement);
        if (inside >= 0) last = before + count - count / turn.times + inside;
      }
      before += count;
    }
    return last;
  };
  const { schedule } = model;
  return {
    count: sum(schedule.map(countOf)),
    statementAt: (turn) => statementIn(schedule, turn),
    turnsOf: (statement) => timesIn(schedule, statement),
    lastTurnOf: (statement) => lastIn(schedule, statement),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
