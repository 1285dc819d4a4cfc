/** Pictures that are dropped or pasted. */

export const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp"];

/** The files of a drop or a paste. */
export function filesOf(data: DataTransfer | null): File[] {
  return data ? [...data.files] : [];
}

/** Whether a drag carries files, which is all that can be known before the drop. */
export function carriesFiles(data: DataTransfer | null): boolean {
  return data?.types.includes("Files") ?? false;
}
