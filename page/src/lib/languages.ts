/** The words of each language: files of their own, so that nobody loads what they do not read. */

import { chooseLanguage, type Language, LANGUAGES } from "./i18n";
import type { Messages } from "./locales/en";
import { remembered } from "./preferences";

export const WORDS: Record<Language, () => Promise<{ default: Messages }>> = {
  en: () => import("./locales/en"),
  ja: () => import("./locales/ja"),
  zh: () => import("./locales/zh"),
};

/** The language that was chosen in this browser, or else the browser's own. */
export function ownLanguage(): Language {
  const { language } = remembered();
  return language && language in LANGUAGES ? language : chooseLanguage(navigator.languages);
}
