/** What parameters and their values are called, in the person's language. */

import type { Draft } from "../lib/draft";
import type { Step } from "../lib/timeline";
import { t, tMaybe, type MessageKey } from "./i18n.svelte";
import { models } from "./models.svelte";

const NAMES: Record<string, MessageKey> = {
  prompt: "create.prompt",
  negative_prompt: "create.negative",
  model: "create.model",
  size: "create.size",
  width: "create.size.width",
  height: "create.size.height",
  seed: "create.seed",
  seed_locked: "create.seed.lock",
  efforts: "create.effort",
  steps: "create.steps",
  scale: "create.scale",
  sampler: "create.sampler",
  noise_schedule: "create.noise",
  cfg_rescale: "create.rescale",
  variety_boost: "create.variety",
  smea: "create.smea",
  smea_dyn: "create.smeaDyn",
  decrisp: "create.decrisp",
  quality: "create.quality",
  uc_preset: "create.uc",
  n_samples: "create.count",
  image_format: "create.format",
  transparent_background: "create.transparent",
  straight_alpha: "create.straight",
  automatic_text: "create.automaticText",
  furry: "create.furry",
  roll: "create.template",
  characters: "create.characters",
  use_coords: "create.places",
  vibes: "vibe.title",
  references: "reference.title",
  character_references: "reference.title",
  base: "create.base",
  i2i: "create.base",
  inpaint: "base.inpaint",
  "i2i.image": "create.base",
  "inpaint.image": "create.base",
  "inpaint.mask": "gallery.mask",
  image: "tools.picture",
  tool: "viewer.director",
  emotion: "director.emotion",
  defry: "director.defry",
};

/** The name of a parameter. */
export function settingName(name: string): string {
  const key = NAMES[name];
  return key ? t(key) : name.replaceAll("_", " ");
}

/** The names of several, each once. */
export function settingWords(names: readonly string[]): string[] {
  return [...new Set(names.map(settingName))];
}

/** One change of a draft in words: "23 → 28". Nothing for what is no word or number. */
export function settingChange(name: string, { before, after }: Step): string {
  const [from, to] = [before, after].map((fields) => shortValue(name, fields[name as keyof Draft]));
  return from === undefined || to === undefined ? "" : `${from} → ${to}`;
}

function shortValue(name: string, value: unknown): string | undefined {
  if (value === null || value === "") return "–";
  if (Array.isArray(value)) return String(value.length);
  if (typeof value === "object") return name === "efforts" ? undefined : t("gallery.yes");
  const said = settingValue(
    name,
    typeof value === "boolean" ? value : `${value as string | number}`,
  );
  return said.length > SHORT ? `${said.slice(0, SHORT)}…` : said;
}

const SHORT = 60;

/** Messages for values, by the parameter that they are of. */
const VALUES: Record<string, string> = {
  quality: "create.quality",
  uc_preset: "create.uc",
  image_format: "create.format",
  noise_schedule: "create.noise",
  tool: "director",
  emotion: "emotion",
};

/** A value as people call it. */
export function settingValue(name: string, value: string | boolean): string {
  if (value === true) return t("gallery.yes");
  if (value === false) return t("gallery.no");
  if (name === "sampler") return samplerName(value);
  if (name === "model") return models.find(value)?.name ?? value;
  return tMaybe(`${VALUES[name]}.${value}`, value);
}

function samplerName(id: string): string {
  const all = models.list.flatMap(({ samplers }) => samplers);
  return all.find((one) => one.id === id)?.name ?? id;
}
