/** What an order costs before it is sent: asked of the server, which knows account and budget. */

import { untrack } from "svelte";

import { api, Offline } from "../lib/api";
import type { Cost, Order } from "../lib/types";
import { account } from "./account.svelte";
import { errorMessage, failureMessage } from "./errors";
import { t } from "./i18n.svelte";
import { queue } from "./queue.svelte";
import { session } from "./session.svelte";

const ASK_AFTER_MS = 120;

export class Price {
  cost = $state.raw<Cost | null>(null);
  #problem = $state.raw<unknown>(null);
  asking = $state(false);

  /** Why it cannot be priced, or may not be ordered; empty when it may, or nothing was asked. */
  why = $derived.by(() => {
    if (this.#problem !== null) return errorMessage(this.#problem);
    return this.cost?.refused ? failureMessage(this.cost.refused) : "";
  });
  /** What the person's key may still spend, in words; empty where nothing limits it. */
  left = $derived(this.cost?.left == null ? "" : t("create.price.left", { n: this.cost.left }));
  text = $derived.by(() => {
    if (this.#problem !== null) return t("create.price.none");
    if (!this.cost) return "";
    if (this.cost.free && this.cost.allowance)
      return t("create.price.allowance", { n: this.cost.allowance });
    if (this.cost.free) return t("create.price.free");
    return this.cost.anlas === null
      ? t("create.price.unknown")
      : t("create.price", { n: this.cost.anlas });
  });

  /** Follows an order for as long as the component lives; null asks nothing. */
  constructor(of: () => Order | null) {
    // What is free hangs on the account, and what a key may spend on what it ordered.
    const standing = $derived(
      `${account.current?.opus} ${account.current?.allowance_exhausted} ` +
        (session.limitedKey ? `${queue.open} ${queue.ended.length}` : ""),
    );
    $effect(() => {
      void standing;
      const order = of();
      if (!order) return;
      const asked = new AbortController();
      this.asking = true;
      // The first price is waited for; later ones wait until a slider rests.
      const pause = untrack(() => this.text) ? ASK_AFTER_MS : 0;
      const timer = setTimeout(() => void this.#ask(order, asked.signal), pause);
      return () => {
        clearTimeout(timer);
        asked.abort();
      };
    });
  }

  async #ask(order: Order, signal: AbortSignal): Promise<void> {
    let cost: Cost | null = null;
    let problem: unknown = null;
    try {
      cost = await api.cost(order, signal);
    } catch (error) {
      // Without a connection there is no price, and elsewhere it is said that there is none.
      if (!(error instanceof Offline)) problem = error;
    }
    if (signal.aborted) return;
    this.cost = cost;
    this.#problem = problem;
    this.asking = false;
  }
}
