/** Where does an example leave what it made? In its own folder `run/`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { formatCsv } from "sdec/runtime";
import type { NdArray } from "sdec/runtime";

/** `app` is the app's `import.meta.url`. */
export function pathInRun(app: string, file: string): string {
  const folder = new URL("run/", app);
  mkdirSync(folder, { recursive: true });
  return fileURLToPath(new URL(file, folder));
}

/** Writes rows as `run/NAME.csv`. */
export function keep(app: string, name: string, array: NdArray, columns: readonly string[]): void {
  writeFileSync(pathInRun(app, `${name}.csv`), formatCsv(array, columns));
}
