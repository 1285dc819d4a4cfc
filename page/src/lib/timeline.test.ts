import { describe, expect, it } from "vitest";

import { emptyDraft } from "./draft";
import { NO_STEPS, record, revert, stepBetween, walk } from "./timeline";

const START = emptyDraft();
const prompted = (prompt: string, at: number, before = START) =>
  stepBetween(before, { ...before, prompt }, at)!;

describe("stepBetween", () => {
  it("holds the fields that changed, and no others", () => {
    const after = { ...START, steps: 40, characters: [...START.characters] };
    expect(stepBetween(START, after, 5)).toEqual({
      before: { steps: START.steps },
      after: { steps: 40 },
      at: 5,
    });
    expect(stepBetween(START, { ...START }, 5)).toBeNull();
  });
});

describe("record", () => {
  it("takes typing without a rest as one step", () => {
    const first = prompted("c", 0);
    const second = prompted("ca", 500, { ...START, prompt: "c" });
    const { past } = record(record(NO_STEPS, first), second);
    expect(past).toEqual([{ before: { prompt: "" }, after: { prompt: "ca" }, at: 500 }]);
  });

  it("parts steps by a rest, and by the field", () => {
    const first = record(NO_STEPS, prompted("c", 0));
    expect(record(first, prompted("d", 2000, { ...START, prompt: "c" })).past).toHaveLength(2);
    expect(record(first, stepBetween(START, { ...START, steps: 9 }, 10)!).past).toHaveLength(2);
  });

  it("forgets what was taken back when something new is done", () => {
    const back = walk(record(NO_STEPS, prompted("c", 0)), "undo");
    expect(record(back?.timeline ?? NO_STEPS, prompted("d", 9)).future).toEqual([]);
  });
});

describe("walk", () => {
  it("goes back and forth, one step at a time", () => {
    const done = record(NO_STEPS, prompted("c", 0));
    const back = walk(done, "undo");
    expect(back?.fields).toEqual({ prompt: "" });
    const forth = walk(back?.timeline ?? NO_STEPS, "redo");
    expect(forth).toEqual({ fields: { prompt: "c" }, timeline: done });
    expect(walk(NO_STEPS, "undo")).toBeNull();
    expect(walk(done, "redo")).toBeNull();
  });
});

describe("revert", () => {
  it("leaves alone what was changed since", () => {
    const taken = { ...START, prompt: "theirs", steps: 40 };
    const step = stepBetween(START, taken, 0)!;
    expect(revert({ ...taken, prompt: "mine" }, step)).toEqual({ steps: START.steps });
  });
});
