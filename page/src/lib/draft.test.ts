import { describe, expect, it } from "vitest";

import { emptyDraft, ofEffort, paramsOf, readDraft, textsOf } from "./draft";
import type { Model, Picture } from "./types";

const V45 = {
  generation: "v4.5",
  variety: true,
  transparent: false,
  smea: false,
  vibes: "encoded",
  references: 16,
  characters: 6,
} as unknown as Model;
const V5 = {
  ...V45,
  generation: "v5",
  variety: false,
  transparent: true,
  vibes: null,
  references: 0,
  characters: 32,
} as Model;
const PICTURE: Picture = {
  ref: { image: "img_1" },
  url: "/a",
  thumb: "/b",
  width: 832,
  height: 1216,
};

describe("readDraft", () => {
  it("keeps defaults for what is missing or of another type", () => {
    expect(
      readDraft({ prompt: "cat", steps: "many", characters: {}, seed: "7", unknown: 1 }),
    ).toEqual({
      ...emptyDraft(),
      prompt: "cat",
    });
  });

  it.each([null, 3, "text", []])("reads %j as an empty draft", (document) => {
    expect(readDraft(document)).toEqual(emptyDraft());
  });

  it("gives back what was stored", () => {
    const draft = {
      ...emptyDraft(),
      prompt: "猫",
      seed: 7,
      seed_locked: true,
      base: { picture: PICTURE, mode: "i2i" as const, mask: null, strength: 0.5, noise: 0 },
    };
    expect(readDraft(JSON.parse(JSON.stringify(draft)))).toEqual(draft);
  });
});

describe("textsOf", () => {
  it("keeps what texts depend on, and of a picture only that it is inpainted", () => {
    const base = { picture: PICTURE, mask: PICTURE, strength: 0.5, noise: 0 };
    const draft = { ...emptyDraft(), prompt: "cat", steps: 3 };
    const i2i = textsOf(paramsOf({ ...draft, base: { ...base, mode: "i2i" } }, V45));
    expect(i2i).toEqual(textsOf(paramsOf({ ...draft, steps: 4 }, V45)));
    expect(i2i).toMatchObject({ prompt: "cat", quality: "standard", uc_preset: "heavy" });
    const inpainted = textsOf(paramsOf({ ...draft, base: { ...base, mode: "inpaint" } }, V45));
    expect(inpainted).toEqual({ ...i2i, inpaint: true });
  });
});

describe("paramsOf", () => {
  it("leaves out what the model sets by itself", () => {
    const medium = { ...V5, fixed: ["steps", "negative_prompt"] };
    const params = paramsOf({ ...emptyDraft(), negative_prompt: "x" }, medium);
    expect(params).not.toHaveProperty("steps");
    expect(params).not.toHaveProperty("negative_prompt");
    expect(paramsOf({ ...emptyDraft(), negative_prompt: "x" }, V5).negative_prompt).toBe("x");
  });

  it("asks for furry mode where there is one", () => {
    const draft = { ...emptyDraft(), furry: true };
    expect(paramsOf(draft, { ...V5, furry: true }).furry).toBe(true);
    expect(paramsOf(draft, { ...V5, furry: false })).not.toHaveProperty("furry");
  });

  it("keeps what enhances a picture", () => {
    const base = { picture: PICTURE, mode: "i2i" as const, mask: null, strength: 0.5, noise: 0 };
    const enhancing = { ...base, enhance: "plain", size: [1248, 1824] as [number, number] };
    expect(paramsOf({ ...emptyDraft(), base: enhancing }, V5).i2i).toMatchObject({
      enhance: "plain",
      size: [1248, 1824],
    });
    expect(paramsOf({ ...emptyDraft(), base }, V5).i2i).not.toHaveProperty("enhance");
  });

  it("sends a seed only when it is locked", () => {
    const draft = { ...emptyDraft(), seed: 7 };
    expect(paramsOf(draft, V45)).not.toHaveProperty("seed");
    expect(paramsOf({ ...draft, seed_locked: true }, V45).seed).toBe(7);
  });

  it("leaves out what the model does not know", () => {
    const vibe = {
      id: "1",
      vibe: "vibe_1",
      picture: null,
      name: "",
      strength: 0.6,
      info_extracted: 0.7,
      enabled: true,
    };
    const reference = {
      id: "1",
      picture: PICTURE,
      type: "style" as const,
      strength: 1,
      fidelity: 1,
      enabled: true,
    };
    const draft = {
      ...emptyDraft(),
      variety_boost: true,
      transparent_background: true,
      vibes: [vibe],
      references: [reference],
    };
    const old = paramsOf(draft, V45);
    expect(old).toMatchObject({ variety_boost: true, vibes: [{ vibe: "vibe_1", strength: 0.6 }] });
    expect(old.character_references).toHaveLength(1);
    expect(old).not.toHaveProperty("transparent_background");
    const next = paramsOf(draft, V5);
    expect(next.transparent_background).toBe(true);
    for (const name of ["variety_boost", "vibes", "character_references"])
      expect(next).not.toHaveProperty(name);
  });

  it("inpaints only with a mask", () => {
    const base = { picture: PICTURE, mode: "inpaint" as const, mask: null, strength: 1, noise: 0 };
    expect(paramsOf({ ...emptyDraft(), base }, V45)).toMatchObject({
      i2i: { image: { image: "img_1" }, strength: 0.99 },
    });
    const mask = { ...PICTURE, ref: { upload: "abc" } };
    expect(paramsOf({ ...emptyDraft(), base: { ...base, mask } }, V45).inpaint).toEqual({
      image: { image: "img_1" },
      mask: { upload: "abc" },
      strength: 1,
    });
  });

  it("says so when the result is not to be laid over the picture", () => {
    const mask = { ...PICTURE, ref: { upload: "abc" } };
    const base = { picture: PICTURE, mode: "inpaint" as const, mask, strength: 1, noise: 0 };
    const inpaintOf = (compose?: boolean) =>
      paramsOf({ ...emptyDraft(), base: { ...base, compose } }, V45).inpaint;
    expect(inpaintOf(false)).toHaveProperty("compose", false);
    expect(inpaintOf(true)).not.toHaveProperty("compose");
    expect(inpaintOf()).not.toHaveProperty("compose");
  });
});

describe("ofEffort", () => {
  it("holds what each effort has for itself, and no more", () => {
    expect(ofEffort({ ...emptyDraft(), steps: 7 })).toEqual({
      steps: 7,
      sampler: "k_euler_ancestral",
      noise_schedule: "",
      uc_preset: "heavy",
      cfg_rescale: 0,
    });
  });
});
