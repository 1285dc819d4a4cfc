/** Messages with values: `{name}`, and `{n|picture|pictures}` for one and for many. */

export type Values = Record<string, string | number>;

export const LANGUAGES = { en: "English", ja: "日本語", zh: "中文" } as const;

export type Language = keyof typeof LANGUAGES;

const SLOT = /\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g;

/** Fill a message. A number is written as the language writes it. */
export function fill(message: string, values: Values, language: string): string {
  return message.replace(SLOT, (slot, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return slot;
    if (one !== undefined && many !== undefined) return value === 1 ? one : many;
    return typeof value === "number" ? writeNumber(value, language) : value;
  });
}

/** A number as the language writes it. All of ours part thousands with a comma, which a slow phone
 *  learns from its own tables only after 60 ms. */
function writeNumber(value: number, language: string): string {
  if (!Number.isInteger(value)) return value.toLocaleString(language);
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The first of the person's languages that there is; English otherwise. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0] ?? "";
    if (base in LANGUAGES) return base as Language;
  }
  return "en";
}
