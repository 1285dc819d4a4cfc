/** The connection to the server, and what its events change. */

import { Offline } from "../lib/api";
import { listen } from "../lib/connection";
import type { EventName, HubMessage } from "../lib/eventSource";
import type { Account } from "../lib/accounting";
import type { Job, Preview } from "../lib/types";
import { account } from "./account.svelte";
import { draft } from "./draft.svelte";
import { news } from "./galleryEvents";
import { notices } from "./notices.svelte";
import { queue } from "./queue.svelte";
import { session } from "./session.svelte";

/** A blink of the connection is nobody's business. */
const SHOWN_AFTER_MS = 1500;

class Live {
  connected = $state(false);
  /** The connection has been gone long enough to say so. */
  lost = $state(false);
  /** The server said that it stops. */
  stopping = $state(false);
  #hub: ReturnType<typeof listen> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    if (this.#hub) return this.#hub.retry();
    this.#hub = listen((message) => this.#heard(message));
    addEventListener("online", () => this.#hub?.retry());
    addEventListener("offline", () => this.#down());
  }

  /** Try to connect now. */
  retry(): void {
    this.#hub?.retry();
  }

  #heard(message: HubMessage): void {
    if (message.type === "open") this.#up();
    else if (message.type === "down") this.#down();
    else this.#take(message.name, message.data);
  }

  #up(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.connected = true;
    this.lost = false;
    this.stopping = false;
    void this.#refresh();
  }

  #down(): void {
    this.connected = false;
    this.#timer ??= setTimeout(() => {
      this.lost = true;
    }, SHOWN_AFTER_MS);
    // A refused cookie also ends the stream: asking tells which of the two it is.
    session.load().catch(() => {});
  }

  async #refresh(): Promise<void> {
    try {
      await queue.load();
      queue.flush();
      void account.refresh();
      await draft.sync();
    } catch (error) {
      if (error instanceof Offline) this.#down();
    }
  }

  #take(name: EventName, data: unknown): void {
    switch (name) {
      case "job.preview":
        return queue.preview(data as Preview);
      case "job.removed":
        return queue.remove((data as Job).id);
      case "queue.paused":
        return queue.setPaused((data as { paused: boolean }).paused);
      case "account":
        return account.update(data as Account);
      case "gallery.changed":
        return news.pictures((data as { image: string | null }).image);
      case "draft":
        return void draft.heard((data as { revision: number }).revision);
      case "reset":
        return void this.#refresh();
      case "bye":
        this.stopping = true;
        return this.#down();
      case "job.done":
      case "job.failed":
        return this.#ended(data as Job);
      default:
        return queue.put(data as Job);
    }
  }

  #ended(job: Job): void {
    queue.put(job);
    notices.ended(job);
    if (job.images.length) news.pictures(null);
  }
}

export const live = new Live();
