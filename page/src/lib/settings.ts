/** Settings of a picture as lines of text. What strangers wrote into a file is only ever text. */

import type { Settings } from "./types";

export interface Row {
  name: string;
  value: string | boolean;
  /** Too long to stand beside its name. */
  long: boolean;
}

const LONG = 60;
/** More than anybody reads; a page that lays out megabytes stops answering. */
const MOST_SHOWN = 20_000;

// Control characters, and those that turn the direction of the text around them.
// eslint-disable-next-line no-control-regex -- these are what is looked for
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text that is safe to look at: no control characters, and not without end. */
export function plain(text: string): string {
  const cut = text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)} …` : text;
  return cut.replaceAll(UNSEEN, "\ufffd");
}

/** The lines; what is unset or off, or named in `without`, is left out. */
export function rows(settings: Settings, without: readonly string[] = []): Row[] {
  const skipped = new Set([
    ...without,
    "missing",
    "straight_alpha",
    "automatic_text",
    "use_coords",
  ]);
  return Object.entries(settings).flatMap(([name, value]) => {
    if (
      skipped.has(name) ||
      value === null ||
      value === false ||
      value === undefined ||
      value === ""
    )
      return [];
    if (Array.isArray(value) && !value.length) return [];
    const said = typeof value === "boolean" ? value : plain(textOf(name, value));
    return [
      { name: plain(name), value: said, long: typeof said === "string" && said.length > LONG },
    ];
  });
}

function textOf(name: string, value: unknown): string {
  if (name === "size" && Array.isArray(value)) return value.join(" × ");
  if (Array.isArray(value)) return value.map((one) => textOf("", one)).join("\n");
  if (typeof value !== "object" || value === null) return String(value);
  return Object.entries(value)
    .filter(([, one]) => one !== null && one !== "" && typeof one !== "boolean")
    .map(([key, one]) =>
      key === "prompt"
        ? String(one)
        : `${key.replaceAll("_", " ")} ${textOf("", one).replaceAll("\n", ", ")}`,
    )
    .join(" · ");
}
