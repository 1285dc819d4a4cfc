import { describe, expect, it } from "vitest";

import { EventLog, isKnown } from "./eventLog";
import type { ServerEvent } from "./types";

const draft = (id: string): ServerEvent => ({ event: "draft", id, data: { revision: 1 } });
const reset = (id: string): ServerEvent => ({ event: "reset", id, data: {} });
const idsAfter = (log: EventLog, id: string) => log.after(id)?.map((event) => event.id);

describe("the log of events", () => {
  const filled = () => {
    const log = new EventLog();
    log.begin("a-3");
    for (const id of ["a-5", "a-9", "a-10"]) log.add(draft(id));
    return log;
  };

  it("gives a tab what happened behind the id that it comes with", () => {
    expect(idsAfter(filled(), "a-3")).toEqual(["a-5", "a-9", "a-10"]);
    expect(idsAfter(filled(), "a-8")).toEqual(["a-9", "a-10"]);
    expect(idsAfter(filled(), "a-10")).toEqual([]);
    expect(idsAfter(filled(), "a-12")).toEqual([]);
  });

  it("says when something in between is not here", () => {
    expect(filled().after("a-2")).toBeNull();
    expect(filled().after("b-4")).toBeNull();
    expect(new EventLog().after("a-3")).toBeNull();
  });

  it("begins anew where the server says that something was lost", () => {
    const log = filled();
    log.add(reset("b-1"));
    expect(log.after("a-10")).toBeNull();
    expect(idsAfter(log, "b-1")).toEqual([]);
    log.add(draft("b-2"));
    expect(idsAfter(log, "b-1")).toEqual(["b-2"]);
  });

  it("of a connection that began at no id knows what came behind its first event", () => {
    const log = new EventLog();
    log.begin("");
    log.add(draft("a-4"));
    log.add(draft("a-5"));
    expect(log.after("a-3")).toBeNull();
    expect(idsAfter(log, "a-4")).toEqual(["a-5"]);
  });

  it("forgets the oldest, and that it was there", () => {
    const log = new EventLog();
    log.begin("a-0");
    for (let number = 1; number <= 400; number += 1) log.add(draft(`a-${number}`));
    expect(log.after("a-0")).toBeNull();
    expect(log.after("a-99")).toBeNull();
    expect(log.after("a-100")).toHaveLength(300);
  });
});

it("an event is known to who knows a later one of the same life of the server", () => {
  expect(isKnown("a-9", "a-10")).toBe(true);
  expect(isKnown("a-11", "a-10")).toBe(false);
  expect(isKnown("b-1", "a-10")).toBe(false);
  expect(isKnown("a-1", "")).toBe(false);
});
