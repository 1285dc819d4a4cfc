/** Who is at the page, and whether a key is needed. */

import { api, onUnauthenticated } from "../lib/api";
import { SCOPES } from "../lib/api-types";
import type { Key, Scope, Session } from "../lib/types";

class SessionState {
  current = $state.raw<Session | null>(null);
  /** A cookie ran out while the page was in use: what was written is still here. */
  isExpired = $state(false);

  get isDemo(): boolean {
    return this.current?.demo ?? false;
  }

  get mustLogIn(): boolean {
    return (
      this.isExpired ||
      (this.current !== null && this.current.mode === "keys" && !this.current.authenticated)
    );
  }

  get scopes(): readonly Scope[] {
    return this.current?.key?.scopes ?? SCOPES;
  }

  /** The key of somebody who may not spend what they like; null for all others. */
  get limitedKey(): Key | null {
    const key = this.current?.key;
    if (!key || key.scopes.includes("admin")) return null;
    const { free_only, budget_job, budget_day, budget_week, budget_month } = key;
    const most = [budget_job, budget_day, budget_week, budget_month];
    return free_only || most.some((limit) => limit !== null) ? key : null;
  }

  constructor() {
    onUnauthenticated.call = () => {
      if (this.current?.authenticated) this.isExpired = true;
    };
  }

  /** Throws `Offline` or `Problem`. */
  async load(): Promise<void> {
    this.current = await api.session();
    this.isExpired = this.current.mode === "keys" && !this.current.authenticated && this.isExpired;
  }

  /** Throws `Problem` with the code `unauthenticated` when the key is wrong. */
  async login(key: string): Promise<void> {
    this.current = await api.login(key);
    this.isExpired = false;
  }

  async logout(): Promise<void> {
    await api.logout();
    await this.load();
  }
}

export const session = new SessionState();
