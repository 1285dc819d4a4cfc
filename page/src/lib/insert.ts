/** Put an edit into a text field as if it had been typed: the browser's undo knows it. */

import type { Edit } from "./word";

export function insert(field: HTMLTextAreaElement, edit: Edit): void {
  field.focus();
  field.setSelectionRange(edit.start, edit.end);
  // The standard has no other way to write into a field's own undo history.
  const written = document.execCommand("insertText", false, edit.text);
  if (!written) {
    field.setRangeText(edit.text, edit.start, edit.end, "end");
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  field.setSelectionRange(...edit.select);
}
