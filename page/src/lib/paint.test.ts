import { describe, expect, it } from "vitest";

import { Painting } from "./paint";

const painted = (mask: Painting) => [...mask.cells].filter(Boolean).length;

describe("a mask", () => {
  it("has one cell for each 8 by 8 pixels, also for the rest at an edge", () => {
    const mask = new Painting(20, 9);
    expect([mask.columns, mask.rows]).toEqual([3, 2]);
  });

  it("is painted under a round brush and erased by the same stroke", () => {
    const mask = new Painting(64, 64);
    mask.line({ x: 32, y: 32 }, { x: 32, y: 32 }, 16, true);
    expect(painted(mask)).toBe(4);
    mask.line({ x: 32, y: 32 }, { x: 32, y: 32 }, 16, false);
    expect(mask.share).toBe(0);
  });

  it("has no gaps in a fast stroke", () => {
    const mask = new Painting(800, 8);
    mask.line({ x: 0, y: 4 }, { x: 799, y: 4 }, 8, true);
    expect(mask.share).toBe(1);
  });

  it("paints one cell with the smallest brush, wherever in the cell it stands", () => {
    const mask = new Painting(64, 64);
    mask.line({ x: 1, y: 1 }, { x: 1, y: 1 }, 1, true);
    expect([painted(mask), mask.cells[0]]).toEqual([1, 1]);
  });

  it("takes a rectangle from any corner to any other", () => {
    const mask = new Painting(64, 64);
    mask.rectangle({ x: 30, y: 30 }, { x: 9, y: 9 }, true);
    expect(painted(mask)).toBe(9);
    mask.rectangle({ x: -50, y: -50 }, { x: 500, y: 500 }, true);
    expect(mask.share).toBe(1);
  });

  it("goes back and forth one stroke at a time", () => {
    const mask = new Painting(16, 16);
    mask.step(() => mask.rectangle({ x: 0, y: 0 }, { x: 1, y: 1 }, true));
    mask.step(() => mask.invert());
    expect(painted(mask)).toBe(3);
    mask.undo();
    expect(painted(mask)).toBe(1);
    mask.undo();
    expect([painted(mask), mask.canUndo]).toEqual([0, false]);
    mask.redo();
    mask.redo();
    expect([painted(mask), mask.canRedo]).toEqual([3, false]);
  });

  it("does not remember a stroke that changed nothing, nor one that was abandoned", () => {
    const mask = new Painting(16, 16);
    mask.step(() => mask.clear());
    mask.begin();
    mask.invert();
    mask.abandon();
    expect([mask.canUndo, mask.share]).toEqual([false, 0]);
  });

  it("forgets what was undone once something else is painted", () => {
    const mask = new Painting(16, 16);
    mask.step(() => mask.invert());
    mask.undo();
    mask.step(() => mask.rectangle({ x: 0, y: 0 }, { x: 1, y: 1 }, true));
    expect(mask.canRedo).toBe(false);
  });

  it("reads back what it wrote, with white for repainted", () => {
    const mask = new Painting(20, 12);
    mask.rectangle({ x: 8, y: 0 }, { x: 15, y: 7 }, true);
    const pixels = mask.pixels();
    expect([...pixels.slice(0, 4), ...pixels.slice(32, 36)]).toEqual([
      0, 0, 0, 255, 255, 255, 255, 255,
    ]);
    const other = new Painting(20, 12);
    other.read(pixels);
    expect(other.cells).toEqual(mask.cells);
  });

  it("takes transparent white for unpainted", () => {
    const mask = new Painting(8, 8);
    mask.read(
      new Uint8ClampedArray(8 * 8 * 4).fill(255).map((value, at) => (at % 4 === 3 ? 0 : value)),
    );
    expect(mask.share).toBe(0);
  });
});
