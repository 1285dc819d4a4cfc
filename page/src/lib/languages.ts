/** The words of each language: files of their own, so that nobody loads what they do not read. */

import { chooseLanguage, type Language, LANGUAGES } from "./i18n";
import type { FirstMessages, LaterMessages } from "./locales/en";
import { readPreferences } from "./preferences";

export const LOCALES: Record<Language, () => Promise<{ default: FirstMessages }>> = {
  en: () => import("./locales/en"),
  ja: () => import("./locales/ja"),
  zh: () => import("./locales/zh"),
};

/** The words of the screens that a first visit does not open. */
export const LATER: Record<Language, () => Promise<{ default: LaterMessages }>> = {
  en: () => import("./locales/en/later"),
  ja: () => import("./locales/ja/later"),
  zh: () => import("./locales/zh/later"),
};

/** The language that was chosen in this browser, or else the browser's own. */
export function preferredLanguage(): Language {
  const { language } = readPreferences();
  return language && language in LANGUAGES ? language : chooseLanguage(navigator.languages);
}
