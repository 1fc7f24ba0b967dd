/** When does the name of a sampler stand for the sampler itself? */
import type { Span } from "../../../grammar/source.js";
import type { Context } from "../context.js";
import { copyOfThing } from "../copies.js";
import { instantiate } from "../declare.js";
import type { Thing } from "../thing.js";

/** A sampler that needs no arguments, in place of its template. */
export function settled(thing: Thing | undefined, span: Span, c: Context): Thing | undefined {
  if (thing?.kind !== "template" || thing.declaration.keyword !== "sampler" || thing.declaration.body?.kind !== "value")
    return thing;
  if (thing.parameters.some((parameter) => parameter.default === null)) return thing;
  const sampler = instantiate(thing.declaration, thing.scope, [], span, c);
  return thing.copy === null ? sampler : (copyOfThing(sampler, thing.copy, c.world) ?? sampler);
}
