/** The page's language: `t("create.prompt")` follows it. */

import { fill, type Language, type Values } from "../lib/i18n";
import type { MessageKey, Messages } from "../lib/locales/en";
import { WORDS } from "../lib/languages";
import { prefs } from "./prefs.svelte";

const RETRY_MS = 3000;

class Tongue {
  messages = $state.raw({} as Messages);
  language = $state<Language>("en");
  /** The first language has arrived: before that there is nothing to say. */
  ready = $state(false);

  constructor() {
    $effect.root(() => {
      $effect(() => void this.#load(prefs.language));
    });
  }

  async #load(language: Language): Promise<void> {
    const file = await WORDS[language]().catch(() => null);
    if (!file) return void setTimeout(() => void this.#load(prefs.language), RETRY_MS);
    const { default: messages } = file;
    if (language !== prefs.language) return;
    this.messages = messages;
    this.language = language;
    this.ready = true;
    document.documentElement.lang = language;
  }
}

export const tongue = new Tongue();

export type { MessageKey };

/** A message in the person's language. */
export function t(key: MessageKey, values?: Values): string {
  const message = tongue.messages[key];
  return values ? fill(message, values, tongue.language) : message;
}

/** A message whose key is put together from a server's word; `otherwise` when there is none. */
export function tMaybe(key: string, otherwise: string, values?: Values): string {
  return key in tongue.messages ? t(key as MessageKey, values) : otherwise;
}
