// What the programs here share: each runs the acts that it is asked for and prints one line of JSON.
// Address and key come from the environment. Nothing here knows the server.

import { readFileSync, writeSync } from "node:fs";

export const URL_ = process.env.CLIENT_URL;
export const KEY = process.env.CLIENT_KEY;
export const PROMPT = "1girl, cat ears";

const modules = new URL("../node_modules/", import.meta.url);

/** Return what a picture is, as its own first bytes tell: `PNG 832x1216`. */
export function shown(bytes) {
  const data = Buffer.from(bytes);
  if (data.subarray(0, 8).equals(Buffer.from("\x89PNG\r\n\x1a\n", "latin1"))) {
    return `PNG ${data.readUInt32BE(16)}x${data.readUInt32BE(20)}`;
  }
  if (data.subarray(8, 12).toString("latin1") === "WEBP") return "WEBP";
  if (data.subarray(0, 3).toString("hex") === "ffd8ff") return "JPEG";
  return `no picture: ${data.subarray(0, 40).toString("latin1")}`;
}

/** Return what is at an address, as any program would fetch it. */
export async function fetched(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${answer.status} at ${url.split("?")[0]}`);
  return Buffer.from(await answer.arrayBuffer());
}

/** Return what a person would see of an error. */
function told(error) {
  const inner = error?.lastError ?? error;
  return { error: inner?.name ?? typeof inner, said: String(inner?.message ?? inner) };
}

/** Run the acts named on the command line, print what came of each, and the version. */
export async function perform(name, acts) {
  const { version } = JSON.parse(readFileSync(new URL(`${name}/package.json`, modules), "utf8"));
  const done = {};
  for (const act of process.argv.slice(2)) {
    try {
      done[act] = await acts[act]();
    } catch (error) {
      console.error(error);
      done[act] = told(error);
    }
  }
  writeSync(1, `${JSON.stringify({ package: name, version, acts: done })}\n`);
  process.exit(0); // a socket or a timer of the package may be left open
}
