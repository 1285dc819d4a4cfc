/** What this browser remembers about the person, as it is stored. */

import type { Language } from "./i18n";

export type Theme = "auto" | "light" | "dark";
export type TileSize = "small" | "middle" | "large";

const PLACE = "novelai.prefs";

export interface Preferences {
  language: Language;
  theme: Theme;
  /** Ask before an order that costs more Anlas than this; null asks never. */
  askAbove: number | null;
  tagLanguage: Language | "auto";
  completion: boolean;
  jumpToPicture: boolean;
  tileSize: TileSize;
  captions: boolean;
  days: boolean;
}

export function readPreferences(): Partial<Preferences> {
  try {
    return (JSON.parse(localStorage.getItem(PLACE) ?? "{}") ?? {}) as Partial<Preferences>;
  } catch {
    return {};
  }
}

export function writePreferences(all: Preferences): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify(all));
  } catch {
    // A full or forbidden store: the choice lasts as long as the tab.
  }
}
