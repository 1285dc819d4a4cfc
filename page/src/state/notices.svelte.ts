/** A message of the system when a picture is ready and nobody looks. */

import type { Job } from "../lib/types";
import { t } from "./i18n.svelte";

const PLACE = "novelai.notices";

class Notices {
  /** Browsers offer it only on https and on this machine itself. */
  readonly isPossible = "Notification" in globalThis && isSecureContext;
  isWanted = $state(false);
  isRefused = $state(false);

  constructor() {
    this.isWanted =
      this.isPossible &&
      Notification.permission === "granted" &&
      localStorage.getItem(PLACE) === "on";
  }

  /** Turn them on or off; the browser asks the person once. */
  async setWanted(on: boolean): Promise<void> {
    // At once, so that a refusal moves the switch back.
    this.isWanted = on;
    const allowed = on && (await Notification.requestPermission()) === "granted";
    this.isRefused = on && !allowed;
    this.isWanted = allowed;
    localStorage.setItem(PLACE, allowed ? "on" : "off");
  }

  /** Tell of a finished job. */
  notifyEnd(job: Job): void {
    if (!this.isWanted || !document.hidden) return;
    const image = job.images[0];
    const title = image ? t("viewer.done") : t("viewer.failed");
    new Notification(title, {
      body: job.summary.prompt.slice(0, 80),
      tag: job.id,
      ...(image ? { icon: image.thumb } : {}),
    });
  }
}

export const notices = new Notices();
