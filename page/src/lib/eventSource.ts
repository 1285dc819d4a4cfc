/** The server's events, and a stream of them that comes back by itself. */

import { EVENT_NAMES } from "./api-types";
import type { ServerEvent } from "./types";

/** What a tab hears. */
export type Message = { type: "open" } | { type: "down" } | { type: "event"; event: ServerEvent };

export type Listener = (message: Message) => void;

const RETRY_FIRST_MS = 1000;
const RETRY_LAST_MS = 15000;

/** One EventSource that comes back: the browser's own retry stops for good at a 401 or 502. */
export class EventStream {
  #source: EventSource | null = null;
  #retryMs = RETRY_FIRST_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastId = "";

  constructor(readonly listener: Listener) {}

  /** Connect now, if there is no connection; also ends a pause before the next attempt.
   *  The stream goes on behind the last event that was heard, at first behind `after`. */
  connect(after = ""): void {
    clearTimeout(this.#timer);
    if (this.#source && this.#source.readyState !== EventSource.CLOSED) return;
    this.#lastId ||= after;
    const query = this.#lastId ? `?after=${encodeURIComponent(this.#lastId)}` : "";
    const source = new EventSource(`/api/events${query}`);
    this.#source = source;
    source.onopen = () => {
      this.#retryMs = RETRY_FIRST_MS;
      this.listener({ type: "open" });
    };
    source.onerror = () => {
      this.listener({ type: "down" });
      if (source.readyState === EventSource.CLOSED) this.#connectLater();
    };
    for (const name of EVENT_NAMES) {
      source.addEventListener(name, (event: MessageEvent<string>) => this.#pass(name, event));
    }
  }

  #pass(name: ServerEvent["event"], { data, lastEventId }: MessageEvent<string>): void {
    // An event without an id is handed over with the id of the one before it.
    const id = lastEventId !== this.#lastId ? lastEventId : "";
    if (id) this.#lastId = id;
    const event = { event: name, id: id || null, data: JSON.parse(data) as unknown } as ServerEvent;
    this.listener({ type: "event", event });
  }

  /** End the connection; the next one goes on where this one ended. */
  close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /** Forget what was heard, so that the next connection goes on behind its own `after`. */
  forget(): void {
    this.#lastId = "";
  }

  get isOpen(): boolean {
    return this.#source?.readyState === EventSource.OPEN;
  }

  #connectLater(): void {
    this.#timer = setTimeout(() => this.connect(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_LAST_MS);
  }
}
