/**
 * Which mistakes did somebody make who knew the language's page alone? The code and the place were written down before the
 * compiler was asked. A text of `texts/` is a list of `=== name :: code :: words of the message`, each followed by its model.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../compiler/cli/package.js";
import type { WrongModel } from "../wrong-models.js";

const folder = join(packageRoot(), "test", "diagnostics", "wrong", "texts");

export const fromTexts: readonly WrongModel[] = readdirSync(folder).flatMap((file) =>
  readFileSync(join(folder, file), "utf8")
    .split(/^=== /m)
    .slice(1)
    .map((part) => {
      const end = part.indexOf("\n");
      const [name = "", code = "", says] = part
        .slice(0, end)
        .split(" :: ")
        .map((word) => word.trim());
      return { name, code, text: part.slice(end + 1), ...(says === undefined ? {} : { says }) };
    }),
);
