/** How do the tests run? `--mode deep` asks for the sizes that take minutes. */
import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { embedForVite } from "./build/embed.mjs";

const config = defineConfig(({ mode }) => ({
  plugins: [embedForVite],
  test: {
    include: ["test/**/*.test.ts"],
    // Vitest leaves one core to itself, which of two is half: most of a run waits for one worker.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    env: { SDEC_DEEP: mode === "deep" ? "1" : "" },
    testTimeout: mode === "deep" ? 1_800_000 : 30_000,
  },
}));

export { config as default };
