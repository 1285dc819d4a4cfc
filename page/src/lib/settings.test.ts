import { describe, expect, it } from "vitest";

import { plain, rows } from "./settings";

describe("settings as lines", () => {
  it("leave out what is unset", () => {
    const found = rows({ prompt: "1girl", seed: null, vibes: [], steps: 23, missing: ["seed"] }, [
      "prompt",
    ]);
    expect(found).toEqual([{ name: "steps", value: "23", long: false }]);
  });

  it("say sizes, characters and switches as people do", () => {
    const characters = [{ prompt: "girl", position: [0.1, 0.5], enabled: true }, { prompt: "boy" }];
    const found = rows({ size: [832, 1216], smea: true, characters });
    expect(found.map(({ value }) => value)).toEqual([
      "832 × 1216",
      true,
      "girl · position 0.1, 0.5\nboy",
    ]);
  });

  it("hold no control characters and are not without end", () => {
    expect(plain("a\u0000b\u202ec\nd")).toBe("a\ufffdb\ufffdc\nd");
    expect(plain("x".repeat(5_000_000)).length).toBeLessThan(21_000);
  });
});
