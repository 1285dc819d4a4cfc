/** Named sets of pictures: which there are, and what is put in and taken out. */

import { api } from "../lib/api";
import type { Collection } from "../lib/types";
import { showError } from "./errors";
import { gallery } from "./gallery.svelte";
import { galleryEvents } from "./galleryEvents";
import { t } from "./i18n.svelte";
import { toasts } from "./toast.svelte";

const REFRESH_AFTER_MS = 150;

class Collections {
  list = $state.raw<Collection[]>([]);
  isLoaded = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    galleryEvents.onCollection = () => this.#onChange();
  }

  find(id: string): Collection | undefined {
    return this.list.find((one) => one.id === id);
  }

  async load(): Promise<void> {
    try {
      this.list = (await api.collections()).collections;
      this.isLoaded = true;
    } catch (error) {
      showError(error);
    }
  }

  #onChange(): void {
    if (!this.isLoaded) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), REFRESH_AFTER_MS);
  }

  /** Make one; nothing when it is refused, which is said. */
  async add(name: string): Promise<Collection | undefined> {
    return this.#change(() => api.addCollection(name.trim()));
  }

  async rename(id: string, name: string): Promise<boolean> {
    return Boolean(await this.#change(() => api.changeCollection(id, { name: name.trim() })));
  }

  async remove(id: string): Promise<void> {
    const gone = await this.#change(() => api.deleteCollection(id));
    if (!gone) return;
    if (gallery.filter.collection === id) gallery.filter.collection = "";
    toasts.say(t("collections.did.delete", { name: gone.name }), {
      action: {
        label: t("common.undo"),
        run: () => void this.#change(() => api.restoreCollection(id)),
      },
    });
  }

  /** Put pictures into a collection; what is undone are those that were not in it before. */
  async put(collection: Collection, ids: string[]): Promise<void> {
    const added = await this.#fill(collection.id, { add: ids });
    if (added)
      toasts.say(t("collections.did.add", { n: added.length, name: collection.name }), {
        action: {
          label: t("common.undo"),
          run: () => void this.#fill(collection.id, { remove: added }),
        },
      });
  }

  async take(collection: Collection, ids: string[]): Promise<void> {
    const removed = await this.#fill(collection.id, { remove: ids });
    if (removed)
      toasts.say(t("collections.did.remove", { n: removed.length, name: collection.name }), {
        action: {
          label: t("common.undo"),
          run: () => void this.#fill(collection.id, { add: removed }),
        },
      });
  }

  async #fill(
    id: string,
    change: { add: string[] } | { remove: string[] },
  ): Promise<string[] | undefined> {
    try {
      const { added, removed } = await api.fillCollection(id, change);
      await this.load();
      if (gallery.filter.collection === id) await gallery.load();
      return "add" in change ? added : removed;
    } catch (error) {
      showError(error);
      return undefined;
    }
  }

  async #change(ask: () => Promise<Collection>): Promise<Collection | undefined> {
    try {
      const changed = await ask();
      await this.load();
      return changed;
    } catch (error) {
      showError(error);
      return undefined;
    }
  }
}

export const collections = new Collections();
