/** The pictures that were made: a filter, as many of its pictures as were asked for, a
 *  selection. */

import { SvelteSet } from "svelte/reactivity";

import { api, Problem } from "../lib/api";
import type { BatchAction, GalleryImage } from "../lib/types";
import { showError } from "./errors";
import { t } from "./i18n.svelte";
import { galleryEvents } from "./galleryEvents";
import { toasts } from "./toast.svelte";

export interface Filter {
  q: string;
  model: string;
  kind: string;
  /** "832x1216", or nothing. */
  size: string;
  /** Days as the person's calendar writes them: "2026-01-31", or nothing. */
  since: string;
  until: string;
  favourite: boolean;
  /** Id of a collection, or nothing. */
  collection: string;
  bin: boolean;
}

const NONE: Filter = {
  q: "",
  model: "",
  kind: "",
  size: "",
  since: "",
  until: "",
  favourite: false,
  collection: "",
  bin: false,
};
const PAGE = 100;
/** Values by the search's fields: an example for who is about to type one. */
const EXAMPLES: Record<string, string> = {
  seed: "seed:42",
  model: "model:4.5",
  size: "size:832x1216",
  after: "after:2026-11-01",
  before: "before:2026-12-01",
  door: "door:openai",
  from: "from:img_1234",
};
const REFRESH_AFTER_MS = 150;
const DAY_MS = 86_400_000;

/** The field of a search that has no value that it could have; nothing for other failures. */
export function refusedField(error: unknown): string | undefined {
  if (!(error instanceof Problem) || error.code !== "invalid_params") return undefined;
  return error.document.errors?.some(({ field }) => field === "q")
    ? error.message.split(":")[0]
    : undefined;
}

/** Unix seconds of the first moment of a day. */
function dayOf(day: string): number | null {
  return day ? new Date(`${day}T00:00`).getTime() / 1000 : null;
}

class Gallery {
  images = $state.raw<GalleryImage[]>([]);
  total = $state(0);
  filter = $state<Filter>({ ...NONE });
  isLoading = $state(false);
  isLoaded = $state(false);
  selected = new SvelteSet<string>();
  /** Place of the picture that the keyboard is at. */
  active = $state(0);
  hasMore = $state(false);
  /** What is wrong with the search; what it found before stays. */
  refusal = $state("");
  #counted = $state(true);
  #next: number | null = null;
  #running: AbortController | null = null;
  /** The filter of the list that is shown. */
  #listed = "";
  #changedIds = new Set<string | null>();
  /** What a request of this page is about to change: nobody asks for it in the meantime. */
  #leavingIds = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    galleryEvents.onChange = (image) => this.onChange(image);
  }

  get isFiltered(): boolean {
    const { bin: _bin, ...rest } = this.filter;
    return Object.values(rest).some(Boolean);
  }

  /** Id of the picture whose versions are shown. */
  get stackOf(): string | null {
    return /^from:(\S+)$/.exec(this.filter.q.trim())?.[1] ?? null;
  }

  /** Show the versions of a picture. */
  openStack(id: string): void {
    this.filter = { ...NONE, q: `from:${id}` };
  }

  /** Whether `total` is all there is. */
  get isCounted(): boolean {
    return this.#counted || !this.hasMore;
  }

  clearFilter(): void {
    this.filter = { ...NONE, bin: this.filter.bin };
  }

  #query(): Record<string, string | number | boolean | null> {
    const { q, model, kind, size, since, until, favourite, collection, bin } = this.filter;
    const [width, height] = size ? size.split("x").map(Number) : [];
    const end = until ? (dayOf(until) ?? 0) + DAY_MS / 1000 : null;
    return {
      q,
      model,
      kind,
      width: width ?? null,
      height: height ?? null,
      since: dayOf(since),
      until: end,
      favourite,
      collection,
      bin,
      // Whoever looks for something wants to see each picture that fits.
      stacked: !bin && !this.isFiltered,
    };
  }

  /** Ask for the first page of the present filter. */
  async load(): Promise<void> {
    this.#next = null;
    this.active = 0;
    this.selected.clear();
    await this.#page({ first: true });
  }

  /** Ask for the next page. */
  async more(): Promise<void> {
    if (this.#next && !this.isLoading) await this.#page({ first: false });
  }

  async #page({ first }: { first: boolean }): Promise<void> {
    this.#running?.abort();
    const asked = new AbortController();
    this.#running = asked;
    this.#listed = JSON.stringify(this.filter);
    this.isLoading = true;
    try {
      const page = await api.images(
        { ...this.#query(), before: this.#next, limit: PAGE },
        asked.signal,
      );
      // What is here now: news may have come in front while the answer was on its way.
      const before = first ? [] : this.images;
      this.images = [...before, ...page.images];
      this.refusal = "";
      this.total = Math.max(before.length ? this.total : page.total, this.images.length);
      this.#counted = page.counted;
      this.#next = page.next;
      this.hasMore = page.next !== null;
      this.isLoaded = true;
    } catch (error) {
      if (!asked.signal.aborted) this.#refuse(error);
    } finally {
      if (this.#running === asked) this.isLoading = false;
    }
  }

  /** A field without its value is mostly one that is being typed. */
  #refuse(error: unknown): void {
    const field = refusedField(error);
    if (field) this.refusal = t("gallery.search.wrong", { example: EXAMPLES[field] ?? field });
    else showError(error);
  }

  /** Something changed on the server: one picture, or any. Nothing is asked before the first
   *  look. */
  onChange(image: string | null): void {
    if (!this.isLoaded) return;
    this.#changedIds.add(image);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // A list that is on its way takes the place of this one, the choice in it too.
      if (this.isLoading) this.onChange(image);
      else void this.refresh();
    }, REFRESH_AFTER_MS);
  }

  /** Bring what is shown up to date and keep its place. */
  async refresh(): Promise<void> {
    const changed = [...this.#changedIds];
    this.#changedIds.clear();
    // Another list is about to be asked for.
    if (JSON.stringify(this.filter) !== this.#listed) return;
    try {
      for (const id of changed)
        if (id && !this.#leavingIds.has(id) && this.find(id)) await this.#readAgain(id);
      // Those that leave or come while the answer is on its way are no change of the list either.
      const before = this.images;
      const running = this.#running;
      const page = await api.images({ ...this.#query(), before: null, limit: PAGE });
      if (this.#running !== running) return; // another list is on its way, or here
      const known = new Set([...before, ...this.images].map(({ id }) => id));
      const fresh = page.images.filter(({ id }) => !known.has(id));
      if (fresh.length === page.images.length && known.size) return await this.load();
      if (fresh.length) this.active += fresh.length;
      const now = new Map(page.images.map((image) => [image.id, image]));
      this.images = [...fresh, ...this.images.map((image) => now.get(image.id) ?? image)];
      this.total = page.total;
      this.#counted = page.counted;
    } catch {
      // What is shown stays as it was; the next event or look brings it.
    }
  }

  async #readAgain(id: string): Promise<void> {
    try {
      this.put(await api.image(id));
    } catch (error) {
      if (error instanceof Problem && error.code === "not_found") this.#drop([id]);
    }
  }

  /** Take a picture as it is now; out of the list when it is in the bin, or out of it. */
  put(image: GalleryImage): void {
    const belongs =
      (image.deleted_at !== null) === this.filter.bin &&
      (!this.filter.favourite || image.favourite);
    if (belongs) this.images = this.images.map((known) => (known.id === image.id ? image : known));
    else this.#drop([image.id]);
  }

  #drop(ids: readonly string[]): void {
    const gone = new Set(ids);
    const left = this.images.filter(({ id }) => !gone.has(id));
    this.total -= this.images.length - left.length;
    this.images = left;
    for (const id of ids) this.selected.delete(id);
    this.active = Math.max(0, Math.min(this.active, left.length - 1));
  }

  find(id: string): GalleryImage | undefined {
    return this.images.find((image) => image.id === id);
  }

  /** Do something with many pictures; what can be undone offers it. */
  async batch(ids: string[], action: BatchAction): Promise<void> {
    for (const id of ids) this.#leavingIds.add(id);
    try {
      const { changed } = await api.batch(ids, action);
      if (action === "favourite" || action === "unfavourite")
        this.#mark(ids, action === "favourite");
      else this.#drop(ids);
      const back = { bin: "restore", restore: "bin" } as const;
      const undo = action === "bin" || action === "restore" ? back[action] : null;
      const run = () => undo && void this.#undo(ids, undo);
      if (action !== "favourite" && action !== "unfavourite") {
        toasts.say(
          t(`gallery.did.${action}`, { n: changed }),
          undo ? { action: { label: t("common.undo"), run } } : {},
        );
      }
    } catch (error) {
      showError(error);
    } finally {
      for (const id of ids) this.#leavingIds.delete(id);
    }
  }

  async #undo(ids: string[], action: BatchAction): Promise<void> {
    try {
      await api.batch(ids, action);
      await this.load();
    } catch (error) {
      showError(error);
    }
  }

  #mark(ids: readonly string[], favourite: boolean): void {
    const marked = new Set(ids);
    const next = this.images.map((image) =>
      marked.has(image.id) ? { ...image, favourite } : image,
    );
    this.images = this.filter.favourite ? next.filter((image) => image.favourite) : next;
  }
}

export const gallery = new Gallery();
