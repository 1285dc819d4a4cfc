import { describe, expect, it } from "vitest";

import { queryString } from "./api";
import { ago, duration, until } from "./format";
import { chooseLanguage, fill } from "./i18n";
import { shortcut, takesText } from "./keys";
import en from "./locales/en";
import ja from "./locales/ja";
import zh from "./locales/zh";

const press = (key: string, more = {}) =>
  shortcut({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    isComposing: false,
    ...more,
  });

describe("a number in a message", () => {
  it("is written as each language writes it", () => {
    for (const language of ["en", "ja", "zh"]) {
      for (const n of [0, 999, 1000, 1234567, -45678, 2.5]) {
        expect(fill("{n}", { n }, language)).toBe(n.toLocaleString(language));
      }
    }
  });
});

describe("shortcuts", () => {
  it("names a key press, Command as Ctrl", () => {
    expect(press("Enter", { metaKey: true })).toBe("Ctrl+Enter");
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("R", { shiftKey: true })).toBe("Shift+r");
  });

  it("never takes a key from an input method", () => {
    expect(press("Enter", { isComposing: true })).toBeNull();
    expect(press("Process")).toBeNull();
  });

  it("knows what text is typed into", () => {
    expect(takesText({ tagName: "INPUT", type: "range" })).toBe(false);
    expect(takesText({ tagName: "INPUT", type: "search" })).toBe(true);
    expect(takesText({ tagName: "TEXTAREA" })).toBe(true);
  });
});

describe("messages", () => {
  it("are filled with values, one and many apart", () => {
    expect(fill("{n} {n|picture|pictures} of {who}", { n: 1, who: "me" }, "en")).toBe(
      "1 picture of me",
    );
    expect(fill("{n} {n|picture|pictures}", { n: 1200 }, "en")).toBe("1,200 pictures");
    expect(fill("{missing}", {}, "en")).toBe("{missing}");
  });

  it("have the same values in every language", () => {
    const slots = (text: string) =>
      [...new Set([...text.matchAll(/\{(\w+)/g)].map((match) => match[1]))].sort();
    for (const other of [ja, zh]) {
      const wrong = Object.entries(en).filter(([key, text]) => {
        const found = slots(other[key as keyof typeof en]);
        return found.join() !== slots(text).join();
      });
      expect(wrong).toEqual([]);
    }
  });

  it("come in the first language that there is", () => {
    expect(chooseLanguage(["fr", "zh-TW", "ja"])).toBe("zh");
    expect(chooseLanguage(["fr"])).toBe("en");
  });
});

it("times are said from now", () => {
  expect(ago(0, 300, "en")).toBe("5 min. ago");
  expect(duration(150, "en")).toBe("3 min");
  expect(duration(0.2, "en")).toBe("1 sec");
});

it("a query leaves out what is empty", () => {
  expect(queryString({ q: "a b", favourite: false, before: null, limit: 60 })).toBe(
    "?q=a+b&limit=60",
  );
});

describe("a time to come", () => {
  it("is said in the largest unit that fits", () => {
    expect(until(100, 100, "en")).toBe("this minute");
    expect(until(90, 100, "en")).toBe("this minute");
    expect(until(1000, 100, "en")).toBe("in 15 min.");
    expect(until(2 * 3600 + 100, 100, "en")).toBe("in 2 hr.");
    expect(until(5.2 * 86400, 0, "en")).toBe("in 5 days");
  });
});
