/** What each model can do, as the server says. */

import { api } from "../lib/api";
import type { DirectorTool, Model, Models } from "../lib/types";

class ModelsState {
  list = $state.raw<Model[]>([]);
  default = $state("");
  tools = $state.raw<DirectorTool[]>([]);
  /** Of a picture that is to be enlarged. */
  maxUpscalePixels = $state(0);

  async load(): Promise<void> {
    this.take(await api.models());
  }

  take({ models, default: chosen, tools, max_upscale_pixels }: Models): void {
    this.list = models;
    this.default = chosen;
    this.tools = tools;
    this.maxUpscalePixels = max_upscale_pixels;
  }

  find(id: string): Model | null {
    return this.list.find((model) => model.id === id) ?? null;
  }

  findOrDefault(id: string): Model | null {
    return this.find(id) ?? this.find(this.default);
  }
}

export const models = new ModelsState();
