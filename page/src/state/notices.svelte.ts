/** A message of the system when a picture is ready and nobody looks. */

import type { Job } from "../lib/types";
import { t } from "./i18n.svelte";

const PLACE = "novelai.notices";

class Notices {
  /** Browsers offer it only on https and on this machine itself. */
  readonly possible = "Notification" in globalThis && isSecureContext;
  wanted = $state(false);
  refused = $state(false);

  constructor() {
    this.wanted =
      this.possible &&
      Notification.permission === "granted" &&
      localStorage.getItem(PLACE) === "on";
  }

  /** Turn them on or off; the browser asks the person once. */
  async want(on: boolean): Promise<void> {
    // At once, so that a refusal moves the switch back.
    this.wanted = on;
    const allowed = on && (await Notification.requestPermission()) === "granted";
    this.refused = on && !allowed;
    this.wanted = allowed;
    localStorage.setItem(PLACE, allowed ? "on" : "off");
  }

  /** Tell of a finished job. */
  notifyEnd(job: Job): void {
    if (!this.wanted || !document.hidden) return;
    const image = job.images[0];
    const title = image ? t("stage.done") : t("stage.failed");
    new Notification(title, {
      body: job.summary.prompt.slice(0, 80),
      tag: job.id,
      ...(image ? { icon: image.thumb } : {}),
    });
  }
}

export const notices = new Notices();
