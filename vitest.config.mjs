/** How do the tests run? `--mode deep` asks for the sizes that take minutes. */
import { defineConfig } from "vitest/config";
import { embedForVite } from "./build/embed.mjs";

const config = defineConfig(({ mode }) => ({
  plugins: [embedForVite],
  test: {
    include: ["test/**/*.test.ts"],
    env: { SDEC_DEEP: mode === "deep" ? "1" : "" },
    testTimeout: mode === "deep" ? 1_800_000 : 30_000,
  },
}));

export { config as default };
