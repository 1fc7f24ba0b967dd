/** What does a page compute in a headless browser? It is served from here and posts its result. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

/** CHROMIUM says where it is where it is not in its usual place. */
export function chromiumPath(): string | null {
  const places = [
    process.env["CHROMIUM"] ?? "",
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  return places.find((path) => path !== "" && existsSync(path)) ?? null;
}

const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** Serves the files of `folders` and opens a page that runs page.js; what the page posts to /result. */
export async function resultOfPage(folders: readonly string[], flags: readonly string[] = []): Promise<string> {
  const chromium = chromiumPath();
  if (chromium === null) throw new Error("no chromium here");
  let settle: (text: string) => void = () => undefined;
  const result = new Promise<string>((resolve) => (settle = resolve));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = (request.url ?? "/").split("?")[0] ?? "/";
    if (request.method === "POST") {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString("utf8")));
      request.on("end", () => {
        response.end();
        settle(body);
      });
      return;
    }
    // Pages that are isolated may share memory between threads.
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    if (name === "/") {
      response.setHeader("Content-Type", "text/html");
      response.end('<!doctype html><script type="module" src="/page.js"></script>');
      return;
    }
    const path = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
    asked.push(`${name}${path === undefined ? " (missing)" : ""}`);
    response.statusCode = path === undefined ? 404 : 200;
    response.setHeader("Content-Type", types[extname(name)] ?? "application/octet-stream");
    response.end(path === undefined ? "" : readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const profile = mkdtempSync(join(tmpdir(), "chromium-"));
  const browser = spawn(
    chromium,
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--user-data-dir=${profile}`,
      ...flags,
      `http://127.0.0.1:${port}/`,
    ],
    { stdio: "ignore" },
  );
  const patience = setTimeout(() => settle(`error: nothing after 180 s; asked for ${asked.join(", ")}`), 180_000);
  const text = await result;
  clearTimeout(patience);
  const ended = new Promise((resolve) => browser.once("exit", resolve));
  browser.kill();
  await ended;
  server.close();
  server.closeAllConnections();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  if (text.startsWith("error")) throw new Error(`${text}; asked for ${asked.join(", ")}`);
  return text;
}
