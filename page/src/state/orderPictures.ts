/** What an order was made from, as the form holds it: the server has its pictures, for any
 *  device. */

import {
  type Base,
  type Draft,
  emptyDraft,
  type Encoding,
  type Reference,
  type VibeUse,
} from "../lib/draft";
import { DEFAULTS } from "../lib/api-types";
import { randomId } from "../lib/randomId";
import type { Params, Picture, PictureRef, Settings } from "../lib/types";

type Pictures = Pick<Draft, "base" | "vibes" | "references" | "image_format">;

/** The pictures of a waiting order. Null when it has some that the form knows nothing of. */
export async function loadOrderPictures(id: string, settings: Settings): Promise<Pictures | null> {
  if (settings.controlnet) return null;
  const open = (ref: unknown) => pictureOf(id, ref);
  return {
    base: await baseOf(settings, open),
    vibes: await Promise.all(listOf(settings.vibes).map((one) => vibeOf(one, open))),
    references: (
      await Promise.all(listOf(settings.character_references).map((one) => referenceOf(one, open)))
    ).flat(),
    image_format: settings.image_format === "webp" ? "webp" : emptyDraft().image_format,
  };
}

type Open = (ref: unknown) => Promise<Picture | null>;

const listOf = (value: unknown) => (Array.isArray(value) ? (value as Params[]) : []);
const numberOf = (value: unknown, otherwise: number) =>
  typeof value === "number" ? value : otherwise;

/** A picture of an order with its size, which the parameters do not say. */
async function pictureOf(id: string, ref: unknown): Promise<Picture | null> {
  const sha256 = (ref as { sha256?: string } | null | undefined)?.sha256;
  if (!sha256) return null;
  const url = `/api/jobs/${id}/pictures/${sha256}`;
  const image = new Image();
  image.src = url;
  // Its bytes may be gone: the order still names it.
  await image.decode().catch(() => {});
  return {
    ref: { sha256 },
    url,
    thumb: url,
    width: image.naturalWidth,
    height: image.naturalHeight,
  };
}

async function baseOf(settings: Settings, open: Open): Promise<Base | null> {
  const mode = settings.inpaint ? "inpaint" : "i2i";
  const given = (settings[mode] ?? {}) as Params;
  const picture = await open(given.image);
  if (!picture) return null;
  const mask = await open(given.mask);
  return {
    picture,
    mode,
    mask,
    strength: numberOf(given.strength, DEFAULTS[mode].strength),
    noise: numberOf(given.noise, DEFAULTS.i2i.noise),
    ...(typeof given.enhance === "string" ? { enhance: given.enhance } : {}),
    ...(Array.isArray(given.size) ? { size: given.size as [number, number] } : {}),
    compose: given.compose !== false,
  };
}

async function vibeOf(given: Params, open: Open): Promise<VibeUse> {
  return {
    id: randomId(),
    vibe: null,
    picture: await open(given.image),
    name: "",
    strength: numberOf(given.strength, DEFAULTS.vibe.strength),
    info_extracted: numberOf(given.info_extracted, DEFAULTS.vibe.info_extracted),
    enabled: true,
    encodings: listOf(given.encodings).map((one) => ({
      model: String(one.model),
      encoding: one.encoding as PictureRef,
      info_extracted: typeof one.info_extracted === "number" ? one.info_extracted : null,
    })) satisfies Encoding[],
  };
}

async function referenceOf(given: Params, open: Open): Promise<Reference[]> {
  const picture = await open(given.image);
  if (!picture) return [];
  const type = (given.type ?? DEFAULTS.reference.type) as Reference["type"];
  const [strength, fidelity] = [
    numberOf(given.strength, DEFAULTS.reference.strength),
    numberOf(given.fidelity, DEFAULTS.reference.fidelity),
  ];
  return [{ id: randomId(), picture, type, strength, fidelity, enabled: true }];
}
