/** How fast is the compiled model? A worker that measures through the calls an application makes. */
import { createInterface } from "node:readline";
import type { AnyModel } from "../../compiler/cli/open-model.js";
import { packageVersion } from "../../compiler/cli/package.js";
import { openText } from "../support/model.js";
import { pairText, training, workloadText } from "./workload.js";
import type { About, Answer, Failure, Request, SampleRequest } from "./workload.js";

const [, engine = "onnx"] = process.argv.slice(2); // after `--engine`
/** Steps of the runtime's blocks. */
const block = 50;
const models = new Map<string, Promise<AnyModel>>();

for await (const line of createInterface({ input: process.stdin })) {
  // Only the harness writes to this process.
  const answered = await answer(JSON.parse(line) as Request).catch((cause: unknown): Failure => ({
    failure: cause instanceof Error ? cause.message : String(cause),
  }));
  process.stdout.write(`${JSON.stringify(answered)}\n`);
}

async function answer(request: Request): Promise<Answer | About> {
  switch (request.task) {
    case "about":
      return { about: `sdec ${packageVersion()}, ${engine}` };
    case "train":
      return { seconds: await secondsToTrain(workloadText(request), request.steps) };
    case "pair":
      return { seconds: await secondsToTrain(pairText(request), request.steps) };
    case "sample":
      return { seconds: await secondsToSample(request) };
  }
}

/**
 * Blocks of steps are reported as they end. The clock runs from the end of the first, when the program is compiled and
 * warm, to the end of the one before the last; every timed block makes the random numbers of the next. A run on a slow
 * engine that is shorter than a block is timed as a whole, what is done once included.
 */
async function secondsToTrain(text: string, steps: number): Promise<number> {
  const model = await opened(text);
  if (steps < block) {
    await model.train({}, { steps: 1 });
    const start = performance.now();
    await model.train({}, { steps });
    return (performance.now() - start) / 1000;
  }
  const marks: { readonly step: number; readonly time: number }[] = [];
  await model.train(
    {},
    { steps: steps + 2 * block, onProgress: ({ step }) => void marks.push({ step, time: performance.now() }) },
  );
  const [first, last] = [marks[0], marks.at(-2)];
  if (first === undefined || last === undefined || last.step <= first.step) throw new Error("too few steps to time");
  return ((last.time - first.time) / 1000 / (last.step - first.step)) * steps;
}

async function secondsToSample({ width, count }: SampleRequest): Promise<number> {
  const model = await opened(workloadText(training(width)));
  const draw = async (seed: number): Promise<void> => void (await model.sample["walk"]?.({ count, seed }));
  await draw(1);
  const start = performance.now();
  await draw(2);
  return (performance.now() - start) / 1000;
}

function opened(text: string): Promise<AnyModel> {
  const known = models.get(text) ?? openText(text, engine);
  models.set(text, known);
  return known;
}
