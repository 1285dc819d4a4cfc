/** Keys, accounts and what was used, as the server says and takes them. */

export interface Key {
  id: string;
  name: string;
  prefix: string;
  scopes: ("generate" | "read" | "admin")[];
  models: string[] | null;
  free_only: boolean;
  budget_job: number | null;
  budget_day: number | null;
  budget_week: number | null;
  budget_month: number | null;
  allowance_month: number | null;
  max_queued: number;
  rate_minute: number;
  weight: number;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
}

export interface Account {
  id: string;
  label: string;
  enabled: boolean;
  health: "ok" | "refused" | "unreachable";
  anlas: number | null;
  tier: number | null;
  tier_name: string;
  opus: boolean;
  allowance_percent: number | null;
  allowance_exhausted: boolean;
  busy: boolean;
  cooling_until: number | null;
  balance_at: number | null;
  proxy: boolean;
  created_at: number;
}

/** What a key may do; a budget that is null has no limit. */
export type Limits = Pick<
  Key,
  | "scopes"
  | "models"
  | "free_only"
  | "budget_job"
  | "budget_day"
  | "budget_week"
  | "budget_month"
  | "allowance_month"
  | "max_queued"
  | "rate_minute"
  | "expires_at"
>;

export interface NewKey {
  key: Key;
  secret: string;
  webhook_secret: string | null;
}

export type UsageBy = "day" | "key" | "model";

export interface UsageRow {
  day?: string;
  key?: string | null;
  model?: string | null;
  jobs: number;
  images: number;
  anlas: number;
  allowance: number;
}

export interface Usage {
  rows: UsageRow[];
  total: UsageRow;
}
