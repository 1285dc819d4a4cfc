import { describe, expect, it } from "vitest";

import { readVibeFile } from "./vibefile";

const VIBE = {
  identifier: "novelai-vibe-transfer",
  version: 1,
  type: "image",
  name: "rain",
  image: btoa("picture"),
  encodings: {},
  importInfo: { model: "nai-diffusion-4-5-full", information_extracted: 0.4, strength: 0.3 },
};

describe("a vibe file", () => {
  it("gives its picture and how it was used", () => {
    const [vibe] = readVibeFile(JSON.stringify(VIBE)) ?? [];
    expect(vibe?.name).toBe("rain");
    expect(vibe?.encoded).toBe(false);
    expect(vibe?.use).toEqual({ strength: 0.3, info_extracted: 0.4 });
    expect(vibe?.image && String.fromCharCode(...vibe.image)).toBe("picture");
  });

  it("may hold several vibes", () => {
    const bundle = { identifier: "novelai-vibe-transfer-bundle", version: 1, vibes: [VIBE, VIBE] };
    expect(readVibeFile(JSON.stringify(bundle))).toHaveLength(2);
  });

  it("may hold no picture, and values that make no sense", () => {
    const text = JSON.stringify({ ...VIBE, image: undefined, importInfo: { strength: "high" } });
    expect(readVibeFile(text)).toEqual([{ name: "rain", image: null, encoded: false, use: {} }]);
  });

  it("is told from other text", () => {
    expect(readVibeFile("no json")).toBeNull();
    expect(readVibeFile("null")).toBeNull();
    expect(readVibeFile('{"identifier": "other"}')).toBeNull();
  });
});
