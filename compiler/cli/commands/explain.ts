/** `sdec explain`: what does a message's code mean? */
import { argument, flag, jsonOption } from "../command.js";
import type { Command } from "../command.js";
import { exitCode, wrongCall } from "../exit.js";
import { paintOut, printJson } from "../terminal.js";

export const explain: Command = {
  name: "explain",
  summary: "say what a message's code means",
  details:
    "Prints the page of a code: why the message exists, a wrong example and a right one. Without a code, lists all codes.",
  arguments: [{ name: "[code]", summary: "such as SDE2104" }],
  options: [jsonOption],
  examples: [
    { line: "sdec explain SDE2104", does: "the page of one code" },
    { line: "sdec explain", does: "all codes with their titles" },
  ],
  run: async (call, terminal) => {
    const pages = await import("../../diagnostics/explain.js");
    const wanted = argument(call, 0);
    if (wanted === "") {
      const all = pages.allPages();
      const paint = paintOut(terminal);
      if (flag(call, "json"))
        printJson(
          terminal,
          all.map(({ code, title }) => ({ code, title })),
        );
      else terminal.out(all.map(({ code, title }) => `${paint.cyan(code)}  ${title}\n`).join(""));
      return exitCode.fine;
    }
    const page = pages.explain(wanted);
    if (page === null) {
      const { suggest } = await import("../../diagnostics/suggest.js");
      const near = suggest(
        wanted.toUpperCase(),
        pages.allPages().map(({ code }) => code),
      );
      throw wrongCall(
        `there is no message with the code ${wanted}`,
        near === null ? "`sdec explain` lists all codes" : `did you mean ${near}?`,
      );
    }
    if (flag(call, "json")) printJson(terminal, page);
    else {
      const { renderPage } = await import("../../diagnostics/render-page.js");
      terminal.out(renderPage(page, { colour: terminal.colourOut, width: terminal.width }));
    }
    return exitCode.fine;
  },
};
