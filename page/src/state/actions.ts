/** What can be done with a picture, from the Picture screen and from the gallery. */

import { api } from "../lib/api";
import type { Part, RollUse } from "../lib/take";
import type {
  GalleryImage,
  Job,
  JobImage,
  OrderBody,
  Params,
  Picture,
  PictureDetails,
  Settings,
} from "../lib/types";
import { showError } from "./errors";
import { t } from "./i18n.svelte";
import { prefs } from "./prefs.svelte";
import { queue } from "./queue.svelte";
import { route } from "./route.svelte";
import { spend } from "./spend.svelte";
import { toasts } from "./toast.svelte";

/** A picture that orders can name. */
export function asPicture({ id, url, thumb, width, height }: JobImage): Picture {
  return { ref: { image: id }, url, thumb, width, height };
}

/** The order of a picture with changes; its seed is left out. */
export function orderOf({ order, settings }: PictureDetails, changes: Params): OrderBody {
  const { seed: _seed, missing: _missing, ...known }: Settings = order ?? settings;
  // A picture is drawn from one source: what is drawn from the picture itself is no repainting.
  if ("i2i" in changes) delete known.inpaint;
  return { kind: "generate", params: { ...known, n_samples: 1, ...changes } };
}

/** Take parts of what led to a picture into the form. */
export async function takePicture(
  details: PictureDetails,
  parts?: readonly Part[],
  use?: RollUse,
): Promise<void> {
  const taking = await import("./taking");
  await taking.takePicture(details, parts, use);
}

export function upscaling(image: JobImage): OrderBody {
  return { kind: "upscale", params: { image: { image: image.id } } };
}

/** The same settings with a new seed. */
export async function again(image: JobImage): Promise<void> {
  await sendWith(image, () => ({}));
}

/** Pictures that resemble this one. */
export async function vary(image: JobImage): Promise<void> {
  await sendWith(image, ({ variation }) => variation ?? {});
}

async function sendWith(
  image: JobImage,
  changesOf: (details: PictureDetails) => Params,
): Promise<void> {
  try {
    const details = await api.image(image.id);
    await send(orderOf(details, changesOf(details)));
  } catch (error) {
    showError(error);
  }
}

export async function send(order: OrderBody): Promise<void> {
  if (!(await spend.allows(order))) return;
  void queue.order(order);
  showViewer();
}

/** Order what has ended once more: a picture with a new seed, a failure as it was. */
export async function orderAgain(job: Job): Promise<void> {
  const changes = job.kind === "generate" && job.state === "succeeded" ? { seed: null } : {};
  if (await spend.allows({ job: job.id })) await queue.again(job.id, changes);
}

function showViewer(): void {
  if (prefs.jumpToPicture && route.screen !== "create") route.go("picture");
}

/** Put text into the clipboard, or tell how, where the browser forbids it. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toasts.say(t("common.copied"), { kind: "good" });
  } catch {
    if (copyByCommand(text)) toasts.say(t("common.copied"), { kind: "good" });
    else toasts.say(t("common.notCopied"));
  }
}

/** On plain http there is no clipboard API; the command of old still works there. */
function copyByCommand(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

export async function copyPicture(image: JobImage): Promise<void> {
  try {
    const blob = fetch(image.url).then((answer) => answer.blob().then(toPng));
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    toasts.say(t("viewer.copiedPicture"), { kind: "good" });
  } catch {
    toasts.say(t("viewer.downloadInstead"));
    download(image);
  }
}

/** The clipboard takes PNG only. */
async function toPng(blob: Blob): Promise<Blob> {
  if (blob.type === "image/png") return blob;
  const bitmap = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  return await canvas.convertToBlob({ type: "image/png" });
}

export function download(image: { id: string; url: string; media_type: string }): void {
  save(`${image.url}?download=1`, image.id, image.media_type);
}

/** Save what NovelAI sent, of a picture that was put together here. */
export function downloadReceived({ id, received, media_type }: GalleryImage): void {
  if (received) save(`${received}&download=1`, `${id}_received`, media_type);
}

function save(address: string, name: string, mediaType: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name}.${mediaType.split("/")[1] ?? "png"}`;
  link.click();
}

/** Mark or unmark; returns the picture as it is now, or null when that failed. */
export async function setFavourite(id: string, favourite: boolean): Promise<GalleryImage | null> {
  return await api.favourite(id, favourite).catch((error: unknown) => {
    showError(error);
    return null;
  });
}

/** Move to the bin; the message offers the way back. */
export async function moveToBin(id: string, onrestored: () => void = () => {}): Promise<boolean> {
  try {
    await api.bin(id);
  } catch (error) {
    showError(error);
    return false;
  }
  const run = () => void api.restore(id).then(onrestored, showError);
  toasts.say(t("viewer.binned"), { action: { label: t("common.undo"), run } });
  return true;
}
