/** Tags that complete the word at the caret of one prompt box. */

import { api } from "../lib/api";
import type { Tag } from "../lib/types";
import { mayBeTag, wordBefore, type Word } from "../lib/word";
import { locale } from "./i18n.svelte";
import { prefs } from "./prefs.svelte";

const ASK_AFTER_MS = 120;
const REMEMBERED = 200;
const WIDE_LETTERS = /[\u3040-\u30ff\u3400-\u9fff]/;
const KANA = /[\u3040-\u30ff]/;

// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing on the screen follows it
const known = new Map<string, Tag[]>();

export class Suggestions {
  tags = $state.raw<Tag[]>([]);
  /** Which one is marked; -1 while the person has not chosen any. */
  active = $state(-1);
  /** An answer is on its way. */
  isAsking = false;
  word: Word = { start: 0, end: 0, text: "" };
  #asked: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get isOpen(): boolean {
    return this.tags.length > 0;
  }

  /** The text or the caret changed by typing. */
  onInput(text: string, caret: number, model: string): void {
    this.#asked?.abort();
    clearTimeout(this.#timer);
    const word = wordBefore(text, caret);
    if (!prefs.completion || !mayBeTag(word.text)) return this.close();
    const key = JSON.stringify([word.text, model, language(word.text)]);
    const stored = known.get(key);
    if (stored) this.#show(word, stored);
    else {
      this.isAsking = true;
      this.#timer = setTimeout(() => void this.#ask(word, model, key), ASK_AFTER_MS);
    }
  }

  async #ask(word: Word, model: string, key: string): Promise<void> {
    const asked = new AbortController();
    this.#asked = asked;
    try {
      const ask = (lang: string) => api.tags(word.text.trim(), model, lang, asked.signal);
      const lang = language(word.text);
      let { tags } = await ask(lang);
      // Many words are written alike in Chinese and Japanese, and NovelAI knows the Japanese ones.
      if (!tags.length && lang === "zh" && WIDE_LETTERS.test(word.text))
        ({ tags } = await ask("ja"));
      if (known.size >= REMEMBERED) known.delete(known.keys().next().value ?? "");
      known.set(key, tags);
      if (!asked.signal.aborted) this.#show(word, tags);
    } catch {
      // No suggestions is all that is lost.
    }
  }

  #show(word: Word, tags: Tag[]): void {
    this.isAsking = false;
    this.word = word;
    this.active = -1;
    // What is written in full already needs no list.
    this.tags = tags.length === 1 && tags[0]?.tag === word.text ? [] : tags;
  }

  move(step: 1 | -1): void {
    const count = this.tags.length;
    this.active = this.active < 0 && step < 0 ? count - 1 : (this.active + step + count) % count;
  }

  close(): void {
    this.#asked?.abort();
    clearTimeout(this.#timer);
    this.isAsking = false;
    this.tags = [];
    this.active = -1;
  }
}

function language(text: string): string {
  if (prefs.tagLanguage !== "auto") return prefs.tagLanguage;
  if (KANA.test(text)) return "ja";
  return WIDE_LETTERS.test(text) && locale.language === "en" ? "zh" : locale.language;
}
