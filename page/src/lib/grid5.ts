/** Places of characters: the 5×5 grid of V4 and V4.5, and free places for V5. */

export type Place = [number, number];

export const CELLS = [0.1, 0.3, 0.5, 0.7, 0.9] as const;

const COLUMNS = "ABCDE";

const cellOf = (value: number) => Math.min(4, Math.max(0, Math.floor(value * 5)));

/** Name a place by its cell: column A to E, row 1 to 5. */
export function cellName([x, y]: Place): string {
  return `${COLUMNS[cellOf(x)]}${cellOf(y) + 1}`;
}

/** The middle of the cell in a column and row, 0 to 4; beyond the edge it stays at the edge. */
export function cellAt(column: number, row: number): Place {
  const inside = (at: number) => Math.min(4, Math.max(0, at));
  return [CELLS[inside(column)] ?? 0.5, CELLS[inside(row)] ?? 0.5];
}

/** Move to the cell that contains a place. */
export function snapToCell([x, y]: Place): Place {
  return cellAt(cellOf(x), cellOf(y));
}

/** Where an arrow key leads from a cell; null for another key. */
export function stepToCell([x, y]: Place, key: string): Place | null {
  const steps: Record<string, Place> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  const step = steps[key];
  return step ? cellAt(cellOf(x) + step[0], cellOf(y) + step[1]) : null;
}

/** Where an arrow key leads from a free place, by 2 hundredths, or 10 with `far`; null for
 *  another key. */
export function nudge([x, y]: Place, key: string, far: boolean): Place | null {
  const size = far ? 0.1 : 0.02;
  const steps: Record<string, Place> = {
    ArrowLeft: [-size, 0],
    ArrowRight: [size, 0],
    ArrowUp: [0, -size],
    ArrowDown: [0, size],
  };
  const step = steps[key];
  return step ? clampPlace(x + step[0], y + step[1]) : null;
}

/** A place inside the picture, in hundredths. */
export function clampPlace(x: number, y: number): Place {
  const inside = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 100) / 100;
  return [inside(x), inside(y)];
}
