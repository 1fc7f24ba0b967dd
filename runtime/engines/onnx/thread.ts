/**
 * How does the application stay free while ONNX Runtime computes in Node? onnxruntime-node computes on the thread that
 * calls it, so sessions and tensors live in a thread of their own; only what is fed and read crosses over.
 */
import type * as Ort from "onnxruntime-node";
import { Worker } from "node:worker_threads";
import { isHeld } from "../engine.js";
import type { HeldTensor, Tensor, TensorType } from "../engine.js";
import { ortData } from "./host.js";
import type { OnnxHost, OrtData } from "./host.js";

/** Tensors and sessions have numbers given by this side. */
type Request =
  | { readonly kind: "hold"; readonly key: number; readonly tensor: OrtData }
  | { readonly kind: "drop"; readonly key: number }
  | { readonly kind: "read"; readonly key: number }
  | {
      readonly kind: "open";
      readonly session: number;
      readonly model: Uint8Array;
      readonly options: Ort.InferenceSession.SessionOptions;
    }
  | {
      readonly kind: "run";
      readonly session: number;
      readonly inputs: readonly (number | OrtData)[];
      /** Keys of the results. */
      readonly outputs: readonly number[];
    }
  | { readonly kind: "close"; readonly session: number }
  | { readonly kind: "ready" };

/** A failure is its message; only `read` has data. */
interface Answer {
  readonly id: number;
  readonly failure: string | null;
  readonly data: OrtData["data"] | null;
}

/** `packagePath` is where onnxruntime-node was found: the thread has no place in the file system of its own. */
export async function openThreadHost(packagePath: string): Promise<OnnxHost> {
  const { ask, end } = openConversation(packagePath);
  // Fails where the package does not load.
  await ask({ kind: "ready" }, []);
  let next = 0;
  const tell = (request: Request, moved: ArrayBuffer[] = []): void => void ask(request, moved).catch(() => undefined);
  const heldTensor = (key: number, { shape, dtype }: Pick<TensorType, "shape" | "dtype">): HeldTensor =>
    new OrtTensorThere(key, { shape, dtype, name: "" }, ask, tell);
  return {
    hold(tensor) {
      const key = next++;
      const { copy, moved } = copied(ortData(tensor));
      tell({ kind: "hold", key, tensor: copy }, moved);
      return heldTensor(key, tensor);
    },
    async open(model, options) {
      const session = next++;
      await ask({ kind: "open", session, model, options }, []);
      return {
        async run(inputs, outputs) {
          const moved: ArrayBuffer[] = [];
          const feeds = inputs.map((input) => {
            if (input instanceof OrtTensorThere && input.ask === ask) return input.key;
            if (isHeld(input)) throw new TypeError("a tensor held by another engine");
            const sent = copied(ortData(input));
            moved.push(...sent.moved);
            return sent.copy;
          });
          const keys = outputs.map(() => next++);
          await ask({ kind: "run", session, inputs: feeds, outputs: keys }, moved);
          return outputs.map((output, i) => heldTensor(keys[i] ?? -1, output));
        },
        close: async () => void (await ask({ kind: "close", session }, [])),
      };
    },
    close: end,
  };
}

type Ask = (request: Request, moved: ArrayBuffer[]) => Promise<OrtData["data"] | null>;

interface Conversation {
  readonly ask: Ask;
  end(): Promise<void>;
}

/** Requests with their answers. The process may end while nothing is asked. */
function openConversation(packagePath: string): Conversation {
  const traffic = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(threadProgram, { eval: true, workerData: { packagePath, traffic } });
  const waiting = new Map<number, { resolve(data: OrtData["data"] | null): void; reject(error: Error): void }>();
  let nextId = 0;
  let ended: Error | null = null;
  const fail = (error: Error): void => {
    ended = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    process.removeListener("exit", finish);
  };
  const finish = () => waitUntilIdle(traffic);
  process.on("exit", finish);
  let isEnding = false;
  worker.unref();
  worker.on("error", fail);
  worker.on("exit", () => fail(new Error("the onnx engine is closed")));
  worker.on("message", ({ id, failure, data }: Answer) => {
    const answered = waiting.get(id);
    waiting.delete(id);
    // While the thread is being ended, a late answer must not let the process go first.
    if (waiting.size === 0 && !isEnding) worker.unref();
    if (failure === null) answered?.resolve(data);
    else answered?.reject(new Error(failure));
  });
  return {
    ask(request, moved) {
      if (ended !== null) return Promise.reject(ended);
      const id = nextId++;
      worker.ref();
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, request }, moved);
      });
    },
    async end() {
      isEnding = true;
      waitUntilIdle(traffic);
      // A process whose last wait is this one must not end before it is over.
      worker.ref();
      await worker.terminate();
    },
  };
}

/** Places of the numbers both threads see: requests being answered, and whether no more are taken. */
const BUSY = 0;
const CLOSING = 1;

/** A thread that is stopped inside ONNX Runtime takes the process down with it, so what it computes is waited for. */
function waitUntilIdle(traffic: Int32Array): void {
  Atomics.store(traffic, CLOSING, 1);
  for (let busy = Atomics.load(traffic, BUSY); busy > 0; busy = Atomics.load(traffic, BUSY)) {
    Atomics.wait(traffic, BUSY, busy);
  }
}

/** The numbers in memory of their own, which can move to the other thread; the caller keeps his. */
function copied(tensor: OrtData): { readonly copy: OrtData; readonly moved: ArrayBuffer[] } {
  const data = tensor.data.slice();
  return { copy: { ...tensor, data }, moved: [data.buffer as ArrayBuffer] };
}

class OrtTensorThere implements HeldTensor {
  readonly shape;
  readonly dtype;
  constructor(
    readonly key: number,
    { shape, dtype }: TensorType,
    /** Also says which thread it is in. */
    readonly ask: Ask,
    private readonly tell: (request: Request) => void,
  ) {
    this.shape = shape;
    this.dtype = dtype;
  }

  async read(): Promise<Tensor> {
    const data = await this.ask({ kind: "read", key: this.key }, []);
    if (data === null) throw new Error("a tensor without data");
    return { data, shape: this.shape, dtype: this.dtype };
  }

  release(): void {
    this.tell({ kind: "drop", key: this.key });
  }
}

/** The other side. It runs from its text, so it uses nothing of this module but types. */
function serve(threads: typeof import("node:worker_threads"), runtime: typeof Ort): void {
  const { parentPort, workerData } = threads;
  const { traffic } = workerData as { traffic: Int32Array };
  const [busy, closing] = [0, 1];
  // What goes wrong is thrown; ONNX Runtime would print it as well.
  runtime.env.logLevel = "fatal";
  const sessions = new Map<number, Ort.InferenceSession>();
  const tensors = new Map<number, Ort.Tensor>();
  const made = ({ type, data, dims }: OrtData): Ort.Tensor =>
    type === "float32" ? new runtime.Tensor(type, data as Float32Array, dims) : new runtime.Tensor(type, data, dims);
  const found = <T>(map: Map<number, T>, key: number): T => {
    const value = map.get(key);
    if (value === undefined) throw new Error("a tensor or program that was released");
    return value;
  };
  const answer = async (request: Request): Promise<OrtData["data"] | null> => {
    switch (request.kind) {
      case "hold":
        tensors.set(request.key, made(request.tensor));
        return null;
      case "drop":
        tensors.get(request.key)?.dispose();
        tensors.delete(request.key);
        return null;
      case "read":
        return (found(tensors, request.key).data as OrtData["data"]).slice();
      case "open":
        sessions.set(request.session, await runtime.InferenceSession.create(request.model, request.options));
        return null;
      case "run": {
        const feeds = request.inputs.map((input, i) => [
          `input${i}`,
          typeof input === "number" ? found(tensors, input) : made(input),
        ]);
        const results = await found(sessions, request.session).run(Object.fromEntries(feeds));
        request.outputs.forEach((key, i) => {
          const result = results[`output${i}`];
          if (result !== undefined) tensors.set(key, result);
        });
        return null;
      }
      case "close":
        await found(sessions, request.session).release();
        sessions.delete(request.session);
        return null;
      case "ready":
        return null;
    }
  };
  const reply = (id: number, failure: string | null, data: OrtData["data"] | null): void => {
    parentPort?.postMessage({ id, failure, data }, data === null ? [] : [data.buffer as ArrayBuffer]);
  };
  const serveOne = async (id: number, request: Request): Promise<void> => {
    try {
      if (Atomics.load(traffic, closing) === 1) throw new Error("the onnx engine is closed");
      reply(id, null, await answer(request));
    } catch (cause) {
      reply(id, cause instanceof Error ? cause.message : String(cause), null);
    }
    Atomics.sub(traffic, busy, 1);
    Atomics.notify(traffic, busy);
  };
  // One after the other: a program is not released while it runs.
  let last = Promise.resolve();
  parentPort?.on("message", ({ id, request }: { id: number; request: Request }) => {
    Atomics.add(traffic, busy, 1);
    last = last.then(() => serveOne(id, request));
  });
}

/** Transpilers that keep the names of functions call a helper of their own inside them. */
const threadProgram = `
const __name = (f) => f;
const threads = require("node:worker_threads");
(${serve.toString()})(threads, require(threads.workerData.packagePath));
`;
