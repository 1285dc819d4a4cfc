/** Which picture the Picture screen shows. */

import type { Job, JobImage } from "../lib/types";

class ViewerState {
  /** The job that is shown; null before there is any. */
  jobId = $state<string | null>(null);
  /** Which of the job's pictures. */
  index = $state(0);
  /** A picture from elsewhere, shown instead of a job. */
  image = $state.raw<JobImage | null>(null);
  /** Show each new picture as it comes; off while the person looks at an older one. */
  isFollowing = $state(true);

  follow(): void {
    this.isFollowing = true;
    this.image = null;
  }

  /** What was ordered is shown while it waits, too, unless another one is being drawn. */
  onOrder(job: Job, running: readonly Job[]): void {
    const isDrawing = running.some(({ id }) => id === this.jobId);
    if (this.isFollowing && !isDrawing) this.#show(job.id);
  }

  onStart(job: Job): void {
    if (this.isFollowing) this.#show(job.id);
  }

  onDone(job: Job): void {
    if (this.isFollowing && job.images.length) this.#show(job.id);
  }

  /** After a reload: what runs, or asks something, or is being read; else the newest picture. */
  onLoad(running: readonly Job[], uncertain: readonly Job[], ended: readonly Job[]): void {
    if (!this.isFollowing) return;
    const shows = (one: Job) => one.images.length > 0 || one.id === this.jobId;
    const job = running[0] ?? uncertain[0] ?? ended.find(shows);
    if (job && job.id !== this.jobId) this.#show(job.id);
  }

  /** Look at one job's picture until the next order. */
  pick(jobId: string, index = 0): void {
    this.isFollowing = false;
    this.image = null;
    this.#show(jobId, index);
  }

  /** Look at a picture of the gallery. */
  pickImage(image: JobImage): void {
    this.isFollowing = false;
    this.image = image;
    this.index = 0;
  }

  #show(jobId: string, index = 0): void {
    this.jobId = jobId;
    this.index = index;
  }
}

export const viewer = new ViewerState();
