/** Messages about samplers, guidance and flow maps, part of the catalogue. */
import { row } from "../../grammar/diagnostic.js";

export const sampling = {
  snrTurns: row<{ process: string; at: string }>({
    code: "SDE2220",
    name: "snr-turns",
    severity: "error",
    message: ({ process, at }) => `The signal-to-noise ratio of \`${process}\` rises and falls: it turns at ${at}, so the log-SNR is no measure of its time.`,
    help: () => "Use a step and a grid that do not rest on it (`heun`, `spacing: uniform`), or a path on which α/σ only rises or only falls.",
  }),
  nodesDiffer: row<{ predictions: number; nodes: number }>({
    code: "SDE2221",
    name: "nodes-differ",
    severity: "error",
    message: ({ predictions, nodes }) => `A polynomial through ${predictions} value${predictions === 1 ? "" : "s"} cannot be laid at ${nodes} time${nodes === 1 ? "" : "s"}.`,
    help: () => "Give each value the time it was predicted at: `denoised: (x̂0, last), at: (t, r)`.",
  }),
} as const;
