/** What an order was made from, as the form holds it: the server has its pictures, for any
 *  device. */

import type { Base, Draft, Encoding, Reference, VibeUse } from "../lib/draft";
import { DEFAULTS } from "../lib/api-types";
import { randomId } from "../lib/randomId";
import type { Params, Picture, Settings } from "../lib/types";

export type OrderPictures = Pick<Draft, "base" | "vibes" | "references">;

/** The pictures of an order.
 *  @param job whose they are, where the parameters name them by sha256 alone */
export async function loadOrderPictures(settings: Settings, job = ""): Promise<OrderPictures> {
  const open: Open = (ref) => pictureOf(nameOf(ref, job));
  const named: Name = (ref) => nameOf(ref, job);
  const vibes = [...listOf(settings.vibes), ...listOf((settings.controlnet as Params)?.images)];
  const references = listOf(settings.character_references);
  return {
    base: await baseOf(settings, open),
    vibes: await Promise.all(vibes.map((one) => vibeOf(one, open, named))),
    references: (await Promise.all(references.map((one) => referenceOf(one, open)))).flat(),
  };
}

type Name = (ref: unknown) => JobPicture | null;
interface JobPicture {
  job: string;
  sha256: string;
}

function nameOf(ref: unknown, job: string): JobPicture | null {
  const { sha256, job: own = job } = (ref ?? {}) as Partial<JobPicture>;
  return sha256 ? { job: own, sha256 } : null;
}

type Open = (ref: unknown) => Promise<Picture | null>;

const listOf = (value: unknown) => (Array.isArray(value) ? (value as Params[]) : []);
const numberOf = (value: unknown, otherwise: number) =>
  typeof value === "number" ? value : otherwise;

/** A picture of an order with its size, which the parameters do not say. */
async function pictureOf(ref: JobPicture | null): Promise<Picture | null> {
  if (!ref) return null;
  const url = `/api/jobs/${ref.job}/pictures/${ref.sha256}`;
  const image = new Image();
  image.src = url;
  // Its bytes may be gone: the order still names it.
  await image.decode().catch(() => {});
  return { ref, url, thumb: url, width: image.naturalWidth, height: image.naturalHeight };
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
    ...(typeof given.seed === "number" ? { seed: given.seed } : {}),
    ...(typeof given.enhance === "string" ? { enhance: given.enhance } : {}),
    ...(Array.isArray(given.size) ? { size: given.size as [number, number] } : {}),
    compose: given.compose !== false,
  };
}

async function vibeOf(given: Params, open: Open, named: Name): Promise<VibeUse> {
  const encoding = named(given.encoding);
  return {
    id: randomId(),
    vibe: null,
    picture: await open(given.image),
    name: typeof given.name === "string" ? given.name : "",
    strength: numberOf(given.strength, DEFAULTS.vibe.strength),
    info_extracted: numberOf(given.info_extracted, DEFAULTS.vibe.info_extracted),
    enabled: true,
    ...(encoding ? { encoding } : {}),
    encodings: listOf(given.encodings).flatMap((one): Encoding[] => {
      const encoding = named(one.encoding);
      const info_extracted = typeof one.info_extracted === "number" ? one.info_extracted : null;
      return encoding ? [{ model: String(one.model), encoding, info_extracted }] : [];
    }),
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
