/** What was changed of a draft, step by step, so that each step can be taken back alone. */

import type { Draft } from "./draft";

/** The fields that one act changed, as they were and as they became. */
export interface Step {
  before: Partial<Draft>;
  after: Partial<Draft>;
  /** Milliseconds. */
  at: number;
}

export interface Timeline {
  /** Oldest first. */
  past: readonly Step[];
  /** Taken back, the next to be done again last. */
  future: readonly Step[];
}

export const NO_STEPS: Timeline = { past: [], future: [] };

const KEPT = 200;
/** Typing and dragging are one step until they rest so long. */
const REST_MS = 1200;

const isSame = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);
const fieldsOf = (step: Step) => Object.keys(step.after) as (keyof Draft)[];

/** What changed between two drafts; null when nothing did. */
export function stepBetween(before: Draft, after: Draft, at: number): Step | null {
  const names = (Object.keys(after) as (keyof Draft)[]).filter(
    (name) => !isSame(before[name], after[name]),
  );
  const pick = (draft: Draft) =>
    Object.fromEntries(names.map((name) => [name, draft[name]])) as Partial<Draft>;
  return names.length ? { before: pick(before), after: pick(after), at } : null;
}

/** The timeline with one more step; what was taken back cannot be done again behind it. */
export function record({ past }: Timeline, step: Step): Timeline {
  const last = past.at(-1);
  const goesOn = last && step.at - last.at < REST_MS && isSame(fieldsOf(last), fieldsOf(step));
  const steps = goesOn ? [...past.slice(0, -1), { ...step, before: last.before }] : [...past, step];
  return { past: steps.slice(-KEPT), future: [] };
}

/** Take the last step back, or do it again: the fields to set, and the timeline then. */
export function walk(
  { past, future }: Timeline,
  direction: "undo" | "redo",
): { fields: Partial<Draft>; timeline: Timeline } | null {
  const step = (direction === "undo" ? past : future).at(-1);
  if (!step) return null;
  return direction === "undo"
    ? { fields: step.before, timeline: { past: past.slice(0, -1), future: [...future, step] } }
    : { fields: step.after, timeline: { past: [...past, step], future: future.slice(0, -1) } };
}

/** What takes one act back later: its fields, but for those that were changed since. */
export function revert(draft: Draft, step: Step): Partial<Draft> {
  const untouched = fieldsOf(step).filter((name) => isSame(draft[name], step.after[name]));
  return Object.fromEntries(untouched.map((name) => [name, step.before[name]]));
}
