/** Taking up what made a picture: from the gallery, the stage, a file or the queue. */

import { api } from "../lib/api";
import type { Draft } from "../lib/draft";
import { randomId } from "../lib/randomId";
import { draftOf, type Part, PARTS, type RollUse, takeParts, withTemplate } from "../lib/take";
import type { Job, PictureDetails, Settings } from "../lib/types";
import { draft } from "./draft.svelte";
import { showError } from "./errors";
import { t } from "./i18n.svelte";
import { models } from "./models.svelte";
import { loadOrderPictures } from "./orderPictures";
import { route } from "./route.svelte";
import { settingWords } from "./settingWords";

/** The draft that an order is, with its pictures. */
export async function readOrder(settings: Settings, job?: string): Promise<Draft> {
  const model = models.findOrDefault(typeof settings.model === "string" ? settings.model : "");
  const pictures = await loadOrderPictures(settings, job);
  return { ...draftOf(settings, model, randomId), ...pictures };
}

/** Take parts of what led to a picture of the gallery.
 *  @param use how its texts are taken, if they came of a template */
export async function takePicture(
  details: PictureDetails,
  parts: readonly Part[] = PARTS,
  use: RollUse = "drawn",
): Promise<void> {
  // A job that was forgotten leaves the settings; the picture knows its seed.
  const known: Settings = details.order ?? { ...details.settings, seed: details.seed };
  const lacks = details.order ? [] : (known.missing ?? []);
  const rolled = use === "drawn" ? null : details.roll;
  const taken = await readOrder(rolled ? withTemplate(known, rolled) : known);
  if (rolled) taken.roll = { replay: use === "picks" ? details.id : null };
  take(taken, parts, lacks);
}

/** Take all of an order of the queue, with what it made or was refused for. */
export async function takeJob({ id }: Job): Promise<void> {
  try {
    const { params } = await api.job(id);
    take(await readOrder(params ?? {}, id), PARTS, []);
  } catch (error) {
    showError(error);
  }
}

/** Take parts of what is written in a file, which holds no pictures. */
export async function takeSettings(settings: Settings, parts: readonly Part[]): Promise<void> {
  const lacks = parts.includes("pictures") ? (settings.missing ?? []) : [];
  take(await readOrder(settings), parts, lacks);
}

function take(taken: Draft, parts: readonly Part[], lacks: readonly string[]): void {
  const message = lacks.length
    ? t("create.taken.without", { list: settingWords(lacks).join(", ") })
    : t("create.taken");
  draft.replace(takeParts(draft.snapshot(), taken, parts), message);
  route.go("create");
}
