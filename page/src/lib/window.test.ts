import { describe, expect, it } from "vitest";

import { layout, span, step } from "./window";

describe("a long grid", () => {
  const grid = layout(20_000, 1000, 160, 8, 4 / 3);

  it("fills the width with as many columns as fit", () => {
    expect(grid.columns).toBe(6);
    expect(grid.width * 6 + 8 * 5).toBeCloseTo(1000);
    expect(layout(10, 100, 160, 8, 1).columns).toBe(2);
  });

  it("is as high as all of its rows", () => {
    expect(grid.total).toBe(Math.ceil(20_000 / 6) * (grid.height + 8) - 8);
    expect(layout(0, 1000, 160, 8, 1).total).toBe(0);
  });

  it("keeps few tiles, wherever it is scrolled to", () => {
    for (const from of [-500, 0, 12_345, grid.total - 100, grid.total * 2]) {
      const { first, end } = span(20_000, grid, 8, from, from + 900);
      expect(end - first).toBeLessThan(70);
      expect(end).toBeGreaterThan(first);
      expect(end).toBeLessThanOrEqual(20_000);
      expect(first % grid.columns).toBe(0);
    }
  });

  it("is walked in all directions and not left", () => {
    expect(step(7, "ArrowUp", 20, 6, 3)).toBe(1);
    expect(step(1, "ArrowUp", 20, 6, 3)).toBe(1);
    expect(step(7, "ArrowRight", 20, 6, 3)).toBe(8);
    expect(step(7, "End", 20, 6, 3)).toBe(19);
    expect(step(7, "PageDown", 20, 6, 3)).toBe(19);
    expect(step(7, "x", 20, 6, 3)).toBeNull();
  });
});
