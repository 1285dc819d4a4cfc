/** Taking up what made a picture: an order becomes a draft, and parts of it replace another's. */

import { type Draft, emptyDraft } from "./draft";
import { CELLS } from "./grid5";
import type { Model, Params, Roll, Settings } from "./types";

/** Parts of an order that can be taken one by one. */
export type Part =
  "prompt" | "negative" | "characters" | "pictures" | "seed" | "size" | "model" | "settings";

/** What each part replaces. How many pictures are drawn is in none: it is never taken. */
const FIELDS = {
  prompt: ["prompt", "quality", "automatic_text", "roll"],
  negative: ["negative_prompt", "uc_preset"],
  characters: ["characters", "use_coords"],
  pictures: ["base", "vibes", "references"],
  seed: ["seed", "seed_locked"],
  size: ["width", "height"],
  model: ["model"],
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
    "transparent_background",
    "straight_alpha",
    "furry",
    "image_format",
  ],
} as const satisfies Record<Part, readonly (keyof Draft)[]>;

export const PARTS = Object.keys(FIELDS) as readonly Part[];

/** Put parts of one draft in place of another's, also where they hold nothing; both stay as they
 *  are. */
export function takeParts(draft: Draft, taken: Draft, parts: readonly Part[]): Draft {
  const names = parts.flatMap((part): readonly (keyof Draft)[] => FIELDS[part]);
  return { ...draft, ...Object.fromEntries(names.map((name) => [name, taken[name]])) };
}

/** How the texts of a picture that came of a template are taken. */
export type RollUse = "drawn" | "template" | "picks";

/** The order with its texts as the template that they came of. */
export function withTemplate(settings: Settings, { template }: Roll): Settings {
  const next: Settings = structuredClone(settings);
  const characters = next.characters as Params[] | null | undefined;
  for (const [place, text] of Object.entries(template)) {
    const [name = "", at, field] = place.split(".");
    if (field === undefined) next[name] = text;
    else if (characters?.[Number(at)])
      characters[Number(at)] = { ...characters[Number(at)], [field]: text };
  }
  return next;
}

/** The draft that an order is, without its pictures. What the order leaves to the model is as the
 *  model begins; a seed that it has is locked. */
export function draftOf(settings: Settings, model: Model | null, newId: () => string): Draft {
  const draft = emptyDraft(model);
  const next = draft as unknown as Record<string, unknown>;
  for (const name of Object.keys(draft) as (keyof Draft)[]) {
    const value = settings[name];
    if (!OWN_WAY.has(name) && value !== null && value !== undefined) next[name] = value;
  }
  draft.negative_prompt = textOf(settings.negative_prompt);
  draft.seed = typeof settings.seed === "number" ? settings.seed : null;
  draft.seed_locked = draft.seed !== null;
  draft.quality = qualityOf(settings.quality ?? true);
  const size = settings.size;
  const pixels = typeof size === "string" ? model?.sizes[size] : size;
  if (Array.isArray(pixels)) [draft.width, draft.height] = pixels as [number, number];
  draft.characters = charactersFrom(settings, newId);
  return draft;
}

/** Fields that an order has in another form, or not at all. */
const OWN_WAY = new Set<keyof Draft>([
  "negative_prompt",
  "seed",
  "seed_locked",
  "quality",
  "n_samples",
  "characters",
  "efforts",
  "roll",
  "base",
  "vibes",
  "references",
]);

function qualityOf(value: unknown): Draft["quality"] {
  if (value === "light") return "light";
  return value ? "standard" : "none";
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

function charactersFrom(settings: Settings, newId: () => string): Draft["characters"] {
  const found = Array.isArray(settings.characters) ? (settings.characters as Params[]) : [];
  return found.map((one) => ({
    id: newId(),
    prompt: textOf(one.prompt),
    negative_prompt: textOf(one.negative_prompt),
    position: placeOf(one.position ?? one.center),
    enabled: one.enabled !== false,
  }));
}

function placeOf(value: unknown): [number, number] | null {
  if (Array.isArray(value) && value.length === 2) return [Number(value[0]), Number(value[1])];
  if (typeof value !== "string" || !/^[A-E][1-5]$/.test(value)) return null;
  return [CELLS["ABCDE".indexOf(value[0] ?? "")] ?? 0.5, CELLS[Number(value[1]) - 1] ?? 0.5];
}
