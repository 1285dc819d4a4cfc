import { describe, expect, it } from "vitest";

import {
  coverBox,
  Fingers,
  followFingers,
  panView,
  staySeen,
  type View,
  wheelFactor,
  zoomView,
} from "./panZoom";

const FIT: View = { scale: 1, x: 0, y: 0 };
const RANGE = { min: 1, max: 12 };
const finger = (pointerId: number, clientX: number, clientY: number) => ({
  pointerId,
  clientX,
  clientY,
});

/** Where a point of the picture is seen. */
const place = ({ scale, x, y }: View, point: { x: number; y: number }) => ({
  x: point.x * scale + x,
  y: point.y * scale + y,
});

describe("a zoom", () => {
  it("keeps the point under the pointer", () => {
    const view = zoomView(FIT, 2, { x: 100, y: -50 }, RANGE);
    expect(view).toEqual({ scale: 2, x: -100, y: 50 });
    expect(place(view, { x: 100, y: -50 })).toEqual({ x: 100, y: -50 });
  });

  it("ends at the closest and at the whole picture", () => {
    expect(zoomView(FIT, 100, { x: 0, y: 0 }, RANGE).scale).toBe(12);
    const view = coverBox(zoomView({ scale: 2, x: 30, y: 9 }, 0.1, FIT, RANGE), {
      width: 400,
      height: 600,
    });
    expect(view.scale).toBe(1);
    expect(Math.abs(view.x) + Math.abs(view.y)).toBe(0);
  });

  it("by the wheel there and back is none", () => {
    expect(wheelFactor({ deltaY: 120 }) * wheelFactor({ deltaY: -120 })).toBeCloseTo(1);
    expect(wheelFactor({ deltaY: -120 })).toBeGreaterThan(1);
  });
});

describe("a pan", () => {
  it("never uncovers the box that the picture fills", () => {
    const far = panView({ scale: 2, x: 0, y: 0 }, { x: 900, y: -900 });
    expect(coverBox(far, { width: 400, height: 600 })).toEqual({ scale: 2, x: 200, y: -300 });
  });

  it("leaves some of the picture to be seen", () => {
    const [box, picture] = [
      { width: 400, height: 400 },
      { width: 100, height: 100 },
    ];
    expect(staySeen({ scale: 2, x: 999, y: -999 }, box, picture, 60)).toEqual({
      scale: 2,
      x: 340,
      y: -140,
    });
  });
});

describe("fingers", () => {
  it("one moves the picture", () => {
    const fingers = new Fingers();
    fingers.put(finger(1, 10, 10));
    const gesture = fingers.move(finger(1, 15, 8));
    expect(gesture).toEqual({ at: { x: 15, y: 8 }, by: { x: 5, y: -2 }, factor: 1 });
    expect(fingers.move(finger(2, 0, 0))).toBeNull();
  });

  it("two keep the points of the picture under them", () => {
    const fingers = new Fingers();
    fingers.put(finger(1, 100, 100));
    fingers.put(finger(2, 200, 100));
    let view: View = FIT;
    for (const moved of [finger(1, 60, 100), finger(2, 260, 100)]) {
      const gesture = fingers.move(moved);
      if (gesture) view = followFingers(view, gesture, RANGE);
    }
    expect(view.scale).toBeCloseTo(2);
    expect(place(view, { x: 150, y: 100 }).x).toBeCloseTo(160, -1);
    expect(place(view, { x: 200, y: 100 }).x - place(view, { x: 100, y: 100 }).x).toBeCloseTo(200);
  });

  it("that were lifted count no more", () => {
    const fingers = new Fingers();
    fingers.put(finger(1, 0, 0));
    fingers.put(finger(2, 100, 0));
    fingers.lift(finger(2, 100, 0));
    expect(fingers.count).toBe(1);
    expect(fingers.move(finger(1, 10, 0))?.factor).toBe(1);
  });
});
