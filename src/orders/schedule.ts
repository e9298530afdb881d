import * as Instant from 'temporal-polyfill/fns/Instant';
import * as PlainDate from 'temporal-polyfill/fns/PlainDate';
import * as ZonedDateTime from 'temporal-polyfill/fns/ZonedDateTime';
import { SHIPPING_INTERVALS, type ShippingInterval } from '../vocabulary.ts';

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
    return PlainDate.toString(read(text));
  } catch {
    return undefined;
  }
}

/** Today where the business is. */
export function today(nowMs: number, timezone: string): CalendarDate {
  const now = Instant.toZonedDateTimeISO(Instant.fromEpochMilliseconds(nowMs), timezone);
  return PlainDate.toString(ZonedDateTime.toPlainDate(now));
}

/**
 * Due date `period` (0 is the start) of a schedule: always counted from the start, so a schedule from the 31st
 * goes 28 February, 31 March, never 28 March.
 */
export function dueDate(startsOn: CalendarDate, interval: ShippingInterval, period: number): CalendarDate {
  return dueDateFrom(read(startsOn), interval, period);
}

/** Which period's due date is the latest on or before `date`; -1 before the start. */
export function latestPeriod(startsOn: CalendarDate, interval: ShippingInterval, date: CalendarDate): number {
  return latestFrom(startsOn, read(startsOn), interval, date);
}

/**
 * What is due on `day`: one shipment for the latest due date, however many were missed; undefined if nothing is.
 * A next due date that is none of the schedule's own (someone put a delivery off) counts as one.
 */
export function planPeriod(schedule: Schedule, day: CalendarDate): PlannedPeriod | undefined {
  const { startsOn, shippingInterval, nextDueOn } = schedule;
  if (nextDueOn > day) return undefined;
  const start = read(startsOn);
  const latest = latestFrom(startsOn, start, shippingInterval, day);
  const latestDueOn = dueDateFrom(start, shippingInterval, latest);
  const following = dueDateFrom(start, shippingInterval, latest + 1);
  // Nearly always nothing was missed: then there is nothing to count.
  if (latestDueOn <= nextDueOn) return { dueOn: nextDueOn, skippedPeriods: 0, nextDueOn: following };
  const expected = periodOnOrAfter(startsOn, shippingInterval, nextDueOn);
  const putOff = dueDateFrom(start, shippingInterval, expected) === nextDueOn ? 0 : 1;
  return { dueOn: latestDueOn, skippedPeriods: latest - expected + putOff, nextDueOn: following };
}

/** The first due date after `date`; the start where that is null. */
export function firstDueAfter(
  startsOn: CalendarDate,
  interval: ShippingInterval,
  date: CalendarDate | null,
): CalendarDate {
  return dueDate(startsOn, interval, date === null ? 0 : latestPeriod(startsOn, interval, date) + 1);
}

function periodOnOrAfter(startsOn: CalendarDate, interval: ShippingInterval, date: CalendarDate): number {
  const dayBefore = PlainDate.toString(PlainDate.subtractDays(read(date), 1));
  return latestPeriod(startsOn, interval, dayBefore) + 1;
}

function dueDateFrom(start: PlainDate.Record, interval: ShippingInterval, period: number): CalendarDate {
  const step = SHIPPING_INTERVALS[interval];
  const date =
    'days' in step
      ? PlainDate.addDays(start, step.days * period)
      : PlainDate.addMonths(start, step.months * period);
  return PlainDate.toString(date);
}

function latestFrom(
  startsOn: CalendarDate,
  start: PlainDate.Record,
  interval: ShippingInterval,
  date: CalendarDate,
): number {
  if (date < startsOn) return -1;
  const step = SHIPPING_INTERVALS[interval];
  if ('days' in step) return Math.floor(PlainDate.diffDays(start, read(date)) / step.days);
  const period = Math.floor((monthNumber(date) - monthNumber(startsOn)) / step.months);
  return dueDateFrom(start, interval, period) > date ? period - 1 : period;
}

/** Months since year 0. */
function monthNumber(date: CalendarDate): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));
}

/** @throws RangeError where there is no such day. */
function read(date: CalendarDate): PlainDate.Record {
  return PlainDate.create(Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8)));
}
