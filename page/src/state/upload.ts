/** Pictures on their way to the server, where they survive this tab. */

import { api } from "../lib/api";
import { rejectionReason } from "../lib/files";
import { bytes } from "../lib/format";
import type { Picture } from "../lib/types";
import { showError } from "./errors";
import { locale, t } from "./i18n.svelte";
import { session } from "./session.svelte";
import { toasts } from "./toast.svelte";

/** Why a file cannot be used, as a sentence; null when it may be a picture. */
export async function rejectionMessage(file: File): Promise<string | null> {
  const maxBytes = session.current?.body_limit ?? Infinity;
  const why = await rejectionReason(file, maxBytes);
  return (
    why && t(`file.${why}`, { name: file.name || "?", most: bytes(maxBytes, locale.language) })
  );
}

/** Hand a picture in; null after telling the person what is wrong with it. */
export async function upload(file: File): Promise<Picture | null> {
  const why = await rejectionMessage(file);
  if (why) {
    toasts.say(why, { kind: "bad" });
    return null;
  }
  try {
    const { sha256, url, width, height } = await api.upload(file);
    return { ref: { upload: sha256 }, url, thumb: url, width, height };
  } catch (error) {
    showError(error);
    return null;
  }
}
