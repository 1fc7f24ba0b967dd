/** What is measured? One score network, trained and sampled, as a request that every side understands. */

/** A line of JSON to a worker; the answer is another line. */
export type Request = AboutRequest | TrainRequest | SampleRequest | PairRequest;

export interface AboutRequest {
  readonly task: "about";
}

export interface TrainRequest {
  readonly task: "train";
  readonly width: number;
  readonly batch: number;
  readonly steps: number;
  readonly activation: "silu" | "relu";
  /** Decay of the weights' moving average. */
  readonly ema: number | null;
  /** Bound of the gradient's global norm. */
  readonly clip: number | null;
}

/** 100 reverse Euler-Maruyama steps; the first call is not timed. */
export interface SampleRequest {
  readonly task: "sample";
  readonly width: number;
  readonly count: number;
}

/** Steps of flow matching between two samples of 256 that are paired as drawn or by optimal transport; no peer has it. */
export interface PairRequest {
  readonly task: "pair";
  readonly coupling: "independent" | "optimal";
  readonly steps: number;
}

/** What every side can be asked for. */
export type Measurement = TrainRequest | SampleRequest;

export type OwnMeasurement = Measurement | PairRequest;

/** Seconds of the timed part: `steps` training steps, or one call of the sampler. */
export interface Answer {
  readonly seconds: number;
}

/** Why there is no answer, such as an engine that is not here. */
export interface Failure {
  readonly failure: string;
}

/** Who answers, with versions. */
export interface About {
  readonly about: string;
}

/** The standard normal in the plane is drawn fresh in every step, so that no side profits from keeping its data. */
export function workloadText({ width, batch, steps, activation, ema, clip }: TrainRequest): string {
  const optimizer = clip === null ? "adam(1e-3)" : `adam(1e-3, clip: ${clip})`;
  const average = ema === null ? "" : `, ema: ${ema}`;
  return `
data base : Real[2] = Normal(0, 1)
process noising = vp(base)
network net(x, t) predicts noise of noising
  = mlp(hidden: [${width}, ${width}, ${width}], activation: ${activation}, time: fourier(16))
objective matching = noise_prediction(base, noising, net)
sampler walk = reverse(noising, net) using euler_maruyama(steps: 100, until: 1e-3)
train matching { optimizer: ${optimizer}, batch: ${batch}, steps: ${steps}${average} }
`;
}

export function pairText({ coupling, steps }: PairRequest): string {
  return `
data base : Real[2] = Normal(0, 1)
data target : Real[2] = Normal([3, 0], 0.5)
coupling pairs = ${coupling}(base, target)
interpolant line on x : pairs, t in [0, 1] {
  x0, x1 ~ pairs
  x = (1 - t) * x0 + t * x1
}
network v(x, t) predicts velocity of line = mlp(hidden: [128, 128, 128], time: fourier(16))
train flow_matching(line, v) { optimizer: adam(1e-3), batch: 256, steps: ${steps} }
`;
}

export function training(width: number, changes: Partial<TrainRequest> = {}): TrainRequest {
  const steps = width >= 512 ? 300 : 1000;
  return { task: "train", width, batch: 256, steps, activation: "silu", ema: null, clip: null, ...changes };
}

export function sampling(width: number): SampleRequest {
  return { task: "sample", width, count: 4096 };
}
