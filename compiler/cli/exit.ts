/** What does the exit code say? */

export const exitCode = {
  fine: 0,
  modelIsWrong: 1,
  callIsWrong: 2,
  /** A file that cannot be read or written, or a missing piece of the machine. */
  machineLacks: 3,
  ourBug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCode)[keyof typeof exitCode];

/** Ends a command with a message for the user. Anything else that is thrown is a bug of ours. */
export class Stop extends Error {
  override readonly name = "Stop";
  constructor(
    readonly code: ExitCode,
    message: string,
    readonly help: string | null = null,
  ) {
    super(message);
  }
}

export function wrongCall(message: string, help: string | null = null): Stop {
  return new Stop(exitCode.callIsWrong, message, help);
}

export function machineLacks(message: string, help: string | null = null): Stop {
  return new Stop(exitCode.machineLacks, message, help);
}
