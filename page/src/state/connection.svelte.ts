/** The connection to the server, and what its events change. */

import { Offline } from "../lib/api";
import { connect, type Connection } from "../lib/connection";
import { isKnown } from "../lib/eventLog";
import type { Message } from "../lib/eventSource";
import type { Job, ServerEvent } from "../lib/types";
import { account } from "./account.svelte";
import { draft } from "./draft.svelte";
import { galleryEvents } from "./galleryEvents";
import { notices } from "./notices.svelte";
import { queue } from "./queue.svelte";
import { session } from "./session.svelte";

/** A blink of the connection is nobody's business. */
const SHOWN_AFTER_MS = 1500;

class ConnectionState {
  isConnected = $state(false);
  /** The connection has been gone long enough to say so. */
  isLost = $state(false);
  /** The server said that it stops. */
  isStopping = $state(false);
  /** The last event that what is here includes. */
  #lastId = "";
  /** Something is missing here that no event brings. */
  #isStale = true;
  #keyId: string | null = null;
  #connection: Connection | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** What is here is the state behind an event: the connection goes on from there. */
  resumeAfter(eventId: string): void {
    this.#lastId = eventId;
    this.#isStale = false;
  }

  /** Connect for the holder of a key; another one than before begins with a state of their own. */
  start(keyId: string | null): void {
    if (!this.#connection) {
      this.#connection = connect(
        (message) => this.#onMessage(message),
        () => (this.#isStale ? "" : this.#lastId),
      );
      addEventListener("online", () => this.retry());
      addEventListener("offline", () => this.#onDown());
    } else {
      if (keyId !== this.#keyId) this.#isStale = true;
      this.retry();
    }
    this.#keyId = keyId;
  }

  /** Try to connect now. */
  retry(): void {
    this.#connection?.retry();
  }

  #onMessage(message: Message): void {
    if (message.type === "open") this.#onOpen();
    else if (message.type === "down") this.#onDown();
    else this.#onEvent(message.event);
  }

  #onOpen(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.isConnected = true;
    this.isLost = false;
    this.isStopping = false;
    if (this.#isStale) void this.#reload();
    else void this.#sendWaiting();
  }

  #onDown(): void {
    this.isConnected = false;
    this.#timer ??= setTimeout(() => {
      this.isLost = true;
    }, SHOWN_AFTER_MS);
    // A refused cookie also ends the stream: asking tells which of the two it is.
    session.load().catch(() => {});
  }

  /** Send what could not be sent. What happened meanwhile comes as events. */
  async #sendWaiting(): Promise<void> {
    queue.flush();
    void account.refresh();
    await draft.saveNow();
  }

  /** Read all of it anew: what happened is not known. */
  async #reload(): Promise<void> {
    try {
      this.resumeAfter(await queue.load());
      galleryEvents.onChange(null);
      queue.flush();
      void account.refresh();
      await draft.sync();
    } catch (error) {
      if (error instanceof Offline) this.#onDown();
    }
  }

  #onEvent(event: ServerEvent): void {
    if (event.id) {
      if (isKnown(event.id, this.#lastId)) return;
      this.#lastId = event.id;
    }
    switch (event.event) {
      case "job.preview":
        return queue.preview(event.data);
      case "queue.paused":
        return queue.setPaused(event.data.paused);
      case "account":
        return account.update(event.data);
      case "gallery.changed":
        return galleryEvents.onChange(event.data.image);
      case "draft":
        return void draft.onSaved(event.data.revision);
      case "collection":
        return galleryEvents.onCollection();
      case "library": // no screen shows these
      case "series":
        return;
      case "reset":
        this.#isStale = true;
        return void this.#reload();
      case "bye":
        this.isStopping = true;
        return this.#onDown();
      case "job.done":
      case "job.failed":
        return this.#onEnd(event.data);
      case "job.queued":
      case "job.updated":
      case "job.started":
      case "job.cancelled":
        return queue.put(event.data);
      default:
        return event satisfies never;
    }
  }

  #onEnd(job: Job): void {
    queue.put(job);
    notices.notifyEnd(job);
    if (job.images.length) galleryEvents.onChange(null);
  }
}

export const connection = new ConnectionState();
