/** Orders: what waits, runs and has ended on the server, and what could not be sent yet. */

import { SvelteMap } from "svelte/reactivity";

import { api, Offline } from "../lib/api";
import { randomId } from "../lib/randomId";
import type { Job, OrderBody, Params, Preview, State } from "../lib/types";
import { account } from "./account.svelte";
import { showError } from "./errors";
import { t } from "./i18n.svelte";
import { session } from "./session.svelte";
import { toasts } from "./toast.svelte";
import { viewer } from "./viewer.svelte";

/** An order on its way. It keeps its name, so that sending it twice is one order. */
export interface Outgoing extends OrderBody {
  key: string;
  state: "sending" | "waiting";
}

const PLACE = "novelai.outgoing";
const MAX_ENDED = 60;
/** Waiting jobs below which the next ones are read from the server, when there are more. */
const FEW = 20;

function readOutgoing(): Outgoing[] {
  try {
    const stored = JSON.parse(localStorage.getItem(PLACE) ?? "[]") as Outgoing[];
    return stored.filter(({ key }) => key).map((order) => ({ ...order, state: "waiting" }));
  } catch {
    return [];
  }
}

class Queue {
  jobs = new SvelteMap<string, Job>();
  previews = new SvelteMap<string, Preview>();
  outgoing = $state<Outgoing[]>(readOutgoing());
  isPaused = $state(false);
  /** How many wait behind those that are known here. */
  more = $state(0);
  #changeCount = 0;
  #isFilling = false;
  isLoaded = $state(false);

  waiting = $derived(
    this.#inState("queued").sort((a, b) => (a.position ?? 1e9) - (b.position ?? 1e9)),
  );
  running = $derived(this.#inState("running"));
  uncertain = $derived(this.#inState("uncertain"));
  ended = $derived(
    this.#inState("succeeded", "failed", "cancelled").sort(
      (a, b) => (b.finished_at ?? 0) - (a.finished_at ?? 0),
    ),
  );
  /** How many orders are not finished. */
  open = $derived(this.waiting.length + this.more + this.running.length + this.outgoing.length);

  #inState(...states: Job["state"][]): Job[] {
    return [...this.jobs.values()].filter((job) => states.includes(job.state));
  }

  /** Read all of it from the server, and return the id of the last event that is in it.
   *  Throws `Offline` or `Problem`. */
  async load(): Promise<string> {
    let state: State;
    let seen: number;
    do {
      // What happens while the answer is on its way may be missing in it.
      seen = this.#changeCount;
      state = await api.state();
    } while (seen !== this.#changeCount);
    this.take(state);
    return state.event_id;
  }

  /** Take all of it as the server just said it is. */
  take(state: State): void {
    const known = [...state.queue, ...state.running, ...state.uncertain, ...state.recent];
    this.jobs.clear();
    for (const job of known) this.jobs.set(job.id, job);
    for (const id of this.previews.keys()) if (!this.jobs.has(id)) this.previews.delete(id);
    this.more = state.waiting - state.queue.length;
    this.isPaused = state.paused;
    this.isLoaded = true;
    account.set(state.account, state.accounts);
    viewer.onLoad(this.running, this.uncertain, this.ended);
  }

  put(job: Job): void {
    this.#changeCount += 1;
    const before = this.jobs.get(job.id);
    this.jobs.set(job.id, job);
    if (!before && job.state !== "queued" && this.more > 0) this.more -= 1;
    void this.#fill();
    if (job.state !== "running" && job.state !== "queued") this.previews.delete(job.id);
    if (job.state === "running" && before?.state !== "running") viewer.onStart(job);
    if (job.state === "succeeded") viewer.onDone(job);
    for (const old of this.ended.slice(MAX_ENDED)) this.jobs.delete(old.id);
  }

  /** Read the next ones when few are left of those that are known. */
  async #fill(): Promise<void> {
    if (!this.more || this.#isFilling || this.waiting.length >= FEW) return;
    this.#isFilling = true;
    await this.#try(async () => void (await this.load()));
    this.#isFilling = false;
  }

  setPaused(paused: boolean): void {
    this.#changeCount += 1;
    this.isPaused = paused;
  }

  preview(preview: Preview): void {
    const known = this.previews.get(preview.id);
    if (!known || preview.rev >= known.rev) this.previews.set(preview.id, preview);
  }

  /** Send an order. Without a connection it waits here and goes out when there is one again. */
  async order(body: OrderBody): Promise<Job | null> {
    const order: Outgoing = { ...body, key: randomId(), state: "sending" };
    this.outgoing.push(order);
    this.#store();
    viewer.follow();
    return await this.#send(order.key);
  }

  /** Send what could not be sent. */
  flush(): void {
    for (const order of this.outgoing) if (order.state === "waiting") void this.#send(order.key);
  }

  /** Take back an order that was not sent; a message offers the way back. */
  takeBack(name: string): void {
    const order = this.outgoing.find((one) => one.key === name);
    this.#drop(name);
    const run = () => {
      if (order) this.outgoing.push(order);
      this.#store();
      this.flush();
    };
    if (order) toasts.say(t("queue.dropped"), { action: { label: t("common.undo"), run } });
  }

  #drop(name: string): void {
    this.outgoing = this.outgoing.filter((order) => order.key !== name);
    this.#store();
  }

  async #send(name: string): Promise<Job | null> {
    const order = this.outgoing.find((one) => one.key === name);
    if (!order) return null;
    order.state = "sending";
    try {
      const { key: _key, state: _state, ...body } = $state.snapshot<Outgoing>(order);
      const job = await api.order(body, name);
      this.#drop(name);
      if (!this.jobs.has(job.id)) this.put(job);
      viewer.onOrder(job, this.running);
      return job;
    } catch (error) {
      if (error instanceof Offline || session.mustLogIn) order.state = "waiting";
      else {
        this.#drop(name);
        showError(error);
      }
      return null;
    }
  }

  #store(): void {
    try {
      localStorage.setItem(PLACE, JSON.stringify(this.outgoing));
    } catch {
      // Full: the order lives as long as the tab.
    }
  }

  /** Take back one that waits; a message offers to order it again, at its place. */
  async cancel(id: string): Promise<void> {
    const at = this.waiting.findIndex((job) => job.id === id);
    await this.#try(async () => {
      this.put(await api.cancel(id));
      this.#offerOrders([id], this.waiting[at]?.id ?? null);
    });
  }

  #offerOrders(ids: readonly string[], before: string | null): void {
    const run = () => void this.#try(() => this.#orderAnew(ids, before));
    const action = { label: t("common.undo"), run };
    toasts.say(t("queue.cancelled", { n: ids.length }), { action });
  }

  /** Order what was taken back, as it was, where it stood. */
  async #orderAnew(ids: readonly string[], before: string | null): Promise<void> {
    for (const id of ids) {
      const job = await api.again(id);
      if (before && this.jobs.get(before)?.state === "queued") await api.change(job.id, { before });
    }
    await this.load();
  }

  /** Put a job before another one; null puts it at the end. */
  async move(id: string, before: string | null): Promise<void> {
    await this.#try(async () => {
      this.put(await api.change(id, { before }));
      await this.load();
    });
  }

  async pause(paused: boolean): Promise<void> {
    await this.#try(async () => {
      this.setPaused((await api.pause(paused)).paused);
    });
  }

  async again(id: string, changes: Params = {}): Promise<void> {
    await this.#try(async () => {
      viewer.follow();
      const job = await api.again(id, changes);
      if (!this.jobs.has(job.id)) this.put(job);
      viewer.onOrder(job, this.running);
    });
  }

  async resolve(id: string, charged: boolean): Promise<void> {
    await this.#try(async () => this.put(await api.resolve(id, charged)));
  }

  async cancelAll(): Promise<void> {
    const ids = this.waiting.map(({ id }) => id);
    await this.#try(async () => {
      await api.cancelAll();
      await this.load();
      const gone = ids.filter((id) => this.jobs.get(id)?.state !== "running");
      if (gone.length) this.#offerOrders(gone, null);
    });
  }

  async #try(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      showError(error);
    }
  }
}

export const queue = new Queue();
