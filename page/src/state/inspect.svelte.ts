/** The picture whose settings are looked at. */

import { api } from "../lib/api";
import type { Inspection } from "../lib/types";
import { errorMessage } from "./errors";
import { route } from "./route.svelte";
import { rejectionMessage } from "./upload";

class Inspect {
  file = $state.raw<File | null>(null);
  found = $state.raw<Inspection | null>(null);
  /** Why it could not be read. */
  trouble = $state("");
  isReading = $state(false);
  /** An address of the file inside this tab, to show it. */
  address = $state("");

  /** Show what is written in a file. */
  async open(file: File): Promise<void> {
    if (route.screen !== "inspect") route.go("inspect");
    URL.revokeObjectURL(this.address);
    this.file = file;
    this.found = null;
    this.address = "";
    this.trouble = "";
    this.isReading = true;
    try {
      const why = await rejectionMessage(file);
      if (why) this.trouble = why;
      else {
        const found = await api.inspect(file);
        if (this.file !== file) return;
        this.found = found;
        this.address = URL.createObjectURL(file);
      }
    } catch (error) {
      if (this.file === file) this.trouble = errorMessage(error);
    } finally {
      if (this.file === file) this.isReading = false;
    }
  }
}

export const inspect = new Inspect();
