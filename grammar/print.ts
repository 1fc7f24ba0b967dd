/** How is a file laid out? Declarations and statements on lines of their own, blocks indented, empty lines kept. */
import type { Doc } from "prettier";
import { builders } from "prettier/doc";
import type { ParsedWithTrivia } from "./parse.js";
import {
  printArguments,
  printBraces,
  printBrackets,
  printDomain,
  printExpression,
  printIndices,
  printList,
  printValue,
} from "./print-expressions.js";
import { penFor, type Pen } from "./print-pen.js";
import type {
  Annotation,
  Block,
  Body,
  Declaration,
  Expression,
  Import,
  Item,
  Let,
  Loop,
  Name,
  Named,
  Param,
  Parameter,
  Relation,
  Statement,
  Target,
  Train,
  TypeExpression,
  Domain,
} from "./tree.js";

const { group, hardline, indent } = builders;

/** The document of a text without errors. */
export function printFile(text: string, parsed: ParsedWithTrivia): Doc {
  const pen = penFor(text, parsed);
  const items = parsed.file.items.map((item) => [pen.lineEnd(), printItem(pen, item)]);
  const rest = pen.rest();
  return items.length === 0 && parsed.comments.length === 0 ? "" : [items, rest, hardline];
}

export function printBody(pen: Pen, node: Body): Doc {
  return node.kind === "block" ? printBlock(pen, node) : [pen.take("="), printValue(pen, node.value)];
}

export function printAnnotation(pen: Pen, node: Annotation): Doc {
  if (node.kind === "of type")
    return [pen.take(":"), pen.gap("space"), printType(pen, node.type), printInDomain(pen, node.domain)];
  const head = [pen.take("predicts"), pen.gap("space"), pen.take()];
  return [head, pen.gap("space"), pen.take("of"), pen.gap("space"), printNamed(pen, node.of)];
}

/** Between parentheses, where a type's colon follows its name directly. */
export function printParameters(pen: Pen, parameters: readonly Parameter[]): Doc {
  return printBrackets(pen, "(", ")", "softline", () =>
    printList(pen, parameters, "line", (parameter) => printParameter(pen, parameter, "none")),
  );
}

function printItem(pen: Pen, node: Item): Doc {
  switch (node.kind) {
    case "import":
      return printImport(pen, node);
    case "declaration":
      return printDeclaration(pen, node);
    default:
      return printStatement(pen, node);
  }
}

function printImport(pen: Pen, node: Import): Doc {
  const start = [pen.take("import"), pen.gap("space")];
  const names =
    node.module === null
      ? printBrackets(pen, "{", "}", "line", () => printList(pen, node.names, "line", () => pen.take()))
      : pen.take();
  return [start, names, pen.gap("space"), pen.take("from"), pen.gap("space"), pen.take()];
}

function printDeclaration(pen: Pen, node: Declaration): Doc {
  const name = [pen.take(node.keyword), pen.gap("space"), pen.take()];
  const parameters = node.parameters === null ? "" : [pen.gap("none"), printParameters(pen, node.parameters)];
  const states =
    node.states === null
      ? ""
      : [
          [pen.gap("line"), pen.take("on"), pen.gap("space")],
          printList(pen, node.states, "line", (state) => printParameter(pen, state, "space")),
        ];
  const annotation = node.annotation === null ? "" : [pen.gap("line"), printAnnotation(pen, node.annotation)];
  const head = [name, parameters, group(indent([states, annotation]))];
  return node.body === null ? head : [head, pen.gap("space"), printBody(pen, node.body)];
}

function printParameter(pen: Pen, node: Parameter, beforeColon: "none" | "space"): Doc {
  const name = [pen.take(), printOfType(pen, node.type, beforeColon), printInDomain(pen, node.domain)];
  if (node.default === null) return name;
  return [name, pen.gap("space"), pen.take("="), pen.gap("space"), printExpression(pen, node.default)];
}

function printOfType(pen: Pen, type: TypeExpression | null, beforeColon: "none" | "space"): Doc {
  return type === null ? "" : [pen.gap(beforeColon), pen.take(":"), pen.gap("space"), printType(pen, type)];
}

function printInDomain(pen: Pen, domain: Domain | null): Doc {
  return domain === null ? "" : [pen.gap("space"), pen.take("in"), pen.gap("space"), printDomain(pen, domain)];
}

function printType(pen: Pen, node: TypeExpression): Doc {
  switch (node.kind) {
    case "kind type":
      return pen.take();
    case "space": {
      const path = printPath(pen, node.path);
      if (pen.next() !== "[") return path;
      return [
        path,
        pen.gap("none"),
        printBrackets(pen, "[", "]", "softline", () => printArguments(pen, node.arguments)),
      ];
    }
    case "record type":
      return printBrackets(pen, "{", "}", "line", () =>
        printList(pen, node.fields, "line", (field) => [
          pen.take(),
          printOfType(pen, field.type, "none"),
          printInDomain(pen, field.domain),
        ]),
      );
  }
}

function printPath(pen: Pen, path: readonly Name[]): Doc {
  return path.map((_, index) =>
    index === 0 ? pen.take() : [pen.gap("none"), pen.take("."), pen.gap("none"), pen.take()],
  );
}

function printNamed(pen: Pen, node: Named): Doc {
  const path = printPath(pen, node.path);
  const given = node.arguments;
  if (given === null) return path;
  return [path, pen.gap("none"), printBrackets(pen, "(", ")", "softline", () => printArguments(pen, given))];
}

/** A block of one statement that was written on one line stays there if it fits. */
function printBlock(pen: Pen, node: Block): Doc {
  const open = pen.take("{");
  if (node.statements.length === 0) return [open, pen.closingGap("none"), pen.take("}")];
  const [only] = node.statements;
  if (node.statements.length === 1 && only !== undefined && !pen.startsLine()) {
    const statement = indent([pen.gap("line"), printStatement(pen, only)]);
    return [open, group([statement, pen.closingGap("line"), pen.take("}")])];
  }
  const statements = node.statements.map((statement) => [pen.lineEnd(), printStatement(pen, statement)]);
  return [open, indent(statements), pen.closingGap("hardline"), pen.take("}")];
}

function printStatement(pen: Pen, node: Statement): Doc {
  switch (node.kind) {
    case "let":
      return printLet(pen, node);
    case "param":
      return printParam(pen, node);
    case "relation":
      return printRelation(pen, node);
    case "equation":
      return [pen.take(), pen.gap("space"), pen.take(node.sign), printValue(pen, node.value)];
    case "goal": {
      const goal = [pen.take(node.direction), printValue(pen, node.value)];
      if (node.over === null) return goal;
      return [goal, group(indent([pen.gap("line"), pen.take("over"), pen.gap("space"), printNames(pen, node.over)]))];
    }
    case "loop":
      return printLoop(pen, node);
    case "train":
      return printTrain(pen, node);
    case "return":
      return [pen.take("return"), printValues(pen, node.values)];
  }
}

function printLet(pen: Pen, node: Let): Doc {
  const names = [pen.take("let"), pen.gap("space"), printNames(pen, node.names), printOfType(pen, node.type, "space")];
  return [names, pen.gap("space"), pen.take("="), printValues(pen, node.values)];
}

function printParam(pen: Pen, node: Param): Doc {
  const names = [pen.take("param"), pen.gap("space"), printNames(pen, node.names)];
  const space = [printOfType(pen, node.type, "space"), printInDomain(pen, node.domain)];
  if (node.default === null) return [names, space];
  return [names, space, pen.gap("space"), pen.take("="), printValue(pen, node.default)];
}

function printRelation(pen: Pen, node: Relation): Doc {
  const targets = printList(pen, node.targets, "space", (target) => printTarget(pen, target));
  return [targets, pen.gap("space"), pen.take(node.sign), printValues(pen, node.values)];
}

function printTarget(pen: Pen, node: Target): Doc {
  const access = (): Doc[] =>
    node.access.map((part) => {
      const before = pen.gap("none");
      if (part.kind === "at index") return [before, printIndices(pen, part.indices)];
      if (part.kind === "at field") return [before, pen.take("."), pen.gap("none"), pen.take()];
      return [before, printBrackets(pen, "(", ")", "softline", () => printExpression(pen, part.time))];
    });
  return [pen.take(), access()];
}

function printLoop(pen: Pen, node: Loop): Doc {
  const names = [pen.take("for"), pen.gap("space"), printNames(pen, node.names)];
  const domain = [pen.gap("space"), pen.take("in"), pen.gap("space"), printDomain(pen, node.domain)];
  return [names, domain, pen.gap("space"), printBlock(pen, node.body)];
}

function printTrain(pen: Pen, node: Train): Doc {
  const train = [pen.take("train"), pen.gap("space")];
  if (node.schedule !== null) return [train, printBlock(pen, node.schedule)];
  if (node.run === null) throw new Error("a train statement with neither a run nor a schedule");
  return [train, printNamed(pen, node.run.objective), pen.gap("space"), printBraces(pen, node.run.options)];
}

function printNames(pen: Pen, names: readonly Name[]): Doc {
  return printList(pen, names, "space", () => pen.take());
}

function printValues(pen: Pen, values: readonly Expression[]): Doc {
  const [only] = values;
  if (values.length === 1 && only !== undefined) return printValue(pen, only);
  const space = pen.gap("space");
  return group(indent([space, printList(pen, values, "line", (value) => printExpression(pen, value))]));
}
