/** What a key may do, in the person's language. */

import { BUDGETS } from "../lib/limits";
import type { Key } from "../lib/types";
import { locale, t } from "./i18n.svelte";

/** All of it in one line. */
export function keyWords(key: Key): string {
  const parts = key.scopes.map((scope) => t(`key.scope.${scope}`));
  if (key.free_only) parts.push(t("key.free"));
  if (key.fit_free) parts.push(t("key.says.fit"));
  for (const name of BUDGETS) {
    const most = key[name];
    if (most !== null && !key.free_only) parts.push(t(`key.says.${name}`, { n: most }));
  }
  if (key.expires_at) {
    parts.push(
      t("key.until", {
        day: new Date(key.expires_at * 1000).toLocaleDateString(locale.language),
      }),
    );
  }
  return parts.join(" · ");
}
