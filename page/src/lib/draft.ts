/** The draft: all that the Create screen holds, and the parameters it becomes. */

import type { Model, Params, Picture, PictureRef, Settings } from "./types";

export interface Base {
  picture: Picture;
  mode: "i2i" | "inpaint";
  mask: Picture | null;
  strength: number;
  noise: number;
}

export interface Character {
  id: string;
  prompt: string;
  negative_prompt: string;
  /** Left to right and top to bottom, 0 to 1; null lets the model decide. */
  position: [number, number] | null;
  enabled: boolean;
}

export interface VibeUse {
  id: string;
  /** A stored encoding, or else a picture that is encoded when it is used. */
  vibe: string | null;
  picture: Picture | null;
  name: string;
  strength: number;
  info_extracted: number;
  enabled: boolean;
  /** Encodings that an order has already, as its parameters say. */
  encodings?: Encoding[];
}

export interface Encoding {
  model: string;
  encoding: PictureRef;
  info_extracted: number | null;
}

export interface Reference {
  id: string;
  picture: Picture;
  type: "character" | "style" | "character&style";
  strength: number;
  fidelity: number;
  enabled: boolean;
}

export interface Draft {
  prompt: string;
  negative_prompt: string;
  model: string;
  width: number;
  height: number;
  steps: number;
  scale: number;
  sampler: string;
  noise_schedule: string;
  cfg_rescale: number;
  variety_boost: boolean;
  smea: boolean;
  smea_dyn: boolean;
  decrisp: boolean;
  /** The number in the seed field; null when the field is empty. */
  seed: number | null;
  /** Whether the next picture uses `seed`, or draws a new one. */
  seed_locked: boolean;
  n_samples: number;
  quality: "standard" | "light" | "none";
  uc_preset: string;
  transparent_background: boolean;
  image_format: "png" | "webp";
  base: Base | null;
  characters: Character[];
  vibes: VibeUse[];
  references: Reference[];
}

export const DEFAULT_MODEL = "nai-diffusion-4-5-full";

export function emptyDraft(): Draft {
  return {
    prompt: "",
    negative_prompt: "",
    model: DEFAULT_MODEL,
    width: 832,
    height: 1216,
    steps: 23,
    scale: 5,
    sampler: "k_euler_ancestral",
    noise_schedule: "karras",
    cfg_rescale: 0,
    variety_boost: false,
    smea: false,
    smea_dyn: false,
    decrisp: false,
    seed: null,
    seed_locked: false,
    n_samples: 1,
    quality: "standard",
    uc_preset: "heavy",
    transparent_background: false,
    image_format: "png",
    base: null,
    characters: [],
    vibes: [],
    references: [],
  };
}

/** Read a stored document: what it lacks, or holds in another type, keeps its default. */
export function readDraft(document: unknown): Draft {
  const draft = emptyDraft();
  if (typeof document !== "object" || document === null) return draft;
  const stored = document as Record<string, unknown>;
  for (const name of Object.keys(draft) as (keyof Draft)[]) {
    const value = stored[name];
    if (value === undefined) continue;
    const wanted = draft[name];
    const fits =
      name === "seed" || name === "base"
        ? value === null || typeof value === (name === "seed" ? "number" : "object")
        : Array.isArray(wanted)
          ? Array.isArray(value)
          : typeof value === typeof wanted;
    if (fits) (draft as unknown as Record<string, unknown>)[name] = value;
  }
  return draft;
}

/** The parameters of an order. What the model does not know is left out. */
export function paramsOf(draft: Draft, model: Model | null): Params {
  const params: Params = {
    prompt: draft.prompt,
    model: draft.model,
    size: [draft.width, draft.height],
    negative_prompt: draft.negative_prompt || null,
    quality: draft.quality === "none" ? false : draft.quality,
    uc_preset: draft.uc_preset,
    steps: draft.steps,
    scale: draft.scale,
    sampler: draft.sampler,
    noise_schedule: draft.noise_schedule,
    cfg_rescale: draft.cfg_rescale,
    n_samples: draft.n_samples,
    image_format: draft.image_format,
  };
  if (draft.seed_locked && draft.seed !== null) params.seed = draft.seed;
  if (model?.variety !== false && draft.variety_boost) params.variety_boost = true;
  if (model?.transparent && draft.transparent_background) params.transparent_background = true;
  if (model?.smea && draft.smea) params.smea = true;
  if (model?.smea && draft.smea && draft.smea_dyn) params.smea_dyn = true;
  if (model?.generation === "v3" && draft.decrisp) params.decrisp = true;
  Object.assign(params, baseOf(draft), charactersOf(draft, model));
  const vibes = draft.vibes.filter((vibe) => vibe.enabled).map(vibeOf);
  if (vibes.length && model?.vibes !== null) params.vibes = vibes;
  const references = draft.references.filter((one) => one.enabled).map(referenceOf);
  if (references.length && model?.references !== 0) params.character_references = references;
  return params;
}

function baseOf({ base }: Draft): Params {
  if (!base) return {};
  if (base.mode === "inpaint" && base.mask) {
    return { inpaint: { image: base.picture.ref, mask: base.mask.ref, strength: base.strength } };
  }
  return {
    i2i: { image: base.picture.ref, strength: Math.min(base.strength, 0.99), noise: base.noise },
  };
}

function charactersOf({ characters }: Draft, model: Model | null): Params {
  if (!characters.length || model?.characters === 0) return {};
  return {
    characters: characters.map(({ prompt, negative_prompt, position, enabled }) => ({
      prompt,
      negative_prompt,
      enabled,
      ...(position ? { position } : {}),
    })),
  };
}

function vibeOf({ vibe, picture, strength, info_extracted, encodings }: VibeUse): Params {
  if (vibe) return { vibe, strength };
  return {
    image: picture?.ref,
    strength,
    info_extracted,
    ...(encodings?.length ? { encodings } : {}),
  };
}

function referenceOf({ picture, type, strength, fidelity }: Reference): Params {
  return { image: picture.ref, type, strength, fidelity };
}

/** Parts of a picture's settings that can be taken one by one. */
export type Part = "prompt" | "negative" | "seed" | "size" | "model" | "characters" | "settings";

export const PARTS: readonly Part[] = [
  "prompt",
  "negative",
  "characters",
  "seed",
  "size",
  "model",
  "settings",
];

const FIELDS: Record<Part, (keyof Draft)[]> = {
  prompt: ["prompt"],
  negative: ["negative_prompt", "uc_preset"],
  seed: ["seed"],
  size: [],
  model: ["model"],
  characters: [],
  settings: [
    "steps",
    "scale",
    "sampler",
    "noise_schedule",
    "cfg_rescale",
    "variety_boost",
    "smea",
    "smea_dyn",
    "decrisp",
    "n_samples",
    "transparent_background",
  ],
};

/** Take parts of a picture's settings into a draft; the draft given stays as it is.
 *  A seed that is taken is locked: the person asked for that one. */
export function taken(
  draft: Draft,
  settings: Settings,
  parts: readonly Part[],
  newId: () => string,
): Draft {
  const next: Record<string, unknown> = { ...draft };
  for (const part of parts) {
    for (const field of FIELDS[part]) {
      const value =
        settings[field] ?? (field === "negative_prompt" && field in settings ? "" : null);
      if (value !== null) next[field] = value;
    }
  }
  if (parts.includes("seed") && typeof settings.seed === "number") next.seed_locked = true;
  if (parts.includes("prompt") && settings.quality !== undefined)
    next.quality = qualityOf(settings.quality);
  const size = settings.size;
  if (parts.includes("size") && Array.isArray(size))
    [next.width, next.height] = size as [number, number];
  if (parts.includes("characters")) next.characters = charactersFrom(settings, newId);
  return next as unknown as Draft;
}

function qualityOf(value: unknown): Draft["quality"] {
  if (value === "light") return "light";
  return value ? "standard" : "none";
}

function charactersFrom(settings: Settings, newId: () => string): Character[] {
  const found = Array.isArray(settings.characters) ? (settings.characters as Params[]) : [];
  return found.map((one) => ({
    id: newId(),
    prompt: String(one.prompt ?? ""),
    negative_prompt: String(one.negative_prompt ?? ""),
    position: placeOf(one.position ?? one.center),
    enabled: one.enabled !== false,
  }));
}

const CELLS = [0.1, 0.3, 0.5, 0.7, 0.9];

function placeOf(value: unknown): [number, number] | null {
  if (Array.isArray(value) && value.length === 2) return [Number(value[0]), Number(value[1])];
  if (typeof value !== "string" || !/^[A-E][1-5]$/.test(value)) return null;
  return [CELLS["ABCDE".indexOf(value[0] ?? "")] ?? 0.5, CELLS[Number(value[1]) - 1] ?? 0.5];
}

/** Whether two references name the same picture. */
export function samePicture(one: PictureRef, other: PictureRef): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
