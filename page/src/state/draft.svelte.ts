/** The draft: kept in this browser at once, on the server a moment later, and alike on every
 *  device. */

import { api, Offline, Problem } from "../lib/api";
import {
  type Draft,
  emptyDraft,
  newBase,
  newReference,
  newVibe,
  paramsOf,
  readDraft,
  ofEffort,
} from "../lib/draft";
import { randomId } from "../lib/randomId";
import { fitSize } from "../lib/size";
import { NO_STEPS, record, revert, stepBetween, type Timeline, walk } from "../lib/timeline";
import type { DraftAnswer, Model, OrderBody, Params, Picture } from "../lib/types";
import { showError } from "./errors";
import { t } from "./i18n.svelte";
import { models } from "./models.svelte";
import { toasts } from "./toast.svelte";

const PLACE = "novelai.draft";
const SAVE_AFTER_MS = 700;
const SAVE_AGAIN_MS = 5000;

interface StoredDraft {
  document: unknown;
  revision: number;
  dirty: boolean;
}

class DraftState {
  doc = $state<Draft>(emptyDraft());
  /** The queued job whose parameters are in the form, while it is edited. */
  editing = $state<string | null>(null);
  isDirty = $state(false);
  /** What was changed here; what came from another device is not in it. */
  timeline = $state.raw<Timeline>(NO_STEPS);
  #keptTimeline = NO_STEPS;
  #recorded = "";
  #revision = 0;
  #lastText = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  /** Before it met the server's copy, this one is not written over it. */
  #isSynced = false;
  #waiting: Draft | null = null;

  model = $derived<Model | null>(models.find(this.doc.model));
  params = $derived<Params>(paramsOf(this.doc, this.model));
  /** What Generate sends. */
  order = $derived<OrderBody>({
    kind: "generate",
    params: this.params,
    ...(this.doc.roll ? { templates: true, replay: this.doc.roll.replay } : {}),
  });
  /** Whether there is a character to draw: then the prompt may be empty. */
  hasCharacters = $derived(
    this.model?.characters !== 0 &&
      this.doc.characters.some(({ enabled, prompt }) => enabled && prompt.trim()),
  );

  constructor() {
    const stored = this.#readStored();
    if (stored) {
      this.doc = readDraft(stored.document);
      this.#revision = stored.revision;
      this.isDirty = stored.dirty;
    }
    this.#lastText = JSON.stringify(this.doc);
    this.#recorded = this.#lastText;
    $effect.root(() => {
      $effect(() => this.#onChange(JSON.stringify(this.doc)));
    });
  }

  /** The models are known: what nobody has chosen yet is as the default one begins. */
  begin(): void {
    const model = models.find(models.default);
    if (this.doc.width || !model) return;
    this.doc = emptyDraft(model);
    this.#lastText = JSON.stringify(this.doc);
    this.#forgetChange();
  }

  /** What is in the draft now is no step of its timeline. */
  #forgetChange(): void {
    this.#recorded = JSON.stringify(this.doc);
  }

  #record(text: string): void {
    if (text === this.#recorded) return;
    const [before, after] = [JSON.parse(this.#recorded), JSON.parse(text)] as [Draft, Draft];
    const step = stepBetween(before, after, Date.now());
    if (step) this.timeline = record(this.timeline, step);
    this.#recorded = text;
  }

  #readStored(): StoredDraft | null {
    try {
      return JSON.parse(localStorage.getItem(PLACE) ?? "null") as StoredDraft | null;
    } catch {
      return null;
    }
  }

  #onChange(text: string): void {
    this.#record(text);
    if (text === this.#lastText) return;
    this.#lastText = text;
    if (this.editing) return;
    this.isDirty = true;
    this.#store();
    this.#saveLater(SAVE_AFTER_MS);
  }

  #store(): void {
    const stored: StoredDraft = {
      document: this.snapshot(),
      revision: this.#revision,
      dirty: this.isDirty,
    };
    try {
      localStorage.setItem(PLACE, JSON.stringify(stored));
    } catch {
      // Full: the server still gets it.
    }
  }

  /** The draft as it is now, as plain data. */
  snapshot(): Draft {
    return $state.snapshot<Draft>(this.doc);
  }

  /** One request after another: an answer that is late never sets the revision back. */
  #enqueue(call: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(call);
    this.#turn = done.catch(() => {});
    return done;
  }

  #saveLater(after: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#enqueue(() => this.#save()), after);
  }

  async #save(): Promise<void> {
    if (!this.#isSynced || !this.isDirty || this.editing) return;
    const text = this.#lastText;
    try {
      const { revision } = await api.saveDraft(JSON.parse(text), this.#revision);
      this.#revision = revision;
      this.isDirty = text !== this.#lastText;
      this.#store();
    } catch (error) {
      const current = error instanceof Problem && error.document.current;
      if (current) this.#conflict(current);
      else if (error instanceof Offline) this.#saveLater(SAVE_AGAIN_MS);
      else showError(error);
      return;
    }
    if (this.isDirty) await this.#save();
  }

  /** Both wrote: what is on this screen stays, the other one is a click away. */
  #conflict(current: DraftAnswer): void {
    this.#revision = current.revision;
    this.#store();
    const theirs = readDraft(current.document, models.find(models.default));
    if (JSON.stringify(theirs) !== this.#lastText) {
      toasts.say(t("create.draft.conflict"), {
        action: { label: t("create.draft.other"), run: () => this.replace(theirs) },
      });
    }
    this.#saveLater(SAVE_AFTER_MS);
  }

  /** Meet the server's copy: at the start and after a lost connection. Throws `Offline`,
   *  `Problem`. */
  sync(): Promise<void> {
    return this.#enqueue(async () => this.#merge(await api.draft()));
  }

  /** Meet the server's copy that is here already. */
  syncWith(answer: DraftAnswer): Promise<void> {
    return this.#enqueue(() => this.#merge(answer));
  }

  async #merge(answer: DraftAnswer): Promise<void> {
    this.#isSynced = true;
    if (this.isDirty && !this.editing) {
      if (answer.revision > this.#revision && answer.document) this.#conflict(answer);
      else {
        this.#revision = answer.revision;
        await this.#save();
      }
    } else this.#adopt(answer);
  }

  #adopt(answer: DraftAnswer): void {
    this.#revision = answer.revision;
    if (!answer.document) {
      if (models.default && !this.doc.prompt) this.chooseModel(models.default);
      return this.#forgetChange();
    }
    const theirs = readDraft(answer.document, models.find(models.default));
    if (this.editing) this.#waiting = theirs;
    else {
      this.#lastText = JSON.stringify(theirs);
      if (this.#lastText !== JSON.stringify(this.doc)) this.doc = theirs;
      this.#forgetChange();
      this.#store();
    }
  }

  /** Save what is not saved yet, without waiting for more to come. */
  saveNow(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#enqueue(() => this.#save());
  }

  /** Somebody saved: another device, or this one. What is written here meanwhile would be
   *  refused. */
  async onSaved(revision: number): Promise<void> {
    try {
      await this.#enqueue(async () => {
        const waits = this.isDirty && this.editing;
        if (revision > this.#revision && !waits) await this.#merge(await api.draft());
      });
    } catch {
      // The next event or connection brings it.
    }
  }

  /** Put another draft in place of this one; a message offers the way back, which touches nothing
   *  that was changed since. */
  replace(next: Draft, message?: string): void {
    const before = this.snapshot();
    this.doc = next;
    this.#fitToModel();
    const step = stepBetween(before, this.snapshot(), Date.now());
    if (!message) return;
    const run = () => void (step && Object.assign(this.doc, revert(this.snapshot(), step)));
    const action = step ? { action: { label: t("common.undo"), run } } : {};
    toasts.say(message, { kind: "good", ...action });
  }

  /** Take the last change back, or do it again; whether there was one. */
  walk(direction: "undo" | "redo"): boolean {
    const found = walk(this.timeline, direction);
    if (!found) return false;
    Object.assign(this.doc, structuredClone(found.fields));
    this.timeline = found.timeline;
    this.#forgetChange();
    return true;
  }

  /** Take one thing out of a list; a message offers to put it back where it was. */
  removeFrom(list: "characters" | "vibes" | "references", id: string, message: string): void {
    const at = this.doc[list].findIndex((one) => one.id === id);
    const [gone] = $state.snapshot(this.doc[list]).slice(at) as { id: string }[];
    if (!gone) return;
    const others = this.doc as unknown as Record<string, { id: string }[]>;
    others[list] = this.doc[list].filter((one) => one.id !== id);
    const run = () => {
      const now = others[list] ?? [];
      if (now.some((one) => one.id === id)) return;
      others[list] = [...now.slice(0, at), gone, ...now.slice(at)];
    };
    toasts.say(message, { action: { label: t("common.undo"), run } });
  }

  /** Whether the model sets a parameter by itself. */
  isFixed(name: string): boolean {
    return this.model?.fixed.includes(name) ?? false;
  }

  /** Change the model; settings that it does not know go to its own. */
  chooseModel(id: string): void {
    const before = models.find(this.doc.model);
    this.doc.model = id;
    const model = models.find(id);
    if (before && model) this.#changeEffort(before, model);
    if (model && this.doc.scale === before?.defaults.scale) this.doc.scale = model.defaults.scale;
    this.#fitToModel();
  }

  /** An effort of the same model takes up what it had before; all else is carried across. */
  #changeEffort(before: Model, model: Model): void {
    if (before.id === model.id || models.familyOf(before) !== models.familyOf(model)) return;
    const { doc } = this;
    const { steps, sampler, noise_schedule, uc_preset } = model.defaults;
    const first = { steps, sampler, noise_schedule, uc_preset, cfg_rescale: 0 };
    doc.efforts[before.id] = ofEffort(doc);
    Object.assign(doc, doc.efforts[model.id] ?? first);
  }

  #fitToModel(): void {
    const model = models.find(this.doc.model);
    if (!model) return;
    const { doc } = this;
    if (this.isFixed("steps")) doc.steps = model.defaults.steps;
    if (this.isFixed("uc_preset")) doc.uc_preset = model.defaults.uc_preset;
    if (!model.cfg_rescale) doc.cfg_rescale = 0;
    if (!model.samplers.some(({ id }) => id === doc.sampler)) doc.sampler = model.defaults.sampler;
    if (!model.noise_schedules.includes(doc.noise_schedule))
      doc.noise_schedule = model.defaults.noise_schedule;
    if (!model.uc_presets.includes(doc.uc_preset)) doc.uc_preset = model.uc_presets[0] ?? "none";
    if (doc.quality !== "none" && !model.quality_presets.includes(doc.quality))
      doc.quality = "standard";
    doc.scale = Math.min(doc.scale, model.max_scale);
    doc.steps = Math.min(doc.steps, model.max_steps);
    Object.assign(doc, fitSize(doc, model));
  }

  useAsBase(picture: Picture): void {
    const model = models.findOrDefault(this.doc.model);
    const size = model ? fitSize(picture, model, models.freePixels) : {};
    this.replace({ ...this.snapshot(), base: newBase(picture), ...size }, t("create.used.base"));
  }

  useAsVibe(picture: Picture): void {
    const before = this.snapshot();
    const vibes = [...before.vibes, newVibe(randomId(), { picture })];
    this.replace({ ...before, vibes }, t("create.used.vibe"));
  }

  useAsReference(picture: Picture): void {
    const before = this.snapshot();
    const references = [...before.references, newReference(randomId(), picture)];
    this.replace({ ...before, references }, t("create.used.reference"));
  }

  /** Put a queued job into the form, with its pictures; the draft waits aside. */
  edit(id: string, order: Draft): void {
    this.#waiting = this.snapshot();
    this.#keptTimeline = this.timeline;
    this.timeline = NO_STEPS;
    this.editing = id;
    this.doc = order;
    this.#fitToModel();
    this.#forgetChange();
  }

  /** Bring the draft back after editing a job. */
  endEdit(): void {
    if (this.#waiting) this.doc = this.#waiting;
    this.#waiting = null;
    this.timeline = this.#keptTimeline;
    this.#lastText = JSON.stringify(this.doc);
    this.#forgetChange();
    this.editing = null;
  }
}

export const draft = new DraftState();
