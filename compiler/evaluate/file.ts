/** How a file's declarations see each other, the library and what they import: scopes filled on demand. */
import { parse } from "../../grammar/parse.js";
import type { Source, Span } from "../../grammar/source.js";
import type { Declaration, File, Import, Let, Param } from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest } from "../diagnostics/suggest.js";
import { builtinScope } from "./builtins/table.js";
import { depthLimit } from "./call.js";
import type { Context, World } from "./context.js";
import { report } from "./context.js";
import { denote } from "./declare.js";
import { declareParams } from "./params.js";
import type { Scope } from "./scope.js";
import { bindNames, evaluateValues } from "./statements.js";
import type { Thing } from "./thing.js";
import { poison } from "./thing.js";

/** Where a compilation gets other texts from. */
export interface Texts {
  /** The standard library. */
  readonly library: readonly Source[];
  /** The text at a path relative to the compiled file's folder; null if it cannot be read. */
  readonly read: (path: string) => string | null;
}

const libraryDeclaration =
  /^(?:data|network|process|reference|interpolant|coupling|reward|objective|sampler|fn)\s+([\p{L}_][\p{L}\p{Mn}\p{Nd}_]*)/gmu;

/** Names that each text of the library declares. */
export function libraryIndex(library: readonly Source[]): ReadonlyMap<string, Source> {
  const index = new Map<string, Source>();
  for (const source of library) {
    for (const match of source.text.matchAll(libraryDeclaration)) index.set((match[1] ?? "").normalize("NFC"), source);
  }
  return index;
}

/** The scope of the library: a text is parsed when one of its names is first asked for. */
export function libraryScope(texts: Texts, world: World): Scope {
  const index = libraryIndex(texts.library);
  const parsed = new Map<Source, ReadonlyMap<string, Declaration>>();
  const pending = new Set<string>();
  const scope: Scope = { parent: builtinScope(), names: new Map(), demand: (name) => demand(name) };
  const demand = (name: string): Thing | null => {
    const source = index.get(name);
    if (source === undefined) return null;
    let declarations = parsed.get(source);
    if (declarations === undefined) {
      const { file } = parse(source);
      declarations = new Map(
        file.items.flatMap((item) => (item.kind === "declaration" ? [[item.name.text, item] as const] : [])),
      );
      parsed.set(source, declarations);
    }
    const declaration = declarations.get(name);
    const c = topLevel(world, scope);
    return declaration === undefined
      ? null
      : settle(name, pending, declaration.name.span, c, () => denote(declaration, scope, c));
  };
  return scope;
}

/** The files that a compilation has met, by path: one that is imported twice is read once, and circles end. */
type Imported = Map<string, { readonly file: File; readonly scope: Scope } | null>;

/** The scope of a file below the library. */
export function fileScope(
  file: File,
  library: Scope,
  texts: Texts,
  world: World,
  imported: Imported = new Map(),
): Scope {
  const makers = new Map<string, { readonly span: Span; readonly make: () => Thing }>();
  const pending = new Set<string>();
  const scope: Scope = { parent: library, names: new Map(), demand: (name) => demand(name) };
  imported.set(file.span.source.name, { file, scope });
  const c = topLevel(world, scope);
  const demand = (name: string): Thing | null => {
    const maker = makers.get(name);
    return maker === undefined ? null : settle(name, pending, maker.span, c, maker.make);
  };
  const declare = (name: string, span: Span, make: () => Thing): void => {
    if (makers.has(name)) report(c, catalogue.declaredTwice, span, { name });
    else makers.set(name, { span, make });
  };
  for (const item of file.items) {
    if (item.kind === "declaration")
      declare(item.name.text, item.name.span, () => (world.misshapen.has(item) ? poison : denote(item, scope, c)));
    if (item.kind === "let")
      for (const name of item.names) declare(name.text, name.span, () => letValue(item, name.text, c));
    if (item.kind === "import") importNames(item, library, texts, imported, declare, c);
    if (item.kind === "param") {
      for (const name of item.names) declare(name.text, name.span, () => paramValue(item, name.text, c));
    }
  }
  return scope;
}

export function topLevel(world: World, scope: Scope): Context {
  return { world, scope, frame: null, pureIn: null, copy: null, owner: null, instance: "" };
}

/** Evaluates a name once; while that goes on, meeting it again is recursion. */
function settle(name: string, pending: Set<string>, span: Span, c: Context, make: () => Thing): Thing {
  if (pending.has(name)) return report(c, catalogue.recursion, c.world.uses.at(-1)?.span ?? span, { name });
  if (pending.size >= depthLimit)
    return report(c, catalogue.tooMuch, c.world.uses.at(-1)?.span ?? span, {
      what: `more than ${depthLimit} definitions inside one another`,
    });
  pending.add(name);
  const thing = make();
  pending.delete(name);
  c.scope.names.set(name, thing);
  return thing;
}

/** `let a, b = e` of a file: all its names at once. */
function letValue(item: Let, name: string, c: Context): Thing {
  const values = evaluateValues(item.values, c);
  if (values === null || !bindNames(item.names, values, item.span, c)) return poison;
  return c.scope.names.get(name) ?? poison;
}

/** `param a, b : Positive = 0.5` of a file: all its names at once. */
function paramValue(item: Param, name: string, c: Context): Thing {
  declareParams(item, { kind: "file", name: "" }, c);
  return c.scope.names.get(name) ?? poison;
}

function importNames(
  item: Import,
  library: Scope,
  texts: Texts,
  imported: Imported,
  declare: (name: string, span: Span, make: () => Thing) => void,
  c: Context,
): void {
  if (item.module !== null) {
    report(c, catalogue.notCompiledYet, item.span, {
      construct: "Importing a whole file under a name",
      instead: 'Name what you need: `import { a, b } from "…"`.',
    });
    declare(item.module.text, item.module.span, () => poison);
    return;
  }
  const path = insideFolder(item.span.source.name, item.path.value);
  const known = path === null ? null : (imported.get(path) ?? readFile(path, library, texts, imported, c));
  if (known === null) {
    if (path === null || texts.read(path) === null)
      report(c, catalogue.importNotFound, item.path.span, { path: item.path.value });
    for (const name of item.names) declare(name.text, name.span, () => poison);
    return;
  }
  for (const name of item.names) {
    declare(name.text, name.span, () => {
      const thing = lookUpOwn(known.scope, name.text);
      return (
        thing ??
        report(c, catalogue.undeclaredName, name.span, {
          name: name.text,
          suggestion: suggest(name.text, namesOf(known.file)),
        })
      );
    });
  }
}

function lookUpOwn(scope: Scope, name: string): Thing | null {
  return scope.names.get(name) ?? scope.demand?.(name) ?? null;
}

/** Reads an imported file; null if it is not there or its text is wrong, which is reported. */
function readFile(
  path: string,
  library: Scope,
  texts: Texts,
  imported: Imported,
  c: Context,
): { readonly file: File; readonly scope: Scope } | null {
  const text = texts.read(path);
  if (text === null) return null;
  const { file, diagnostics } = parse({ name: path, text });
  c.world.diagnostics.push(...diagnostics);
  if (diagnostics.some((diagnostic) => diagnostic.severity === "error")) {
    imported.set(path, null);
    return null;
  }
  return { file, scope: fileScope(file, library, texts, c.world, imported) };
}

function namesOf(file: File): readonly string[] {
  return file.items.flatMap((item) =>
    item.kind === "declaration" ? [item.name.text] : item.kind === "let" ? item.names.map((name) => name.text) : [],
  );
}

/** The path from the compiled file's folder; null if it leaves that folder. */
function insideFolder(importer: string, path: string): string | null {
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return null;
  const parts: string[] = importer.includes("/") ? importer.split("/").slice(0, -1) : [];
  const root = parts.length;
  for (const part of path.split("/")) {
    if (part === "..") {
      if (parts.length <= root) return null;
      parts.pop();
    } else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
