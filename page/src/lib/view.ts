/** Zoom and pan of a picture: 1 fits it, the offset is in pixels from the middle of the screen. */

export interface View {
  scale: number;
  x: number;
  y: number;
}

export const FIT: View = { scale: 1, x: 0, y: 0 };

const CLOSEST = 12;

/** Zoom by a factor and keep the point at `x`, `y` (from the middle) where it is. */
export function zoomed(view: View, factor: number, x = 0, y = 0): View {
  const scale = Math.min(CLOSEST, Math.max(1, view.scale * factor));
  const real = scale / view.scale;
  if (scale === 1) return FIT;
  return { scale, x: x - (x - view.x) * real, y: y - (y - view.y) * real };
}

/** Move, but never so far that the picture leaves a box of the given width and height. */
export function panned(view: View, dx: number, dy: number, width: number, height: number): View {
  const reachX = (width * (view.scale - 1)) / 2;
  const reachY = (height * (view.scale - 1)) / 2;
  const within = (value: number, reach: number) => Math.min(reach, Math.max(-reach, value));
  return { scale: view.scale, x: within(view.x + dx, reachX), y: within(view.y + dy, reachY) };
}
