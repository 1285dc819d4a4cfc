/** The tag at the caret, and its weight in NovelAI's syntax: `1.2::tag::`, `{tag}`, `[tag]`. */

/** A piece of text that replaces `start` to `end`, and what is selected afterwards. */
export interface Edit {
  start: number;
  end: number;
  text: string;
  select: [number, number];
}

export interface Word {
  start: number;
  end: number;
  text: string;
}

const BREAKS = /[,\n、，。！？|]/;
/** Longer than any tag: what has so many characters is a sentence. */
const LONGEST_TAG = 80;
const WIDE_LETTER = /[\u3040-\u30ff\u3400-\u9fff]/g;
/** Names in Japanese and Chinese are shorter. */
const LONGEST_WIDE = 16;
const OPENING = /^[\s{[(]*(?:-?\d*\.?\d*::)?[\s{[(]*/;
const STEP = 0.05;
const STRONGEST = 10;

/** The tag that is being typed: from the last separator to the caret, without brackets around
 *  it. */
export function wordBefore(text: string, caret: number): Word {
  let start = caret;
  while (start > 0 && !BREAKS.test(text[start - 1] ?? "")) start -= 1;
  start += OPENING.exec(text.slice(start, caret))?.[0].length ?? 0;
  return { start, end: caret, text: text.slice(start, caret) };
}

/** Whether text may be the beginning of a tag: long enough to look for, and no prose. */
export function mayBeTag(text: string): boolean {
  const word = text.trim();
  const wide = word.match(WIDE_LETTER)?.length ?? 0;
  return word.length >= (wide ? 1 : 2) && word.length <= LONGEST_TAG && wide <= LONGEST_WIDE;
}

/** Whether a key that is typed stands there already: the comma and space behind a tag. */
export function isTypedAlready(text: string, caret: number, key: string): boolean {
  return text.slice(caret - 2, caret) === ", " && [",", "、", "，", " "].includes(key);
}

/** Put a tag in place of the word at the caret, followed by a comma unless one is there. */
export function complete(text: string, word: Word, tag: string): Edit {
  let end = word.end;
  while (end < text.length && !BREAKS.test(text[end] ?? "") && !/[\]})\s:]/.test(text[end] ?? ""))
    end += 1;
  const rest = text.slice(end);
  const closed = /^\s*[,、,|]/.test(rest) || /^(?:[\]}]|::)/.test(rest);
  const lead = word.start > 0 && /[,、,]/.test(text[word.start - 1] ?? "") ? " " : "";
  const added = `${lead}${tag}${closed ? "" : ", "}`;
  const caret = word.start + added.length;
  return { start: word.start, end, text: added, select: [caret, caret] };
}

/** The whole tag around a selection; an empty one means the tag that the caret stands in. */
export function tagAround(text: string, from: number, to: number): Word {
  let start = from;
  let end = to;
  if (from === to) {
    while (start > 0 && !BREAKS.test(text[start - 1] ?? "")) start -= 1;
    while (end < text.length && !BREAKS.test(text[end] ?? "")) end += 1;
  }
  while (start < end && /\s/.test(text[start] ?? "")) start += 1;
  while (end > start && /\s/.test(text[end - 1] ?? "")) end -= 1;
  return { start, end, text: text.slice(start, end) };
}

const WEIGHTED = /^(-?\d+(?:\.\d+)?)::([\s\S]*?)(?:::)?$/;

/** Make a tag weigh more or less by one step of 0.05; a weight of 1 is written as no weight.
 *  Returns null when there is no tag at the selection. */
export function weigh(text: string, from: number, to: number, direction: 1 | -1): Edit | null {
  const word = tagAround(text, from, to);
  if (!word.text) return null;
  const numbered = WEIGHTED.exec(word.text);
  const inner = (numbered?.[2] ?? unwrap(word.text).text).trim();
  if (!inner) return null;
  const weight = numbered ? Number(numbered[1]) : unwrap(word.text).weight;
  const next = Math.min(STRONGEST, Math.max(-STRONGEST, round(weight + direction * STEP)));
  const made = next === 1 ? inner : `${next}::${inner}::`;
  return {
    start: word.start,
    end: word.end,
    text: made,
    select: [word.start, word.start + made.length],
  };
}

/** Take `{}` and `[]` away: each pair is a factor of 1.05. */
function unwrap(text: string): { text: string; weight: number } {
  let inner = text;
  let pairs = 0;
  for (;;) {
    if (inner.startsWith("{") && inner.endsWith("}")) pairs += 1;
    else if (inner.startsWith("[") && inner.endsWith("]")) pairs -= 1;
    else break;
    inner = inner.slice(1, -1);
  }
  return { text: inner, weight: round(1.05 ** pairs) };
}

function round(weight: number): number {
  return Math.round(weight / STEP) * STEP === 0
    ? 0
    : Number((Math.round(weight / STEP) * STEP).toFixed(2));
}
