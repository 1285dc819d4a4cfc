import { describe, expect, it } from "vitest";

import { type Draft, emptyDraft, paramsOf } from "./draft";
import { draftOf, PARTS, takeParts, withTemplate } from "./take";
import type { Model, Settings } from "./types";

const MODEL = {
  id: "nai-diffusion-5-full",
  sizes: { portrait: [832, 1216] },
  defaults: {
    size: "portrait",
    steps: 23,
    scale: 7,
    sampler: "k_euler_ancestral",
    noise_schedule: "karras",
    uc_preset: "heavy",
  },
  fixed: [],
  transparent: true,
  smea: true,
  decrisp: true,
  furry: true,
  vibes: "encoded",
  references: 16,
  characters: 6,
} as unknown as Model;
const id = () => "id";
const PICTURE = { ref: { job: "job_1", sha256: "a" }, url: "", thumb: "", width: 1, height: 1 };

/** A draft in which nothing is as a draft begins. */
const HOSTILE: Draft = {
  prompt: "theirs",
  negative_prompt: "blurry",
  model: "nai-diffusion-3",
  width: 64,
  height: 128,
  steps: 50,
  scale: 9,
  sampler: "k_dpm_2",
  noise_schedule: "exponential",
  cfg_rescale: 0.5,
  variety_boost: true,
  smea: true,
  smea_dyn: true,
  decrisp: true,
  seed: 99,
  seed_locked: true,
  n_samples: 3,
  quality: "light",
  uc_preset: "light",
  transparent_background: true,
  straight_alpha: false,
  furry: true,
  automatic_text: false,
  image_format: "webp",
  roll: { replay: "img_9" },
  efforts: {},
  base: { picture: PICTURE, mode: "i2i", mask: null, strength: 0.2, noise: 0.3, seed: 4 },
  characters: [
    { id: "c", prompt: "girl", negative_prompt: "hat", position: [0.1, 0.9], enabled: true },
  ],
  use_coords: true,
  vibes: [
    {
      id: "v",
      vibe: null,
      picture: PICTURE,
      name: "evening",
      strength: 0.1,
      info_extracted: 0.2,
      enabled: true,
    },
  ],
  references: [
    { id: "r", picture: PICTURE, type: "style", strength: 0.1, fidelity: 0.2, enabled: true },
  ],
};

describe("takeParts", () => {
  it("replaces every field with all parts, but for the count and what efforts keep", () => {
    const taken = takeParts(HOSTILE, emptyDraft(MODEL), PARTS);
    expect(taken).toEqual({ ...emptyDraft(MODEL), n_samples: 3 });
  });

  it("replaces nothing of the parts that were not chosen", () => {
    const taken = { ...emptyDraft(MODEL), prompt: "mine", seed: 5, seed_locked: true };
    expect(takeParts(HOSTILE, taken, ["seed"])).toEqual({ ...HOSTILE, seed: 5 });
    expect(takeParts(HOSTILE, taken, [])).toEqual(HOSTILE);
  });

  it("empties what the order leaves empty", () => {
    const taken = takeParts(HOSTILE, emptyDraft(MODEL), ["negative", "characters", "pictures"]);
    expect(taken).toMatchObject({ negative_prompt: "", characters: [], base: null, vibes: [] });
    expect(taken).toMatchObject({ references: [], prompt: "theirs" });
  });
});

describe("draftOf", () => {
  it("leads to the same parameters again, whatever they are", () => {
    // What the form sends of its pictures is put into it from elsewhere.
    const { base: _base, vibes: _vibes, references: _references, ...rest } = HOSTILE;
    const first = { ...rest, base: null, vibes: [], references: [] };
    const params = paramsOf(first, MODEL);
    const again = takeParts(emptyDraft(MODEL), draftOf(params, MODEL, id), PARTS);
    expect(paramsOf({ ...again, n_samples: 3 }, MODEL)).toEqual(params);
  });

  it("is as the model begins where the order says nothing", () => {
    const settings = { prompt: "cat", model: MODEL.id, scale: null, seed: null } as Settings;
    expect(draftOf(settings, MODEL, id)).toEqual({ ...emptyDraft(MODEL), prompt: "cat" });
  });

  it("knows places by cell and sizes by name", () => {
    const settings = {
      prompt: "",
      size: "portrait",
      characters: [{ prompt: "a", position: "B4" }],
    };
    expect(draftOf(settings, MODEL, id)).toMatchObject({
      width: 832,
      height: 1216,
      characters: [{ prompt: "a", position: [0.3, 0.7] }],
    });
  });
});

it("texts go back to the template that they came of", () => {
  const settings = { prompt: "red", characters: [{ prompt: "cat" }, { prompt: "dog" }] };
  const template = { prompt: "<red|blue>", "characters.1.prompt": "__pets__" };
  expect(withTemplate(settings, { template, picks: [], roll_seed: 1, round: 0 })).toEqual({
    prompt: "<red|blue>",
    characters: [{ prompt: "cat" }, { prompt: "__pets__" }],
  });
});
