/** Pictures in rows of one height each, in their own shapes, under headings; and which of these rows
 *  are in sight: only those are in the page. */

export interface Sized {
  width: number;
  height: number;
}

export interface Row {
  /** The first picture, and one past the last. */
  first: number;
  end: number;
  top: number;
  height: number;
}

export interface Heading {
  text: string;
  top: number;
}

export interface Layout {
  rows: Row[];
  headings: Heading[];
  /** Where each picture begins, and how wide it is shown, in pixels. */
  lefts: number[];
  widths: number[];
  /** Height of all rows. */
  total: number;
}

export interface Room {
  /** Width of all, and the height that rows have or are somewhat lower than. */
  width: number;
  height: number;
  gap: number;
  /** What a heading takes. */
  heading: number;
}

/** Wider or higher pictures are cut: one must not take a screen. */
const WIDEST = 2.4;
const NARROWEST = 0.42;

function shapeOf({ width, height }: Sized): number {
  return height > 0 ? Math.min(WIDEST, Math.max(NARROWEST, width / height)) : 1;
}

/** Lay pictures out in rows. Those of one group stand together under its name; nothing is written
 *  over a group without one. */
export function layout<T extends Sized>(
  pictures: readonly T[],
  { width: room, height: wanted, gap, heading }: Room,
  groupOf: (picture: T) => string = () => "",
): Layout {
  const plan: Layout = { rows: [], headings: [], lefts: [], widths: [], total: 0 };
  let group = "";
  let first = 0;
  let shapes = 0;
  let top = 0;

  function close(end: number, height: number) {
    if (end === first) return;
    let left = 0;
    for (const picture of pictures.slice(first, end)) {
      const width = Math.min(shapeOf(picture) * height, room);
      plan.lefts.push(left);
      plan.widths.push(width);
      left += width + gap;
    }
    plan.rows.push({ first, end, top, height });
    top += height + gap;
    first = end;
    shapes = 0;
  }

  pictures.forEach((picture, at) => {
    const own = groupOf(picture);
    if (own !== group) {
      close(at, wanted);
      group = own;
      if (own) {
        plan.headings.push({ text: own, top });
        top += heading;
      }
    }
    shapes += shapeOf(picture);
    const gaps = gap * (at - first);
    if (shapes * wanted + gaps >= room) close(at + 1, Math.max(1, (room - gaps) / shapes));
  });
  close(pictures.length, wanted);
  plan.total = Math.max(0, top - gap);
  return plan;
}

/** The row that holds a picture, or that begins last above a place. */
function search(rows: readonly Row[], isBehind: (row: Row) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row && isBehind(row)) high = middle;
    else low = middle + 1;
  }
  return Math.max(0, low - 1);
}

export const rowOf = ({ rows }: Layout, at: number): number =>
  search(rows, ({ first }) => first > at);

/** The pictures between `from` and `to`, in pixels from the top, and some rows around them. */
export function span(
  { rows }: Layout,
  from: number,
  to: number,
  spare = 2,
): { first: number; end: number } {
  const above = Math.max(0, search(rows, ({ top }) => top > from) - spare);
  const below = Math.min(rows.length - 1, search(rows, ({ top }) => top > to) + spare);
  return { first: rows[above]?.first ?? 0, end: rows[below]?.end ?? 0 };
}

/** Where a key leads from a picture; null for a key that does not move. */
export function step(at: number, key: string, plan: Layout, rowsInSight: number): number | null {
  const last = plan.lefts.length - 1;
  const places: Record<string, () => number> = {
    ArrowLeft: () => Math.max(0, at - 1),
    ArrowRight: () => Math.min(last, at + 1),
    ArrowUp: () => acrossRows(plan, at, -1),
    ArrowDown: () => acrossRows(plan, at, 1),
    PageUp: () => acrossRows(plan, at, -rowsInSight, 0),
    PageDown: () => acrossRows(plan, at, rowsInSight, last),
    Home: () => 0,
    End: () => last,
  };
  return places[key]?.() ?? null;
}

/** The picture so many rows on whose middle is nearest; at the ends it stays where it is, or goes
 *  to `beyond`. */
function acrossRows(plan: Layout, at: number, by: number, beyond = at): number {
  const row = plan.rows[rowOf(plan, at) + by];
  if (!row) return beyond;
  const middleOf = (place: number) => (plan.lefts[place] ?? 0) + (plan.widths[place] ?? 0) / 2;
  let best = row.first;
  for (let place = row.first; place < row.end; place += 1)
    if (Math.abs(middleOf(place) - middleOf(at)) < Math.abs(middleOf(best) - middleOf(at)))
      best = place;
  return best;
}
