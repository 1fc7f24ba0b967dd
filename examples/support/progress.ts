/** How does a reader see that training goes on? */
import type { TrainOptions, TrainProgress } from "sdec/runtime";

/**
 * Options of `model.train` that draw a bar. The variable SDEC_STEPS puts another number of steps in place of the file's:
 * a short trial of the example.
 */
export function withBar(): TrainOptions {
  const steps = Number(process.env["SDEC_STEPS"] ?? "0");
  return steps > 0 ? { onProgress: bar, steps } : { onProgress: bar };
}

const width = 30;

/** On a terminal the bar grows in place; elsewhere its end is enough. */
function bar({ objective, step, steps, loss, stepsPerSecond }: TrainProgress): void {
  const isOver = step === steps;
  if (!process.stderr.isTTY && !isOver) return;
  const filled = Math.round((width * step) / steps);
  const drawn = "█".repeat(filled) + "░".repeat(width - filled);
  const line = `${objective} ${drawn} ${step}/${steps}  loss ${loss.toFixed(4)}  ${Math.round(stepsPerSecond)} steps/s`;
  process.stderr.write(`${process.stderr.isTTY ? "\r\x1b[2K" : ""}${line}${isOver ? "\n" : ""}`);
}
