/** The server's events, and a connection to them that comes back by itself. */

export const EVENT_NAMES = [
  "job.queued",
  "job.updated",
  "job.started",
  "job.preview",
  "job.done",
  "job.failed",
  "job.cancelled",
  "job.removed",
  "queue.paused",
  "account",
  "gallery.changed",
  "draft",
  "reset",
  "bye",
] as const;

export type EventName = (typeof EVENT_NAMES)[number];

export type HubMessage =
  | { type: "open" }
  | { type: "down" }
  | { type: "event"; name: EventName; id: string; data: unknown };

export type Listener = (message: HubMessage) => void;

const RETRY_FIRST = 1000;
const RETRY_LAST = 15000;

/** One EventSource that comes back: the browser's own retry stops for good at a 401 or 502. */
export class Source {
  #source: EventSource | null = null;
  #wait = RETRY_FIRST;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = "";

  constructor(readonly listener: Listener) {}

  /** Connect now, if there is no connection; also ends a pause before the next attempt. */
  connect(): void {
    clearTimeout(this.#timer);
    if (this.#source && this.#source.readyState !== EventSource.CLOSED) return;
    const after = this.#last ? `?after=${encodeURIComponent(this.#last)}` : "";
    const source = new EventSource(`/api/events${after}`);
    this.#source = source;
    source.onopen = () => {
      this.#wait = RETRY_FIRST;
      this.listener({ type: "open" });
    };
    source.onerror = () => {
      this.listener({ type: "down" });
      if (source.readyState === EventSource.CLOSED) this.#later();
    };
    for (const name of EVENT_NAMES) {
      source.addEventListener(name, (event) => {
        if (event.lastEventId) this.#last = event.lastEventId;
        const data: unknown = event.data ? JSON.parse(event.data as string) : {};
        this.listener({ type: "event", name, id: event.lastEventId, data });
      });
    }
  }

  /** Forget what was seen, so that the next connection starts from now. */
  forget(): void {
    this.#last = "";
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  get isOpen(): boolean {
    return this.#source?.readyState === EventSource.OPEN;
  }

  #later(): void {
    this.#timer = setTimeout(() => this.connect(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, RETRY_LAST);
  }
}
