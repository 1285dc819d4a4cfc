/** What a director tool is asked with. */

import type { DirectorTool, Params, Picture } from "./types";

export interface Wishes {
  emotion: string;
  prompt: string;
  /** 0 (full effect) to 5 (weakest). */
  defry: number;
  /** Leave speech bubbles where they are. */
  bubbles: boolean;
}

/** Another tool of the server, which is a choice of this one here. */
const KEEPS_BUBBLES = "-keep-bubbles";

/** The tools that are chosen from. */
export function toolsIn(all: readonly DirectorTool[]): DirectorTool[] {
  return all.filter(({ id }) => !id.endsWith(KEEPS_BUBBLES));
}

export function canKeepBubbles(tool: DirectorTool, all: readonly DirectorTool[]): boolean {
  return all.some(({ id }) => id === `${tool.id}${KEEPS_BUBBLES}`);
}

/** The parameters of an order; wishes that the tool does not know are left out. */
export function toolParams(
  tool: DirectorTool,
  { emotion, prompt, defry, bubbles }: Wishes,
  { ref, width, height }: Picture,
): Params {
  return {
    tool: tool.id,
    image: ref,
    ...(width && height ? { size: [width, height] } : {}),
    ...(tool.emotions.length ? { emotion } : {}),
    ...(tool.prompt ? { prompt } : {}),
    ...(tool.max_defry === null ? {} : { defry }),
    ...(bubbles ? { keep_bubbles: true } : {}),
  };
}
