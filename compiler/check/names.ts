/** Names: does every name of a file, templates included, denote something, and only one thing? */
import type { Diagnostic } from "../../grammar/diagnostic.js";
import { diagnose } from "../../grammar/diagnostic.js";
import type { Span } from "../../grammar/source.js";
import type {
  Annotation,
  Argument,
  Body,
  Domain,
  Expression,
  File,
  Name,
  Parameter,
  Relation,
  Statement,
  Target,
  TypeExpression,
} from "../../grammar/tree.js";
import { catalogue } from "../diagnostics/catalogue.js";
import { suggest, suggestAmong } from "../diagnostics/suggest.js";
import { builtinNames, laterBuiltins, protectedNames } from "../evaluate/builtins/table.js";
import type { Texts } from "../evaluate/file.js";
import { libraryIndex } from "../evaluate/file.js";
import { optionWords } from "../evaluate/options.js";
import { laterSpaces, spaceNames } from "../evaluate/spaces.js";

/** Names of one block; `outer` are those of the blocks around it. */
interface Names {
  readonly outer: Names | null;
  readonly own: Map<string, Named>;
  /** Names outside of this block may be hidden in it: a file's in a declaration, a block's in a fn. */
  readonly mayHide: boolean;
}

interface Named {
  readonly span: Span;
  /** A parameter, or what a loop counts: no update changes it. */
  readonly isFixed: boolean;
}

interface Checker {
  readonly known: ReadonlySet<string>;
  /** Those that are compiled already: the ones more likely meant. */
  readonly ready: ReadonlySet<string>;
  readonly diagnostics: Diagnostic[];
}

export function checkNames(file: File, texts: Texts): readonly Diagnostic[] {
  const names: Names = { outer: null, own: new Map(), mayHide: true };
  const library = libraryIndex(texts.library);
  const known = new Set([...builtinNames, ...library.keys(), ...spaceNames]);
  const later = new Set([...laterBuiltins, ...laterSpaces]);
  const ready = new Set([...known].filter((name) => !later.has(name)));
  const checker: Checker = { known, ready, diagnostics: [] };
  for (const item of file.items) {
    const declared =
      item.kind === "declaration"
        ? [item.name]
        : item.kind === "let" || item.kind === "param" || item.kind === "import"
          ? item.names
          : [];
    for (const name of declared) {
      if (protectedNames.has(name.text))
        checker.diagnostics.push(diagnose(catalogue.hidesBuiltIn, name.span, { name: name.text }));
      names.own.set(name.text, { span: name.span, isFixed: true });
    }
    if (item.kind === "import" && item.module !== null)
      names.own.set(item.module.text, { span: item.module.span, isFixed: true });
  }
  for (const item of file.items) {
    switch (item.kind) {
      case "import":
        break;
      case "let":
        item.values.forEach((value) => inExpression(value, names, checker));
        break;
      case "param":
        if (item.default !== null) inExpression(item.default, names, checker);
        break;
      case "train":
        if (item.run !== null) {
          resolve(item.run.objective.path[0], names, checker);
          item.run.objective.arguments?.forEach((argument) => inArgument(argument, names, checker));
          item.run.options.items.forEach((argument) => inArgument(argument, names, checker));
        }
        if (item.schedule !== null) inStatements(item.schedule.statements, block(names), checker);
        break;
      case "declaration": {
        const inner = block(names);
        item.parameters?.forEach((parameter) => inParameter(parameter, inner, checker));
        item.states?.forEach((state) => inParameter(state, inner, checker, false));
        inAnnotation(item.annotation, inner, checker);
        inBody(item.body, inner, checker);
        if (item.keyword === "fn") checkPure(item.name.text, item.body, checker);
      }
    }
  }
  return checker.diagnostics;
}

function block(outer: Names, mayHide = outer.outer === null): Names {
  return { outer, own: new Map(), mayHide };
}

/** Adds a name to a block, unless it or a block around it has that name already. */
function declare(name: Name, names: Names, checker: Checker, isFixed = false): void {
  for (let at: Names | null = names; at !== null; at = at.mayHide ? null : at.outer) {
    const first = at.own.get(name.text);
    if (first === undefined) continue;
    const related = [{ message: `\`${name.text}\` is declared here`, span: first.span }];
    checker.diagnostics.push(diagnose(catalogue.hidesBlockName, name.span, { name: name.text }, related));
    return;
  }
  names.own.set(name.text, { span: name.span, isFixed });
}

function resolve(
  name: { readonly text: string; readonly span: Span } | undefined,
  names: Names,
  checker: Checker,
): void {
  if (name === undefined) return;
  const visible: string[] = [];
  for (let at: Names | null = names; at !== null; at = at.outer) {
    if (at.own.has(name.text)) return;
    visible.push(...at.own.keys());
  }
  if (checker.known.has(name.text)) return;
  const suggestion = suggestAmong(name.text, visible, checker.ready, checker.known);
  checker.diagnostics.push(diagnose(catalogue.undeclaredName, name.span, { name: name.text, suggestion }));
}

/** An update of a name that was neither drawn nor `let`, or not in the same fn; undeclared names have a message of their own. */
function checkUpdate(name: Name, names: Names, checker: Checker): void {
  let isOutside = false;
  for (let at: Names | null = names; at !== null; at = at.outer) {
    const found = at.own.get(name.text);
    if (found !== undefined) {
      if (found.isFixed || isOutside)
        checker.diagnostics.push(diagnose(catalogue.notUpdatable, name.span, { name: name.text }));
      return;
    }
    isOutside ||= at.mayHide;
  }
  if (checker.known.has(name.text))
    checker.diagnostics.push(diagnose(catalogue.notUpdatable, name.span, { name: name.text }));
}

/** `beta = 0.1` of a name that nothing here has: it is declared all the same, so that its uses are not mistakes too. */
function lacksLet({ sign, targets, span }: Relation, names: Names, checker: Checker): boolean {
  const isNew = ({ name, access }: Target): boolean =>
    access.length === 0 && !isVisible(name.text, names) && !checker.known.has(name.text);
  if (sign !== "=" || !targets.every(isNew)) return false;
  checker.diagnostics.push(
    diagnose(catalogue.missingLet, span, { names: targets.map(({ name }) => name.text).join(", ") }),
  );
  for (const { name } of targets) declare(name, names, checker);
  return true;
}

function isVisible(name: string, names: Names): boolean {
  return names.own.has(name) || (names.outer !== null && isVisible(name, names.outer));
}

function inParameter(parameter: Parameter, names: Names, checker: Checker, isFixed = true): void {
  if (parameter.type !== null) inType(parameter.type, names, checker);
  if (parameter.domain !== null) inDomain(parameter.domain, names, checker);
  if (parameter.default !== null) inExpression(parameter.default, names, checker);
  declare(parameter.name, names, checker, isFixed);
}

/** The fields of a record have different names. */
function onceEach(fields: readonly Name[], checker: Checker): void {
  const met = new Set<string>();
  for (const { text, span } of fields) {
    if (met.has(text)) checker.diagnostics.push(diagnose(catalogue.declaredTwice, span, { name: text }));
    met.add(text);
  }
}

function inAnnotation(annotation: Annotation | null, names: Names, checker: Checker): void {
  if (annotation?.kind === "of type") {
    inType(annotation.type, names, checker);
    if (annotation.domain !== null) inDomain(annotation.domain, names, checker);
  }
  if (annotation?.kind === "predicts") resolve(annotation.of.path[0], names, checker);
}

function inType(type: TypeExpression, names: Names, checker: Checker): void {
  if (type.kind === "record type") {
    onceEach(
      type.fields.map(({ name }) => name),
      checker,
    );
    type.fields.forEach((field) => inType(field.type, names, checker));
  } else if (type.kind === "space") {
    const [first] = type.path;
    // A wrong space has a message of its own.
    if (first !== undefined && !spaceNames.includes(first.text)) resolveSpace(first, names, checker);
    type.arguments.forEach((argument) => inArgument(argument, names, checker));
  }
}

function resolveSpace(name: Name, names: Names, checker: Checker): void {
  const visible: string[] = [];
  for (let at: Names | null = names; at !== null; at = at.outer) {
    if (at.own.has(name.text)) return;
    visible.push(...at.own.keys());
  }
  if (checker.known.has(name.text)) return;
  const suggestion = suggestAmong(name.text, visible, spaceNames);
  checker.diagnostics.push(diagnose(catalogue.unknownSpace, name.span, { name: name.text, suggestion }));
}

function inDomain(domain: Domain, names: Names, checker: Checker): void {
  inExpression(domain.value, names, checker);
  if (domain.to !== null) inExpression(domain.to, names, checker);
}

function inBody(body: Body | null, names: Names, checker: Checker): void {
  if (body?.kind === "value") inExpression(body.value, names, checker);
  if (body?.kind === "block") inStatements(body.statements, names, checker);
}

/** A fn is pure, even one that nothing calls. What `… using …` solves may be without noise: whether it draws, its equation tells later. */
function checkPure(name: string, body: Body | null, checker: Checker): void {
  const visit = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === "loop") visit(statement.body.statements);
      else if (statement.kind === "relation" && statement.sign === "~" && !statement.values.every(isSolved)) {
        checker.diagnostics.push(diagnose(catalogue.drawsInFn, statement.span, { name }));
      }
    }
  };
  if (body?.kind === "block") visit(body.statements);
}

function isSolved(value: Expression): boolean {
  return value.kind === "using" || value.kind === "with";
}

function inStatements(statements: readonly Statement[], names: Names, checker: Checker): void {
  for (const statement of statements) inStatement(statement, names, checker);
}

function inStatement(statement: Statement, names: Names, checker: Checker): void {
  const expression = (e: Expression): void => inExpression(e, names, checker);
  switch (statement.kind) {
    case "let":
      statement.values.forEach(expression);
      statement.names.forEach((name) => declare(name, names, checker));
      break;
    case "param":
      if (statement.default !== null) expression(statement.default);
      statement.names.forEach((name) => declare(name, names, checker));
      break;
    case "relation":
      statement.values.forEach(expression);
      if (lacksLet(statement, names, checker)) break;
      for (const target of statement.targets) {
        if (statement.sign === "~" && target.access.length === 0) declare(target.name, names, checker);
        else resolve(target.name, names, checker);
        if (statement.sign === "<-") checkUpdate(target.name, names, checker);
        for (const access of target.access) {
          if (access.kind === "at time") expression(access.time);
        }
      }
      break;
    case "equation":
      expression(statement.value);
      break;
    case "goal":
      expression(statement.value);
      statement.over?.filter((name) => name.text !== "maximize").forEach((name) => resolve(name, names, checker));
      break;
    case "loop": {
      inDomain(statement.domain, names, checker);
      const inner = block(names);
      statement.names.forEach((name) => declare(name, inner, checker, true));
      inStatements(statement.body.statements, inner, checker);
      break;
    }
    case "train":
      if (statement.run !== null) {
        resolve(statement.run.objective.path[0], names, checker);
        statement.run.options.items.forEach((argument) => inArgument(argument, names, checker));
      }
      if (statement.schedule !== null) inStatements(statement.schedule.statements, block(names), checker);
      break;
    case "return":
      statement.values.forEach(expression);
  }
}

function inArgument(argument: Argument, names: Names, checker: Checker): void {
  let inner = names;
  for (const generator of argument.generators) {
    inDomain(generator.domain, inner, checker);
    inner = block(inner);
    for (const name of generator.names) declare(name, inner, checker, true);
  }
  const words = argument.name === null ? undefined : wordsOf(argument.name.text);
  const { value } = argument;
  // A word of an option is looked up there; lowering says so if it is no choice.
  if (words !== undefined && value.kind === "reference") return;
  if (words !== undefined && value.kind === "call" && value.callee.kind === "reference") {
    value.arguments.forEach((part) => inArgument(part, inner, checker));
    return;
  }
  inExpression(value, inner, checker);
}

/** The words of an option, of the one meant if it is misspelt: then the option is the mistake, not the word. */
function wordsOf(option: string): readonly string[] | undefined {
  const known = optionWords.get(option);
  if (known !== undefined) return known;
  const meant = suggest(option, optionWords.keys());
  return meant === null ? undefined : optionWords.get(meant);
}

function inExpression(e: Expression, names: Names, checker: Checker): void {
  const down = (part: Expression): void => inExpression(part, names, checker);
  switch (e.kind) {
    case "reference":
      resolve(e, names, checker);
      break;
    case "tuple":
      e.items.forEach(down);
      break;
    case "braces":
      onceEach(
        e.items.flatMap(({ name }) => (name === null ? [] : [name])),
        checker,
      );
      e.items.forEach((item) => inArgument(item, names, checker));
      break;
    case "list":
      e.items.forEach((item) => inArgument(item, names, checker));
      break;
    case "call":
      down(e.callee);
      e.arguments.forEach((argument) => inArgument(argument, names, checker));
      for (const given of e.givens) {
        if (given.value !== null) down(given.value);
        // `x(t) = a`: x names a state of the process, not something here.
        if (given.value !== null && given.subject.kind === "call")
          given.subject.arguments.forEach((argument) => inArgument(argument, names, checker));
        else if (given.value === null) down(given.subject);
      }
      break;
    case "indexed":
      down(e.base);
      for (const index of e.indices) {
        if (index.kind === "at") inArgument(index.argument, names, checker);
        else [index.from, index.to].forEach((bound) => bound !== null && down(bound));
      }
      break;
    case "access":
      down(e.base);
      break;
    case "unary":
      down(e.operand);
      break;
    case "binary":
      down(e.left);
      down(e.right);
      break;
    case "increment":
      down(e.coefficient);
      break;
    case "if":
      [e.condition, e.then, e.else].forEach(down);
      break;
    case "fn": {
      const inner = block(names, true);
      e.parameters.forEach((parameter) => inParameter(parameter, inner, checker));
      inAnnotation(e.annotation, inner, checker);
      inBody(e.body, inner, checker);
      checkPure("this function", e.body, checker);
      break;
    }
    case "using":
      down(e.base);
      down(e.step);
      break;
    case "with":
      down(e.base);
      down(e.corrector);
      break;
    case "number":
    case "string":
    case "differential":
    case "missing":
      break;
  }
}
