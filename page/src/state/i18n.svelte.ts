/** The page's language: `t("create.prompt")` follows it. */

import { fill, type Language, type Values } from "../lib/i18n";
import type { MessageKey, Messages } from "../lib/locales/en";
import { LOCALES } from "../lib/languages";
import { prefs } from "./prefs.svelte";

const RETRY_MS = 3000;

class Locale {
  messages = $state.raw({} as Messages);
  language = $state<Language>("en");
  /** The first language has arrived: before that there is nothing to say. */
  isReady = $state(false);

  constructor() {
    $effect.root(() => {
      $effect(() => void this.#load(prefs.language));
    });
  }

  async #load(language: Language): Promise<void> {
    const file = await LOCALES[language]().catch(() => null);
    if (!file) return void setTimeout(() => void this.#load(prefs.language), RETRY_MS);
    const { default: messages } = file;
    if (language !== prefs.language) return;
    this.messages = messages;
    this.language = language;
    this.isReady = true;
    document.documentElement.lang = language;
  }
}

export const locale = new Locale();

export type { MessageKey };

/** A message in the person's language. */
export function t(key: MessageKey, values?: Values): string {
  const message = locale.messages[key];
  return values ? fill(message, values, locale.language) : message;
}

/** A message whose key is put together from a server's word; `otherwise` when there is none. */
export function tMaybe(key: string, otherwise: string, values?: Values): string {
  return key in locale.messages ? t(key as MessageKey, values) : otherwise;
}
