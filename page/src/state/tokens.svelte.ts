/** How many tokens the draft's texts have: counted by the server, as NovelAI's page counts them. */

import { api } from "../lib/api";
import { textsOf } from "../lib/draft";
import type { Params, Tokens } from "../lib/types";
import { draft } from "./draft.svelte";

const ASK_AFTER_MS = 300;

class TokenCounts {
  /** Of the draft as it was a moment ago; null when nobody knows. */
  current = $state.raw<Tokens | null>(null);

  /** Follow the draft for as long as the component lives. */
  follow(): void {
    // As text, so that what changes no text asks nothing.
    const texts = $derived(JSON.stringify(textsOf(draft.params)));
    $effect(() => {
      const params = JSON.parse(texts) as Params;
      const asked = new AbortController();
      const timer = setTimeout(async () => {
        const found = await api.tokens(params, asked.signal).catch(() => null);
        if (!asked.signal.aborted) this.current = found;
      }, ASK_AFTER_MS);
      return () => {
        clearTimeout(timer);
        asked.abort();
      };
    });
  }
}

export const tokens = new TokenCounts();
