/** How is an expression laid out? On one line where it fits, else broken before operators and inside brackets. */
import type { Doc } from "prettier";
import { builders } from "prettier/doc";
import type { Gap, Pen } from "./print-pen.js";
import { printBody, printAnnotation, printParameters } from "./print.js";
import type {
  Argument,
  Binary,
  Braces,
  Call,
  Conditional,
  Domain,
  Expression,
  FunctionExpression,
  Given,
  Index,
  List,
  Using,
  With,
} from "./tree.js";

const { fill, group, indent } = builders;

export function printExpression(pen: Pen, node: Expression): Doc {
  return inParentheses(pen, pen.parentheses(node), () => printBare(pen, node));
}

/** Comma-separated things, each after `gap`. */
export function printList<T>(pen: Pen, items: readonly T[], gap: Gap, print: (item: T) => Doc): Doc[] {
  return items.map((item, index) =>
    index === 0 ? print(item) : [pen.gap("none"), pen.take(","), pen.gap(gap), print(item)],
  );
}

/** A value after `=`, `~` and the like: operators go to a line of their own before they are broken up. */
export function printValue(pen: Pen, node: Expression): Doc {
  const breaksFirst = pen.parentheses(node) === 0 && loose.has(node.kind);
  if (!breaksFirst) return [pen.gap("space"), printExpression(pen, node)];
  return group(indent([pen.gap("line"), printExpression(pen, node)]));
}
const loose: ReadonlySet<Expression["kind"]> = new Set(["binary", "increment", "if", "using", "with"]);

export function printDomain(pen: Pen, node: Domain): Doc {
  const value = printExpression(pen, node.value);
  if (node.to === null) return value;
  return [value, pen.gap("none"), pen.take(".."), pen.gap("none"), printExpression(pen, node.to)];
}

/** `open contents close`, broken inside where it does not fit. */
export function printBrackets(pen: Pen, open: string, close: string, inner: Gap, contents: () => Doc): Doc {
  const opening = pen.take(open);
  if (pen.next() === close) return [opening, pen.closingGap("none"), pen.take(close)];
  return [opening, group([indent([pen.gap(inner), contents()]), pen.closingGap(inner), pen.take(close)])];
}

export function printArguments(pen: Pen, items: readonly Argument[]): Doc {
  return printList(pen, items, "line", (item) => printArgument(pen, item));
}

/** Braces stay broken where they were written so. */
export function printBraces(pen: Pen, node: Braces): Doc {
  const isRecord = node.items[0]?.name != null;
  const opening = pen.take("{");
  if (pen.next() === "}") return [opening, pen.closingGap("none"), pen.take("}")];
  const shouldBreak = pen.startsLine();
  const inner = isRecord ? "line" : "softline";
  const contents = indent([pen.gap(inner), printArguments(pen, node.items)]);
  return [opening, group([contents, pen.closingGap(inner), pen.take("}")], { shouldBreak })];
}

export function printIndices(pen: Pen, indices: readonly Index[]): Doc {
  return printBrackets(pen, "[", "]", "softline", () =>
    printList(pen, indices, "line", (index) => printIndex(pen, index)),
  );
}

function inParentheses(pen: Pen, count: number, print: () => Doc): Doc {
  return count === 0 ? print() : printBrackets(pen, "(", ")", "softline", () => inParentheses(pen, count - 1, print));
}

function printBare(pen: Pen, node: Expression): Doc {
  switch (node.kind) {
    case "number":
    case "string":
    case "reference":
    case "differential":
      return pen.take();
    case "tuple":
      return printBrackets(pen, "(", ")", "softline", () =>
        printList(pen, node.items, "line", (item) => printExpression(pen, item)),
      );
    case "list":
      return printListLiteral(pen, node);
    case "braces":
      return printBraces(pen, node);
    case "call":
    case "indexed":
    case "access":
      return printPostfix(pen, node);
    case "unary":
      return [
        pen.take(node.operator),
        pen.gap(node.operator === "not" ? "space" : "none"),
        printExpression(pen, node.operand),
      ];
    case "binary":
      return node.operator === "^" ? printPower(pen, node) : printChain(pen, node);
    case "increment": {
      const coefficient = printExpression(pen, node.coefficient);
      const ring = node.stratonovich ? [pen.gap("space"), pen.take()] : "";
      return [coefficient, ring, pen.gap("space"), pen.take()];
    }
    case "if":
      return printConditional(pen, node);
    case "fn":
      return printFunction(pen, node);
    case "using":
    case "with":
      return printApplications(pen, node);
    case "missing":
      throw new Error("a text with errors reached the formatter");
  }
}

/** Rows of numbers fill their lines; everything else stands one below another where it does not fit. */
function printListLiteral(pen: Pen, node: List): Doc {
  const isNumbers = node.items.length > 3 && node.items.every(({ value }) => isNumeric(value));
  if (!isNumbers) return printBrackets(pen, "[", "]", "softline", () => printArguments(pen, node.items));
  return printBrackets(pen, "[", "]", "softline", () => {
    const parts: Doc[] = [];
    for (const [index, item] of node.items.entries()) {
      const value = printArgument(pen, item);
      const comma = index < node.items.length - 1 ? [pen.gap("none"), pen.take(",")] : "";
      parts.push([value, comma]);
      if (comma !== "") parts.push(pen.gap("line"));
    }
    return fill(parts);
  });
}

function isNumeric(node: Expression): boolean {
  return node.kind === "number" || (node.kind === "unary" && node.operand.kind === "number");
}

/** Calls, indices and fields after one another; a loop, since there may be thousands. */
function printPostfix(pen: Pen, outermost: Expression): Doc {
  const links: Expression[] = [];
  let base = outermost;
  while (base === outermost || pen.parentheses(base) === 0) {
    if (base.kind === "call") [links[links.length], base] = [base, base.callee];
    else if (base.kind === "indexed" || base.kind === "access") [links[links.length], base] = [base, base.base];
    else break;
  }
  const docs: Doc[] = [printExpression(pen, base)];
  for (const link of links.reverse()) {
    docs.push(pen.gap("none"));
    if (link.kind === "call") docs.push(printCall(pen, link));
    else if (link.kind === "indexed") docs.push(printIndices(pen, link.indices));
    else docs.push([pen.take("."), pen.gap("none"), pen.take()]);
  }
  return docs;
}

function printCall(pen: Pen, node: Call): Doc {
  const [only] = node.arguments;
  const isHugged = node.arguments.length === 1 && node.givens.length === 0 && only !== undefined && holdsItself(only);
  if (isHugged)
    return [pen.take("("), pen.gap("none"), printArgument(pen, only), pen.closingGap("none"), pen.take(")")];
  return printBrackets(pen, "(", ")", "softline", () => {
    const given = printArguments(pen, node.arguments);
    if (pen.next() !== "|") return given;
    const bar = [pen.gap(node.arguments.length > 0 ? "line" : "none"), pen.take("|"), pen.gap("space")];
    return [given, bar, printList(pen, node.givens, "line", (item) => printGiven(pen, item))];
  });
}

/** A sole argument with brackets of its own needs no line of its own. */
function holdsItself({ name, value, generators }: Argument): boolean {
  return (
    name === null &&
    generators.length === 0 &&
    (value.kind === "list" || value.kind === "braces" || value.kind === "fn")
  );
}

function printGiven(pen: Pen, node: Given): Doc {
  const subject = printExpression(pen, node.subject);
  if (node.value === null) return subject;
  return [subject, pen.gap("space"), pen.take("="), pen.gap("space"), printExpression(pen, node.value)];
}

function printArgument(pen: Pen, node: Argument): Doc {
  if (node.name !== null)
    return [pen.take(), pen.gap("none"), pen.take(":"), pen.gap("space"), printExpression(pen, node.value)];
  const value = printExpression(pen, node.value);
  const generators = node.generators.map((generator) => [
    pen.gap("line"),
    pen.take("for"),
    pen.gap("space"),
    printList(pen, generator.names, "space", () => pen.take()),
    pen.gap("space"),
    pen.take("in"),
    pen.gap("space"),
    printDomain(pen, generator.domain),
  ]);
  return generators.length === 0 ? value : [value, group(indent(generators))];
}

function printIndex(pen: Pen, node: Index): Doc {
  if (node.kind === "at") return printArgument(pen, node.argument);
  const from = node.from === null ? "" : [printExpression(pen, node.from), pen.gap("none")];
  const dots = pen.take("..");
  return [from, dots, node.to === null ? "" : [pen.gap("none"), printExpression(pen, node.to)]];
}

function printPower(pen: Pen, node: Binary): Doc {
  return [
    printExpression(pen, node.left),
    pen.gap("none"),
    pen.take("^"),
    pen.gap("none"),
    printExpression(pen, node.right),
  ];
}

// prettier-ignore
const levels: Readonly<Record<Binary["operator"], number>> = {
  or: 1, and: 2, "==": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "+": 4, "-": 4, "*": 5, "/": 5, "@": 5, "^": 6,
};

/** Operators of one level stand at the beginnings of lines below one another; a loop, since there may be thousands. */
function printChain(pen: Pen, outermost: Binary): Doc {
  const level = levels[outermost.operator];
  const links: Binary[] = [outermost];
  let first = outermost.left;
  while (first.kind === "binary" && levels[first.operator] === level && pen.parentheses(first) === 0) {
    links.push(first);
    first = first.left;
  }
  const head = printExpression(pen, first);
  const tail = links
    .reverse()
    .map((link) => [pen.gap("line"), pen.take(link.operator), pen.gap("space"), printExpression(pen, link.right)]);
  return [head, group(indent(tail))];
}

/** `else if` continues the list of cases. */
function printConditional(pen: Pen, node: Conditional): Doc {
  const docs: Doc[] = [pen.take("if"), pen.gap("space"), printExpression(pen, node.condition)];
  let last = node;
  for (;;) {
    docs.push(pen.gap("line"), pen.take("then"), pen.gap("space"), printExpression(pen, last.then));
    docs.push(pen.gap("line"), pen.take("else"), pen.gap("space"));
    if (last.else.kind !== "if" || pen.parentheses(last.else) > 0) break;
    last = last.else;
    docs.push(pen.take("if"), pen.gap("space"), printExpression(pen, last.condition));
  }
  docs.push(printExpression(pen, last.else));
  return group(indent(docs));
}

function printFunction(pen: Pen, node: FunctionExpression): Doc {
  const head = [pen.take("fn"), pen.gap("none"), printParameters(pen, node.parameters)];
  const annotation = node.annotation === null ? "" : [pen.gap("space"), printAnnotation(pen, node.annotation)];
  return [head, annotation, pen.gap("space"), printBody(pen, node.body)];
}

/** `R using step with corrector with corrector`; a loop, since there may be thousands. */
function printApplications(pen: Pen, outermost: Using | With): Doc {
  const applied: Expression[] = [];
  let base: Expression = outermost;
  while ((base === outermost || pen.parentheses(base) === 0) && (base.kind === "using" || base.kind === "with")) {
    applied.push(base.kind === "using" ? base.step : base.corrector);
    base = base.base;
  }
  const head = printExpression(pen, base);
  const tail = applied
    .reverse()
    .map((item) => [pen.gap("line"), pen.take(), pen.gap("space"), printExpression(pen, item)]);
  return [head, group(indent(tail))];
}
