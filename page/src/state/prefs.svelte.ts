/** What this browser remembers about the person: language, theme, the limit before asking. */

import type { Language } from "../lib/i18n";
import {
  type Preferences,
  readPreferences,
  type Theme,
  type TileSize,
  writePreferences,
} from "../lib/preferences";
import { preferredLanguage } from "../lib/languages";

class Prefs {
  language = $state<Language>("en");
  theme = $state<Theme>("auto");
  askAbove = $state<number | null>(null);
  /** Language of the words that tag completion looks for beside English tags. */
  tagLanguage = $state<Language | "auto">("auto");
  completion = $state(true);
  jumpToPicture = $state(true);
  tileSize = $state<TileSize>("middle");
  captions = $state(false);
  /** Pictures of a day stand under its date. */
  days = $state(true);

  constructor() {
    const known = readPreferences();
    this.language = preferredLanguage();
    this.theme = known.theme ?? "auto";
    this.askAbove = known.askAbove ?? null;
    this.tagLanguage = known.tagLanguage ?? "auto";
    this.completion = known.completion ?? true;
    this.jumpToPicture = known.jumpToPicture ?? true;
    this.tileSize = known.tileSize ?? "middle";
    this.captions = known.captions ?? false;
    this.days = known.days ?? true;
    $effect.root(() => {
      $effect(() => this.#save());
      $effect(() => {
        document.documentElement.dataset.theme = this.theme;
      });
    });
  }

  #save(): void {
    const all: Preferences = {
      language: this.language,
      theme: this.theme,
      askAbove: this.askAbove,
      tagLanguage: this.tagLanguage,
      completion: this.completion,
      jumpToPicture: this.jumpToPicture,
      tileSize: this.tileSize,
      captions: this.captions,
      days: this.days,
    };
    writePreferences(all);
  }
}

export const prefs = new Prefs();
