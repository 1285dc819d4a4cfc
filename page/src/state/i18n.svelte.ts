/** The page's language: `t("create.prompt")` follows it. */

import { fill, type Language, type Values } from "../lib/i18n";
import en, { type Messages, type MessageKey } from "../lib/locales/en";
import { prefs } from "./prefs.svelte";

// English is there from the start; the others are fetched when they are wanted.
const OTHERS: Record<Exclude<Language, "en">, () => Promise<{ default: Messages }>> = {
  ja: () => import("../lib/locales/ja"),
  zh: () => import("../lib/locales/zh"),
};

class Tongue {
  messages = $state.raw<Messages>(en);
  language = $state<Language>("en");
  ready = $state(prefs.language === "en");

  constructor() {
    $effect.root(() => {
      $effect(() => void this.#load(prefs.language));
    });
  }

  async #load(language: Language): Promise<void> {
    try {
      const messages = language === "en" ? en : (await OTHERS[language]()).default;
      if (language !== prefs.language) return;
      this.messages = messages;
      this.language = language;
      document.documentElement.lang = language;
    } finally {
      this.ready = true;
    }
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
