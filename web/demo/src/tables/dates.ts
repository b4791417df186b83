// Dates of spreadsheets: days since 1899-12-30, or since 1904-01-01, as ISO 8601.

/** What a number format makes of a number. */
export type Shown = "number" | "date" | "duration";

const BUILT_IN_DATES = /^(1[4-9]|2[0-27-9]|3[0-6]|45|47|5[0-8])$/;

/** What a number format makes of a number, from its id and its code, if it has one of its own. */
export function shownAs(id: string, code: string | undefined): Shown {
  if (code === undefined) {
    return id === "46" ? "duration" : BUILT_IN_DATES.test(id) ? "date" : "number";
  }
  // The first section, without literals: escaped, padding, filling and quoted ones.
  const [first = ""] = code.replace(/[_\\*]./gs, "").replace(/"[^"]*("|$)/g, "").split(";");
  if (/\[(h+|m+|s+)\]/i.test(first)) {
    return "duration";
  }
  return /[dmhys]|a(?:\/p|m)/i.test(first.replace(/\[[^\]]*\]/g, "")) ? "date" : "number";
}

const two = (number: number) => String(number).padStart(2, "0");

/** A date, a time of day or both. */
export function dateText(days: number, is1904: boolean): string {
  const whole = Math.floor(days);
  let seconds = Math.round((days - whole) * 86_400_000);
  // Milliseconds are rounded away from what a sum of fractions leaves, then dropped.
  seconds = Math.floor(seconds / 1000);
  const day = whole + Math.floor(seconds / 86_400);
  seconds %= 86_400;
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (days >= 0 && days < 1) {
    return time;
  }
  // Excel has a 29 February 1900, so that days before it count from a day later.
  const epoch = is1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, day < 60 ? 31 : 30);
  const date = new Date(epoch + day * 86_400_000);
  if (Number.isNaN(date.getTime())) {
    return time;
  }
  const text = date.toISOString().slice(0, 10);
  return time === "00:00:00" ? text : `${text}T${time}`;
}

/** A duration in hours. */
export function durationText(days: number): string {
  const seconds = Math.round(Math.abs(days) * 86_400);
  const rest = seconds % 3600;
  return `${days < 0 ? "-" : ""}${two(Math.floor(seconds / 3600))}:${two(Math.floor(rest / 60))}:${two(rest % 60)}`;
}

/** The number of days of a date as {@link dateText} writes it; nothing if it is none that a workbook can hold. */
export function daysOf(text: string): number | undefined {
  const parts = /^(?:(\d{4})-(\d\d)-(\d\d))?(?:(?:^|T)(\d\d):(\d\d):(\d\d))?$/.exec(text);
  if (parts === null || text === "") {
    return undefined;
  }
  const [, year, month, day, hour = "0", minute = "0", second = "0"] = parts;
  const time = (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) / 86_400;
  if (time >= 1) {
    return undefined;
  }
  if (year === undefined) {
    return time;
  }
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const days = Math.round((date - Date.UTC(1899, 11, 30)) / 86_400_000);
  return days < 1 ? undefined : (days <= 60 ? days - 1 : days) + time;
}
