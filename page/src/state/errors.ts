/** Sentences for what went wrong: what happened, whether it was charged, what to do. */

import { Offline, Problem } from "../lib/api";
import type { Charged, ProblemDocument, Sums } from "../lib/types";
import { t, tMaybe } from "./i18n.svelte";
import { toasts } from "./toast.svelte";

/** What a refusal and a failed job have in common. */
type Failure = Pick<ProblemDocument, "code" | "detail" | "retry_after" | keyof Sums> & {
  required?: number | null;
  available?: number | null;
};

/** Refusals whose words name price and limit. */
const SUMMED = { free_only: 1, job_budget: 1, budget: 1, allowance: 1 };

/** Say an error in the person's language; what the page does not know is said as the server did. */
export function errorMessage(error: unknown): string {
  if (error instanceof Offline) return t("problem.offline");
  if (!(error instanceof Problem)) return t("problem.unexpected");
  const { errors } = error.document;
  const fields =
    errors?.map(({ field, message }) => (field ? `${field}: ${message}` : message)) ?? [];
  const sentence = failureMessage(error.document);
  return fields.length ? `${sentence} ${fields.join("; ")}` : sentence;
}

/** Say what went wrong, with both sides of the sum when Anlas were too few. */
export function failureMessage(failure: Failure): string {
  const { code, detail, retry_after, required, available } = failure;
  if (required != null && available != null) return t("problem.short", { required, available });
  const { price, limit, left, window } = failure;
  const sums = { price: price ?? 0, limit: limit ?? 0, left: left ?? 0 };
  const values = { ...sums, seconds: Math.ceil(retry_after ?? 0) };
  // An older server, or another program, says no sums.
  const key =
    limit == null && code in SUMMED
      ? ""
      : `problem.${code}${window && code === "budget" ? `.${window}` : ""}`;
  return tMaybe(key, detail, values);
}

/** Say whether a job was paid for. */
export function chargedSentence(charged: Charged, cost: number | null): string {
  if (charged === "unknown") return t("problem.charged.unknown");
  return charged === "yes" ? t("problem.charged.yes", { n: cost ?? 0 }) : t("problem.charged.no");
}

/** Show an error at the edge of the screen. */
export function showError(error: unknown): void {
  toasts.say(errorMessage(error), { kind: "bad" });
}
