/** The limit that the person set: above it, an order asks first. */

import { api } from "../lib/api";
import type { Order } from "../lib/types";
import { account } from "./account.svelte";
import { prefs } from "./prefs.svelte";

interface Question {
  anlas: number;
  limit: number;
  balance: number | null;
  answer: (yes: boolean) => void;
}

class Spend {
  question = $state.raw<Question | null>(null);

  /** Whether an order may go out: at once below the limit, else when the person says so. */
  async allows(order: Order): Promise<boolean> {
    if (prefs.askAbove === null) return true;
    const cost = await api.cost(order).catch(() => null);
    return cost?.anlas == null || (await this.allowsAnlas(cost.anlas));
  }

  async allowsAnlas(anlas: number): Promise<boolean> {
    const limit = prefs.askAbove;
    if (limit === null || anlas <= limit) return true;
    this.question?.answer(false);
    return await new Promise((resolve) => {
      const answer = (yes: boolean) => {
        this.question = null;
        resolve(yes);
      };
      this.question = { anlas, limit, balance: account.current?.anlas ?? null, answer };
    });
  }
}

export const spend = new Spend();
