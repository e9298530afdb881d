import * as Instant from 'temporal-polyfill/fns/Instant';
import * as PlainDateTime from 'temporal-polyfill/fns/PlainDateTime';

const DATE = String.raw`(?!0000)\d{4}-\d{2}-\d{2}`;
const TIME = String.raw`(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d`;
const OFFSET = String.raw`(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)`;
const WITHOUT_OFFSET = new RegExp(`^${DATE} ${TIME}$`);
const WITH_OFFSET = new RegExp(`^${DATE}[Tt ]${TIME}(?:\\.\\d{1,9})?${OFFSET}$`);

/**
 * The epoch milliseconds of `YYYY-MM-DD HH:MM:SS` in a time zone, or of RFC 3339 with an offset; undefined where the
 * text is neither, or names a date that does not exist. An hour that a clock change repeats is the first of the two;
 * one that it leaves out is moved forward by as much.
 */
export function parseEventTime(text: string, timezone: string): number | undefined {
  try {
    if (WITH_OFFSET.test(text)) return Instant.fromString(text).epochMilliseconds;
    if (!WITHOUT_OFFSET.test(text)) return undefined;
    const number = (start: number, end: number) => Number(text.slice(start, end));
    const local = PlainDateTime.create(
      number(0, 4),
      number(5, 7),
      number(8, 10),
      number(11, 13),
      number(14, 16),
      number(17, 19),
    );
    return PlainDateTime.toZonedDateTime(local, timezone, { disambiguation: 'compatible' }).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
