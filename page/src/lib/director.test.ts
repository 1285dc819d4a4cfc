import { describe, expect, it } from "vitest";

import { canKeepBubbles, toolParams, toolsIn } from "./director";
import type { DirectorTool } from "./types";

const PICTURE = { ref: { image: "img_1" }, url: "", thumb: "", width: 832, height: 1216 };
const WISHES = { emotion: "sad", prompt: "rain", defry: 2, bubbles: false };

const tool = (id: DirectorTool["id"], more: Partial<DirectorTool> = {}): DirectorTool => ({
  id,
  prompt: false,
  max_defry: null,
  emotions: [],
  ...more,
});
const SKETCH = tool("sketch");
const COLORIZE = tool("colorize", { prompt: true, max_defry: 5 });
const EMOTION = tool("emotion", { prompt: true, max_defry: 5, emotions: ["happy", "sad"] });
const DECLUTTER = tool("declutter");
const ALL = [SKETCH, COLORIZE, EMOTION, DECLUTTER, tool("declutter-keep-bubbles")];

describe("a director tool", () => {
  it("is asked only for what it knows", () => {
    const common = { image: { image: "img_1" }, size: [832, 1216] };
    expect(toolParams(SKETCH, WISHES, PICTURE)).toEqual({ tool: "sketch", ...common });
    expect(toolParams(DECLUTTER, { ...WISHES, bubbles: true }, PICTURE)).toEqual({
      tool: "declutter",
      ...common,
      keep_bubbles: true,
    });
    expect(toolParams(COLORIZE, WISHES, PICTURE)).toEqual({
      tool: "colorize",
      ...common,
      prompt: "rain",
      defry: 2,
    });
    expect(toolParams(EMOTION, WISHES, PICTURE)).toEqual({
      tool: "emotion",
      ...common,
      emotion: "sad",
      prompt: "rain",
      defry: 2,
    });
  });

  it("that leaves bubbles where they are is a choice, not one more tool", () => {
    expect(toolsIn(ALL)).toEqual([SKETCH, COLORIZE, EMOTION, DECLUTTER]);
    expect(canKeepBubbles(DECLUTTER, ALL)).toBe(true);
    expect(canKeepBubbles(SKETCH, ALL)).toBe(false);
  });
});
