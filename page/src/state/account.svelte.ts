/** The NovelAI account behind the server: balance and allowance. */

import { api } from "../lib/api";
import type { Account } from "../lib/types";

class AccountState {
  /** The account that pays for this person's pictures; null before the server said so. */
  current = $state.raw<Account | null>(null);
  all = $state.raw<Account[]>([]);

  set(current: Account | null, all?: Account[]): void {
    this.current = current;
    if (all) this.all = all;
  }

  /** Ask NovelAI for the balance when the server has none yet. */
  async refresh(): Promise<void> {
    if (!this.current || this.current.balance_at) return;
    const fresh = await api.account().catch(() => null);
    if (fresh) this.update(fresh);
  }

  /** Take one account's news from an event. */
  update(account: Account): void {
    this.all = this.all.map((known) => (known.id === account.id ? account : known));
    if (!this.current || this.current.id === account.id) this.current = account;
  }
}

export const account = new AccountState();
