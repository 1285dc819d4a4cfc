/** The draft: all that the Create screen holds, and the parameters it becomes. */

import { DEFAULTS, RANGES, type REFERENCE_TYPES } from "./api-types";
import type { Model, Params, Picture, PictureRef } from "./types";

export interface Base {
  picture: Picture;
  mode: "i2i" | "inpaint";
  mask: Picture | null;
  strength: number;
  noise: number;
  /** Of the noise that is added to it; else it follows from the picture's seed. */
  seed?: number;
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
  encoding?: PictureRef;
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

/** Texts that are templates: their choices are picked anew for each order, or as for a picture. */
export interface RollWish {
  /** The id of the picture whose picks are given again. */
  replay: string | null;
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
  /** How colours under transparency are kept; null leaves it to the model. */
  straight_alpha: boolean | null;
  furry: boolean;
  /** Whether quoted words are written into the picture (V5). */
  automatic_text: boolean;
  image_format: "png" | "webp";
  /** Null while the texts are sent as they stand. */
  roll: RollWish | null;
  /** What an effort had when another of the same model was chosen, by its id. */
  efforts: Record<string, EffortSettings>;
  base: Base | null;
  characters: Character[];
  /** Whether characters keep to their places; null: as soon as one has a place. */
  use_coords: boolean | null;
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
    straight_alpha: null,
    furry: fields.furry,
    automatic_text: true,
    image_format: fields.image_format,
    roll: null,
    efforts: {},
    base: null,
    characters: [],
    use_coords: null,
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

/** What a field holds that may also hold nothing. */
const MAY_BE_NULL: Partial<Record<keyof Draft, string>> = {
  seed: "number",
  base: "object",
  roll: "object",
  straight_alpha: "boolean",
  use_coords: "boolean",
};

/** Read a stored document: what it lacks, or holds in another type, keeps its default. */
export function readDraft(document: unknown, model: Model | null = null): Draft {
  const draft = emptyDraft(model);
  if (typeof document !== "object" || document === null) return draft;
  const stored = document as Record<string, unknown>;
  for (const name of Object.keys(draft) as (keyof Draft)[]) {
    const value = stored[name];
    if (value === undefined) continue;
    const wanted = draft[name];
    const nullable = MAY_BE_NULL[name];
    const fits = nullable
      ? value === null || typeof value === nullable
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
  if (model?.transparent && draft.straight_alpha !== null)
    params.straight_alpha = draft.straight_alpha;
  if (!draft.automatic_text) params.automatic_text = false;
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
    return {
      inpaint: {
        image: base.picture.ref,
        mask: base.mask.ref,
        strength: base.strength,
        ...seedOf(base),
        ...(base.compose === false ? { compose: false } : {}),
      },
    };
  }
  return {
    i2i: {
      image: base.picture.ref,
      strength: Math.min(base.strength, RANGES.i2i.strength.max),
      noise: base.noise,
      ...seedOf(base),
      ...(base.enhance ? { enhance: base.enhance } : {}),
      ...(base.size ? { size: base.size } : {}),
    },
  };
}

const seedOf = ({ seed }: Base) => (seed === undefined ? {} : { seed });

function charactersOf({ characters, use_coords }: Draft, model: Model | null): Params {
  if (!characters.length || model?.characters === 0) return {};
  return {
    ...(use_coords === null ? {} : { use_coords }),
    characters: characters.map(({ prompt, negative_prompt, position, enabled }) => ({
      prompt,
      negative_prompt,
      enabled,
      ...(position ? { position } : {}),
    })),
  };
}

function vibeOf(use: VibeUse): Params {
  const { vibe, picture, name, strength, info_extracted, encoding, encodings } = use;
  if (vibe) return { vibe, strength };
  return {
    ...(picture ? { image: picture.ref } : {}),
    strength,
    info_extracted,
    ...(name ? { name } : {}),
    ...(encoding ? { encoding } : {}),
    ...(encodings?.length ? { encodings } : {}),
  };
}

function referenceOf({ picture, type, strength, fidelity }: Reference): Params {
  return { image: picture.ref, type, strength, fidelity };
}

/** Whether two references name the same picture. */
export function isSamePicture(one: PictureRef, other: PictureRef): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
