/** Which failures can a user of a model meet, and how does an application tell them apart? */

export type ErrorCode =
  /** Data, a parameter or an option does not fit what the model declares. */
  | "data"
  | "parameter"
  | "option"
  /** A checkpoint is damaged, or belongs to another model. */
  | "checkpoint"
  | "fingerprint"
  /** No engine, or the engine failed. */
  | "engine"
  /** Training or sampling left the finite numbers. */
  | "non-finite"
  /** An iteration inside a step, such as a plan of transport, did not converge. */
  | "unconverged"
  /** The adaptive solver cannot reach its tolerance. */
  | "step-size"
  /** The caller's `signal` was aborted. */
  | "aborted"
  | "file";

/** Every error the runtime throws on purpose; `code` is stable, the message is for people. */
export class SdecError extends Error {
  override readonly name: string = "SdecError";
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Where a calculation first left the finite numbers. Null where it could not be found. */
export interface NonFinitePlace {
  /** The program's name, such as an objective's. */
  readonly program: string;
  /** Counted from 0. */
  readonly step: number;
  /** The operation that made a non-finite number of finite ones. */
  readonly op: string | null;
  /** Line of the `.sde` file. */
  readonly line: number | null;
  readonly source: string;
}

export class NonFiniteError extends SdecError {
  override readonly name = "NonFiniteError";
  constructor(
    readonly place: NonFinitePlace,
    message: string,
  ) {
    super("non-finite", message);
  }
}

/** Which iteration did not converge, and by how much it missed. */
export interface UnconvergedPlace {
  readonly program: string;
  /** Counted from 0. */
  readonly step: number;
  /** Line of the `.sde` file. */
  readonly line: number | null;
  readonly source: string;
  readonly error: number;
  readonly limit: number;
}

export class UnconvergedError extends SdecError {
  override readonly name = "UnconvergedError";
  constructor(
    readonly place: UnconvergedPlace,
    message: string,
  ) {
    super("unconverged", message);
  }
}

/** Stops a long call at the caller's wish. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) throw new SdecError("aborted", `${what} was stopped`, { cause: signal.reason });
}
