/** What do the tests of the refusals share? */
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { compile } from "../../compiler/index.js";
import { library } from "../../compiler/library.js";
import type { WrongModel } from "./wrong-models.js";

/** Beside the compiled file there is one other. */
const read = (path: string): string | null => (path === "shared.sde" ? "fn a(x) = 2 * x\n" : null);

export function diagnosticsOf(text: string): readonly Diagnostic[] {
  return compile({ name: "model.sde", text }, { library, read }).diagnostics;
}

const change = /⟦([\s\S]*?) → ([\s\S]*?)⟧/g;
const withoutPlace = (text: string): string => text.replace(/[«»]/g, "");

/** The two texts that a case stands for, and the place in the wrong one that the message points at. */
export function textsOf({ text }: WrongModel): {
  readonly wrong: string;
  readonly right: string;
  readonly start: number;
  readonly end: number;
} {
  const marked = text.replace(change, (_, wrong: string) => wrong);
  return {
    wrong: withoutPlace(marked),
    right: withoutPlace(text.replace(change, (_, __, right: string) => right)),
    start: marked.indexOf("«"),
    end: marked.indexOf("»") - 1,
  };
}
