/** The pictures that were made: a filter, and as many of its pictures as were asked for. */

import { api } from "../lib/api";
import type { GalleryImage } from "../lib/types";
import { complain } from "./complain";

class Gallery {
  images = $state.raw<GalleryImage[]>([]);
  total = $state(0);
  q = $state("");
  favourite = $state(false);
  bin = $state(false);
  loading = $state(false);
  /** Grows with each change on the server. */
  version = $state(0);
  #next: string | null = null;
  #asked: AbortController | null = null;

  get hasMore(): boolean {
    return this.#next !== null;
  }

  /** Ask for the first page of the present filter. */
  async load(): Promise<void> {
    this.#next = null;
    await this.#page([]);
  }

  /** Ask for the next page. */
  async more(): Promise<void> {
    if (this.#next && !this.loading) await this.#page(this.images);
  }

  async #page(before: GalleryImage[]): Promise<void> {
    this.#asked?.abort();
    const asked = new AbortController();
    this.#asked = asked;
    this.loading = true;
    const { q, favourite, bin } = this;
    try {
      const page = await api.images({ q, favourite, bin, before: this.#next, limit: 60 }, asked.signal);
      this.images = [...before, ...page.images];
      this.total = page.total;
      this.#next = page.next;
    } catch (error) {
      if (!asked.signal.aborted) complain(error);
    } finally {
      if (this.#asked === asked) this.loading = false;
    }
  }

  changed(_image: string | null): void {
    this.version += 1;
  }
}

export const gallery = new Gallery();
