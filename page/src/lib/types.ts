/** What the server says and takes, as JSON. */

import type { Account, Key } from "./accounting";

export type Charged = "no" | "yes" | "unknown";

export interface FieldProblem {
  field: string;
  message: string;
}

/** RFC 9457 problem document. */
export interface ProblemDocument {
  title: string;
  status: number;
  detail: string;
  code: string;
  charged: Charged;
  errors?: FieldProblem[];
  retry_after?: number | null;
  current?: unknown;
}

export interface Session {
  mode: "local" | "keys";
  authenticated: boolean;
  demo: boolean;
  version: string;
  languages: string[];
  key: Key | null;
}

/** How a picture is named inside parameters. */
export type PictureRef = { upload: string } | { image: string } | { sha256: string };

/** A picture that can be shown and used again. */
export interface Picture {
  ref: PictureRef;
  url: string;
  thumb: string;
  width: number;
  height: number;
}

export interface JobImage {
  id: string;
  url: string;
  thumb: string;
  seed: number | null;
  width: number;
  height: number;
  media_type: string;
}

export type JobState = "queued" | "running" | "succeeded" | "failed" | "cancelled" | "uncertain";

export interface JobError {
  code: string;
  detail: string;
  status?: number | null;
  charged: Charged;
  retry_after?: number | null;
}

export interface JobSummary {
  prompt: string;
  /** Unknown for a tool before its picture was opened. */
  width: number | null;
  height: number | null;
  steps: number | null;
  seed: number | null;
  n_samples: number;
  tool?: string | null;
}

export interface Job {
  id: string;
  kind: "generate" | "tool" | "upscale" | "encode_vibe";
  state: JobState;
  door: string;
  model: string | null;
  position: number | null;
  eta_seconds: number | null;
  created_at: number;
  started_at: number | null;
  finished_at: number | null;
  attempts: number;
  cost_max: number;
  cost: number | null;
  price: number | null;
  allowance: number;
  charged: Charged;
  priority: number;
  summary: JobSummary;
  params?: Params | null;
  images: JobImage[];
  vibes: { id: string; model: string; info_extracted: number }[];
  error: JobError | null;
}

export interface State {
  epoch: string;
  seq: number;
  event_id: string;
  paused: boolean;
  demo: boolean;
  version: string;
  queue: Job[];
  running: Job[];
  uncertain: Job[];
  recent: Job[];
  account: Account | null;
  accounts: Account[];
  limits: Key | null;
}

export interface Preview {
  id: string;
  step: number;
  steps: number;
  rev: number;
  sample: number;
  url: string;
}

export interface Model {
  id: string;
  name: string;
  generation: string;
  sizes: Record<string, [number, number]>;
  samplers: { id: string; name: string }[];
  noise_schedules: string[];
  uc_presets: string[];
  quality_presets: string[];
  defaults: { steps: number; scale: number; sampler: string; noise_schedule: string };
  max_pixels: number;
  max_steps: number;
  max_scale: number;
  characters: number;
  character_places: "grid" | "free" | null;
  vibes: "encoded" | "plain" | null;
  max_vibes: number;
  references: number;
  inpainting: boolean;
  variety: boolean;
  transparent: boolean;
  smea: boolean;
  allowance: boolean;
  token_limit: number | null;
}

export interface Models {
  default: string;
  models: Model[];
  tools: unknown[];
}

export interface Cost {
  anlas: number | null;
  allowance: number;
  free: boolean;
  balance: number | null;
  estimate: Record<string, number> | null;
  warnings: string[];
}

export interface Tag {
  tag: string;
  count: number;
  confidence: number | null;
  alias: string | null;
  translation: string | null;
}

export interface PastPrompt {
  prompt: string;
  negative_prompt: string | null;
  used_at: number;
  image: string | null;
}

export interface GalleryImage {
  id: string;
  url: string;
  thumb: string;
  width: number;
  height: number;
  media_type: string;
  bytes: number;
  kind: string;
  model: string | null;
  seed: number | null;
  prompt: string;
  negative_prompt: string | null;
  favourite: boolean;
  created_at: number;
  deleted_at: number | null;
  job_id: string | null;
  sources: { sha256: string; image: string | null }[];
  settings?: Settings | null;
}

export interface GalleryPage {
  images: GalleryImage[];
  next: string | null;
  total: number;
}

/** Parameters of a generation as the server takes them. Unset fields keep the server's default. */
export type Params = Record<string, unknown>;

/** Parameters read back from a picture: no pictures in them, and the names of what is missing. */
export type Settings = Params & { missing?: string[] };

export interface Upload {
  sha256: string;
  media_type: string;
  width: number;
  height: number;
  bytes: number;
  url: string;
  settings: Settings | null;
}

export interface Inspection {
  format: string;
  width: number;
  height: number;
  source: "text" | "exif" | "stealth" | null;
  signed: boolean | null;
  settings: Settings | null;
  raw: Record<string, unknown> | null;
  other: Record<string, unknown> | null;
  note: string | null;
}

export interface Vibe {
  id: string;
  name: string;
  model: string;
  info_extracted: number;
  source: { sha256: string } | null;
  thumb: string | null;
  created_at: number;
}

export interface DraftAnswer {
  revision: number;
  document: unknown;
  updated_at: number | null;
}

/** All that the page begins with; a stranger gets the session alone. */
export interface Start {
  session: Session;
  models: Models | null;
  state: State | null;
  draft: DraftAnswer | null;
}
