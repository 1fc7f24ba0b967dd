/** Do runs alternate as a schedule says, each going on where it stopped, however the whole is interrupted? */
import { describe, expect, test } from "vitest";
import type { CheckpointStore } from "../../runtime/index.js";
import { readCheckpoint } from "../../runtime/checkpoint.js";
import type { ModelSpec, Turn } from "../../runtime/specification.js";
import { fillNormals, openStream } from "../../runtime/random/stream.js";
import { turnsOf } from "../../runtime/train/turns.js";
import { lowered } from "../support/model.js";
import { specification } from "./fixture-model.js";
import { modelOf } from "./small-models.js";

const values = new Float32Array(200);
fillNormals(values, openStream(5, "points"), 0, 0);
const data = { points: { data: values, shape: [values.length, 1] } };

const statement = (place: number): Turn => ({ kind: "statement", statement: place });
const repeat = (times: number, ...of: readonly Turn[]): Turn => ({ kind: "repeat", times, of });

describe("turns", () => {
  test("are those of the schedule written out", () => {
    const schedule = [
      repeat(2, repeat(3, statement(0), statement(1)), statement(2)),
      statement(0),
      repeat(4, statement(3)),
    ];
    const written = (turns: readonly Turn[]): readonly number[] =>
      turns.flatMap((turn) =>
        turn.kind === "statement"
          ? [turn.statement]
          : Array.from({ length: turn.times }, () => written(turn.of)).flat(),
      );
    const expected = written(schedule);
    const turns = turnsOf({ ...specification, schedule });
    expect(turns.count).toBe(expected.length);
    expect(expected.map((_, turn) => turns.statementAt(turn))).toEqual(expected);
    for (const place of [0, 1, 2, 3]) {
      expect(turns.turnsOf(place)).toBe(expected.filter((other) => other === place).length);
      expect(turns.lastTurnOf(place)).toBe(expected.lastIndexOf(place));
    }
    expect(turns.lastTurnOf(4)).toBe(-1);
  });
});

const [first] = specification.train;
if (first === undefined) throw new Error("the fixture trains");

/** Two statements of one objective with rates that tell them apart, in turns of 7 and 3 steps. */
function alternating(schedule: readonly Turn[]): ModelSpec {
  const slow = { ...first!, batch: 16, steps: 7, ema: 0.9, optimizer: { ...first!.optimizer, rate: 1e-3 } };
  const fast = {
    ...first!,
    batch: 16,
    steps: 3,
    ema: null,
    optimizer: { ...first!.optimizer, rate: 1e-2, schedule: "constant" as const },
  };
  return { ...specification, train: [slow, fast], schedule };
}

describe("alternation", () => {
  const schedule = [repeat(3, repeat(2, statement(0)), statement(1))];

  test("a statement that runs again is one run cut in pieces", async () => {
    const whole = await modelOf({
      ...alternating([]),
      schedule: [statement(0)],
      train: [{ ...alternating([]).train[0]!, steps: 21 }],
    });
    await whole.train(data);
    const pieces = await modelOf(alternating([repeat(3, statement(0))]));
    const { curves } = await pieces.train(data);
    expect(curves[0]?.losses.length).toBe(21);
    expect(pieces.weight("net.f.weight")).toEqual(whole.weight("net.f.weight"));
    await whole.dispose();
    await pieces.dispose();
  });

  test("stopped anywhere and resumed, it is the schedule that was not stopped, bit for bit", async () => {
    const spec = alternating(schedule);
    const whole = await modelOf(spec);
    const seen: string[] = [];
    const { curves } = await whole.train(data, {
      onProgress: ({ statement: place, turn, done, total }) => seen.push(`${turn}:${place}:${done}/${total}`),
    });
    expect(seen).toEqual([
      "0:0:7/51",
      "1:0:14/51",
      "2:1:17/51",
      "3:0:24/51",
      "4:0:31/51",
      "5:1:34/51",
      "6:0:41/51",
      "7:0:48/51",
      "8:1:51/51",
    ]);
    expect(curves.map(({ losses }) => losses.length)).toEqual([42, 9]);
    const expected = await whole.toBytes();
    await whole.dispose();
    for (const stopAt of [7, 17, 24, 48]) {
      const written: Uint8Array[] = [];
      const store: CheckpointStore = {
        write: (bytes) => Promise.resolve(void written.push(bytes)),
        newest: () => Promise.resolve(written.at(-1) ?? null),
      };
      const controller = new AbortController();
      const stopped = await modelOf(spec);
      const run = stopped.train(data, {
        checkpoint: { store, every: 1 },
        signal: controller.signal,
        onProgress: ({ done }) => done >= stopAt && controller.abort(),
      });
      await expect(run).rejects.toMatchObject({ code: "aborted" });
      await stopped.dispose();
      const resumed = await modelOf(spec);
      await resumed.train(data, { checkpoint: store, resume: true });
      expect(await resumed.toBytes()).toEqual(expected);
      await resumed.dispose();
    }
  });

  test("a checkpoint between turns keeps the optimizers of the statements that go on, and of no others", async () => {
    const model = await modelOf(alternating([statement(0), repeat(2, statement(1))]));
    const written: Uint8Array[] = [];
    const store: CheckpointStore = {
      write: (bytes) => Promise.resolve(void written.push(bytes)),
      newest: () => Promise.resolve(null),
    };
    await model.train(data, { checkpoint: { store, every: 1 } });
    await model.dispose();
    const states = await Promise.all(written.map((bytes) => readCheckpoint(specification, bytes)));
    expect(
      states.map(({ run }) => [
        run?.turn,
        run?.step,
        [...(run?.statements ?? [])].map(([place, { taken }]) => [place, taken]),
      ]),
    ).toEqual([
      [1, 0, []],
      [2, 0, [[1, 3]]],
      [2, 3, [[1, 6]]],
    ]);
  });
});

describe("a schedule in the language", () => {
  const model = (schedule: string): string =>
    `data moons : Real[2]\nprocess p = vp(moons)\nnetwork net(x, t) predicts noise of p = mlp(hidden: [8])\n${schedule}`;
  const run = (steps: number): string => `train noise_prediction(moons, p, net) { steps: ${steps} }`;

  test("nests loops and keeps a statement for each place", () => {
    const { train, schedule } = lowered(
      model(`train { for a in 0..10 { for b in {1, 2} { ${run(3)} } ${run(4)} } }\n${run(5)}`),
    );
    expect(train.map(({ steps }) => steps)).toEqual([3, 4, 5]);
    expect(schedule).toEqual([repeat(10, repeat(2, statement(0)), statement(1)), statement(2)]);
  });
});
