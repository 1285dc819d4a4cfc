/** Zoom and pan by wheel, fingers and keys: the same for what is looked at and what is painted
 *  on. */

export interface Point {
  x: number;
  y: number;
}

/** How a picture is seen: its scale, and by how many pixels of the screen it is moved. */
export interface View extends Point {
  scale: number;
}

export interface Range {
  min: number;
  max: number;
}

export interface Size {
  width: number;
  height: number;
}

/** What fingers did: `at` is the point between them, `factor` how far they went apart. */
export interface Gesture {
  at: Point;
  by: Point;
  factor: number;
}

/** Pixels that a wheel turns for a zoom by the factor e. */
const WHEEL_PIXELS = 400;

/** Zoom by a factor and keep a point where it is. Points have the origin of the view's own
 *  offset. */
export function zoomView(view: View, factor: number, at: Point, { min, max }: Range): View {
  const scale = Math.min(max, Math.max(min, view.scale * factor));
  const real = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * real, y: at.y - (at.y - view.y) * real };
}

export function panView(view: View, by: Point): View {
  return { scale: view.scale, x: view.x + by.x, y: view.y + by.y };
}

/** Follow fingers; what `at` is measured from is the view's own origin. */
export function followFingers(view: View, { at, by, factor }: Gesture, range: Range): View {
  return panView(zoomView(view, factor, at, range), by);
}

const clamp = (value: number, min: number, max: number) => Math.min(max, Math.max(min, value));

/** Keep a picture that fills its box at scale 1, measured from its middle, over the whole box. */
export function coverBox(view: View, box: Size): View {
  const reach = (length: number) => (length * (view.scale - 1)) / 2;
  const [x, y] = [reach(box.width), reach(box.height)];
  return { scale: view.scale, x: clamp(view.x, -x, x), y: clamp(view.y, -y, y) };
}

/** Keep some pixels of a picture, measured from its corner, within its box. */
export function staySeen(view: View, box: Size, picture: Size, pixels: number): View {
  const within = (value: number, room: number, length: number) =>
    clamp(value, pixels - length * view.scale, room - pixels);
  return {
    scale: view.scale,
    x: within(view.x, box.width, picture.width),
    y: within(view.y, box.height, picture.height),
  };
}

/** The factor by which a turn of the wheel zooms. */
export function wheelFactor({ deltaY }: Pick<WheelEvent, "deltaY">): number {
  return Math.exp(-deltaY / WHEEL_PIXELS);
}

/** Listen to the wheel in a way that may keep the page from scrolling; for `{@attach}`. */
export function attachWheel(element: HTMLElement, onWheel: (event: WheelEvent) => void) {
  const listener = (event: WheelEvent) => {
    event.preventDefault();
    onWheel(event);
  };
  element.addEventListener("wheel", listener, { passive: false });
  return () => element.removeEventListener("wheel", listener);
}

type Pointer = Pick<PointerEvent, "pointerId" | "clientX" | "clientY">;

/** The fingers, or the mouse's one button, that are down on an element. */
export class Fingers {
  readonly #points = new Map<number, Point>();

  get count(): number {
    return this.#points.size;
  }

  put({ pointerId, clientX, clientY }: Pointer): void {
    this.#points.set(pointerId, { x: clientX, y: clientY });
  }

  /** A finger moved: what that means together with another one; null when it is not down. */
  move(pointer: Pointer): Gesture | null {
    const before = this.#points.get(pointer.pointerId);
    if (!before) return null;
    this.put(pointer);
    const now = { x: pointer.clientX, y: pointer.clientY };
    const by = { x: now.x - before.x, y: now.y - before.y };
    const other = [...this.#points].find(([id]) => id !== pointer.pointerId)?.[1];
    if (!other) return { at: now, by, factor: 1 };
    const apart = (one: Point) => Math.hypot(one.x - other.x, one.y - other.y) || 1;
    return {
      at: { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 },
      by: { x: by.x / 2, y: by.y / 2 },
      factor: apart(now) / apart(before),
    };
  }

  lift({ pointerId }: Pick<PointerEvent, "pointerId">): void {
    this.#points.delete(pointerId);
  }
}
