/** The 5×5 grid that V4 and V4.5 place characters on. */

export const CELLS = [0.1, 0.3, 0.5, 0.7, 0.9] as const;

/** Name a place by its cell: column A to E, row 1 to 5. */
export function cellName([x, y]: [number, number]): string {
  return `${"ABCDE"[Math.min(4, Math.floor(x * 5))]}${Math.min(4, Math.floor(y * 5)) + 1}`;
}
