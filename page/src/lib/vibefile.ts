/** Vibe files of NovelAI's page: one vibe (.naiv4vibe), or several (.naiv4vibebundle). */

import { RANGES } from "./api-types";
import type { VibeUse } from "./draft";

export interface FiledVibe {
  name: string;
  /** Null in a file that holds an encoding only. */
  image: Uint8Array<ArrayBuffer> | null;
  /** It holds encodings, which somebody paid for. */
  encoded: boolean;
  use: Partial<Pick<VibeUse, "strength" | "info_extracted">>;
}

type Json = Record<string, unknown>;

/** Read a vibe file; null when the text is none. */
export function readVibeFile(text: string): FiledVibe[] | null {
  let file: Json;
  try {
    file = JSON.parse(text) as Json;
  } catch {
    return null;
  }
  if (file?.identifier === "novelai-vibe-transfer") return [read(file)];
  if (file?.identifier !== "novelai-vibe-transfer-bundle" || !Array.isArray(file.vibes))
    return null;
  return (file.vibes as Json[]).map(read);
}

function read(vibe: Json): FiledVibe {
  const used = (vibe.importInfo ?? {}) as Json;
  return {
    name: typeof vibe.name === "string" ? vibe.name : "",
    image: bytesOf(vibe.image),
    encoded: Object.keys((vibe.encodings as Json | null | undefined) ?? {}).length > 0,
    use: {
      ...within("strength", used.strength),
      ...within("info_extracted", used.information_extracted),
    },
  };
}

function within(name: keyof typeof RANGES.vibe, value: unknown): Partial<VibeUse> {
  const { min, max } = RANGES.vibe[name];
  return typeof value === "number" && value >= min && value <= max ? { [name]: value } : {};
}

function bytesOf(value: unknown): Uint8Array<ArrayBuffer> | null {
  if (typeof value !== "string" || !value) return null;
  try {
    return Uint8Array.from(atob(value.replace(/^data:[^,]*,/, "")), (letter) =>
      letter.charCodeAt(0),
    );
  } catch {
    return null;
  }
}
