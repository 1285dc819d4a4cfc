/** The mask of an inpainting: cells of 8 × 8 pixels, each repainted or kept, and a history. */

import type { Point } from "./panZoom";

/** Side of one cell of the mask, in pixels of the picture. */
export const MASK_CELL = 8;

const REMEMBERED = 100;

export class Painting {
  readonly columns: number;
  readonly rows: number;
  /** One byte a cell, row by row: 1 is repainted, 0 is kept. */
  cells: Uint8Array;
  #past: Uint8Array[] = [];
  #future: Uint8Array[] = [];
  #before: Uint8Array | null = null;

  /** For a picture of so many pixels; a last cell may reach over its edge. */
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.columns = Math.ceil(width / MASK_CELL);
    this.rows = Math.ceil(height / MASK_CELL);
    this.cells = new Uint8Array(this.columns * this.rows);
  }

  /** How much of it is painted, 0 to 1. */
  get share(): number {
    return this.cells.reduce((sum, cell) => sum + cell, 0) / this.cells.length;
  }

  get canUndo(): boolean {
    return this.#past.length > 0;
  }

  get canRedo(): boolean {
    return this.#future.length > 0;
  }

  /** Do all changes of `act` as one step of the history. */
  step(act: () => void): void {
    this.begin();
    act();
    this.end();
  }

  /** A stroke begins: what follows until `end` is one step. */
  begin(): void {
    this.#before ??= this.cells.slice();
  }

  end(): void {
    const before = this.#before;
    this.#before = null;
    if (!before || before.every((cell, at) => cell === this.cells[at])) return;
    this.#past = [...this.#past.slice(1 - REMEMBERED), before];
    this.#future = [];
  }

  /** Forget the stroke that was begun. */
  abandon(): void {
    if (this.#before) this.cells = this.#before;
    this.#before = null;
  }

  undo(): void {
    this.#swap(this.#past, this.#future);
  }

  redo(): void {
    this.#swap(this.#future, this.#past);
  }

  #swap(from: Uint8Array[], to: Uint8Array[]): void {
    const cells = from.pop();
    if (!cells) return;
    to.push(this.cells);
    this.cells = cells;
  }

  /** Draw a line with a round brush; points and diameter in pixels of the picture. */
  line(from: Point, to: Point, diameter: number, painted: boolean): void {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const dots = Math.max(1, Math.ceil(length / (MASK_CELL / 2)));
    for (let dot = 0; dot <= dots; dot += 1) {
      const part = dot / dots;
      this.#dot(
        from.x + (to.x - from.x) * part,
        from.y + (to.y - from.y) * part,
        diameter,
        painted,
      );
    }
  }

  /** The cells whose middle is under the brush, and always the one under its own middle. */
  #dot(x: number, y: number, diameter: number, painted: boolean): void {
    const radius = diameter / 2;
    const [left, right] = [this.#column(x - radius), this.#column(x + radius)];
    const [top, bottom] = [this.#row(y - radius), this.#row(y + radius)];
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) {
        const [cx, cy] = [(column + 0.5) * MASK_CELL, (row + 0.5) * MASK_CELL];
        if (Math.hypot(cx - x, cy - y) <= radius) this.#set(column, row, painted);
      }
    }
    if (x >= 0 && y >= 0 && x < this.width && y < this.height)
      this.#set(this.#column(x), this.#row(y), painted);
  }

  /** Fill the rectangle between two corners; every cell it touches is in it. */
  rectangle(from: Point, to: Point, painted: boolean): void {
    const [left, right] = [
      this.#column(Math.min(from.x, to.x)),
      this.#column(Math.max(from.x, to.x)),
    ];
    const [top, bottom] = [this.#row(Math.min(from.y, to.y)), this.#row(Math.max(from.y, to.y))];
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) this.#set(column, row, painted);
    }
  }

  invert(): void {
    this.cells = this.cells.map((cell) => 1 - cell);
  }

  clear(): void {
    this.cells = new Uint8Array(this.cells.length);
  }

  /** Take a mask from RGBA pixels of this picture's size: a cell is painted where most of it is
   *  light. What is transparent counts as black. */
  read(pixels: ArrayLike<number>): void {
    const light = new Float64Array(this.cells.length);
    const count = new Uint32Array(this.cells.length);
    for (let y = 0; y < this.height; y += 1) {
      for (let x = 0; x < this.width; x += 1) {
        const at = (y * this.width + x) * 4;
        const cell = Math.floor(y / MASK_CELL) * this.columns + Math.floor(x / MASK_CELL);
        const sum = (pixels[at] ?? 0) + (pixels[at + 1] ?? 0) + (pixels[at + 2] ?? 0);
        light[cell] = (light[cell] ?? 0) + (sum * (pixels[at + 3] ?? 0)) / (765 * 255);
        count[cell] = (count[cell] ?? 0) + 1;
      }
    }
    this.cells = Uint8Array.from(light, (sum, cell) => (sum * 2 > (count[cell] ?? 1) ? 1 : 0));
  }

  /** RGBA pixels of the picture's size: white where it is repainted, black elsewhere. */
  pixels(): Uint8ClampedArray<ArrayBuffer> {
    const out = new Uint8ClampedArray(this.width * this.height * 4);
    for (let y = 0; y < this.height; y += 1) {
      for (let x = 0; x < this.width; x += 1) {
        const cell =
          this.cells[Math.floor(y / MASK_CELL) * this.columns + Math.floor(x / MASK_CELL)] ?? 0;
        out.fill(cell * 255, (y * this.width + x) * 4, (y * this.width + x) * 4 + 3);
        out[(y * this.width + x) * 4 + 3] = 255;
      }
    }
    return out;
  }

  #column(x: number): number {
    return Math.min(this.columns - 1, Math.max(0, Math.floor(x / MASK_CELL)));
  }

  #row(y: number): number {
    return Math.min(this.rows - 1, Math.max(0, Math.floor(y / MASK_CELL)));
  }

  #set(column: number, row: number, painted: boolean): void {
    this.cells[row * this.columns + column] = painted ? 1 : 0;
  }
}
