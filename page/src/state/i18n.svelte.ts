/** The page's language: `t("create.prompt")` follows it. */

import { fill, type Language, type Values } from "../lib/i18n";
import type { FirstMessages, LaterMessages, MessageKey, Messages } from "../lib/locales/en";
import { LATER, LOCALES } from "../lib/languages";
import { prefs } from "./prefs.svelte";

const RETRY_MS = 3000;

class Locale {
  #first = $state.raw({} as FirstMessages);
  #later = $state.raw({} as LaterMessages);
  #needsLater = false;
  messages: Messages = $derived({ ...this.#first, ...this.#later });
  language = $state<Language>("en");
  /** The first language has arrived: before that there is nothing to say. */
  isReady = $state(false);

  constructor() {
    $effect.root(() => {
      $effect(() => void this.#load(prefs.language));
    });
  }

  async #load(language: Language): Promise<void> {
    const later = this.#needsLater ? LATER[language]() : null;
    const files = await Promise.all([LOCALES[language](), later]).catch(() => null);
    if (!files) return void setTimeout(() => void this.#load(prefs.language), RETRY_MS);
    if (language !== prefs.language) return;
    this.#first = files[0].default;
    if (files[1]) this.#later = files[1].default;
    this.language = language;
    this.isReady = true;
    document.documentElement.lang = language;
  }

  /** Give what was loaded, once the words of the screens that few visits open are there. */
  async withLater<T>(loaded: Promise<T>): Promise<T> {
    this.#needsLater = true;
    const language = prefs.language;
    const [result, { default: later }] = await Promise.all([loaded, LATER[language]()]);
    if (language === prefs.language) this.#later = later;
    return result;
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
