/** What each model can do, as the server says. */

import { api } from "../lib/api";
import type { Model } from "../lib/types";

class ModelsState {
  list = $state.raw<Model[]>([]);
  default = $state("");

  async load(): Promise<void> {
    const { models, default: chosen } = await api.models();
    this.list = models;
    this.default = chosen;
  }

  find(id: string): Model | null {
    return this.list.find((model) => model.id === id) ?? null;
  }
}

export const models = new ModelsState();
