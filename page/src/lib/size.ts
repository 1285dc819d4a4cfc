/** Sizes of generations: sides on a grid, and not more pixels in all than the model makes. */

import type { Model } from "./types";

export type SizeRule = Pick<Model, "size_step" | "max_pixels">;

/** The nearest side on the grid. */
export function snapSide(side: number, { size_step }: SizeRule): number {
  return Math.max(1, Math.round(side / size_step)) * size_step;
}

/** The longest side that is possible beside another one. */
export function longestSide(other: number, { size_step, max_pixels }: SizeRule): number {
  return Math.floor(max_pixels / other / size_step) * size_step;
}

/** The size nearest to a picture's own; a picture that is too large keeps its shape, about. */
export function sizeOf(picture: { width: number; height: number }, rule: SizeRule) {
  const scale = Math.min(1, Math.sqrt(rule.max_pixels / (picture.width * picture.height)));
  const width = snapSide(picture.width * scale, rule);
  const height = snapSide(picture.height * scale, rule);
  if (width * height <= rule.max_pixels) return { width, height };
  return width > height
    ? { width: longestSide(height, rule), height }
    : { width, height: longestSide(width, rule) };
}
