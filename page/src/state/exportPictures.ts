/** Pictures as one archive. */

import { Offline, Problem } from "../lib/api";
import type { ProblemDocument } from "../lib/types";
import { showError } from "./errors";

/** So many names fit into an address, and the browser writes the archive to the disk as it
 *  comes. */
const IN_ADDRESS = 300;

/** Download an archive of pictures. */
export async function exportPictures(ids: readonly string[]): Promise<void> {
  if (ids.length <= IN_ADDRESS) return save(`/api/images/export?ids=${ids.join(",")}`);
  try {
    const blob = await archive(ids);
    const address = URL.createObjectURL(blob);
    save(address);
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } catch (error) {
    showError(error);
  }
}

async function archive(ids: readonly string[]): Promise<Blob> {
  const init = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ids }),
  };
  const answer = await fetch("/api/images/export", init).catch(() => null);
  if (!answer) throw new Offline();
  if (!answer.ok) throw new Problem((await answer.json()) as ProblemDocument);
  return await answer.blob();
}

function save(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = "pictures.zip";
  link.click();
}
