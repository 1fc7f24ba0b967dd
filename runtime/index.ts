/** The runtime's door: all that emitted modules and applications import. */
export { defineModel } from "./model.js";
export type {
  CheckpointOptions,
  CheckpointStore,
  LikelihoodCall,
  LikelihoodOptions,
  LikelihoodResult,
  LossCurve,
  LossOptions,
  Model,
  ModelDefinition,
  ModelTypes,
  OpenOptions,
  RewardCall,
  SampleCall,
  SampleOptions,
  SampleProgress,
  TrainOptions,
  TrainProgress,
  TrainResult,
  Value,
} from "./api.js";
export type { Rows, ShapedNumbers } from "./data/rows.js";
export { formatCsv, parseCsv } from "./data/csv.js";
export type { NumberTable } from "./data/csv.js";
export { formatJson, parseJson } from "./data/json.js";
export { formatNpy, parseNpy } from "./data/npy.js";
export { NonFiniteError, SdecError, UnconvergedError } from "./errors.js";
export type { ErrorCode, NonFinitePlace, UnconvergedPlace } from "./errors.js";
export { moments, slicedWasserstein, wasserstein } from "./metrics.js";
export type { Moments } from "./metrics.js";
export { toNested } from "./ndarray.js";
export type { NdArray, NestedNumbers } from "./ndarray.js";
export type { DType, Ops, Shape } from "./ops.js";
export { repeat, scan } from "./scan.js";
export { evenly } from "./specification.js";
export type { ModelSpec, ProgramSpec } from "./specification.js";
