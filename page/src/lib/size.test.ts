import { expect, it } from "vitest";

import { longestSide, fitSize, snapSide } from "./size";

const RULE = { size_step: 64, max_pixels: 3_145_728 };

it("a side goes to the nearest place on the grid", () => {
  expect(snapSide(831, RULE)).toBe(832);
  expect(snapSide(3, RULE)).toBe(64);
});

it("a side is as long as the other one leaves room for", () => {
  expect(longestSide(1536, RULE)).toBe(2048);
  expect(longestSide(2000, RULE)).toBe(1536);
});

it("a picture gives a size that can be made, in about its own shape", () => {
  expect(fitSize({ width: 832, height: 1216 }, RULE)).toEqual({ width: 832, height: 1216 });
  expect(fitSize({ width: 10, height: 2000 }, RULE)).toEqual({ width: 64, height: 1984 });
  for (const [width, height] of [
    [4000, 3000],
    [2048, 2048],
    [9000, 1000],
    [1774, 1774],
    [1000, 9000],
  ] as const) {
    const size = fitSize({ width, height }, RULE);
    expect(size.width * size.height).toBeLessThanOrEqual(RULE.max_pixels);
    expect(Math.abs(Math.log(size.width / size.height / (width / height)))).toBeLessThan(0.08);
  }
});

it("less than the model makes can be asked for", () => {
  expect(fitSize({ width: 1664, height: 2048 }, RULE, 1_048_576)).toEqual({
    width: 896,
    height: 1152,
  });
  expect(fitSize({ width: 832, height: 1216 }, RULE, 1_048_576)).toEqual({
    width: 832,
    height: 1216,
  });
});
