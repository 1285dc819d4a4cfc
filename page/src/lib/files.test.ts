import { describe, expect, it } from "vitest";

import { rejectionReason, typeOf } from "./files";

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const MOST = 1000;

describe("a file", () => {
  it("is known by its first bytes, not by its name", async () => {
    expect(typeOf(bytes("\x89PNG\r\n\x1a\n...."))).toBe("image/png");
    expect(typeOf(bytes("\xff\xd8\xff\xe0"))).toBe("image/jpeg");
    expect(typeOf(bytes("RIFF....WEBP"))).toBe("image/webp");
    expect(await rejectionReason(new Blob(["these are words"], { type: "image/png" }), MOST)).toBe(
      "noPicture",
    );
  });

  it("is refused when it is empty or too large to be sent", async () => {
    expect(await rejectionReason(new Blob([]), MOST)).toBe("empty");
    expect(await rejectionReason({ size: MOST + 1 } as Blob, MOST)).toBe("large");
  });

  it("is let through when it begins like a picture", async () => {
    expect(await rejectionReason(new Blob([bytes("\x89PNG\r\n\x1a\nrest")]), MOST)).toBeNull();
  });
});
