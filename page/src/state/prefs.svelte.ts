/** What this browser remembers about the person: language, theme, the limit before asking. */

import { chooseLanguage, LANGUAGES, type Language } from "../lib/i18n";

export type Theme = "auto" | "light" | "dark";

const PLACE = "novelai.prefs";

interface Stored {
  language: Language;
  theme: Theme;
  /** Ask before an order that costs more Anlas than this; null asks never. */
  askAbove: number | null;
  tagLanguage: Language | "auto";
  completion: boolean;
  jumpToPicture: boolean;
}

function stored(): Partial<Stored> {
  try {
    return JSON.parse(localStorage.getItem(PLACE) ?? "{}") as Partial<Stored>;
  } catch {
    return {};
  }
}

class Prefs {
  language = $state<Language>("en");
  theme = $state<Theme>("auto");
  askAbove = $state<number | null>(null);
  /** Language of the words that tag completion looks for beside English tags. */
  tagLanguage = $state<Language | "auto">("auto");
  completion = $state(true);
  jumpToPicture = $state(true);

  constructor() {
    const known = stored();
    this.language = known.language && known.language in LANGUAGES ? known.language : chooseLanguage(navigator.languages);
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
    const text = JSON.stringify({ language, theme, askAbove, tagLanguage, completion, jumpToPicture });
    try {
      localStorage.setItem(PLACE, text);
    } catch {
      // A full or forbidden store: the choice lasts as long as the tab.
    }
  }
}

export const prefs = new Prefs();
