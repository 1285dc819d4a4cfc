import { describe, expect, it } from "vitest";

import {
  complete,
  type Edit,
  isTypedAlready,
  mayBeTag,
  tagAround,
  weigh,
  wordBefore,
} from "./word";

const apply = (text: string, edit: Edit | null) =>
  edit ? text.slice(0, edit.start) + edit.text + text.slice(edit.end) : text;

describe("wordBefore", () => {
  it.each([
    ["1girl, cat e", "cat e"],
    ["1girl,\ncat", "cat"],
    ["{{cat", "cat"],
    ["1girl, 1.2::cat", "cat"],
    ["1girl, -0.5::[cat", "cat"],
    ["猫、桜", "桜"],
    ["a | b", "b"],
    ["", ""],
  ])("finds the tag that is typed at the end of %j", (text, word) => {
    expect(wordBefore(text, text.length).text).toBe(word);
  });
});

describe("complete", () => {
  it("adds a comma unless there is one", () => {
    expect(
      apply("1girl, cat e", complete("1girl, cat e", wordBefore("1girl, cat e", 12), "cat ears")),
    ).toBe("1girl, cat ears, ");
    const text = "ca, 1girl";
    expect(apply(text, complete(text, wordBefore(text, 2), "cat"))).toBe("cat, 1girl");
  });

  it("keeps brackets and weights around the tag", () => {
    const text = "{1.2::ca::}";
    expect(apply(text, complete(text, wordBefore(text, 8), "cat"))).toBe("{1.2::cat::}");
  });

  it("puts the caret behind what it wrote", () => {
    const edit = complete("ca", wordBefore("ca", 2), "cat");
    expect(edit.select).toEqual([5, 5]);
  });
});

describe("weigh", () => {
  it.each([
    ["cat", 1, "1.05::cat::"],
    ["cat", -1, "0.95::cat::"],
    ["1.05::cat::", -1, "cat"],
    ["1.2::cat ears::", 1, "1.25::cat ears::"],
    ["{cat}", 1, "1.1::cat::"],
    ["[cat]", -1, "0.9::cat::"],
    ["0.05::cat::", -1, "0::cat::"],
    ["10::cat::", 1, "10::cat::"],
  ] as const)("changes %j by %d", (text, direction, wanted) => {
    expect(apply(text, weigh(text, 1, 1, direction))).toBe(wanted);
  });

  it("weighs only the tag at the caret and selects it, so that a second press goes on", () => {
    const text = "1girl, cat ears, smile";
    const edit = weigh(text, 9, 9, 1);
    const once = apply(text, edit);
    expect(once).toBe("1girl, 1.05::cat ears::, smile");
    expect(apply(once, weigh(once, ...(edit?.select ?? [0, 0]), 1))).toBe(
      "1girl, 1.1::cat ears::, smile",
    );
  });

  it("does nothing between two commas", () => {
    expect(weigh("a, , b", 3, 3, 1)).toBeNull();
  });
});

it("tagAround leaves out the spaces around a tag", () => {
  expect(tagAround("a,  cat ears , b", 6, 6).text).toBe("cat ears");
});

describe("mayBeTag", () => {
  it.each(["ca", "猫", "猫耳", "long hair between eyes"])("%s may be one", (text) => {
    expect(mayBeTag(text)).toBe(true);
  });

  it.each(["", "c", " c ", "猫".repeat(17), "word ".repeat(17)])("%s is none", (text) => {
    expect(mayBeTag(text)).toBe(false);
  });

  it("a sentence ends a word", () => {
    expect(wordBefore("少女が立っている。猫", 10).text).toBe("猫");
  });
});

it("a comma or space behind a completed tag is there already", () => {
  expect(isTypedAlready("cat ears, ", 10, ",")).toBe(true);
  expect(isTypedAlready("cat ears, ", 10, " ")).toBe(true);
  expect(isTypedAlready("cat ears, ", 10, "a")).toBe(false);
  expect(isTypedAlready("cat ears", 8, ",")).toBe(false);
});
