import { describe, expect, it } from "vitest";

import { cellAt, cellName, clampPlace, nudge, snapToCell, stepToCell } from "./grid5";

describe("places of characters", () => {
  it("are named by column and row", () => {
    expect(cellName([0.1, 0.1])).toBe("A1");
    expect(cellName([1, 0.5])).toBe("E3");
  });

  it("move by one cell and stop at the edge", () => {
    expect(stepToCell([0.5, 0.5], "ArrowLeft")).toEqual([0.3, 0.5]);
    expect(stepToCell([0.9, 0.9], "ArrowDown")).toEqual([0.9, 0.9]);
    expect(stepToCell([0.5, 0.5], "a")).toBeNull();
  });

  it("snap to the cell they are in", () => {
    expect(snapToCell([0.19, 0.61])).toEqual([0.1, 0.7]);
    expect(cellAt(9, -4)).toEqual([0.9, 0.1]);
  });

  it("move freely in hundredths and stay inside", () => {
    expect(nudge([0.5, 0.5], "ArrowRight", false)).toEqual([0.52, 0.5]);
    expect(nudge([0.05, 0.5], "ArrowLeft", true)).toEqual([0, 0.5]);
    expect(nudge([0.5, 0.5], "Enter", false)).toBeNull();
    expect(clampPlace(0.333333, 7)).toEqual([0.33, 1]);
  });
});
