/** The draft: all that the Create screen holds, and the parameters it becomes. */

import { DEFAULTS, RANGES, type REFERENCE_TYPES } from "./api-types";
import { CELLS } from "./grid5";
import type { Model, Params, Picture, PictureRef, Settings } from "./types";

export interface Base {
  picture: Picture;
  mode: "i2i" | "inpaint";
  mask: Picture | null;
  strength: number;
  noise: number;
  /** Of an order that enhances a picture: its way, and the size at which the picture is sent. */
  enhance?: string;
  size?: [number, number];
  /** Whether what is repainted is laid over the picture; it is, unless this is false. */
  compose?: boolean;
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
  type: (typeof REFERENCE_TYPES)[number];
  strength: number;
  fidelity: number;
  enabled: boolean;
}

/** What each effort of a model has for itself. */
export type EffortSettings = Pick<
  Draft,
  "steps" | "sampler" | "noise_schedule" | "uc_preset" | "cfg_rescale"
>;

export function ofEffort(draft: EffortSettings): EffortSettings {
  const { steps, sampler, noise_schedule, uc_preset, cfg_rescale } = draft;
  return { steps, sampler, noise_schedule, uc_preset, cfg_rescale };
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
  furry: boolean;
  image_format: "png" | "webp";
  /** What an effort had when another of the same model was chosen, by its id. */
  efforts: Record<string, EffortSettings>;
  base: Base | null;
  characters: Character[];
  vibes: VibeUse[];
  references: Reference[];
}

/** A draft with nothing in it, as a model begins. Without one, size and guidance are not set. */
export function emptyDraft(model: Model | null = null): Draft {
  const fields = DEFAULTS.generate;
  const [width, height] = model?.sizes[model.defaults.size] ?? [0, 0];
  return {
    prompt: "",
    negative_prompt: "",
    model: model?.id ?? fields.model,
    width,
    height,
    steps: model?.defaults.steps ?? fields.steps,
    scale: model?.defaults.scale ?? 0,
    sampler: model?.defaults.sampler ?? fields.sampler,
    noise_schedule: model?.defaults.noise_schedule ?? "",
    cfg_rescale: fields.cfg_rescale,
    variety_boost: fields.variety_boost,
    smea: fields.smea,
    smea_dyn: fields.smea_dyn,
    decrisp: fields.decrisp,
    seed: null,
    seed_locked: false,
    n_samples: fields.n_samples,
    quality: "standard",
    uc_preset: model?.defaults.uc_preset ?? fields.uc_preset,
    transparent_background: fields.transparent_background,
    furry: fields.furry,
    image_format: fields.image_format,
    efforts: {},
    base: null,
    characters: [],
    vibes: [],
    references: [],
  };
}

export function newBase(picture: Picture): Base {
  return { picture, mode: "i2i", mask: null, ...DEFAULTS.i2i };
}

export function newVibe(id: string, more: Partial<VibeUse>): VibeUse {
  const { strength, info_extracted } = DEFAULTS.vibe;
  const use = { id, vibe: null, picture: null, name: "", strength, info_extracted, enabled: true };
  return { ...use, ...more };
}

export function newReference(id: string, picture: Picture): Reference {
  return { id, picture, ...DEFAULTS.reference, enabled: true };
}

/** Read a stored document: what it lacks, or holds in another type, keeps its default. */
export function readDraft(document: unknown, model: Model | null = null): Draft {
  const draft = emptyDraft(model);
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
  if (model?.decrisp && draft.decrisp) params.decrisp = true;
  if (model?.furry && draft.furry) params.furry = true;
  Object.assign(params, baseOf(draft), charactersOf(draft, model));
  const vibes = draft.vibes.filter((vibe) => vibe.enabled).map(vibeOf);
  if (vibes.length && model?.vibes !== null) params.vibes = vibes;
  const references = draft.references.filter((one) => one.enabled).map(referenceOf);
  if (references.length && model?.references !== 0) params.character_references = references;
  for (const name of model?.fixed ?? []) delete params[name];
  return params;
}

const WITHOUT_TEXT = new Set([
  "size",
  "steps",
  "scale",
  "sampler",
  "noise_schedule",
  "cfg_rescale",
  "n_samples",
  "seed",
  "image_format",
  "i2i",
  "vibes",
  "character_references",
]);

/** The parameters of an order that its texts depend on; of what is inpainted, only that it is. */
export function textsOf(params: Params): Params {
  const texts = Object.fromEntries(
    Object.entries(params).filter(([name]) => !WITHOUT_TEXT.has(name)),
  );
  return params.inpaint ? { ...texts, inpaint: true } : texts;
}

function baseOf({ base }: Draft): Params {
  if (!base) return {};
  if (base.mode === "inpaint" && base.mask) {
    const inpaint = { image: base.picture.ref, mask: base.mask.ref, strength: base.strength };
    return { inpaint: base.compose === false ? { ...inpaint, compose: false } : inpaint };
  }
  return {
    i2i: {
      image: base.picture.ref,
      strength: Math.min(base.strength, RANGES.i2i.strength.max),
      noise: base.noise,
      ...(base.enhance ? { enhance: base.enhance } : {}),
      ...(base.size ? { size: base.size } : {}),
    },
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
    "furry",
  ],
};

/** Take parts of a picture's settings into a draft; the draft given stays as it is.
 *  A seed that is taken is locked: the person asked for that one. */
export function applySettings(
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

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

function charactersFrom(settings: Settings, newId: () => string): Character[] {
  const found = Array.isArray(settings.characters) ? (settings.characters as Params[]) : [];
  return found.map((one) => ({
    id: newId(),
    prompt: textOf(one.prompt),
    negative_prompt: textOf(one.negative_prompt),
    position: settings.use_coords === false ? null : placeOf(one.position ?? one.center),
    enabled: one.enabled !== false,
  }));
}

function placeOf(value: unknown): [number, number] | null {
  if (Array.isArray(value) && value.length === 2) return [Number(value[0]), Number(value[1])];
  if (typeof value !== "string" || !/^[A-E][1-5]$/.test(value)) return null;
  return [CELLS["ABCDE".indexOf(value[0] ?? "")] ?? 0.5, CELLS[Number(value[1]) - 1] ?? 0.5];
}

/** Whether two references name the same picture. */
export function isSamePicture(one: PictureRef, other: PictureRef): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
