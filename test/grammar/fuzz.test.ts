/** Does any text make the parser or the formatter fail? SDEC_FUZZ says how many seeds are tried. */
import { expect, it } from "vitest";
import { format } from "../../grammar/format.js";
import { parse } from "../../grammar/parse.js";
import { childrenOf, type AnyNode } from "../../grammar/walk.js";
import { soup } from "./soup.js";
import { misplaced, shapeOf, source, wordsOf } from "./support.js";

const seeds = Number(process.env["SDEC_FUZZ"] ?? 2_000);
/** Formatting costs about ten times parsing, so not every text is formatted; clean ones are the rarer and all are. */
const formatsSpoiled = (seed: number): boolean => seed % 20 === 0;

it(`reads ${seeds} strange texts`, { timeout: 60_000 + seeds * 30 }, async () => {
  let clean = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const faults = await tried(seed);
    expect(faults.faults, `seed ${seed}`).toEqual([]);
    if (faults.isClean) clean++;
  }
  // A generator whose texts are all broken would test no formatting.
  expect(clean).toBeGreaterThan(seeds / 50);
});

async function tried(seed: number): Promise<{ faults: string[]; isClean: boolean }> {
  const text = soup(seed);
  const begin = process.cpuUsage();
  const { file, diagnostics } = parse(source(text));
  const faults = misplaced(file);
  // Processor time, so that what else the machine does cannot fail the test.
  if (process.cpuUsage(begin).user > 1_000_000) faults.push("took more than a second");
  for (const { code, span } of diagnostics) {
    if (!(span.start >= 0 && span.start <= span.end && span.end <= text.length)) faults.push(`${code} lies outside`);
  }
  if (diagnostics.length > 51) faults.push(`${diagnostics.length} diagnostics`);
  const isClean = diagnostics.length === 0;
  if (isClean && hasMissing(file)) faults.push("something is missing and nothing was said");
  if (isClean || formatsSpoiled(seed)) faults.push(...(await formatFaults(text, isClean)));
  return { faults, isClean };
}

async function formatFaults(text: string, isClean: boolean): Promise<string[]> {
  const once = await format(source(text));
  if (!isClean) return once.text === text && once.diagnostics.length > 0 ? [] : ["a text with errors was changed"];
  const faults: string[] = [];
  if (shapeOf(parse(source(once.text)).file) !== shapeOf(parse(source(text)).file))
    faults.push("formatting changed the tree");
  if (wordsOf(once.text).join("\n") !== wordsOf(text).join("\n")) faults.push("formatting changed words or comments");
  const twice = await format(source(once.text));
  if (twice.text !== once.text) faults.push("formatting twice differs from once");
  return faults;
}

function hasMissing(file: AnyNode): boolean {
  const open = [file];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.kind === "missing") return true;
    open.push(...childrenOf(node));
  }
  return false;
}
