/** Sizes of generations: sides on a grid, and not more pixels in all than the model makes. */

import type { Model } from "./types";

export type SizeRule = Pick<Model, "size_step" | "max_pixels">;
export interface Size {
  width: number;
  height: number;
}

/** The nearest side on the grid. */
export function snapSide(side: number, { size_step }: SizeRule): number {
  return Math.max(1, Math.round(side / size_step)) * size_step;
}

/** The longest side that is possible beside another one. */
export function longestSide(other: number, { size_step, max_pixels }: SizeRule): number {
  return Math.floor(max_pixels / other / size_step) * size_step;
}

/** The size nearest to another that can be made; one that is too large keeps its shape, about.
 *  @param most pixels in all, where less is wanted than the model makes */
export function fitSize(size: Size, rule: SizeRule, most = rule.max_pixels): Size {
  const within = { ...rule, max_pixels: Math.min(most, rule.max_pixels) };
  const scale = Math.min(1, Math.sqrt(within.max_pixels / (size.width * size.height)));
  const width = snapSide(size.width * scale, within);
  const height = snapSide(size.height * scale, within);
  if (width * height <= within.max_pixels) return { width, height };
  const { size_step: step } = rule;
  const inside = (side: number) => Math.max(1, Math.floor((side * scale) / step)) * step;
  return {
    width: Math.min(inside(size.width), longestSide(step, within)),
    height: Math.min(inside(size.height), longestSide(step, within)),
  };
}
