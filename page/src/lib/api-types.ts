/** The server's API. Generated from its OpenAPI document: change the server, not this file. */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AccountChangeIn
         * @description What to change of an account; what is left out stays.
         *
         *     Attributes:
         *         enabled: whether jobs run on it.
         *         proxy: ``null`` takes it away.
         */
        AccountChangeIn: {
            /** Enabled */
            enabled?: boolean | null;
            /** Label */
            label?: string | null;
            /** Proxy */
            proxy?: string | null;
        };
        /**
         * AccountEvent
         * @description Something about an account changed, such as its balance.
         *
         *     Attributes:
         *         data: the account as it is now.
         */
        AccountEvent: {
            data: components["schemas"]["AccountView"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "account";
            /** Id */
            id?: string | null;
        };
        /**
         * AccountIn
         * @description An account to leave here.
         *
         *     Attributes:
         *         token: a persistent token of NovelAI, ``pst-...``. It is stored encrypted.
         *         label: for people.
         *         proxy: address of a proxy for this account's calls.
         */
        AccountIn: {
            /**
             * Label
             * @default
             */
            label: string;
            /** Proxy */
            proxy?: string | null;
            /**
             * Token
             * Format: password
             */
            token: string;
        };
        /**
         * AccountList
         * @description An owner's accounts, oldest first.
         */
        AccountList: {
            /** Accounts */
            accounts: components["schemas"]["AccountView"][];
        };
        /**
         * AccountView
         * @description An account, without its token.
         *
         *     Attributes:
         *         health: ``refused`` when NovelAI did not take its token.
         *         anlas: the balance when it was last asked for.
         *         tier: 0 none to 3 Opus.
         *         allowance_percent: what is left of the V5 allowance.
         *         allowance_exhausted: it is used up: V5 pictures cost Anlas.
         *         allowance: more of it; ``null`` below Opus.
         *         busy: a generation runs on it, or its outcome is not known yet.
         *         cooling_until: it starts nothing before then, unix seconds.
         *         proxy: it has a proxy of its own.
         */
        AccountView: {
            allowance: components["schemas"]["AllowanceView"] | null;
            /** Allowance Exhausted */
            allowance_exhausted: boolean;
            /** Allowance Percent */
            allowance_percent: number | null;
            /** Anlas */
            anlas: number | null;
            /** Balance At */
            balance_at: number | null;
            /** Busy */
            busy: boolean;
            /** Cooling Until */
            cooling_until: number | null;
            /** Created At */
            created_at: number;
            /** Enabled */
            enabled: boolean;
            /**
             * Health
             * @enum {string}
             */
            health: "ok" | "refused" | "unreachable";
            /** Id */
            id: string;
            /** Label */
            label: string;
            /** Opus */
            opus: boolean;
            /** Proxy */
            proxy: boolean;
            /** Tier */
            tier: number | null;
            /** Tier Name */
            tier_name: string | null;
        };
        /**
         * AgainCellsIn
         * @description Cells that are to be done again.
         *
         *     Attributes:
         *         cells: their numbers; ``failed``; or ``missing``: the failed and the cancelled.
         *         seed: the same, or a new one for each.
         *         changes: parameters by name that are different this time; ``null`` takes one away.
         *         accept_anlas: what all of it may cost. Needed when it is not free.
         */
        AgainCellsIn: {
            /** Accept Anlas */
            accept_anlas?: number | null;
            /** Cells */
            cells: number[] | ("failed" | "missing");
            /** Changes */
            changes?: {
                [key: string]: unknown;
            };
            /**
             * Seed
             * @default same
             * @enum {string}
             */
            seed: "same" | "new";
        };
        /**
         * AgainIn
         * @description What is different this time.
         *
         *     Attributes:
         *         changes: parameters by name; ``null`` takes one away.
         */
        AgainIn: {
            /** Changes */
            changes?: {
                [key: string]: unknown;
            };
        };
        /**
         * AllowanceView
         * @description The allowance of free V5 pictures, as it was when the balance was asked for.
         *
         *     It refills by itself all the time until it is full; it does not renew with the subscription.
         *
         *     Attributes:
         *         percent: what is left; can pass 100, and be below 0.
         *         images_left: about how many V5 pictures that are; V5 Full (Medium) drains less.
         *         refill_per_day: percent it gains in a day; 0 while it is paused.
         *         full_at: when it is full if nothing is drawn, unix seconds; ``null`` when it is already, or
         *             when that is not known.
         *         paused: it gains nothing: it is full, at 100 percent or above.
         *         low: below 5 percent, or used up.
         *         purchased_percent: 0 to 300, bought on top.
         */
        AllowanceView: {
            /** Full At */
            full_at: number | null;
            /** Images Left */
            images_left: number;
            /** Low */
            low: boolean;
            /** Paused */
            paused: boolean;
            /** Percent */
            percent: number;
            /** Purchased Percent */
            purchased_percent: number;
            /** Refill Per Day */
            refill_per_day: number;
        };
        /**
         * AxisIn
         * @description What varies, and its values: one of ``field``, ``fields``, ``list`` and ``tags``.
         *
         *     Attributes:
         *         field: a parameter, such as ``steps`` or ``characters.0.prompt``.
         *         fields: several of them; each value is a list of theirs.
         *         list: the name of a list, or a choice as it stands in the prompt; without ``values`` all of
         *             its options.
         *         values: of the fields, or some options of the list.
         *         tags: what is added to the prompt; ``null`` adds nothing, to compare with.
         */
        AxisIn: {
            /** Field */
            field?: string | null;
            /** Fields */
            fields?: string[] | null;
            /** List */
            list?: string | null;
            /** Tags */
            tags?: (string | null)[] | null;
            /** Values */
            values?: unknown[] | null;
        };
        /**
         * BatchDone
         * @description How many pictures there were.
         */
        BatchDone: {
            /** Changed */
            changed: number;
        };
        /**
         * BatchIn
         * @description What to do with several pictures.
         *
         *     Attributes:
         *         action: ``delete`` deletes for good, the bytes too.
         */
        BatchIn: {
            /**
             * Action
             * @enum {string}
             */
            action: "favourite" | "unfavourite" | "bin" | "restore" | "delete";
            /** Ids */
            ids: string[];
        };
        /**
         * BudgetView
         * @description What texts use of the tokens that they share.
         *
         *     Attributes:
         *         tokens: of all of them.
         *         limit: how many the model reads; the rest is cut off. ``null`` when it is unknown.
         *         base: of the prompt itself, or the undesired content, with what is added to it.
         *         characters: of each character that was named; 0 for one that is not sent.
         */
        BudgetView: {
            /** Base */
            base: number;
            /** Characters */
            characters: number[];
            /** Limit */
            limit: number | null;
            /** Tokens */
            tokens: number;
        };
        /**
         * CellPage
         * @description Cells of a series, in order.
         *
         *     Attributes:
         *         next: goes into ``from`` for those behind them.
         */
        CellPage: {
            /** Cells */
            cells: components["schemas"]["CellView"][];
            /** Next */
            next?: number | null;
            /** Total */
            total: number;
        };
        /**
         * CellView
         * @description A cell of a series.
         *
         *     Attributes:
         *         take: how often it was done before.
         *         job: the id of its newest job, as long as that is kept.
         *         images: ids of its newest take's pictures that are in the gallery.
         *         prompt: the first 200 characters.
         *         same_as: the cell whose picture it shows.
         *         reason: why it is skipped.
         *         error: what went wrong.
         *         cost: Anlas it was charged with, all takes together.
         */
        CellView: {
            /** Cell */
            cell: number;
            /** Cost */
            cost?: number | null;
            /** Error */
            error?: ({
                available?: number;
                /** @enum {string} */
                charged?: "no" | "yes" | "unknown";
                code: string;
                detail: string;
                required?: number;
                retry_after?: number;
            } & {
                [key: string]: unknown;
            }) | null;
            /**
             * Images
             * @default []
             */
            images: string[];
            /** Job */
            job?: string | null;
            /** Labels */
            labels: string[];
            /** Line */
            line: number;
            /** Place */
            place: number[];
            /**
             * Prompt
             * @default
             */
            prompt: string;
            /** Reason */
            reason?: string | null;
            /** Round */
            round: number;
            /** Same As */
            same_as?: number | null;
            /** Seed */
            seed?: number | null;
            /**
             * State
             * @enum {string}
             */
            state: "waiting" | "running" | "done" | "failed" | "cancelled" | "uncertain" | "skipped";
            /**
             * Take
             * @default 0
             */
            take: number;
        };
        /**
         * CollectionChange
         * @description Which collection changed.
         *
         *     Attributes:
         *         deleted: it went into the bin.
         */
        CollectionChange: {
            /** Deleted */
            deleted: boolean;
            /** Id */
            id: string;
        };
        /**
         * CollectionChangeIn
         * @description What to change of a collection.
         *
         *     Attributes:
         *         name: another name.
         *         cover: the id of a picture in it that stands for it.
         */
        CollectionChangeIn: {
            /** Cover */
            cover?: string | null;
            /** Name */
            name?: string | null;
        };
        /**
         * CollectionEvent
         * @description A collection came, went, or holds other pictures.
         */
        CollectionEvent: {
            data: components["schemas"]["CollectionChange"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "collection";
            /** Id */
            id?: string | null;
        };
        /**
         * CollectionFilled
         * @description A collection after pictures were put in or taken out.
         *
         *     Attributes:
         *         added: ids of pictures that were not in it before.
         *         removed: ids of pictures that were.
         */
        CollectionFilled: {
            /** Added */
            added: string[];
            collection: components["schemas"]["CollectionView"];
            /** Removed */
            removed: string[];
        };
        /**
         * CollectionIn
         * @description A collection to make.
         *
         *     Attributes:
         *         name: up to 100 characters; two of a key do not have the same.
         */
        CollectionIn: {
            /** Name */
            name: string;
        };
        /**
         * CollectionList
         * @description Collections, the last used first.
         */
        CollectionList: {
            /** Collections */
            collections: components["schemas"]["CollectionView"][];
        };
        /**
         * CollectionView
         * @description A collection.
         *
         *     Attributes:
         *         mine: it is the caller's own; administrators see those of their owner's other keys.
         *         cover: the id of the picture that stands for it; ``null``: there is none in it.
         *         count: how many pictures are in it, without those in the bin.
         *         created_at: unix seconds.
         *         used_at: when a picture was put in or taken out last.
         *         deleted_at: when it went into the bin, where it is kept for 30 days.
         */
        CollectionView: {
            /** Count */
            count: number;
            /** Cover */
            cover: string | null;
            /** Created At */
            created_at: number;
            /** Deleted At */
            deleted_at: number | null;
            /** Id */
            id: string;
            /** Mine */
            mine: boolean;
            /** Name */
            name: string;
            /** Used At */
            used_at: number;
        };
        /**
         * CostIn
         * @description A job to price; as for ``POST /api/jobs``.
         *
         *     Attributes:
         *         job: the id of the one that is changed, whose own pictures may be named by sha256.
         *         params: without them, that job is priced as it would be if it was ordered again.
         */
        CostIn: {
            /** Job */
            job?: string | null;
            /**
             * Kind
             * @default generate
             * @enum {string}
             */
            kind: "generate" | "tool" | "upscale" | "encode_vibe";
            /** Params */
            params?: {
                [key: string]: unknown;
            } | null;
        };
        /**
         * CostView
         * @description What a job would cost.
         *
         *     Attributes:
         *         anlas: at most, on the dearest of the caller's accounts; ``null`` when it is unknown.
         *         allowance: free V5 pictures it uses.
         *         free: it costs nothing.
         *         balance: Anlas of the caller's first account, when it was last asked for.
         *         estimate: how the price comes about, on the first account.
         *         left: Anlas that the caller's key may still spend; ``null`` if nothing limits it.
         *         refused: why the key may not order it now; ``null`` if it may.
         *         warnings: sentences: what speaks against it.
         */
        CostView: {
            /** Allowance */
            allowance: number;
            /** Anlas */
            anlas: number | null;
            /** Balance */
            balance: number | null;
            /** Estimate */
            estimate: {
                [key: string]: unknown;
            };
            /** Free */
            free: boolean;
            /** Left */
            left: number | null;
            refused: components["schemas"]["SpendingRefusal"] | null;
            /** Warnings */
            warnings: string[];
        };
        /**
         * DefaultsView
         * @description What a model starts with.
         */
        DefaultsView: {
            /** Noise Schedule */
            noise_schedule: string;
            /** Sampler */
            sampler: string;
            /** Scale */
            scale: number;
            /** Size */
            size: string;
            /** Steps */
            steps: number;
            /** Uc Preset */
            uc_preset: string;
        };
        /**
         * DraftConflict
         * @description Somebody saved in between.
         *
         *     Attributes:
         *         current: what they saved.
         */
        DraftConflict: {
            /** Available */
            available?: number | null;
            /**
             * Charged
             * @default no
             * @enum {string}
             */
            charged: "no" | "yes" | "unknown";
            /** Code */
            code: string;
            current: components["schemas"]["DraftView"];
            /** Detail */
            detail: string;
            /** End */
            end?: number | null;
            /**
             * Errors
             * @default []
             */
            errors: components["schemas"]["FieldProblem"][];
            /** Kind */
            kind?: string | null;
            /** Request Id */
            request_id?: string | null;
            /** Required */
            required?: number | null;
            /** Start */
            start?: number | null;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /**
             * Type
             * @default about:blank
             */
            type: string;
        };
        /**
         * DraftEvent
         * @description The draft was saved.
         */
        DraftEvent: {
            data: components["schemas"]["DraftRevision"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "draft";
            /** Id */
            id?: string | null;
        };
        /**
         * DraftIn
         * @description A draft to save.
         *
         *     Attributes:
         *         document: any JSON, at most 2 MB of text.
         *         revision: that it was made from; 0 for the first.
         */
        DraftIn: {
            /** Document */
            document: unknown;
            /** Revision */
            revision: number;
        };
        /**
         * DraftRevision
         * @description Which revision of the draft there is now.
         */
        DraftRevision: {
            /** Revision */
            revision: number;
        };
        /**
         * DraftSaved
         * @description The revision that was saved.
         */
        DraftSaved: {
            /** Revision */
            revision: number;
        };
        /**
         * DraftView
         * @description A draft.
         *
         *     Attributes:
         *         revision: 0 when nothing was saved yet.
         *         updated_at: unix seconds.
         */
        DraftView: {
            /** Document */
            document?: unknown;
            /** Revision */
            revision: number;
            /** Updated At */
            updated_at: number | null;
        };
        /**
         * Enhancement
         * @description A way to draw a picture again, cleaner.
         *
         *     Attributes:
         *         magnitude: how free it is, from 1.
         *         scale: how much wider and higher it gets, about; ``max``: as much as can be (V5).
         *         size: width and height in pixels of what comes back.
         *         changes: parameters by name, to take in place of those in its settings.
         */
        Enhancement: {
            /** Changes */
            changes: {
                [key: string]: unknown;
            };
            /** Magnitude */
            magnitude: number;
            /** Scale */
            scale: number | "max";
            /** Size */
            size: [
                number,
                number
            ];
        };
        /**
         * EntryChangeIn
         * @description What is to stand in an entry's place.
         *
         *     Attributes:
         *         revision: that it was made from.
         */
        EntryChangeIn: {
            /**
             * Kind
             * @default list
             * @enum {string}
             */
            kind: "list" | "snippet";
            /** Name */
            name: string;
            /**
             * Note
             * @default
             */
            note: string;
            /** Revision */
            revision: number;
            /**
             * Shared
             * @default false
             */
            shared: boolean;
            /** Text */
            text: string;
            /**
             * Undesired
             * @default
             */
            undesired: string;
        };
        /**
         * EntryConflict
         * @description Somebody changed the entry in between.
         *
         *     Attributes:
         *         current: the entry as it is.
         */
        EntryConflict: {
            /** Available */
            available?: number | null;
            /**
             * Charged
             * @default no
             * @enum {string}
             */
            charged: "no" | "yes" | "unknown";
            /** Code */
            code: string;
            current: components["schemas"]["EntryView"];
            /** Detail */
            detail: string;
            /** End */
            end?: number | null;
            /**
             * Errors
             * @default []
             */
            errors: components["schemas"]["FieldProblem"][];
            /** Kind */
            kind?: string | null;
            /** Request Id */
            request_id?: string | null;
            /** Required */
            required?: number | null;
            /** Start */
            start?: number | null;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /**
             * Type
             * @default about:blank
             */
            type: string;
        };
        /**
         * EntryIn
         * @description An entry to keep.
         *
         *     Attributes:
         *         kind: what templates find behind the name: one line of a list, or the text of a snippet.
         *         name: letters, digits, blanks and ``_ - . / ' & + ( )``, at most 64, no ``_`` at its ends.
         *         text: of a list one option a line, up to 256 KiB and 10,000 options; of a snippet the text
         *             itself, up to 16 KiB. Both may hold choices and names.
         *         undesired: of a snippet what is added, once, to the negative prompt when it is used.
         *         note: for people.
         *         shared: all keys of the owner may use it; needs scope ``admin``.
         */
        EntryIn: {
            /**
             * Kind
             * @default list
             * @enum {string}
             */
            kind: "list" | "snippet";
            /** Name */
            name: string;
            /**
             * Note
             * @default
             */
            note: string;
            /**
             * Shared
             * @default false
             */
            shared: boolean;
            /** Text */
            text: string;
            /**
             * Undesired
             * @default
             */
            undesired: string;
        };
        /**
         * EntryLine
         * @description An entry in a list.
         *
         *     Attributes:
         *         mine: it is the caller's own; others' can be used, and changed by an administrator.
         *         preview: how its text begins.
         *         options: of a list how many there are.
         *         revision: grows with each change, from 1.
         *         updated_at: unix seconds.
         *         deleted_at: when it went into the bin, where it is kept for 30 days.
         */
        EntryLine: {
            /** Deleted At */
            deleted_at: number | null;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "list" | "snippet";
            /** Mine */
            mine: boolean;
            /** Name */
            name: string;
            /** Options */
            options: number | null;
            /** Preview */
            preview: string;
            /** Revision */
            revision: number;
            /** Shared */
            shared: boolean;
            /** Updated At */
            updated_at: number;
        };
        /**
         * EntryView
         * @description An entry, whole.
         */
        EntryView: {
            /** Created At */
            created_at: number;
            /** Deleted At */
            deleted_at: number | null;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "list" | "snippet";
            /** Mine */
            mine: boolean;
            /** Name */
            name: string;
            /** Note */
            note: string;
            /** Options */
            options: number | null;
            /** Preview */
            preview: string;
            /** Revision */
            revision: number;
            /** Shared */
            shared: boolean;
            /** Text */
            text: string;
            /** Undesired */
            undesired: string;
            /** Updated At */
            updated_at: number;
        };
        /**
         * ExpandIn
         * @description Templates to expand.
         *
         *     Attributes:
         *         texts: by field, as in the parameters of a picture: ``prompt``, ``negative_prompt``,
         *             ``characters.0.prompt`` and so on.
         *         roll_seed: what the picks follow from; without one it is drawn, and told.
         *         round: the first repetition.
         *         rounds: how many repetitions.
         *         modes: how picks come from a list (by name), a choice (by its text) or all others (``*``).
         *         unknown: ``keep`` leaves a name that nothing has as text.
         */
        ExpandIn: {
            /** Modes */
            modes?: {
                [key: string]: "random" | "shuffle" | "order";
            };
            /** Roll Seed */
            roll_seed?: number | null;
            /**
             * Round
             * @default 0
             */
            round: number;
            /**
             * Rounds
             * @default 1
             */
            rounds: number;
            /** Texts */
            texts: {
                [key: string]: string;
            };
            /**
             * Unknown
             * @default refuse
             * @enum {string}
             */
            unknown: "refuse" | "keep";
        };
        /**
         * ExpandView
         * @description What templates become; with problems there are no rolls.
         */
        ExpandView: {
            /** Problems */
            problems: components["schemas"]["TemplateProblem"][];
            /** Roll Seed */
            roll_seed: number;
            /** Rolls */
            rolls: components["schemas"]["RollView"][];
        };
        /**
         * ExportIn
         * @description Which pictures go into the archive.
         */
        ExportIn: {
            /** Ids */
            ids: string[];
        };
        /**
         * FieldProblem
         * @description What is wrong with one field.
         */
        FieldProblem: {
            /** Field */
            field: string;
            /** Message */
            message: string;
        };
        /**
         * FillIn
         * @description Which pictures go in and out.
         *
         *     Attributes:
         *         add: ids of pictures to put in.
         *         remove: ids of pictures to take out. Both together at most 500.
         */
        FillIn: {
            /** Add */
            add?: string[];
            /** Remove */
            remove?: string[];
        };
        /**
         * GalleryChange
         * @description What changed.
         *
         *     Attributes:
         *         image: the picture's id; ``null`` when it may be any.
         */
        GalleryChange: {
            /** Image */
            image: string | null;
        };
        /**
         * GalleryEvent
         * @description Pictures came, went or changed.
         */
        GalleryEvent: {
            data: components["schemas"]["GalleryChange"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "gallery.changed";
            /** Id */
            id?: string | null;
        };
        /**
         * ImageChangeIn
         * @description What to change of a picture.
         */
        ImageChangeIn: {
            /** Favourite */
            favourite: boolean;
        };
        /**
         * ImageDetails
         * @description A picture with the parameters that lead to it.
         *
         *     Attributes:
         *         settings: as for ``POST /api/jobs``; ``missing`` names the pictures that they lack. A
         *             picture that was upscaled or made by a tool has those of the one it was made from.
         *         order: the whole order that leads to it, for ``POST /api/jobs``: its pictures, too, by name.
         *             ``null`` when the job that drew it was forgotten, or is not the caller's.
         *         applied: what the upscaler or the tool was asked for; ``null`` if it was drawn.
         *         roll: what its texts were as templates, and what was picked; ``null`` if they were none.
         *         variation: parameters to change for pictures that resemble it; ``null`` if it was not drawn.
         *         enhancements: ways to draw it again, cleaner: those of NovelAI's page, its first first.
         */
        ImageDetails: {
            /** Applied */
            applied: {
                [key: string]: unknown;
            } | null;
            /** Bytes */
            bytes: number;
            /** Cell */
            cell: number | null;
            /** Created At */
            created_at: number;
            /** Deleted At */
            deleted_at: number | null;
            /** Derived */
            derived: number;
            /** Derived From */
            derived_from: string | null;
            /** Enhancements */
            enhancements: components["schemas"]["Enhancement"][];
            /** Favourite */
            favourite: boolean;
            /** Height */
            height: number;
            /** Id */
            id: string;
            /** Job Id */
            job_id: string;
            /** Kind */
            kind: string;
            /** Media Type */
            media_type: string;
            /** Model */
            model: string | null;
            /** Negative Prompt */
            negative_prompt: string;
            /** Order */
            order: {
                [key: string]: unknown;
            } | null;
            /** Prompt */
            prompt: string;
            /** Received */
            received: string | null;
            roll: components["schemas"]["ImageRoll"] | null;
            /** Seed */
            seed: number | null;
            /** Series */
            series: string | null;
            /** Settings */
            settings: {
                [key: string]: unknown;
            };
            /** Sources */
            sources: components["schemas"]["ImageSource"][];
            /** Take */
            take: number | null;
            /** Thumb */
            thumb: string;
            /** Url */
            url: string;
            /** Variation */
            variation: {
                [key: string]: unknown;
            } | null;
            /** Width */
            width: number;
        };
        /**
         * ImagePage
         * @description Pictures, newest first unless another order was asked for.
         *
         *     Attributes:
         *         next: goes into ``before`` for those behind them.
         *         total: how many there are without the cursor; counted to 10,000.
         *         counted: ``total`` is all there is; otherwise there are more.
         */
        ImagePage: {
            /** Counted */
            counted: boolean;
            /** Images */
            images: components["schemas"]["ImageView"][];
            /** Next */
            next: number | null;
            /** Total */
            total: number;
        };
        /**
         * ImagePick
         * @description What stood for a choice or a list.
         *
         *     Attributes:
         *         site: its place.
         *         text: what was put there.
         */
        ImagePick: {
            /** Site */
            site: string;
            /** Text */
            text: string;
        };
        /**
         * ImageRoll
         * @description Templates, and what was picked of them.
         *
         *     Attributes:
         *         template: by field, as in the parameters.
         *         roll_seed: what the picks follow from, with ``round``.
         */
        ImageRoll: {
            /** Picks */
            picks: components["schemas"]["ImagePick"][];
            /** Roll Seed */
            roll_seed: number;
            /** Round */
            round: number;
            /** Template */
            template: {
                [key: string]: string;
            };
        };
        /**
         * ImageSource
         * @description A picture that another one was made from.
         *
         *     Attributes:
         *         image: its id, where it is in the gallery.
         */
        ImageSource: {
            /** Image */
            image: string | null;
            /** Sha256 */
            sha256: string;
        };
        /**
         * ImageView
         * @description A picture.
         *
         *     Attributes:
         *         url: its bytes: as NovelAI sent them, or where an inpainting result was laid over its
         *             picture, those of both together.
         *         received: what NovelAI sent, in the latter case; else ``null``.
         *         thumb: a WebP of at most 384 pixels.
         *         deleted_at: in the bin since then, unix seconds.
         *         sources: what it was made from.
         *         derived_from: id of the picture that it is another version of: upscaled, made by a tool,
         *             or drawn from it.
         *         derived: how many versions of it there are, which ``q=from:ID`` lists.
         *         series: the series that it was made for.
         *         cell: its place in there.
         *         take: how often that place was done before.
         */
        ImageView: {
            /** Bytes */
            bytes: number;
            /** Cell */
            cell: number | null;
            /** Created At */
            created_at: number;
            /** Deleted At */
            deleted_at: number | null;
            /** Derived */
            derived: number;
            /** Derived From */
            derived_from: string | null;
            /** Favourite */
            favourite: boolean;
            /** Height */
            height: number;
            /** Id */
            id: string;
            /** Job Id */
            job_id: string;
            /** Kind */
            kind: string;
            /** Media Type */
            media_type: string;
            /** Model */
            model: string | null;
            /** Negative Prompt */
            negative_prompt: string;
            /** Prompt */
            prompt: string;
            /** Received */
            received: string | null;
            /** Seed */
            seed: number | null;
            /** Series */
            series: string | null;
            /** Sources */
            sources: components["schemas"]["ImageSource"][];
            /** Take */
            take: number | null;
            /** Thumb */
            thumb: string;
            /** Url */
            url: string;
            /** Width */
            width: number;
        };
        /**
         * Inspection
         * @description What a picture says of its making.
         *
         *     Attributes:
         *         format: ``PNG``, ``JPEG`` or ``WEBP``.
         *         source: where NovelAI's settings were: in PNG text, in the EXIF of WebP or JPEG, or hidden
         *             in the pixels.
         *         signed: whether NovelAI signed exactly this picture; ``null`` without a signature.
         *         action: how it was made: ``generate``, ``img2img``, ``infill``, or by a director tool
         *             ``augment``.
         *         tool: the director tool, for example ``lineart``.
         *         reproducible: whether the settings lead to this very picture: false when it was also made
         *             from pictures that it holds no copy of. ``null`` without settings.
         *         settings: parameters for ``POST /api/jobs``; ``missing`` names the pictures they lack.
         *         raw: all that was embedded by NovelAI, long texts cut.
         *         other: what another program embedded: its name as ``tool``, and what it wrote.
         *             It may stand beside NovelAI's settings.
         *         note: why there are no settings.
         */
        Inspection: {
            /** Action */
            action: ("generate" | "img2img" | "infill" | "augment") | null;
            /**
             * Format
             * @enum {string}
             */
            format: "PNG" | "JPEG" | "WEBP";
            /** Height */
            height: number;
            /** Note */
            note: string | null;
            /** Other */
            other: {
                [key: string]: unknown;
            } | null;
            /** Raw */
            raw: {
                [key: string]: unknown;
            } | null;
            /** Reproducible */
            reproducible: boolean | null;
            /** Settings */
            settings: {
                [key: string]: unknown;
            } | null;
            /** Signed */
            signed: boolean | null;
            /** Source */
            source: ("text" | "exif" | "stealth") | null;
            /** Tool */
            tool: string | null;
            /** Width */
            width: number;
        };
        /**
         * JobChangeIn
         * @description What to change of a job that waits.
         *
         *     Attributes:
         *         params: all of its parameters anew.
         *         priority: higher goes first.
         *         before: the job to put it in front of; ``null`` puts it at the end.
         */
        JobChangeIn: {
            /** Before */
            before?: string | null;
            /** Params */
            params?: {
                [key: string]: unknown;
            } | null;
            /** Priority */
            priority?: number | null;
        };
        /**
         * JobEvent
         * @description Something happened to a job. ``job.failed`` says also that its outcome is uncertain.
         *
         *     Attributes:
         *         data: the job as it is now.
         */
        JobEvent: {
            data: components["schemas"]["JobView"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "job.cancelled" | "job.done" | "job.failed" | "job.queued" | "job.started" | "job.updated";
            /** Id */
            id?: string | null;
        };
        /**
         * JobImage
         * @description A picture of a job.
         */
        JobImage: {
            /** Height */
            height: number;
            /** Id */
            id: string;
            /** Media Type */
            media_type: string;
            /** Seed */
            seed: number | null;
            /** Thumb */
            thumb: string;
            /** Url */
            url: string;
            /** Width */
            width: number;
        };
        /**
         * JobIn
         * @description A job that is asked for.
         *
         *     Attributes:
         *         kind: what to do.
         *         params: as the models of `novelai.types` name them. A picture is base64 text, a data URL,
         *             ``{"upload": sha256}`` or ``{"image": id}``.
         *         webhook: an https address that is told of the job's end.
         *         priority: higher goes first among the jobs of one owner; -100 to 100.
         *         templates: the texts of a picture are templates, which are expanded now with the caller's
         *             library; the picture keeps what was picked.
         *         roll_seed: of templates: what the picks follow from; without one it is drawn.
         *         replay: of templates: the id of a picture whose picks are given again.
         *         collection: the id of a collection that its pictures go into.
         */
        JobIn: {
            /** Collection */
            collection?: string | null;
            /**
             * Kind
             * @default generate
             * @enum {string}
             */
            kind: "generate" | "tool" | "upscale" | "encode_vibe";
            /** Params */
            params: {
                [key: string]: unknown;
            };
            /**
             * Priority
             * @default 0
             */
            priority: number;
            /** Replay */
            replay?: string | null;
            /** Roll Seed */
            roll_seed?: number | null;
            /**
             * Templates
             * @default false
             */
            templates: boolean;
            /** Webhook */
            webhook?: string | null;
        };
        /**
         * JobPage
         * @description Jobs, newest first; ``next`` goes into ``before`` for those behind them.
         */
        JobPage: {
            /** Jobs */
            jobs: components["schemas"]["JobView"][];
            /** Next */
            next?: number | null;
        };
        /**
         * JobPreview
         * @description What a picture looks like so far.
         *
         *     Attributes:
         *         id: of the job.
         *         url: of the picture.
         *         sample: which of the job's pictures.
         *         rev: grows with each preview of a job.
         */
        JobPreview: {
            /** Id */
            id: string;
            /** Rev */
            rev: number;
            /** Sample */
            sample: number;
            /** Step */
            step: number;
            /** Steps */
            steps: number;
            /** Url */
            url: string;
        };
        /**
         * JobSummary
         * @description What a job is about, in short.
         *
         *     Attributes:
         *         prompt: at most 200 characters of it.
         *         tool: of the director tools.
         */
        JobSummary: {
            /** Height */
            height?: number | null;
            /**
             * N Samples
             * @default 1
             */
            n_samples: number;
            /**
             * Prompt
             * @default
             */
            prompt: string;
            /** Seed */
            seed?: number | null;
            /** Steps */
            steps?: number | null;
            /** Tool */
            tool?: string | null;
            /** Width */
            width?: number | null;
        };
        /**
         * JobVibe
         * @description An encoded vibe that a job made.
         */
        JobVibe: {
            /** Id */
            id: string;
            /** Info Extracted */
            info_extracted: number;
            /** Model */
            model: string;
        };
        /**
         * JobView
         * @description A job.
         *
         *     Attributes:
         *         position: how many jobs come before it, while it waits.
         *         eta_seconds: about how long until it is done.
         *         waits_for: what keeps it from beginning, where it is more than its turn.
         *         cost_max: Anlas reserved for it.
         *         cost: Anlas it was charged with, once that is known.
         *         price: Anlas it costs on the account that runs it.
         *         allowance: free V5 pictures it uses.
         *         series: the series that it belongs to.
         *         cell: its place in there; ``null`` in a series: it prepares something for the cells.
         *         take: how often that place was done before.
         *         params: with pictures as ``{"sha256": ...}``; only where it was asked for.
         *         error: what went wrong: ``code``, ``detail``, ``charged`` and more.
         */
        JobView: {
            /** Allowance */
            allowance: number;
            /** Attempts */
            attempts: number;
            /** Cell */
            cell?: number | null;
            /**
             * Charged
             * @enum {string}
             */
            charged: "no" | "yes" | "unknown";
            /** Cost */
            cost: number | null;
            /** Cost Max */
            cost_max: number;
            /** Created At */
            created_at: number;
            /** Door */
            door: string;
            /** Error */
            error: ({
                available?: number;
                /** @enum {string} */
                charged?: "no" | "yes" | "unknown";
                code: string;
                detail: string;
                required?: number;
                retry_after?: number;
            } & {
                [key: string]: unknown;
            }) | null;
            /** Eta Seconds */
            eta_seconds?: number | null;
            /** Finished At */
            finished_at: number | null;
            /** Id */
            id: string;
            /**
             * Images
             * @default []
             */
            images: components["schemas"]["JobImage"][];
            /**
             * Kind
             * @enum {string}
             */
            kind: "generate" | "tool" | "upscale" | "encode_vibe";
            /** Model */
            model: string | null;
            /** Params */
            params?: {
                [key: string]: unknown;
            } | null;
            /** Position */
            position?: number | null;
            /** Price */
            price: number | null;
            /** Priority */
            priority: number;
            /** Series */
            series?: string | null;
            /** Started At */
            started_at: number | null;
            state: components["schemas"]["State"];
            summary: components["schemas"]["JobSummary"];
            /**
             * Take
             * @default 0
             */
            take: number;
            /**
             * Vibes
             * @default []
             */
            vibes: components["schemas"]["JobVibe"][];
            /** Waits For */
            waits_for?: string | null;
            /** Webhook */
            webhook?: string | null;
        };
        /**
         * KeyChangeIn
         * @description Limits to change; those that are left out stay. ``null`` takes a limit away.
         */
        KeyChangeIn: {
            /** Allowance Month */
            allowance_month?: number | null;
            /** Budget Day */
            budget_day?: number | null;
            /** Budget Job */
            budget_job?: number | null;
            /** Budget Month */
            budget_month?: number | null;
            /** Budget Week */
            budget_week?: number | null;
            /** Expires At */
            expires_at?: number | null;
            /**
             * Fit Free
             * @default false
             */
            fit_free: boolean;
            /**
             * Free Only
             * @default true
             */
            free_only: boolean;
            /**
             * Max Queued
             * @default 0
             */
            max_queued: number;
            /**
             * Max Series
             * @default 0
             */
            max_series: number;
            /** Models */
            models?: string[] | null;
            /**
             * Rate Minute
             * @default 0
             */
            rate_minute: number;
            /**
             * Scopes
             * @default []
             */
            scopes: ("generate" | "read" | "admin")[];
            /**
             * Weight
             * @default 1
             */
            weight: number;
        };
        /**
         * KeyIn
         * @description A key to make.
         *
         *     Attributes:
         *         name: for people.
         *         owner: a name: the key belongs to a new owner with accounts of its own. Without it, to the
         *             caller's owner.
         */
        KeyIn: {
            /** Allowance Month */
            allowance_month?: number | null;
            /** Budget Day */
            budget_day?: number | null;
            /** Budget Job */
            budget_job?: number | null;
            /** Budget Month */
            budget_month?: number | null;
            /** Budget Week */
            budget_week?: number | null;
            /** Expires At */
            expires_at?: number | null;
            /**
             * Fit Free
             * @default false
             */
            fit_free: boolean;
            /**
             * Free Only
             * @default true
             */
            free_only: boolean;
            /**
             * Max Queued
             * @default 100
             */
            max_queued: number;
            /**
             * Max Series
             * @default 200
             */
            max_series: number;
            /** Models */
            models?: string[] | null;
            /** Name */
            name: string;
            /** Owner */
            owner?: string | null;
            /**
             * Rate Minute
             * @default 120
             */
            rate_minute: number;
            /**
             * Scopes
             * @default [
             *       "generate",
             *       "read"
             *     ]
             */
            scopes: ("generate" | "read" | "admin")[];
            /**
             * Weight
             * @default 1
             */
            weight: number;
        };
        /**
         * KeyList
         * @description An owner's keys, the revoked ones too, oldest first.
         */
        KeyList: {
            /** Keys */
            keys: components["schemas"]["KeyView"][];
        };
        /**
         * KeyMade
         * @description A new key. Its secrets are shown this once.
         *
         *     Attributes:
         *         secret: what its holder sends as ``Authorization: Bearer``.
         *         webhook_secret: what signs its webhooks.
         */
        KeyMade: {
            key: components["schemas"]["KeyView"];
            /** Secret */
            secret: string;
            /** Webhook Secret */
            webhook_secret?: string | null;
        };
        /**
         * KeyPath
         * @description A secret in front of addresses. It is shown this once.
         *
         *     Attributes:
         *         path: what goes between the server's address and the client's own path.
         */
        KeyPath: {
            /** Path */
            path: string;
        };
        /**
         * KeyView
         * @description A key, without its secret.
         */
        KeyView: {
            /** Allowance Month */
            allowance_month: number | null;
            /** Budget Day */
            budget_day: number | null;
            /** Budget Job */
            budget_job: number | null;
            /** Budget Month */
            budget_month: number | null;
            /** Budget Week */
            budget_week: number | null;
            /** Created At */
            created_at: number;
            /** Expires At */
            expires_at: number | null;
            /** Fit Free */
            fit_free: boolean;
            /** Free Only */
            free_only: boolean;
            /** Id */
            id: string;
            /** Last Used At */
            last_used_at: number | null;
            /** Max Queued */
            max_queued: number;
            /** Max Series */
            max_series: number;
            /** Models */
            models: string[] | null;
            /** Name */
            name: string;
            /** Prefix */
            prefix: string;
            /** Rate Minute */
            rate_minute: number;
            /** Revoked At */
            revoked_at: number | null;
            /** Scopes */
            scopes: ("generate" | "read" | "admin")[];
            /** Weight */
            weight: number;
        };
        /**
         * LibraryChange
         * @description Which entry of the library changed.
         *
         *     Attributes:
         *         deleted: it went into the bin.
         */
        LibraryChange: {
            /** Deleted */
            deleted: boolean;
            /** Id */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "list" | "snippet";
            /** Revision */
            revision: number;
        };
        /**
         * LibraryEvent
         * @description An entry of the library came, went or changed.
         */
        LibraryEvent: {
            data: components["schemas"]["LibraryChange"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "library";
            /** Id */
            id?: string | null;
        };
        /**
         * LibraryPage
         * @description Some entries, by name.
         *
         *     Attributes:
         *         next: give it as ``after`` to go on; ``None`` at the end.
         */
        LibraryPage: {
            /** Entries */
            entries: components["schemas"]["EntryLine"][];
            /** Next */
            next: string | null;
        };
        /**
         * LinkIn
         * @description A link that is asked for.
         *
         *     Attributes:
         *         params: the query of ``GET /generate``: prompt, model, size, seed, steps, scale,
         *             negative_prompt, format; ``fresh: 1`` draws another picture each time.
         *         expires_in: seconds, at most 90 days.
         */
        LinkIn: {
            /**
             * Expires In
             * @default 86400
             */
            expires_in: number;
            /** Params */
            params: {
                [key: string]: unknown;
            };
        };
        /**
         * LinkView
         * @description A link.
         *
         *     Attributes:
         *         url: for anybody, until ``expires_at``: unix seconds.
         */
        LinkView: {
            /** Expires At */
            expires_at: number;
            /** Url */
            url: string;
        };
        /**
         * ModelsView
         * @description The models that a key may use, newest first, and all tools.
         *
         *     Attributes:
         *         max_upscale_pixels: of a picture that is to be enlarged.
         *         free_pixels: the most that Opus draws for nothing.
         */
        ModelsView: {
            /** Default */
            default: string;
            /**
             * Free Pixels
             * @default 1048576
             */
            free_pixels: number;
            /**
             * Max Upscale Pixels
             * @default 3145728
             */
            max_upscale_pixels: number;
            /** Models */
            models: components["schemas"]["ModelView"][];
            /** Tools */
            tools: components["schemas"]["ToolView"][];
        };
        /**
         * ModelView
         * @description What a model can do.
         *
         *     Attributes:
         *         sizes: named sizes as width and height in pixels.
         *         size_step: width and height are multiples of it.
         *         characters: how many character prompts it takes.
         *         character_places: where they may be put: in a 5 x 5 grid, or anywhere.
         *         vibes: how vibes are handed in; each ``encoded`` one costs 2 Anlas once.
         *         references: how many precise references it takes.
         *         allowance: its free pictures draw on Opus's allowance.
         *         token_limit: the length of a prompt beyond which it is cut.
         *         effort: which strength of a model it is, where NovelAI's page offers several.
         *         variant_of: the model that it is another effort of: they are one in NovelAI's list.
         *         furry: it has a furry mode.
         *         fixed: parameters that the model sets by itself, whatever is asked for.
         */
        ModelView: {
            /** Allowance */
            allowance: boolean;
            /** Cfg Rescale */
            cfg_rescale: boolean;
            /** Character Places */
            character_places: ("grid" | "free") | null;
            /** Characters */
            characters: number;
            /** Decrisp */
            decrisp: boolean;
            defaults: components["schemas"]["DefaultsView"];
            /** Effort */
            effort: string | null;
            /** Fixed */
            fixed: string[];
            /** Furry */
            furry: boolean;
            /** Generation */
            generation: string;
            /** Id */
            id: string;
            /** Inpainting */
            inpainting: boolean;
            /** Max Pixels */
            max_pixels: number;
            /** Max Scale */
            max_scale: number;
            /** Max Steps */
            max_steps: number;
            /** Max Vibes */
            max_vibes: number;
            /** Name */
            name: string;
            /** Noise Schedules */
            noise_schedules: string[];
            /** Quality Presets */
            quality_presets: string[];
            /** References */
            references: number;
            /** Samplers */
            samplers: components["schemas"]["SamplerView"][];
            /** Size Step */
            size_step: number;
            /** Sizes */
            sizes: {
                [key: string]: [
                    number,
                    number
                ];
            };
            /** Smea */
            smea: boolean;
            /** Token Limit */
            token_limit: number | null;
            /** Transparent */
            transparent: boolean;
            /** Uc Presets */
            uc_presets: string[];
            /** Variant Of */
            variant_of: string | null;
            /** Variety */
            variety: boolean;
            /** Vibes */
            vibes: ("encoded" | "plain") | null;
        };
        /**
         * PlanCell
         * @description One of the first cells of a plan.
         *
         *     Attributes:
         *         line: the number of its prompt.
         *         round: the repetition.
         *         place: the number of its value on each axis, X first.
         *         labels: what these are called.
         *         prompt: the first 200 characters.
         */
        PlanCell: {
            /** Anlas */
            anlas: number | null;
            /** Cell */
            cell: number;
            /** Labels */
            labels: string[];
            /** Line */
            line: number;
            /** Picks */
            picks: components["schemas"]["ImagePick"][];
            /** Place */
            place: number[];
            /** Prompt */
            prompt: string;
            /** Round */
            round: number;
            /** Seed */
            seed: number | null;
        };
        /**
         * PlanProblem
         * @description What stops an order.
         *
         *     Attributes:
         *         code: for programs.
         *         kind: the kind of fault of a template.
         *         field: the field whose text it is.
         *         message: for people.
         *         start: where in that text the piece begins that is wrong.
         *         end: where it ends.
         */
        PlanProblem: {
            /** Code */
            code: string;
            /** End */
            end?: number | null;
            /** Field */
            field?: string | null;
            /** Kind */
            kind?: string | null;
            /** Message */
            message: string;
            /** Start */
            start?: number | null;
        };
        /**
         * PlanTokens
         * @description The tokens of the longest prompt.
         *
         *     Attributes:
         *         prompt: how many it has.
         *         limit: how many the model reads.
         *         cell: where it is.
         */
        PlanTokens: {
            /** Cell */
            cell: number;
            /** Limit */
            limit: number | null;
            /** Prompt */
            prompt: number;
        };
        /**
         * PlanView
         * @description What a series would be. Nothing was sent, kept or charged.
         *
         *     Attributes:
         *         roll_seed: to order just this.
         *         cells: how many places.
         *         pictures: how many pictures are drawn.
         *         anlas: what it costs at most; give it as ``accept_anlas``. ``null``: a price is unknown.
         *         cheapest: Anlas of the cheapest cell.
         *         dearest: Anlas of the dearest cell.
         *         free: how many cells cost nothing.
         *         allowance: free V5 pictures it uses.
         *         allowance_left: about how many the accounts have left; ``null`` when it is unknown.
         *         encodings: how many vibes are encoded first, for 2 Anlas each.
         *         balance: Anlas of the first account, when it was last asked for.
         *         seconds: about how long it takes.
         *         skipped: cells that their models cannot draw.
         *         same: groups of cells that show one picture.
         *         problems: what stops the order.
         *         warnings: what speaks against it, and does not stop it.
         *         first: the first 20 cells.
         */
        PlanView: {
            /**
             * Allowance
             * @default 0
             */
            allowance: number;
            /** Allowance Left */
            allowance_left?: number | null;
            /**
             * Anlas
             * @default 0
             */
            anlas: number | null;
            /** Balance */
            balance?: number | null;
            /**
             * Cells
             * @default 0
             */
            cells: number;
            /** Cheapest */
            cheapest?: number | null;
            /** Dearest */
            dearest?: number | null;
            /**
             * Encodings
             * @default 0
             */
            encodings: number;
            /**
             * First
             * @default []
             */
            first: components["schemas"]["PlanCell"][];
            /**
             * Free
             * @default 0
             */
            free: number;
            /**
             * Pictures
             * @default 0
             */
            pictures: number;
            /**
             * Problems
             * @default []
             */
            problems: components["schemas"]["PlanProblem"][];
            /** Roll Seed */
            roll_seed: number;
            /**
             * Same
             * @default []
             */
            same: number[][];
            /**
             * Seconds
             * @default 0
             */
            seconds: number;
            /**
             * Skipped
             * @default []
             */
            skipped: components["schemas"]["SkippedCell"][];
            tokens?: components["schemas"]["PlanTokens"] | null;
            /**
             * Warnings
             * @default []
             */
            warnings: string[];
        };
        /**
         * PreviewEvent
         * @description There is a new preview. It has no id: who missed it needs only the next one.
         */
        PreviewEvent: {
            data: components["schemas"]["JobPreview"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "job.preview";
            /** Id */
            id?: string | null;
        };
        /**
         * Problem
         * @description An RFC 9457 problem document.
         *
         *     Attributes:
         *         type: ``about:blank``; ``code`` tells the kinds apart.
         *         title: the kind of problem, the same words each time.
         *         status: the HTTP status.
         *         detail: what happened this time, and what to do.
         *         code: the kind of problem for programs, for example ``insufficient_anlas``.
         *         charged: whether it may have cost Anlas.
         *         request_id: the id the upstream request carried.
         *         errors: what is wrong with which field.
         *         required: Anlas the call would have cost, where NovelAI said so with a 402.
         *         available: Anlas the account has, likewise.
         *         kind: the kind of fault of a template or a series.
         *         start: where in the field's text the piece begins that is wrong.
         *         end: where it ends.
         */
        Problem: {
            /** Available */
            available?: number | null;
            /**
             * Charged
             * @default no
             * @enum {string}
             */
            charged: "no" | "yes" | "unknown";
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** End */
            end?: number | null;
            /**
             * Errors
             * @default []
             */
            errors: components["schemas"]["FieldProblem"][];
            /** Kind */
            kind?: string | null;
            /** Request Id */
            request_id?: string | null;
            /** Required */
            required?: number | null;
            /** Start */
            start?: number | null;
            /** Status */
            status: number;
            /** Title */
            title: string;
            /**
             * Type
             * @default about:blank
             */
            type: string;
        };
        /**
         * PromptsView
         * @description Different prompts, the one that was used last first.
         */
        PromptsView: {
            /** Prompts */
            prompts: components["schemas"]["PromptView"][];
        };
        /**
         * PromptView
         * @description A prompt that was used.
         *
         *     Attributes:
         *         used_at: when last, unix seconds.
         *         image: a picture that came of it.
         */
        PromptView: {
            /** Image */
            image: string | null;
            /** Negative Prompt */
            negative_prompt: string | null;
            /** Prompt */
            prompt: string;
            /** Used At */
            used_at: number;
        };
        /**
         * QueueEvent
         * @description The queue rests, or goes on.
         */
        QueueEvent: {
            data: components["schemas"]["QueueIn"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "queue.paused";
            /** Id */
            id?: string | null;
        };
        /**
         * QueueIn
         * @description Whether the queue rests: what runs goes on, nothing new is started.
         */
        QueueIn: {
            /** Paused */
            paused: boolean;
        };
        /**
         * QueuePage
         * @description Single orders that wait, in the order in which they will run.
         *
         *     Attributes:
         *         waiting: how many there are in all.
         *         next: goes into ``after`` for those behind them.
         */
        QueuePage: {
            /** Next */
            next?: string | null;
            /** Queue */
            queue: components["schemas"]["JobView"][];
            /** Waiting */
            waiting: number;
        };
        /**
         * RefusalList
         * @description What was refused, the latest first; at most 50 of each key.
         */
        RefusalList: {
            /** Refusals */
            refusals: components["schemas"]["RefusalView"][];
        };
        /**
         * RefusalView
         * @description A request that was refused.
         *
         *     Attributes:
         *         key: the id of the key that asked.
         *         request: method and path.
         *         status: of HTTP.
         *         code: for programs.
         *         detail: for people; without prompts and secrets.
         *         times: how often it was refused for the same reason.
         *         at: the last time, unix seconds.
         */
        RefusalView: {
            /** At */
            at: number;
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** Key */
            key: string;
            /** Request */
            request: string;
            /** Status */
            status: number;
            /** Times */
            times: number;
        };
        /**
         * ResolveIn
         * @description What became of an uncertain job, as its owner found out.
         *
         *     Attributes:
         *         charged: NovelAI charged for it. Otherwise it is queued again.
         */
        ResolveIn: {
            /** Charged */
            charged: boolean;
        };
        /**
         * ResumeIn
         * @description Whether a series that halted may cost more.
         *
         *     Attributes:
         *         accept_anlas: what all that waits may cost; needed when the price rose.
         */
        ResumeIn: {
            /** Accept Anlas */
            accept_anlas?: number | null;
        };
        /**
         * RollView
         * @description All picks of one repetition, and the texts that came of them.
         */
        RollView: {
            /** Picks */
            picks: components["schemas"]["ImagePick"][];
            /** Round */
            round: number;
            /** Texts */
            texts: {
                [key: string]: string;
            };
        };
        /**
         * SamplerView
         * @description A sampler, and what people call it.
         */
        SamplerView: {
            /** Id */
            id: string;
            /** Name */
            name: string;
        };
        /**
         * SeriesAxis
         * @description What varies, and how its values are called.
         */
        SeriesAxis: {
            /** Labels */
            labels: string[];
            /** Title */
            title: string;
        };
        /**
         * SeriesChangeIn
         * @description What to change of a series.
         *
         *     Attributes:
         *         paused: nothing of it is started, and what was set aside stays so; ``false``: it goes on.
         *         before: the series to put it in front of, or ``first``.
         *         priority: higher goes first among the jobs of one owner.
         */
        SeriesChangeIn: {
            /** Before */
            before?: string | null;
            /** Name */
            name?: string | null;
            /** Paused */
            paused?: boolean | null;
            /** Priority */
            priority?: number | null;
        };
        /**
         * SeriesDetails
         * @description A series with what was ordered.
         *
         *     Attributes:
         *         document: the order, to be planned again; its pictures are ``{"sha256": ...}``.
         *         roll_seed: what its picks and seeds follow from.
         *         axes: what varies and how its values are called, X first.
         *         skipped_cells: cells that are not drawn, and why.
         *         same: groups of cells that show one picture.
         */
        SeriesDetails: {
            /** Allowance */
            allowance: number;
            /** Anlas */
            anlas: number;
            /** Anlas Max */
            anlas_max: number;
            /** Axes */
            axes: components["schemas"]["SeriesAxis"][];
            /** Cancelled */
            cancelled: number;
            /** Cells */
            cells: number;
            /** Created At */
            created_at: number;
            /** Document */
            document: {
                [key: string]: unknown;
            };
            /** Done */
            done: number;
            /** Door */
            door: string;
            /** Eta Seconds */
            eta_seconds: number | null;
            /** Failed */
            failed: number;
            /** Finished At */
            finished_at: number | null;
            /** Hold */
            hold: string | null;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Name */
            name: string;
            /** Pictures */
            pictures: number;
            /** Position */
            position: number | null;
            /** Reason */
            reason: string | null;
            /** Reserved */
            reserved: number;
            /** Resume Anlas */
            resume_anlas: number | null;
            /** Roll Seed */
            roll_seed: number;
            /** Running */
            running: number;
            /** Same */
            same: number[][];
            /** Sheet */
            sheet: string | null;
            /** Skipped */
            skipped: number;
            /** Skipped Cells */
            skipped_cells: components["schemas"]["SkippedCell"][];
            /**
             * State
             * @enum {string}
             */
            state: "waiting" | "running" | "done" | "cancelled" | "paused" | "halted" | "needs_you";
            /** Uncertain */
            uncertain: number;
            /** Waiting */
            waiting: number;
        };
        /**
         * SeriesEvent
         * @description A series went on: told at most once a second of each, and when its state changes.
         *
         *     Attributes:
         *         data: the series as it is now.
         */
        SeriesEvent: {
            data: components["schemas"]["SeriesView"];
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "series";
            /** Id */
            id?: string | null;
        };
        /**
         * SeriesIn
         * @description A series that is planned or ordered.
         *
         *     Attributes:
         *         name: for people.
         *         base: the parameters of a picture, as for ``POST /api/jobs``; its texts are templates.
         *         prompts: prompts instead of the base's, up to 500.
         *         axes: X, Y and Z, as many as there are.
         *         picks: how picks come from a list (by name), a choice (by its text) or all others (``*``).
         *         repeat: how often everything is done, each time with a roll and seeds of its own.
         *         seeds: ``shared``: one for all cells of a round, by default where axes compare them;
         *             ``each``: one for each cell. A seed in ``base`` holds for all.
         *         limit: where it ends at the latest.
         *         on_failure: ``halt`` at the first failure; by default at three of one kind in a row.
         *         sheet: draw a labelled picture of all cells at the end.
         *         roll_seed: what picks and seeds follow from; without one it is drawn.
         *         priority: higher goes first among the jobs of one owner.
         *         webhook: an https address that is told of its end.
         *         accept_anlas: what may be spent: what the plan said. Needed when it is not free.
         *         collection: the id of a collection that its pictures go into.
         *         then: nothing yet.
         */
        SeriesIn: {
            /** Accept Anlas */
            accept_anlas?: number | null;
            /**
             * Axes
             * @default []
             */
            axes: components["schemas"]["AxisIn"][];
            /** Base */
            base: {
                [key: string]: unknown;
            };
            /** Collection */
            collection?: string | null;
            /** @default {} */
            limit: components["schemas"]["SeriesLimit"];
            /**
             * Name
             * @default
             */
            name: string;
            /**
             * On Failure
             * @default go_on
             * @enum {string}
             */
            on_failure: "go_on" | "halt";
            /** Picks */
            picks?: {
                [key: string]: "random" | "shuffle" | "order";
            };
            /**
             * Priority
             * @default 0
             */
            priority: number;
            /**
             * Prompts
             * @default []
             */
            prompts: string[];
            /**
             * Repeat
             * @default 1
             */
            repeat: number;
            /** Roll Seed */
            roll_seed?: number | null;
            /** Seeds */
            seeds?: ("shared" | "each") | null;
            /**
             * Sheet
             * @default false
             */
            sheet: boolean;
            /** Then */
            then?: null;
            /** Webhook */
            webhook?: string | null;
        };
        /**
         * SeriesLimit
         * @description Where a series ends at the latest; cells behind are left out.
         *
         *     Attributes:
         *         anlas: what all cells cost at most.
         *         pictures: how many cells.
         */
        SeriesLimit: {
            /** Anlas */
            anlas?: number | null;
            /** Pictures */
            pictures?: number | null;
        };
        /**
         * SeriesPage
         * @description Series, newest first; ``next`` goes into ``before`` for those behind them.
         */
        SeriesPage: {
            /** Next */
            next?: number | null;
            /** Series */
            series: components["schemas"]["SeriesView"][];
        };
        /**
         * SeriesView
         * @description A series, and where it stands.
         *
         *     Each cell counts once: as waiting, running, done, failed, cancelled, uncertain or skipped. One
         *     that shows another cell's picture counts as that one does.
         *
         *     Attributes:
         *         state: ``paused`` by a person, ``halted`` by itself with a ``reason``; ``needs_you``: all
         *             has ended but for jobs of which nobody knows what became of them.
         *         hold: nothing of it is started, for one of the first two reasons.
         *         resume_anlas: what going on costs at most, in all, where the price rose.
         *         cells: how many places it has.
         *         pictures: how many pictures are drawn for them at most.
         *         anlas_max: Anlas that it may cost, as accepted; with cells that were done again.
         *         anlas: Anlas that were charged so far.
         *         reserved: Anlas that are set aside for what has not ended.
         *         allowance: free V5 pictures it may use.
         *         position: how many jobs come before its next one, while that waits for its turn.
         *         eta_seconds: about how long until all of it is done.
         *         sheet: id of the picture that shows all its cells.
         */
        SeriesView: {
            /** Allowance */
            allowance: number;
            /** Anlas */
            anlas: number;
            /** Anlas Max */
            anlas_max: number;
            /** Cancelled */
            cancelled: number;
            /** Cells */
            cells: number;
            /** Created At */
            created_at: number;
            /** Done */
            done: number;
            /** Door */
            door: string;
            /** Eta Seconds */
            eta_seconds: number | null;
            /** Failed */
            failed: number;
            /** Finished At */
            finished_at: number | null;
            /** Hold */
            hold: string | null;
            /** Id */
            id: string;
            /** Kind */
            kind: string;
            /** Name */
            name: string;
            /** Pictures */
            pictures: number;
            /** Position */
            position: number | null;
            /** Reason */
            reason: string | null;
            /** Reserved */
            reserved: number;
            /** Resume Anlas */
            resume_anlas: number | null;
            /** Running */
            running: number;
            /** Sheet */
            sheet: string | null;
            /** Skipped */
            skipped: number;
            /**
             * State
             * @enum {string}
             */
            state: "waiting" | "running" | "done" | "cancelled" | "paused" | "halted" | "needs_you";
            /** Uncertain */
            uncertain: number;
            /** Waiting */
            waiting: number;
        };
        /**
         * ServerEvent
         * @description One of the events of a stream; ``data`` is JSON.
         */
        ServerEvent: components["schemas"]["JobEvent"] | components["schemas"]["PreviewEvent"] | components["schemas"]["QueueEvent"] | components["schemas"]["AccountEvent"] | components["schemas"]["GalleryEvent"] | components["schemas"]["DraftEvent"] | components["schemas"]["LibraryEvent"] | components["schemas"]["CollectionEvent"] | components["schemas"]["SeriesEvent"] | components["schemas"]["StreamEvent"];
        /**
         * SessionIn
         * @description Who wants to log in.
         */
        SessionIn: {
            /**
             * Key
             * Format: password
             */
            key: string;
        };
        /**
         * SessionView
         * @description Whether the caller is known.
         *
         *     Attributes:
         *         mode: ``local``: the person at this machine, nobody logs in; ``keys``: with a key.
         *         demo: pictures come from the emulator.
         *         body_limit: bytes of a request at most.
         */
        SessionView: {
            /** Authenticated */
            authenticated: boolean;
            /** Body Limit */
            body_limit: number;
            /** Demo */
            demo: boolean;
            key: components["schemas"]["KeyView"] | null;
            /**
             * Languages
             * @default [
             *       "en",
             *       "ja",
             *       "zh"
             *     ]
             */
            languages: string[];
            /**
             * Mode
             * @enum {string}
             */
            mode: "local" | "keys";
            /**
             * Version
             * @default 0.1.0
             */
            version: string;
        };
        /**
         * SheetIn
         * @description How a sheet is drawn.
         *
         *     Attributes:
         *         cell: width of a cell in pixels; smaller where the sheet would be too large.
         */
        SheetIn: {
            /**
             * Cell
             * @default 384
             */
            cell: number;
        };
        /**
         * SheetView
         * @description A sheet that was drawn.
         *
         *     Attributes:
         *         image: id of the picture.
         *         images: of all parts, where it was too large for one.
         *         missing: signs that no font could write, such as ``U+1F600``; the legend names them.
         */
        SheetView: {
            /** Image */
            image: string;
            /** Images */
            images: string[];
            /** Missing */
            missing: string[];
        };
        /**
         * SkippedCell
         * @description A cell that its model cannot draw, and why.
         */
        SkippedCell: {
            /** Cell */
            cell: number;
            /** Reason */
            reason: string;
        };
        /**
         * SpendingRefusal
         * @description Why the caller's key may not order it.
         *
         *     Attributes:
         *         code: as of the refusal of ``POST /api/jobs``.
         *         detail: for people.
         *         price: Anlas that it may cost; ``null`` where that is not the reason.
         *         limit: what the key allows: Anlas, or free V5 pictures for the code ``allowance``.
         *         left: of that limit.
         *         window: the time that the limit is for: ``day``, ``week`` or ``month``.
         */
        SpendingRefusal: {
            /** Code */
            code: string;
            /** Detail */
            detail: string;
            /** Left */
            left: number | null;
            /** Limit */
            limit: number | null;
            /** Price */
            price: number | null;
            /** Window */
            window: ("day" | "week" | "month") | null;
        };
        /**
         * StartView
         * @description What a page shows first.
         *
         *     Attributes:
         *         session: who is calling.
         *         models: what the models can do; ``None`` for a stranger, like all that follows.
         *         state: the queue; ``None`` also for a key that may not look.
         *         draft: what the caller is working on.
         */
        StartView: {
            draft?: components["schemas"]["DraftView"] | null;
            models?: components["schemas"]["ModelsView"] | null;
            session: components["schemas"]["SessionView"];
            state?: components["schemas"]["StateView"] | null;
        };
        /**
         * State
         * @description Where a job is.
         * @enum {string}
         */
        State: "queued" | "running" | "succeeded" | "failed" | "cancelled" | "uncertain";
        /**
         * StateView
         * @description Everything a page needs to begin with.
         *
         *     Attributes:
         *         event_id: events behind this one follow the state; for ``after``.
         *         queue: the first single orders, in the order in which they will run; the others are told by
         *             ``/api/waiting``, behind the last of these.
         *         waiting: how many there are in all.
         *         recent: jobs that ended last.
         *         series: those that go on, and the last that ended.
         */
        StateView: {
            account: components["schemas"]["AccountView"] | null;
            /** Accounts */
            accounts: components["schemas"]["AccountView"][];
            /** Demo */
            demo: boolean;
            /** Epoch */
            epoch: string;
            /** Event Id */
            event_id: string;
            limits: components["schemas"]["KeyView"];
            /** Paused */
            paused: boolean;
            /** Queue */
            queue: components["schemas"]["JobView"][];
            /** Recent */
            recent: components["schemas"]["JobView"][];
            /** Running */
            running: components["schemas"]["JobView"][];
            /** Seq */
            seq: number;
            /** Series */
            series: components["schemas"]["SeriesView"][];
            /** Uncertain */
            uncertain: components["schemas"]["JobView"][];
            /** Version */
            version: string;
            /** Waiting */
            waiting: number;
        };
        /**
         * StreamEvent
         * @description Something about the stream itself.
         *
         *     Attributes:
         *         event: ``reset``: something was missed, and the state is to be read anew. ``bye``: the
         *             server stops.
         *         data: nothing.
         */
        StreamEvent: {
            /**
             * Data
             * @default {}
             */
            data: {
                [key: string]: string;
            };
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            event: "bye" | "reset";
            /** Id */
            id?: string | null;
        };
        /**
         * TagsView
         * @description Suggestions, the best first.
         */
        TagsView: {
            /** Tags */
            tags: components["schemas"]["TagView"][];
        };
        /**
         * TagView
         * @description A suggestion.
         *
         *     Attributes:
         *         tag: as it goes into a prompt.
         *         count: how many pictures carry it.
         *         confidence: 0 to 1; how well it fits.
         *         alias: another name by which it was found.
         *         translation: its name in the language that was typed.
         */
        TagView: {
            /** Alias */
            alias: string | null;
            /** Confidence */
            confidence: number | null;
            /** Count */
            count: number;
            /** Tag */
            tag: string;
            /** Translation */
            translation: string | null;
        };
        /**
         * TemplateProblem
         * @description Why a field cannot be expanded.
         *
         *     Attributes:
         *         kind: of the fault, for programs.
         *         message: for people.
         *         start: where in the field's text the piece begins that is wrong; ``null``: all of it.
         *         end: where it ends.
         */
        TemplateProblem: {
            /** End */
            end: number | null;
            /** Field */
            field: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "circle" | "empty_list" | "take" | "too_deep" | "too_large" | "too_long" | "too_many_options" | "too_many_picks" | "unknown_name" | "weight";
            /** Message */
            message: string;
            /** Start */
            start: number | null;
        };
        /**
         * TokensIn
         * @description An order whose texts are measured, or one text by itself.
         *
         *     Attributes:
         *         params: as for ``POST /api/jobs``; pictures in it are not looked at, and there may be no
         *             prompt yet.
         *         prompt: in place of ``params``: a text that is counted as it is, with nothing added.
         *         model: of such a text.
         */
        TokensIn: {
            /** Model */
            model?: string | null;
            /** Params */
            params?: {
                [key: string]: unknown;
            } | null;
            /** Prompt */
            prompt?: string | null;
        };
        /**
         * TokensView
         * @description How many tokens an order's texts have, as NovelAI's page counts them.
         *
         *     Attributes:
         *         tokens: those of the prompt and the characters' prompts together.
         *         limit: how many of these the model reads; ``null`` when it is unknown.
         *         exact: always.
         *         prompt: these by text.
         *         negative_prompt: likewise of undesired content.
         */
        TokensView: {
            /**
             * Exact
             * @default true
             */
            exact: boolean;
            /** Limit */
            limit: number | null;
            negative_prompt: components["schemas"]["BudgetView"];
            prompt: components["schemas"]["BudgetView"];
            /** Tokens */
            tokens: number;
        };
        /**
         * ToolView
         * @description A director tool, and which parameters it takes besides the picture.
         *
         *     Attributes:
         *         prompt: it takes a prompt.
         *         max_defry: how weak its effect can be made, from 0; ``null`` if it cannot.
         *         emotions: the moods it knows.
         */
        ToolView: {
            /** Emotions */
            emotions: ("neutral" | "happy" | "sad" | "angry" | "scared" | "surprised" | "tired" | "excited" | "nervous" | "thinking" | "confused" | "shy" | "disgusted" | "smug" | "bored" | "laughing" | "irritated" | "aroused" | "embarrassed" | "worried" | "love" | "determined" | "hurt" | "playful")[];
            /**
             * Id
             * @enum {string}
             */
            id: "bg-removal" | "lineart" | "sketch" | "colorize" | "emotion" | "declutter" | "declutter-keep-bubbles";
            /** Max Defry */
            max_defry: number | null;
            /** Prompt */
            prompt: boolean;
        };
        /**
         * UploadView
         * @description A picture that was handed in; jobs name it as ``{"upload": sha256}``.
         *
         *     Attributes:
         *         settings: the parameters that lead to it, where it says so.
         */
        UploadView: {
            /** Bytes */
            bytes: number;
            /** Height */
            height: number;
            /** Media Type */
            media_type: string;
            /** Settings */
            settings: {
                [key: string]: unknown;
            } | null;
            /** Sha256 */
            sha256: string;
            /** Url */
            url: string;
            /** Width */
            width: number;
        };
        /**
         * UsageRowView
         * @description What one group used; one of ``day``, ``key`` and ``model`` names it.
         *
         *     Attributes:
         *         day: in UTC, such as ``2026-11-25``.
         *         key: the key's id.
         *         model: empty for work without a model.
         *         name: what the key is called.
         */
        UsageRowView: {
            /** Allowance */
            allowance: number;
            /** Anlas */
            anlas: number;
            /** Day */
            day?: string | null;
            /** Images */
            images: number;
            /** Jobs */
            jobs: number;
            /** Key */
            key?: string | null;
            /** Model */
            model?: string | null;
            /** Name */
            name?: string | null;
        };
        /**
         * UsageTotal
         * @description What was used in all.
         *
         *     Attributes:
         *         jobs: that were submitted, without those that ended without a charge and a picture.
         *         images: pictures that came.
         *         anlas: spent, and reserved by open jobs.
         *         allowance: free V5 pictures.
         */
        UsageTotal: {
            /** Allowance */
            allowance: number;
            /** Anlas */
            anlas: number;
            /** Images */
            images: number;
            /** Jobs */
            jobs: number;
        };
        /**
         * UsageView
         * @description Usage in groups, and in all.
         */
        UsageView: {
            /** Rows */
            rows: components["schemas"]["UsageRowView"][];
            total: components["schemas"]["UsageTotal"];
        };
        /**
         * VibeChangeIn
         * @description What to call a vibe.
         */
        VibeChangeIn: {
            /** Name */
            name: string;
        };
        /**
         * VibeList
         * @description Vibes, newest first.
         */
        VibeList: {
            /** Vibes */
            vibes: components["schemas"]["VibeView"][];
        };
        /**
         * VibeSource
         * @description The picture that was encoded.
         */
        VibeSource: {
            /** Sha256 */
            sha256: string;
        };
        /**
         * VibeView
         * @description An encoded vibe; jobs name it as ``{"vibe": id}``.
         *
         *     Attributes:
         *         model: the model it is for.
         *         info_extracted: 0.01 to 1; how much was read from the picture.
         *         thumb: a small WebP of the picture; 404 when that is not here any more.
         */
        VibeView: {
            /** Created At */
            created_at: number;
            /** Id */
            id: string;
            /** Info Extracted */
            info_extracted: number;
            /** Model */
            model: string;
            /** Name */
            name: string;
            source: components["schemas"]["VibeSource"] | null;
            /** Thumb */
            thumb: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
export const EVENT_NAMES = [
  "account",
  "bye",
  "collection",
  "draft",
  "gallery.changed",
  "job.cancelled",
  "job.done",
  "job.failed",
  "job.preview",
  "job.queued",
  "job.started",
  "job.updated",
  "library",
  "queue.paused",
  "reset",
  "series"
] as const;
export const SCOPES = [
  "generate",
  "read",
  "admin"
] as const;
export const REFERENCE_TYPES = [
  "character",
  "style",
  "character&style"
] as const;
export const NEW_KEY = {
  "fit_free": false,
  "free_only": true,
  "max_queued": 100,
  "max_series": 200,
  "rate_minute": 120,
  "scopes": [
    "generate",
    "read"
  ],
  "weight": 1
} as const;
export const DEFAULTS = {
  "generate": {
    "automatic_text": true,
    "cfg_rescale": 0,
    "decrisp": false,
    "furry": false,
    "image_format": "png",
    "model": "nai-diffusion-4-5-full",
    "n_samples": 1,
    "quality": true,
    "sampler": "k_euler_ancestral",
    "size": "portrait",
    "smea": false,
    "smea_dyn": false,
    "steps": 23,
    "transparent_background": false,
    "uc_preset": "heavy",
    "variety_boost": false
  },
  "i2i": {
    "noise": 0,
    "strength": 0.7
  },
  "inpaint": {
    "compose": true,
    "strength": 1
  },
  "vibe": {
    "encodings": [],
    "info_extracted": 0.7,
    "strength": 0.6
  },
  "reference": {
    "fidelity": 1,
    "strength": 1,
    "type": "character&style"
  }
} as const;
export const RANGES = {
  "generate": {
    "cfg_rescale": {
      "min": 0,
      "max": 1
    },
    "n_samples": {
      "min": 1,
      "max": 8
    },
    "scale": {
      "min": 0,
      "max": 25
    },
    "seed": {
      "min": 0,
      "max": 4294967295
    },
    "steps": {
      "min": 1,
      "max": 50
    }
  },
  "i2i": {
    "noise": {
      "min": 0,
      "max": 0.99
    },
    "seed": {
      "min": -1,
      "max": 4294967295
    },
    "strength": {
      "min": 0.01,
      "max": 0.99
    }
  },
  "inpaint": {
    "seed": {
      "min": -1,
      "max": 4294967295
    },
    "strength": {
      "min": 0.01,
      "max": 1
    }
  },
  "vibe": {
    "info_extracted": {
      "min": 0.01,
      "max": 1
    },
    "strength": {
      "min": -1,
      "max": 1
    }
  },
  "reference": {
    "fidelity": {
      "min": 0,
      "max": 1
    },
    "strength": {
      "min": 0,
      "max": 1
    }
  }
} as const;
