/** The director tools, and what each is asked with. */

import type { Params, Picture } from "./types";

export const TOOLS = [
  "lineart",
  "sketch",
  "colorize",
  "emotion",
  "bg-removal",
  "declutter",
] as const;

export type Tool = (typeof TOOLS)[number];

export const EMOTIONS = [
  "neutral",
  "happy",
  "sad",
  "angry",
  "scared",
  "surprised",
  "tired",
  "excited",
  "nervous",
  "thinking",
  "confused",
  "shy",
  "disgusted",
  "smug",
  "bored",
  "laughing",
  "irritated",
  "aroused",
  "embarrassed",
  "worried",
  "love",
  "determined",
  "hurt",
  "playful",
] as const;

export interface Wishes {
  emotion: string;
  prompt: string;
  /** 0 (full effect) to 5 (weakest). */
  defry: number;
  /** Leave speech bubbles where they are. */
  bubbles: boolean;
}

/** The parameters of an order; wishes that the tool does not know are left out. */
export function toolParams(
  tool: Tool,
  { emotion, prompt, defry, bubbles }: Wishes,
  { ref, width, height }: Picture,
): Params {
  return {
    tool,
    image: ref,
    ...(width && height ? { size: [width, height] } : {}),
    ...(tool === "emotion" ? { emotion } : {}),
    ...(tool === "emotion" || tool === "colorize" ? { prompt, defry } : {}),
    ...(tool === "declutter" && bubbles ? { keep_bubbles: true } : {}),
  };
}
