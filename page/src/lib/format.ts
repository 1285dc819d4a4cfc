/** Numbers and times for people. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

/** A point in time, said from now: "5 minutes ago". Both in unix seconds. */
export function ago(then: number, now: number, language: string): string {
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  const passed = Math.max(0, now - then);
  if (passed < MINUTE) return relative.format(0, "second");
  if (passed < HOUR) return relative.format(-Math.floor(passed / MINUTE), "minute");
  if (passed < DAY) return relative.format(-Math.floor(passed / HOUR), "hour");
  return relative.format(-Math.floor(passed / DAY), "day");
}

/** A point in time to come, said from now: "in 3 days". Both in unix seconds. */
export function until(then: number, now: number, language: string): string {
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
  const left = Math.max(0, then - now);
  if (left < HOUR) return relative.format(Math.ceil(left / MINUTE), "minute");
  if (left < DAY) return relative.format(Math.round(left / HOUR), "hour");
  return relative.format(Math.round(left / DAY), "day");
}

/** A length of time in whole units: "40 s", "2 min". */
export function duration(seconds: number, language: string): string {
  const [value, unit] = seconds < 90 ? [seconds, "second"] : [seconds / MINUTE, "minute"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(
    Math.max(1, Math.round(value)),
  );
}

/** A count that fits beside a word: 1,204,391 becomes "1.2M". */
export function compact(count: number, language: string): string {
  return new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 }).format(
    count,
  );
}

/** A size in bytes: "1.4 MB". */
export function bytes(size: number, language: string): string {
  const [value, unit] = size < 1e6 ? [size / 1e3, "kilobyte"] : [size / 1e6, "megabyte"];
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: 1 }).format(
    value,
  );
}

/** A name from the service ("nai_human_focus") as words. */
export function words(name: string): string {
  return name.replaceAll("_", " ");
}
