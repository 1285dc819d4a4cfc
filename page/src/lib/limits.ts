/** Limits of a key as a form holds them: numbers may be empty, which means no limit. */

import { NEW_KEY } from "./api-types";
import type { Key, Limits } from "./types";

export const BUDGETS = [
  "budget_job",
  "budget_day",
  "budget_week",
  "budget_month",
  "allowance_month",
] as const;

const DAY = 86_400;

/** What a new key may do, as the server has it when nothing is said. */
export function newLimits(): Limits {
  return {
    scopes: [...NEW_KEY.scopes],
    models: null,
    free_only: NEW_KEY.free_only,
    fit_free: NEW_KEY.fit_free,
    budget_job: null,
    budget_day: null,
    budget_week: null,
    budget_month: null,
    allowance_month: null,
    max_queued: NEW_KEY.max_queued,
    max_series: NEW_KEY.max_series,
    rate_minute: NEW_KEY.rate_minute,
    expires_at: null,
  };
}

/** The limits of a key that there is. */
export function limitsOf(key: Key): Limits {
  const limits = newLimits();
  const entries = Object.keys(limits).map((name) => [name, key[name as keyof Limits]]);
  return Object.fromEntries(entries) as Limits;
}

/** The last moment of a day in the person's own time, in unix seconds; null for no day. */
export function endOf(day: string): number | null {
  return day ? new Date(`${day}T00:00`).getTime() / 1000 + DAY - 1 : null;
}

/** The day of a moment, as a date field holds it. */
export function dayOf(moment: number | null): string {
  if (moment === null) return "";
  const date = new Date(moment * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
