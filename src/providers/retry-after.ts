import { type HttpAnswer, LONGEST_PAUSE_SECONDS } from './provider.ts';

const FIFTY_YEARS_MS = 50 * 365.25 * 86_400_000;

/** The three forms of an HTTP date (RFC 9110, 5.6.7); all of them are in GMT. */
const DATES = [
  /^(?<weekday>[A-Z][a-z]{2}), (?<day>\d{2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^(?<weekday>[A-Z][a-z]{2})[a-z]*day, (?<day>\d{2})-(?<month>[A-Z][a-z]{2})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) GMT$/,
  /^(?<weekday>[A-Z][a-z]{2}) (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/,
];

/**
 * `Retry-After` (RFC 9110, 10.2.3) as whole seconds from now, at most the longest pause that is kept; null where it is
 * neither seconds nor a date. Of several, in one header or in more, the latest counts.
 */
export function readRetryAfter({ headers }: HttpAnswer, nowMs: number): number | null {
  // The comma after a weekday is part of its date.
  const values = [headers['retry-after'] ?? []]
    .flat()
    .flatMap((value) => value.split(/(?<!day|Mon|Tue|Wed|Thu|Fri|Sat|Sun),/));
  const seconds = values.flatMap((value) => secondsOf(value.trim(), nowMs) ?? []);
  return seconds.length === 0 ? null : Math.min(Math.max(...seconds), LONGEST_PAUSE_SECONDS);
}

function secondsOf(text: string, nowMs: number): number | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text));
  const at = parseHttpDate(text, nowMs);
  return at === undefined ? undefined : Math.max(0, Math.ceil((at - nowMs) / 1000));
}

/** Epoch milliseconds. */
function parseHttpDate(text: string, nowMs: number): number | undefined {
  for (const form of DATES) {
    const groups = form.exec(text)?.groups;
    if (!groups) continue;
    const { weekday = '', day = '', month = '', year = '', time = '' } = groups;
    const at = (ofYear: string | number) =>
      Date.parse(`${weekday}, ${day.trim().padStart(2, '0')} ${month} ${ofYear} ${time} GMT`);
    const date = year.length === 4 ? at(year) : nearest(Number(year), at, nowMs);
    return Number.isNaN(date) ? undefined : date;
  }
  return undefined;
}

/** Of a year with two digits: in this century, but in the one before where that is more than 50 years ahead. */
function nearest(year: number, at: (year: number) => number, nowMs: number): number {
  const thisCentury = Math.floor(new Date(nowMs).getUTCFullYear() / 100) * 100;
  const date = at(thisCentury + year);
  return date - nowMs > FIFTY_YEARS_MS ? at(thisCentury - 100 + year) : date;
}
