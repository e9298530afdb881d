import { Temporal } from 'temporal-polyfill';
import type { ShippingInterval } from '../db/tables.ts';

/** A calendar date in the business's time zone, `YYYY-MM-DD`: compares as text, knows no clock changes. */
export type CalendarDate = string;

export interface Schedule {
  startsOn: CalendarDate;
  shippingInterval: ShippingInterval;
  nextDueOn: CalendarDate;
}

/** The shipment that a schedule asks for on a day, and how the schedule goes on after it. */
export interface PlannedPeriod {
  dueOn: CalendarDate;
  /** Due dates before `dueOn` that were never shipped. */
  skippedPeriods: number;
  nextDueOn: CalendarDate;
}

/** Due dates are kept to years that have four digits and that SQLite, the providers and people agree on. */
const FIRST_DATE = '1970-01-01';
const LAST_DATE = '2999-12-31';

/** The date itself where it is a real one between 1970 and 2999, strictly `YYYY-MM-DD`. */
export function parseCalendarDate(text: string): CalendarDate | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < FIRST_DATE || text > LAST_DATE) return undefined;
  try {
    return Temporal.PlainDate.from(text).toString();
  } catch {
    return undefined;
  }
}

/** Today where the business is. */
export function today(nowMs: number, timezone: string): CalendarDate {
  return Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(timezone).toPlainDate().toString();
}

/**
 * Due date `period` (0 is the start) of a schedule: always counted from the start, so a schedule from the 31st
 * goes 28 February, 31 March, never 28 March.
 */
export function dueDate(startsOn: CalendarDate, interval: ShippingInterval, period: number): CalendarDate {
  const duration = interval === 'weekly' ? { weeks: period } : { months: period };
  return Temporal.PlainDate.from(startsOn).add(duration, { overflow: 'constrain' }).toString();
}

/** Which period's due date is the latest on or before `date`; -1 before the start. */
export function latestPeriod(startsOn: CalendarDate, interval: ShippingInterval, date: CalendarDate): number {
  const start = Temporal.PlainDate.from(startsOn);
  const end = Temporal.PlainDate.from(date);
  if (interval === 'weekly')
    return Math.max(-1, Math.floor(start.until(end, { largestUnit: 'day' }).days / 7));
  const months = (end.year - start.year) * 12 + end.month - start.month;
  return Math.max(-1, dueDate(startsOn, interval, months) > date ? months - 1 : months);
}

/** What is due on `day`: one shipment for the latest due date, however many were missed; undefined if nothing is. */
export function planPeriod(schedule: Schedule, day: CalendarDate): PlannedPeriod | undefined {
  if (schedule.nextDueOn > day) return undefined;
  const { startsOn, shippingInterval } = schedule;
  const latest = latestPeriod(startsOn, shippingInterval, day);
  // The period before the expected one, so that a next due date between two periods counts as the later one.
  const shipped = latestPeriod(startsOn, shippingInterval, dayBefore(schedule.nextDueOn));
  return {
    dueOn: dueDate(startsOn, shippingInterval, latest),
    skippedPeriods: latest - shipped - 1,
    nextDueOn: dueDate(startsOn, shippingInterval, latest + 1),
  };
}

/** The first due date on or after `date`. */
export function dueOnOrAfter(
  startsOn: CalendarDate,
  interval: ShippingInterval,
  date: CalendarDate,
): CalendarDate {
  return dueDate(startsOn, interval, latestPeriod(startsOn, interval, dayBefore(date)) + 1);
}

function dayBefore(date: CalendarDate): CalendarDate {
  return Temporal.PlainDate.from(date).subtract({ days: 1 }).toString();
}
