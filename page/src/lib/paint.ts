/** The grid that inpainting works on. */

/** Side of one cell of the mask, in pixels of the picture. */
export const MASK_CELL = 8;
