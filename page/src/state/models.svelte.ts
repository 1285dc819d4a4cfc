/** What each model can do, as the server says. */

import { api } from "../lib/api";
import type { DirectorTool, Model, Models } from "../lib/types";

class ModelsState {
  list = $state.raw<Model[]>([]);
  default = $state("");
  tools = $state.raw<DirectorTool[]>([]);
  /** Of a picture that is to be enlarged. */
  maxUpscalePixels = $state(0);

  /** Of a picture that Opus draws for nothing: what a size is fitted into that a picture brings. */
  freePixels = $state(0);

  async load(): Promise<void> {
    this.take(await api.models());
  }

  take({ models, default: chosen, tools, max_upscale_pixels, free_pixels }: Models): void {
    this.list = models;
    this.default = chosen;
    this.tools = tools;
    this.maxUpscalePixels = max_upscale_pixels;
    this.freePixels = free_pixels;
  }

  find(id: string): Model | null {
    return this.list.find((model) => model.id === id) ?? null;
  }

  /** The id of the model that this one is an effort of: its own, if it is none. */
  familyOf(model: Model): string {
    return model.variant_of && this.find(model.variant_of) ? model.variant_of : model.id;
  }

  /** The models as NovelAI lists them: those with several efforts once. */
  families = $derived(this.list.filter((model) => this.familyOf(model) === model.id));

  /** The efforts of a model, the lesser first; empty where there is only one. */
  effortsOf(model: Model): Model[] {
    const family = this.familyOf(model);
    const efforts = this.list.filter((one) => this.familyOf(one) === family);
    return efforts.length > 1 ? efforts.reverse() : [];
  }

  findOrDefault(id: string): Model | null {
    return this.find(id) ?? this.find(this.default);
  }
}

export const models = new ModelsState();
