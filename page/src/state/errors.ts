/** Sentences for what went wrong: what happened, whether it was charged, what to do. */

import { Offline, Problem } from "../lib/api";
import type { Charged } from "../lib/types";
import { t, tMaybe } from "./i18n.svelte";
import { toasts } from "./toast.svelte";

/** Say an error in the person's language; what the page does not know is said as the server did. */
export function errorMessage(error: unknown): string {
  if (error instanceof Offline) return t("problem.offline");
  if (!(error instanceof Problem)) return t("problem.unexpected");
  const { code, detail, errors, retry_after } = error.document;
  const fields =
    errors?.map(({ field, message }) => (field ? `${field}: ${message}` : message)) ?? [];
  const sentence = tMaybe(`problem.${code}`, detail, { seconds: Math.ceil(retry_after ?? 0) });
  return fields.length ? `${sentence} ${fields.join("; ")}` : sentence;
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
