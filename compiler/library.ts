/** Which texts are the standard library? */
import { texts } from "text:compiler/std/*.sde";
import type { Source } from "../grammar/source.js";

export const library: readonly Source[] = Object.entries(texts).map(([name, text]) => ({ name: `std/${name}`, text }));
