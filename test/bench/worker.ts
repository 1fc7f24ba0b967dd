/** How does the harness talk with the process that measures? One request, one answer, and nothing runs in between. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { About, Answer, Failure, OwnMeasurement, Request } from "./workload.js";

export interface Worker {
  readonly about: string;
  measure(request: OwnMeasurement): Promise<number>;
  close(): void;
}

/** `command` with its arguments; its errors go to the terminal. */
export async function openWorker(command: readonly string[]): Promise<Worker> {
  const [program = "", ...rest] = command;
  const child = spawn(program, rest, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, JAX_PLATFORMS: "cpu" },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<never>((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${program} ended with code ${code}`)));
  });
  ended.catch(() => undefined);
  const ask = async (request: Request): Promise<Answer | About> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await Promise.race([lines.next(), ended]);
    if (done === true) throw new Error(`${program} gave no answer`);
    const answer = JSON.parse(value) as Answer | About | Failure; // from a worker of this folder
    if ("failure" in answer) throw new Error(answer.failure);
    return answer;
  };
  const hello = await ask({ task: "about" });
  if (!("about" in hello)) throw new Error(`${program} does not say who it is`);
  return {
    about: hello.about,
    async measure(request) {
      const answer = await ask(request);
      if (!("seconds" in answer)) throw new Error(`${program} measured nothing`);
      return answer.seconds;
    },
    close: () => child.stdin.end(),
  };
}
