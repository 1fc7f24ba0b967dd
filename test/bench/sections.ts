/** What does the table have? Sections of measurements, each with the peers it is compared with. */
import type { PeerName } from "./peers.js";
import { sampling, training } from "./workload.js";
import type { Measurement, OwnMeasurement, PairRequest } from "./workload.js";

export interface Section {
  /** As in `--only a,d`. */
  readonly letter: string;
  readonly title: string;
  readonly engine: string;
  readonly peers: readonly PeerName[];
  readonly lines: readonly Line[];
}

export interface Line<Asked extends OwnMeasurement = Measurement> {
  readonly what: string;
  readonly request: Asked;
}

const python: readonly PeerName[] = ["pytorch", "jax"];
const careful = { ema: 0.999, clip: 1 };

export const sections: readonly Section[] = [
  {
    letter: "a",
    title: "Training: batch 256, SiLU, Adam",
    engine: "onnx",
    peers: python,
    lines: [128, 512].map((width) => ({ what: `width ${width}`, request: training(width) })),
  },
  {
    letter: "b",
    title: "Training with a moving average of the weights (0.999) and the gradient's norm clipped at 1",
    engine: "onnx",
    peers: python,
    lines: [128, 512].map((width) => ({ what: `width ${width}`, request: training(width, careful) })),
  },
  {
    letter: "c",
    title: "Training, sizes and activation that nothing was tuned on",
    engine: "onnx",
    peers: python,
    lines: [
      { what: "width 64", request: training(64) },
      { what: "width 256", request: training(256, { steps: 500 }) },
      { what: "width 128, batch 64", request: training(128, { batch: 64 }) },
      { what: "width 128, batch 1024", request: training(128, { batch: 1024, steps: 300 }) },
      { what: "width 128, ReLU", request: training(128, { activation: "relu" }) },
      { what: "width 512, ReLU", request: training(512, { activation: "relu" }) },
    ],
  },
  {
    letter: "d",
    title: "Sampling: 100 reverse Euler-Maruyama steps of 4096 samples",
    engine: "onnx",
    peers: python,
    lines: [128, 512].map((width) => ({ what: `width ${width}`, request: sampling(width) })),
  },
  {
    letter: "e",
    title: "Training on TensorFlow.js, WebAssembly",
    engine: "tfjs-wasm",
    peers: ["tfjs-wasm"],
    lines: [
      { what: "width 128", request: training(128, { steps: 100 }) },
      { what: "width 512", request: training(512, { steps: 10 }) },
    ],
  },
];

/** The compiled model alone, on an engine that need not be here. */
export function alone(engine: string): readonly Line[] {
  const isSlow = engine === "tfjs-cpu";
  const steps = (width: number): number => (isSlow ? 5 : engine === "tfjs-wasm" && width > 128 ? 20 : 200);
  return [
    ...[128, 512].map((width) => ({
      what: `training, width ${width}`,
      request: training(width, { steps: steps(width) }),
    })),
    ...(isSlow ? [] : [128, 512].map((width) => ({ what: `sampling, width ${width}`, request: sampling(width) }))),
  ];
}

/** Section `g`: the same steps without and with a plan of transport in each. */
export const pairing: readonly Line<PairRequest>[] = (["independent", "optimal"] as const).map((coupling) => ({
  what: `${coupling} pairs`,
  request: { task: "pair", coupling, steps: 200 },
}));

/** Engines of section `f`. */
export const aloneEngines: readonly string[] = [
  "onnx",
  "onnx-cuda",
  "tfjs-node-gpu",
  "tfjs-node",
  "tfjs-wasm",
  "tfjs-cpu",
];
