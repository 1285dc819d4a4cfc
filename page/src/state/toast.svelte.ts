/** Short messages at the edge of the screen. */

export interface Note {
  id: number;
  text: string;
  kind: "info" | "good" | "bad";
  action: { label: string; run: () => void } | null;
}

const SHOWN_MS = 6000;
const SHOWN_WITH_ACTION_MS = 12000;

class Toasts {
  notes = $state<Note[]>([]);
  #next = 1;

  /** Say something. A bad note stays until it is closed. */
  say(
    text: string,
    { kind = "info", action = null }: Partial<Pick<Note, "kind" | "action">> = {},
  ): void {
    if (this.notes.some((note) => note.text === text && !note.action)) return;
    const id = this.#next;
    this.#next += 1;
    this.notes = [...this.notes.slice(-2), { id, text, kind, action }];
    if (kind !== "bad") setTimeout(() => this.close(id), action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
  }

  close(id: number): void {
    this.notes = this.notes.filter((note) => note.id !== id);
  }
}

export const toasts = new Toasts();
