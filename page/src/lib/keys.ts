/** Keyboard shortcuts as text: "Ctrl+Enter", "?", "ArrowLeft". Ctrl is Command on a Mac. */

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  isComposing: boolean;
}

const SYMBOLS = /^[^A-Za-z0-9]$/;

/** The shortcut that a key press is, or null while an input method composes text. */
export function shortcut(press: KeyPress): string | null {
  if (press.isComposing || press.key === "Process") return null;
  const parts: string[] = [];
  if (press.ctrlKey || press.metaKey) parts.push("Ctrl");
  if (press.altKey) parts.push("Alt");
  // A symbol already is what Shift made of it.
  if (press.shiftKey && !SYMBOLS.test(press.key)) parts.push("Shift");
  parts.push(press.key.length === 1 ? press.key.toLowerCase() : press.key);
  return parts.join("+");
}

/** Whether an element is one that text is typed into. */
export function takesText(
  element: { tagName: string; type?: string; isContentEditable?: boolean } | null,
): boolean {
  if (!element) return false;
  if (element.isContentEditable || element.tagName === "TEXTAREA" || element.tagName === "SELECT")
    return true;
  if (element.tagName !== "INPUT") return false;
  return !["checkbox", "radio", "range", "button", "submit", "file", "color"].includes(
    element.type ?? "text",
  );
}
