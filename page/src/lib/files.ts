/** Pictures that are dropped, pasted or chosen. */

export const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp"];

/** What a file picker offers. */
export const ACCEPT = PICTURE_TYPES.join(",");

/** Why a file cannot be used. */
export type Rejection = "large" | "empty" | "noPicture";

/** The files of a drop or a paste. */
export function filesOf(data: DataTransfer | null): File[] {
  return data ? [...data.files] : [];
}

/** Whether a drag carries files, which is all that can be known before the drop. */
export function carriesFiles(data: DataTransfer | null): boolean {
  return data?.types.includes("Files") ?? false;
}

/** What is wrong with a file, told from its size and first bytes; null when it may be a picture. */
export async function rejectionReason(file: Blob, maxBytes: number): Promise<Rejection | null> {
  if (file.size > maxBytes) return "large";
  if (!file.size) return "empty";
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  return typeOf(head) ? null : "noPicture";
}

/** The kind of picture that bytes begin like; its name is not asked. */
export function typeOf(head: Uint8Array): string | null {
  const text = String.fromCharCode(...head);
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  return text.startsWith("RIFF") && text.slice(8, 12) === "WEBP" ? "image/webp" : null;
}
