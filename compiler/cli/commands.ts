/** Which commands are there? */
import type { Command } from "./command.js";
import { check } from "./commands/check.js";
import { compile } from "./commands/compile.js";
import { derive } from "./commands/derive.js";
import { doctor } from "./commands/doctor.js";
import { evaluate } from "./commands/evaluate.js";
import { explain } from "./commands/explain.js";
import { format } from "./commands/format.js";
import { init } from "./commands/init.js";
import { plot } from "./commands/plot.js";
import { sample } from "./commands/sample.js";
import { train } from "./commands/train.js";

/** In the order in which they are met. */
export const commands: readonly Command[] = [
  init,
  check,
  derive,
  format,
  compile,
  train,
  sample,
  evaluate,
  plot,
  explain,
  doctor,
];
