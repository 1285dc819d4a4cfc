import { describe, expect, it } from "vitest";

import { toolParams } from "./director";

const PICTURE = { ref: { image: "img_1" }, url: "", thumb: "", width: 832, height: 1216 };
const WISHES = { emotion: "sad", prompt: "rain", defry: 2, bubbles: true };

describe("a director tool", () => {
  it("is asked only for what it knows", () => {
    const common = { image: { image: "img_1" }, size: [832, 1216] };
    expect(toolParams("sketch", WISHES, PICTURE)).toEqual({ tool: "sketch", ...common });
    expect(toolParams("declutter", WISHES, PICTURE)).toEqual({
      tool: "declutter",
      ...common,
      keep_bubbles: true,
    });
    expect(toolParams("colorize", WISHES, PICTURE)).toEqual({
      tool: "colorize",
      ...common,
      prompt: "rain",
      defry: 2,
    });
    expect(toolParams("emotion", WISHES, PICTURE)).toEqual({
      tool: "emotion",
      ...common,
      emotion: "sad",
      prompt: "rain",
      defry: 2,
    });
  });
});
