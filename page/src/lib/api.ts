/** The server's API: one function per request, problems as exceptions. */

import type {
  Account,
  BatchAction,
  Collection,
  Cost,
  DraftAnswer,
  GalleryImage,
  GalleryPage,
  Inspection,
  Job,
  JobChange,
  Key,
  Limits,
  Models,
  NewKey,
  Order,
  OrderBody,
  Params,
  PastPrompt,
  PictureDetails,
  ProblemDocument,
  Refusal,
  Session,
  State,
  Tag,
  Tokens,
  Upload,
  Usage,
  UsageBy,
  Vibe,
} from "./types";

/** The server refused; `document.code` says why. */
export class Problem extends Error {
  constructor(readonly document: ProblemDocument) {
    super(document.detail);
    this.name = "Problem";
  }

  get code(): string {
    return this.document.code;
  }
}

/** No answer came: whether the server got the request is not known. */
export class Offline extends Error {
  constructor() {
    super("The server cannot be reached.");
    this.name = "Offline";
  }
}

/** Called for every answer with status 401. */
export const onUnauthenticated: { call: () => void } = { call: () => {} };

interface Options {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  json?: unknown;
  body?: Blob;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** Send a request and return its JSON.
 *  Throws `Problem` for a refusal, `Offline` without an answer, and the browser's `AbortError`. */
export async function request<T>(path: string, options: Options = {}): Promise<T> {
  const answer = await send(path, options);
  if (answer.status === 204) return undefined as T;
  if (!answer.ok) throw await problemOf(answer);
  return (await answer.json()) as T;
}

async function send(path: string, { method, json, body, headers: more, signal }: Options) {
  // Tells the server not to make the browser ask for a password in a window of its own.
  const headers = { "X-Requested-With": "novelai-page", ...more };
  const init: RequestInit = { method: method ?? "GET", headers: { ...headers } };
  if (signal) init.signal = signal;
  if (json !== undefined) {
    init.body = JSON.stringify(json);
    init.headers = { ...headers, "content-type": "application/json" };
  } else if (body) {
    init.body = body;
    init.headers = { ...headers, "content-type": body.type || "application/octet-stream" };
  }
  try {
    return await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Offline();
  }
}

async function problemOf(answer: Response): Promise<Problem> {
  if (answer.status === 401) onUnauthenticated.call();
  let found: Partial<ProblemDocument> = {};
  try {
    found = (await answer.json()) as Partial<ProblemDocument>;
  } catch {
    // A proxy in front answered with something else; the status says enough.
  }
  return new Problem({
    ...found,
    type: found.type ?? "about:blank",
    title: found.title ?? answer.statusText,
    status: answer.status,
    detail: found.detail ?? `The server answered with status ${answer.status}.`,
    code: found.code ?? `http_${answer.status}`,
    charged: found.charged ?? "no",
    errors: found.errors ?? [],
  });
}

/** Make the query of an address; empty values are left out. */
export function queryString(
  values: Record<string, string | number | boolean | null | undefined>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== "" && value !== false) {
      search.set(name, String(value));
    }
  }
  const text = search.toString();
  return text ? `?${text}` : "";
}

export const api = {
  session: () => request<Session>("/api/session"),
  login: (key: string) => request<Session>("/api/session", { method: "POST", json: { key } }),
  logout: () => request<void>("/api/session", { method: "DELETE" }),

  state: () => request<State>("/api/state"),
  account: () => request<Account | null>("/api/account"),
  models: () => request<Models>("/api/models"),

  order: (body: OrderBody, key: string) =>
    request<Job>("/api/jobs", {
      method: "POST",
      json: body,
      headers: { "Idempotency-Key": key },
    }),
  job: (id: string) => request<Job>(`/api/jobs/${id}`),
  change: (id: string, change: JobChange) =>
    request<Job>(`/api/jobs/${id}`, { method: "PATCH", json: change }),
  cancel: (id: string) => request<Job>(`/api/jobs/${id}`, { method: "DELETE" }),
  cancelAll: () => request<{ cancelled: number }>("/api/jobs", { method: "DELETE" }),
  resolve: (id: string, charged: boolean) =>
    request<Job>(`/api/jobs/${id}/resolve`, { method: "POST", json: { charged } }),
  again: (id: string, changes: Params = {}) =>
    request<Job>(`/api/jobs/${id}/again`, { method: "POST", json: { changes } }),
  pause: (paused: boolean) =>
    request<{ paused: boolean }>("/api/queue", { method: "POST", json: { paused } }),

  cost: (order: Order, signal?: AbortSignal) =>
    request<Cost>("/api/cost", { method: "POST", json: order, signal }),
  tokens: (params: Params, signal?: AbortSignal) =>
    request<Tokens>("/api/tokens", { method: "POST", json: { params }, signal }),
  tags: (q: string, model: string, lang: string, signal?: AbortSignal) =>
    request<{ tags: Tag[] }>(`/api/tags${queryString({ q, model, lang, limit: 12 })}`, { signal }),
  prompts: (q: string, limit = 30) =>
    request<{ prompts: PastPrompt[] }>(`/api/prompts${queryString({ q, limit })}`),

  draft: () => request<DraftAnswer>("/api/draft"),
  saveDraft: (document: unknown, revision: number) =>
    request<{ revision: number }>("/api/draft", { method: "PUT", json: { document, revision } }),

  upload: (picture: Blob) => request<Upload>("/api/uploads", { method: "POST", body: picture }),
  inspect: (file: Blob) => request<Inspection>("/api/metadata", { method: "POST", body: file }),

  images: (
    filter: Record<string, string | number | boolean | null | undefined>,
    signal?: AbortSignal,
  ) => request<GalleryPage>(`/api/images${queryString(filter)}`, { signal }),
  image: (id: string) => request<PictureDetails>(`/api/images/${id}`),
  favourite: (id: string, favourite: boolean) =>
    request<GalleryImage>(`/api/images/${id}`, { method: "PATCH", json: { favourite } }),
  bin: (id: string) => request<GalleryImage>(`/api/images/${id}`, { method: "DELETE" }),
  restore: (id: string) => request<GalleryImage>(`/api/images/${id}/restore`, { method: "POST" }),
  batch: (ids: string[], action: BatchAction) =>
    request<{ changed: number }>("/api/images/batch", { method: "POST", json: { ids, action } }),

  collections: () => request<{ collections: Collection[] }>("/api/collections"),
  addCollection: (name: string) =>
    request<Collection>("/api/collections", { method: "POST", json: { name } }),
  changeCollection: (id: string, change: { name: string }) =>
    request<Collection>(`/api/collections/${id}`, { method: "PATCH", json: change }),
  deleteCollection: (id: string) =>
    request<Collection>(`/api/collections/${id}`, { method: "DELETE" }),
  restoreCollection: (id: string) =>
    request<Collection>(`/api/collections/${id}/restore`, { method: "POST" }),
  fillCollection: (id: string, change: { add?: string[]; remove?: string[] }) =>
    request<{ added: string[]; removed: string[] }>(`/api/collections/${id}/images`, {
      method: "POST",
      json: change,
    }),

  /** Keep what a vibe file holds, so that it is not paid for again. */
  takeVibes: (file: Blob) =>
    request<{ vibes: Vibe[] }>("/api/vibes", { method: "POST", body: file }),
  vibes: () => request<{ vibes: Vibe[] }>("/api/vibes"),

  accounts: () => request<{ accounts: Account[] }>("/api/accounts"),
  addAccount: (account: { token: string; label?: string; proxy?: string }) =>
    request<Account>("/api/accounts", { method: "POST", json: account }),
  changeAccount: (id: string, change: { label?: string; enabled?: boolean }) =>
    request<Account>(`/api/accounts/${id}`, { method: "PATCH", json: change }),
  removeAccount: (id: string) => request<void>(`/api/accounts/${id}`, { method: "DELETE" }),
  refreshAccount: (id: string) =>
    request<Account>(`/api/accounts/${id}/refresh`, { method: "POST" }),

  keys: () => request<{ keys: Key[] }>("/api/keys"),
  refusals: () => request<{ refusals: Refusal[] }>("/api/refusals"),
  addKey: (key: { name: string } & Limits) =>
    request<NewKey>("/api/keys", { method: "POST", json: key }),
  changeKey: (id: string, limits: Limits) =>
    request<Key>(`/api/keys/${id}`, { method: "PATCH", json: limits }),
  revokeKey: (id: string) => request<unknown>(`/api/keys/${id}`, { method: "DELETE" }),

  usage: (by: UsageBy, since: number) => request<Usage>(`/api/usage${queryString({ by, since })}`),
};
