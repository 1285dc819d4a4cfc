/** What this browser remembers about the person: language, theme, the limit before asking. */

import type { Language } from "../lib/i18n";
import { writePreferences, readPreferences, type Theme } from "../lib/preferences";
import { preferredLanguage } from "../lib/languages";

class Prefs {
  language = $state<Language>("en");
  theme = $state<Theme>("auto");
  askAbove = $state<number | null>(null);
  /** Language of the words that tag completion looks for beside English tags. */
  tagLanguage = $state<Language | "auto">("auto");
  completion = $state(true);
  jumpToPicture = $state(true);

  constructor() {
    const known = readPreferences();
    this.language = preferredLanguage();
    this.theme = known.theme ?? "auto";
    this.askAbove = known.askAbove ?? null;
    this.tagLanguage = known.tagLanguage ?? "auto";
    this.completion = known.completion ?? true;
    this.jumpToPicture = known.jumpToPicture ?? true;
    $effect.root(() => {
      $effect(() => this.#save());
      $effect(() => {
        document.documentElement.dataset.theme = this.theme;
      });
    });
  }

  #save(): void {
    const { language, theme, askAbove, tagLanguage, completion, jumpToPicture } = this;
    writePreferences({ language, theme, askAbove, tagLanguage, completion, jumpToPicture });
  }
}

export const prefs = new Prefs();
