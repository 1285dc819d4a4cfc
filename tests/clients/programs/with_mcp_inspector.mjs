// MCP Inspector, on its command line.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { KEY, perform, PROMPT, shown, URL_ } from "./acting.mjs";

const inspector = fileURLToPath(import.meta.resolve("@modelcontextprotocol/inspector/cli/build/cli.js"));
const start = [inspector, "--cli", `${URL_}/mcp`, "--transport", "http"];

async function asked(...options) {
  const header = ["--header", `Authorization: Bearer ${KEY}`];
  const done = await promisify(execFile)(process.execPath, [...start, ...options, ...header], {
    maxBuffer: 50_000_000,
  });
  return JSON.parse(done.stdout);
}

async function draw(...more) {
  const wish = [`prompt=${PROMPT}`, ...more].flatMap((one) => ["--tool-arg", one]);
  const result = await asked("--method", "tools/call", "--tool-name", "generate_image", ...wish);
  if (result.isError) throw new Error(result.content.map((part) => part.text).join("\n"));
  const images = result.content.filter((part) => part.type === "image");
  return images.map((part) => shown(Buffer.from(part.data, "base64")));
}

await perform("@modelcontextprotocol/inspector", {
  draw: () => draw(),
  costly: () => draw("size=1536x1024"),
  twice: async () => (await Promise.all([draw(), draw("size=512x768")])).flat(),
  lists: async () => (await asked("--method", "tools/list")).tools.map((tool) => tool.name),
});
