/** What the page begins with: asked for before most of its code is there. */

import type { Start } from "./types";

// Without headers of our own, so that it is the very request that index.html hints at.
let first: Promise<Start | null> | null = fetch("/api/start").then(
  (answer) => (answer.ok ? (answer.json() as Promise<Start>) : null),
  () => null,
);

/** The first answer. Null when none came, and from the second time on: it is no longer true
 *  then. */
export async function takeStart(): Promise<Start | null> {
  const answer = first;
  first = null;
  return await answer;
}
