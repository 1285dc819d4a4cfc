/** What each model can do, as the server says. */

import { api } from "../lib/api";
import type { Model, Models } from "../lib/types";

class ModelsState {
  list = $state.raw<Model[]>([]);
  default = $state("");

  async load(): Promise<void> {
    this.take(await api.models());
  }

  take({ models, default: chosen }: Models): void {
    this.list = models;
    this.default = chosen;
  }

  find(id: string): Model | null {
    return this.list.find((model) => model.id === id) ?? null;
  }
}

export const models = new ModelsState();
