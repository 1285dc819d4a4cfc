/** What the server says and takes, under the names that the page has for it. */

import type { components } from "./api-types";

type Schemas = components["schemas"];

export type Charged = Schemas["Problem"]["charged"];

/** What a refusal says in numbers: what it costs, what the key allows, what is left of that. */
export type Sums = Partial<Pick<Schemas["SpendingRefusal"], "price" | "limit" | "left" | "window">>;

/** RFC 9457 problem document, with what some refusals say beside it. */
export type ProblemDocument = Schemas["Problem"] &
  Sums & {
    retry_after?: number | null;
    current?: Schemas["DraftConflict"]["current"];
  };

export type Session = Schemas["SessionView"];
export type Start = Schemas["StartView"];
export type State = Schemas["StateView"];

export type Job = Schemas["JobView"];
export type JobImage = Schemas["JobImage"];
export type JobKind = Job["kind"];
export type JobState = Job["state"];
export type JobChange = Schemas["JobChangeIn"];
export type Preview = Schemas["JobPreview"];

/** What is ordered. */
export type OrderBody = Pick<Schemas["JobIn"], "kind" | "params"> &
  Partial<Pick<Schemas["JobIn"], "templates" | "replay">>;

/** What can be ordered, and priced before: parameters, or the job of an id once more. */
export type Order = Partial<Schemas["CostIn"]>;

export type Models = Schemas["ModelsView"];
export type Model = Schemas["ModelView"];
export type DirectorTool = Schemas["ToolView"];
export type Cost = Schemas["CostView"];
export type Tokens = Schemas["TokensView"];
export type Tag = Schemas["TagView"];
export type PastPrompt = Schemas["PromptView"];

export type GalleryPage = Schemas["ImagePage"];
export type GalleryImage = Schemas["ImageView"];
/** A picture that was asked for alone, with its settings. */
export type PictureDetails = Schemas["ImageDetails"];
export type Roll = Schemas["ImageRoll"];
export type BatchAction = Schemas["BatchIn"]["action"];
export type Collection = Schemas["CollectionView"];

export type Upload = Schemas["UploadView"];
export type Inspection = Schemas["Inspection"];
export type Vibe = Schemas["VibeView"];
export type DraftAnswer = Schemas["DraftView"];

export type Key = Schemas["KeyView"];
export type Scope = Key["scopes"][number];
export type NewKey = Schemas["KeyMade"];
export type Refusal = Schemas["RefusalView"];
export type Account = Schemas["AccountView"];
export type Allowance = Schemas["AllowanceView"];
export type Usage = Schemas["UsageView"];
export type UsageRow = Schemas["UsageRowView"];
export type UsageBy = Extract<keyof UsageRow, "day" | "key" | "model">;

/** What a key may do; a budget that is null has no limit. */
export type Limits = Omit<Pick<Key, keyof Schemas["KeyChangeIn"]>, "weight">;

export type ServerEvent = Schemas["ServerEvent"];
export type EventName = ServerEvent["event"];

/** Parameters of a generation as the server takes them. Unset fields keep the server's default. */
export type Params = Record<string, unknown>;

/** Parameters read back from a picture: no pictures in them, and the names of what is missing. */
export type Settings = Params & { missing?: string[] };

/** How a picture is named inside parameters. */
export type PictureRef = { upload: string } | { image: string } | { job: string; sha256: string };

/** A picture that can be shown and used again. */
export interface Picture {
  ref: PictureRef;
  url: string;
  thumb: string;
  width: number;
  height: number;
}
