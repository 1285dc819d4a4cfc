/** The newest events of a connection that tabs share: a tab that joins later misses nothing. */

import type { ServerEvent } from "./types";

const LENGTH = 300;

/** An id is `epoch-number`; numbers grow within an epoch, which is a life of the server. */
function parse(id: string): [epoch: string, number: number] {
  const dash = id.lastIndexOf("-");
  return [id.slice(0, dash), Number(id.slice(dash + 1))];
}

/** Whether an event with the first id is known to somebody who knows all up to the second. */
export function isKnown(id: string, last: string): boolean {
  const [[epoch, number], [lastEpoch, lastNumber]] = [parse(id), parse(last)];
  return epoch === lastEpoch && number <= lastNumber;
}

export class EventLog {
  /** All that happened behind this id is here; empty when that is true of no id. */
  #start = "";
  #events: ServerEvent[] = [];

  begin(after: string): void {
    this.#start = after;
    this.#events = [];
  }

  add(event: ServerEvent): void {
    // What came before a gap is of no use to anybody who comes now.
    if (event.event === "reset" || !this.#start) this.begin(event.id ?? "");
    else if (event.id) this.#events.push(event);
    if (this.#events.length > LENGTH) this.#start = this.#events.shift()?.id ?? "";
  }

  /** What happened behind an id; null when something of it is not here. */
  after(id: string): ServerEvent[] | null {
    if (!this.#start || !isKnown(this.#start, id)) return null;
    return this.#events.filter((event) => !isKnown(event.id ?? "", id));
  }
}
