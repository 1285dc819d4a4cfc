import { describe, expect, it } from "vitest";

import { dayOf, endOf, newLimits } from "./limits";

describe("limits of a key", () => {
  it("allow a new key nothing that costs", () => {
    expect(newLimits().free_only).toBe(true);
    expect(newLimits().scopes).not.toContain("admin");
    expect(newLimits().fit_free).toBe(false);
  });

  it("end with the day that was chosen", () => {
    expect(endOf("")).toBeNull();
    expect(dayOf(null)).toBe("");
    expect(dayOf(endOf("2026-03-01"))).toBe("2026-03-01");
  });
});
