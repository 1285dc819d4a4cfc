/** Pictures whose file is gone: a quiet sign in their place, and a sentence for who asks. */

import { t } from "./i18n.svelte";

/** Watch all pictures of the document. */
export function markMissingPictures(): void {
  // Neither event bubbles, but both can be caught on their way down.
  addEventListener("error", ({ target }) => mark(target, true), { capture: true });
  addEventListener("load", ({ target }) => mark(target, false), { capture: true });
}

function mark(target: EventTarget | null, gone: boolean): void {
  if (!(target instanceof HTMLImageElement) || target.classList.contains("gone") === gone) return;
  target.classList.toggle("gone", gone);
  target.title = gone ? t("common.gone") : "";
}
