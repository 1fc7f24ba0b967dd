/** How is text broken into lines of at most 80 columns? A document says where it may break; `render` decides. */

/**
 * Text with possible line breaks. A group is printed on one line if it fits, else its own lines break. A choice is
 * printed in the first of its states that fits, else in the last. `breaks`: holds a break that cannot be avoided.
 */
export type Doc = string | Line | Concat | Indent | Group | Choice | WhenBroken | IndentWith | Fill | BreakAround;

interface Line {
  readonly kind: "line";
  /** What stands in its place when it does not break. */
  readonly flat: "" | " " | null;
  readonly breaks: boolean;
}
interface Concat {
  readonly kind: "concat";
  readonly parts: readonly Doc[];
  readonly breaks: boolean;
}
interface Indent {
  readonly kind: "indent";
  readonly content: Doc;
  readonly breaks: boolean;
}
export interface Group {
  readonly kind: "group";
  readonly content: Doc;
  readonly breaks: boolean;
}
interface Choice {
  readonly kind: "choice";
  readonly states: readonly [Doc, ...Doc[]];
  readonly breaks: false;
}
/** Text that appears only where the group around it is broken. */
interface WhenBroken {
  readonly kind: "when broken";
  readonly text: string;
  readonly breaks: false;
}
/** Indented if the given group, printed before, was broken. */
interface IndentWith {
  readonly kind: "indent with";
  readonly group: Group;
  readonly content: Doc;
  readonly breaks: boolean;
}
/** As many items on each line as fit, a comma after each; where nothing breaks, a list. */
interface Fill {
  readonly kind: "fill";
  readonly items: readonly string[];
  readonly breaks: false;
}
/** Breaks the groups around it, prints nothing. */
interface BreakAround {
  readonly kind: "break around";
  readonly breaks: true;
}

export const line: Doc = { kind: "line", flat: " ", breaks: false };
export const softLine: Doc = { kind: "line", flat: "", breaks: false };
export const hardLine: Doc = { kind: "line", flat: null, breaks: true };
export const breakAround: Doc = { kind: "break around", breaks: true };
export const trailingComma: Doc = { kind: "when broken", text: ",", breaks: false };

export function concat(...parts: readonly Doc[]): Doc {
  return { kind: "concat", parts, breaks: parts.some(breaks) };
}

export function indent(...parts: readonly Doc[]): Doc {
  const content = concat(...parts);
  return { kind: "indent", content, breaks: breaks(content) };
}

export function group(content: Doc, broken = false): Group {
  return { kind: "group", content, breaks: broken || breaks(content) };
}

export function choice(...states: readonly [Doc, ...Doc[]]): Doc {
  return { kind: "choice", states, breaks: false };
}

export function indentWith(before: Group, content: Doc): Doc {
  return { kind: "indent with", group: before, content, breaks: breaks(content) };
}

export function fill(items: readonly string[]): Doc {
  return { kind: "fill", items, breaks: false };
}

export function join(separator: Doc, parts: readonly Doc[]): Doc {
  return concat(...parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part])));
}

export function breaks(doc: Doc): boolean {
  return typeof doc !== "string" && doc.breaks;
}

/** The text, without a line end after the last line. */
export function render(doc: Doc): string {
  const commands: Command[] = [{ doc, flat: false, indent: 0 }];
  const broken = new Map<Group, boolean>();
  const lines: string[] = [];
  let current = "";
  let column = 0;
  const write = (text: string): void => {
    current += text;
    column += columns(text);
  };
  const newLine = (indentation: number): void => {
    lines.push(current.trimEnd());
    current = " ".repeat(indentation);
    column = indentation;
  };
  const fitsHere = (command: Command): boolean => fits(command, commands, lineWidth - column);

  for (let command = commands.pop(); command !== undefined; command = commands.pop()) {
    const { doc: part, flat, indent: indentation } = command;
    if (typeof part === "string") {
      write(part);
      continue;
    }
    switch (part.kind) {
      case "line":
        if (flat && part.flat !== null) write(part.flat);
        else newLine(indentation);
        break;
      case "concat":
        for (let index = part.parts.length - 1; index >= 0; index -= 1) {
          commands.push({ doc: part.parts[index] ?? "", flat, indent: indentation });
        }
        break;
      case "indent":
        commands.push({ doc: part.content, flat, indent: indentation + 2 });
        break;
      case "group": {
        const whole: Command = { doc: part.content, flat: true, indent: indentation };
        const isFlat = !part.breaks && (flat || fitsHere(whole));
        broken.set(part, !isFlat);
        commands.push({ ...whole, flat: isFlat });
        break;
      }
      case "choice":
        commands.push(flat ? { doc: part.states[0], flat, indent: indentation } : choose(part, indentation, fitsHere));
        break;
      case "when broken":
        if (!flat) write(part.text);
        break;
      case "indent with":
        commands.push({ doc: part.content, flat, indent: indentation + (broken.get(part.group) === true ? 2 : 0) });
        break;
      case "fill":
        if (flat) write(part.items.join(", "));
        else
          part.items.forEach((item, index) => {
            if (index > 0 && column + columns(item) + 2 > lineWidth) newLine(indentation);
            else if (index > 0) write(" ");
            write(`${item},`);
          });
        break;
      case "break around":
        break;
    }
  }
  return [...lines, current.trimEnd()].join("\n");
}

/** Columns of a line. */
const lineWidth = 80;

interface Command {
  readonly doc: Doc;
  /** Lines that need not break are printed as their flat text. */
  readonly flat: boolean;
  readonly indent: number;
}

function choose(options: Choice, indentation: number, fitsHere: (command: Command) => boolean): Command {
  const inner = options.states.slice(0, -1).map((doc) => ({ doc, flat: true, indent: indentation }));
  const last = options.states[options.states.length - 1] ?? "";
  return inner.find(fitsHere) ?? { doc: last, flat: false, indent: indentation };
}

/** Whether `first` and what follows it up to the next possible line break fit into `room` columns. */
function fits(first: Command, following: readonly Command[], room: number): boolean {
  let left = room;
  let next = following.length;
  const commands: { readonly doc: Doc; readonly flat: boolean }[] = [first];
  while (left >= 0) {
    const command = commands.pop() ?? following[--next];
    if (command === undefined) return true;
    const { doc, flat } = command;
    if (typeof doc === "string") {
      left -= columns(doc);
      continue;
    }
    switch (doc.kind) {
      case "line":
        if (!flat || doc.flat === null) return true;
        left -= doc.flat.length;
        break;
      case "concat":
        for (let index = doc.parts.length - 1; index >= 0; index -= 1)
          commands.push({ doc: doc.parts[index] ?? "", flat });
        break;
      case "group":
        commands.push({ doc: doc.content, flat: flat && !doc.breaks });
        break;
      case "indent":
      case "indent with":
        commands.push({ doc: doc.content, flat });
        break;
      case "choice":
        commands.push({ doc: doc.states[flat ? 0 : doc.states.length - 1] ?? "", flat });
        break;
      case "when broken":
        if (!flat) left -= doc.text.length;
        break;
      case "fill":
        left -= columns(doc.items.join(", "));
        break;
      case "break around":
        break;
    }
  }
  return false;
}

/** How wide a text is on the screen. safe.ts lets no wide characters through. */
export function columns(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : Array.from(text.replace(/\p{Mn}/gu, "")).length;
}
