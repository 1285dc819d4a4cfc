/** Which tiles of a long grid are in sight: only those are in the page. */

export interface Layout {
  columns: number;
  /** Width of a tile and height of a row without the gap, in pixels. */
  width: number;
  height: number;
  /** Height of all rows. */
  total: number;
}

export interface Span {
  first: number;
  /** One past the last. */
  end: number;
  /** How far down the first row stands. */
  top: number;
}

/** Lay tiles out in columns of at least `least` pixels; `shape` is height by width. */
export function layout(
  count: number,
  room: number,
  least: number,
  gap: number,
  shape: number,
): Layout {
  const columns = Math.max(2, Math.floor((room + gap) / (least + gap)));
  const width = Math.max(1, (room - gap * (columns - 1)) / columns);
  const height = Math.round(width * shape);
  const rows = Math.ceil(count / columns);
  return { columns, width, height, total: Math.max(0, rows * (height + gap) - gap) };
}

/** The tiles between `from` and `to`, in pixels from the top of the grid, and some rows around
 *  them. */
export function span(
  count: number,
  { columns, height }: Layout,
  gap: number,
  from: number,
  to: number,
  spare = 2,
): Span {
  const row = height + gap;
  const rows = Math.ceil(count / columns);
  const first = Math.min(Math.max(0, rows - 1), Math.max(0, Math.floor(from / row) - spare));
  const last = Math.max(first, Math.min(rows, Math.ceil(to / row) + spare));
  return { first: first * columns, end: Math.min(count, last * columns), top: first * row };
}

/** Where a key leads from a tile; null for a key that does not move. */
export function step(
  at: number,
  key: string,
  count: number,
  columns: number,
  rowsInSight: number,
): number | null {
  const moves: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at - columns,
    ArrowDown: at + columns,
    PageUp: at - columns * rowsInSight,
    PageDown: at + columns * rowsInSight,
    Home: 0,
    End: count - 1,
  };
  const next = moves[key];
  if (next === undefined) return null;
  const column = key.startsWith("Arrow") && (next < 0 || next >= count);
  return column ? at : Math.max(0, Math.min(count - 1, next));
}
