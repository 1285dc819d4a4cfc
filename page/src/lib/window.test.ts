import { describe, expect, it } from "vitest";

import { layout, rowOf, type Sized, span, step } from "./window";

const ROOM = { width: 1000, height: 200, gap: 8, heading: 32 };
const SHAPES: Sized[] = [
  { width: 832, height: 1216 },
  { width: 1216, height: 832 },
  { width: 1024, height: 1024 },
  { width: 64, height: 4096 },
];

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => SHAPES[at % SHAPES.length]!);

describe("a long gallery", () => {
  const plan = layout(many(20_000), ROOM);

  it("shows each picture in its shape, in rows that fill the width", () => {
    const row = plan.rows[3];
    if (!row) throw new Error("no row");
    const end = row.end - 1;
    expect((plan.lefts[end] ?? 0) + (plan.widths[end] ?? 0)).toBeCloseTo(ROOM.width);
    expect(row.height).toBeLessThanOrEqual(ROOM.height);
    expect((plan.widths[1] ?? 0) / (plan.rows[0]?.height ?? 1)).toBeCloseTo(1216 / 832);
  });

  it("holds every picture once, in order, below each other", () => {
    let [next, top] = [0, 0];
    for (const row of plan.rows) {
      expect(row.first).toBe(next);
      expect(row.top).toBeCloseTo(top);
      [next, top] = [row.end, row.top + row.height + ROOM.gap];
    }
    expect(next).toBe(20_000);
    expect(plan.total).toBeCloseTo(top - ROOM.gap);
  });

  it("cuts what is far too high or too wide, and does not stretch what is left over", () => {
    const one = layout([{ width: 64, height: 4096 }], ROOM);
    expect(one.rows[0]?.height).toBe(200);
    expect(one.widths[0]).toBeCloseTo(84);
    const wide = layout([{ width: 4096, height: 64 }], { ...ROOM, width: 300 });
    expect(wide.widths[0]).toBeLessThanOrEqual(300);
  });

  it("keeps few pictures, wherever it is scrolled to", () => {
    for (const from of [-500, 0, 12_345, plan.total - 100, plan.total * 2]) {
      const { first, end } = span(plan, from, from + 900);
      expect(end - first).toBeLessThan(90);
      expect(end).toBeGreaterThan(first);
      expect(end).toBeLessThanOrEqual(20_000);
    }
    const { first, end } = span(plan, 5000, 5900, 0);
    expect(plan.rows[rowOf(plan, first)]?.top).toBeLessThanOrEqual(5000);
    const last = plan.rows[rowOf(plan, end - 1)];
    expect((last?.top ?? 0) + (last?.height ?? 0) + ROOM.gap).toBeGreaterThanOrEqual(5900);
  });

  it("writes a heading over each group, which begins a row", () => {
    const days = layout(many(5), ROOM, ({ width }) => (width > 1000 ? "wide" : "narrow"));
    expect(days.headings.map(({ text }) => text)).toEqual(["narrow", "wide", "narrow"]);
    expect(days.rows.map(({ first }) => first)).toEqual([0, 1, 3]);
    expect(days.headings[1]?.top).toBe(days.rows[1] && days.rows[1].top - ROOM.heading);
  });

  it("is nothing without pictures", () => {
    expect(layout([], ROOM).total).toBe(0);
    expect(span(layout([], ROOM), 0, 900)).toEqual({ first: 0, end: 0 });
  });

  it("is walked in all directions and not left", () => {
    const [first, second] = plan.rows;
    const down = step(1, "ArrowDown", plan, 3);
    expect(down).toBeGreaterThanOrEqual(second?.first ?? 0);
    expect(down).toBeLessThan(second?.end ?? 0);
    expect(step(down ?? 0, "ArrowUp", plan, 3)).toBeLessThan(first?.end ?? 0);
    expect(step(1, "ArrowUp", plan, 3)).toBe(1);
    expect(step(19_999, "ArrowRight", plan, 3)).toBe(19_999);
    expect(step(7, "End", plan, 3)).toBe(19_999);
    expect(step(19_990, "PageDown", plan, 9)).toBe(19_999);
    expect(rowOf(plan, step(0, "PageDown", plan, 3) ?? 0)).toBe(3);
    expect(step(7, "x", plan, 3)).toBeNull();
  });
});
