import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dueDate,
  firstDueAfter,
  latestPeriod,
  parseCalendarDate,
  planPeriod,
  today,
} from '../../src/orders/schedule.ts';
import { everyDay, walkDueDates } from './day-by-day.ts';

const PERIODS = 500;
const days = everyDay();
const dates = days.map((day) => day.date);
const indexes = new Map(dates.map((date, index) => [date, index]));
const indexOf = (date: string) => indexes.get(date) ?? Number.NaN;

// Early enough that five hundred months fit before the calendar's end.
const starts = [...days.keys()].slice(0, indexOf('2955-01-01'));
const lateInTheMonth = starts.filter((index) => Number(days[index]?.dayOfMonth) >= 28);
const aroundCenturies = ['2000', '2100', '2200', '2400'].flatMap((year) => {
  const newYear = indexOf(`${year}-01-01`);
  return starts.slice(newYear - 60, newYear + 90);
});

const anInterval = fc.constantFrom('weekly' as const, 'monthly' as const);
const aStart = fc
  .oneof(anyOf(starts), anyOf(lateInTheMonth), anyOf(aroundCenturies))
  .map((index) => ({ index, date: String(dates[index]) }));
const aSchedule = fc.record({ start: aStart, interval: anInterval });

describe('due dates', () => {
  test('are those that walking over the days finds, five hundred periods ahead', () => {
    fc.assert(
      fc.property(aSchedule, ({ start, interval }) => {
        const expected = walkDueDates(days, start.index, interval, PERIODS);

        const found = Array.from({ length: PERIODS }, (_, period) => dueDate(start.date, interval, period));

        expect(found).toEqual(expected);
      }),
    );
  });

  test('of a monthly order are each month once, on its day or on a shorter month’s last', () => {
    const found = [0, 1, 2, 3, 13, 25].map((period) => dueDate('2026-01-31', 'monthly', period));

    expect(found).toEqual([
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
      '2027-02-28',
      '2028-02-29',
    ]);
  });

  test.each([
    ['2096-02-29', 48, '2100-02-28'],
    ['1996-02-29', 48, '2000-02-29'],
    ['2396-02-29', 48, '2400-02-29'],
  ])('keep the century rule: %s and %i months is %s', (start, period, expected) => {
    expect(dueDate(start, 'monthly', period)).toBe(expected);
  });
});

describe('latestPeriod', () => {
  test('is the inverse of dueDate, and stays until the day before the next due date', () => {
    fc.assert(
      fc.property(aSchedule, fc.nat(PERIODS), ({ start, interval }, period) => {
        const on = dueDate(start.date, interval, period);
        const next = dueDate(start.date, interval, period + 1);
        const dayBeforeNext = String(dates[indexOf(next) - 1]);

        expect(latestPeriod(start.date, interval, on)).toBe(period);
        expect(latestPeriod(start.date, interval, dayBeforeNext)).toBe(period);
      }),
    );
  });

  test('is -1 on every day before the start', () => {
    fc.assert(
      fc.property(aSchedule, fc.nat(2_000), ({ start, interval }, distance) => {
        fc.pre(start.index > distance);
        const before = String(dates[start.index - 1 - distance]);

        expect(latestPeriod(start.date, interval, before)).toBe(-1);
      }),
    );
  });
});

describe('firstDueAfter', () => {
  test('is the first due date that is later, and the start where there is no date', () => {
    fc.assert(
      fc.property(aSchedule, fc.integer({ min: -60, max: 3_000 }), ({ start, interval }, distance) => {
        fc.pre(start.index + distance >= 1);
        const date = String(dates[start.index + distance]);
        const expected = walkDueDates(days, start.index, interval, PERIODS).find((due) => due > date);

        expect(firstDueAfter(start.date, interval, date)).toBe(expected);
        expect(firstDueAfter(start.date, interval, null)).toBe(start.date);
      }),
    );
  });
});

describe('planPeriod', () => {
  test('plans the latest due date and counts the missed ones, on any day and after any gap', () => {
    fc.assert(
      fc.property(
        aSchedule,
        fc.nat(PERIODS - 200),
        fc.integer({ min: -40, max: 1_200 }),
        ({ start, interval }, shipped, distance) => {
          const all = walkDueDates(days, start.index, interval, PERIODS);
          const nextDueOn = String(all[shipped]);
          const day = String(dates[Math.max(0, indexOf(nextDueOn) + distance)]);
          const due = all.slice(shipped).filter((date) => date <= day);

          const planned = planPeriod({ startsOn: start.date, shippingInterval: interval, nextDueOn }, day);

          expect(planned).toEqual(
            due.length === 0
              ? undefined
              : {
                  dueOn: due.at(-1),
                  skippedPeriods: due.length - 1,
                  nextDueOn: all[shipped + due.length],
                },
          );
        },
      ),
    );
  });

  test('run daily for a year, plans every due date once and misses none', () => {
    const schedule = {
      startsOn: '2027-12-31',
      shippingInterval: 'monthly' as const,
      nextDueOn: '2027-12-31',
    };
    const planned: string[] = [];

    for (const day of dates.slice(indexOf('2027-12-01'), indexOf('2028-12-01'))) {
      const period = planPeriod(schedule, day);
      if (!period) continue;
      planned.push(period.dueOn);
      schedule.nextDueOn = period.nextDueOn;
    }

    expect(planned).toEqual([
      '2027-12-31',
      '2028-01-31',
      '2028-02-29',
      '2028-03-31',
      '2028-04-30',
      '2028-05-31',
      '2028-06-30',
      '2028-07-31',
      '2028-08-31',
      '2028-09-30',
      '2028-10-31',
      '2028-11-30',
    ]);
  });

  test('after ten weeks without a run plans one shipment; the next due date has not moved', () => {
    const schedule = { startsOn: '2026-05-22', shippingInterval: 'weekly' as const, nextDueOn: '2026-05-22' };

    const planned = planPeriod(schedule, '2026-08-01');

    expect(planned).toEqual({ dueOn: '2026-07-31', skippedPeriods: 10, nextDueOn: '2026-08-07' });
  });

  test('ships on a day that a delivery was put off to, and then on the due dates again', () => {
    const schedule = { startsOn: '2026-05-01', shippingInterval: 'weekly' as const, nextDueOn: '2026-05-12' };

    expect(planPeriod(schedule, '2026-05-11')).toBeUndefined();
    expect(planPeriod(schedule, '2026-05-14')).toEqual({
      dueOn: '2026-05-12',
      skippedPeriods: 0,
      nextDueOn: '2026-05-15',
    });
    expect(planPeriod(schedule, '2026-05-22')).toEqual({
      dueOn: '2026-05-22',
      skippedPeriods: 2,
      nextDueOn: '2026-05-29',
    });
  });
});

describe('parseCalendarDate', () => {
  test('takes every day of the calendar and no other', () => {
    const known = new Set(dates);
    const anyYear = fc.oneof(fc.integer({ min: 1960, max: 3010 }), fc.constantFrom(2000, 2100, 2400));
    fc.assert(
      fc.property(anyYear, fc.nat(14), fc.nat(33), (year, month, day) => {
        const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;

        expect(parseCalendarDate(text)).toBe(known.has(text) ? text : undefined);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    '',
    '2026-5-29',
    '26-05-29',
    '20260529',
    '2026/05/29',
    '29-05-2026',
    ' 2026-05-29',
    '2026-05-29\n',
    '2026-05-29T00:00:00Z',
    '+002026-05-29',
    '２０２６-０５-２９',
    '2026-02-29',
    '2100-02-29',
    '2026-04-31',
    '1969-12-31',
    '3000-01-01',
  ])('refuses %j', (text) => {
    expect(parseCalendarDate(text)).toBeUndefined();
  });
});

describe('today', () => {
  test.each([
    // Clocks go forward at 01:00 UTC: the day is 23 hours long.
    ['Europe/London', '2026-03-28T23:59:59.999Z', '2026-03-28'],
    ['Europe/London', '2026-03-29T00:00:00.000Z', '2026-03-29'],
    ['Europe/London', '2026-03-29T22:59:59.999Z', '2026-03-29'],
    ['Europe/London', '2026-03-29T23:00:00.000Z', '2026-03-30'],
    // And back: 25 hours, with the hour from one to two twice.
    ['Europe/London', '2026-10-24T22:59:59.999Z', '2026-10-24'],
    ['Europe/London', '2026-10-24T23:00:00.000Z', '2026-10-25'],
    ['Europe/London', '2026-10-25T23:59:59.999Z', '2026-10-25'],
    ['Europe/London', '2026-10-26T00:00:00.000Z', '2026-10-26'],
    ['Pacific/Auckland', '2026-04-04T10:59:59.999Z', '2026-04-04'],
    ['Pacific/Auckland', '2026-04-04T11:00:00.000Z', '2026-04-05'],
    ['Pacific/Auckland', '2026-04-05T11:59:59.999Z', '2026-04-05'],
    ['Pacific/Auckland', '2026-04-05T12:00:00.000Z', '2026-04-06'],
    ['Pacific/Auckland', '2026-09-26T12:00:00.000Z', '2026-09-27'],
    ['Pacific/Auckland', '2026-09-27T10:59:59.999Z', '2026-09-27'],
    ['Pacific/Auckland', '2026-09-27T11:00:00.000Z', '2026-09-28'],
    ['America/St_Johns', '2026-03-08T03:29:59.999Z', '2026-03-07'],
    ['America/St_Johns', '2026-03-08T03:30:00.000Z', '2026-03-08'],
    ['America/St_Johns', '2026-03-09T02:29:59.999Z', '2026-03-08'],
    ['America/St_Johns', '2026-03-09T02:30:00.000Z', '2026-03-09'],
    ['America/St_Johns', '2026-11-01T02:30:00.000Z', '2026-11-01'],
    ['America/St_Johns', '2026-11-02T03:29:59.999Z', '2026-11-01'],
    ['America/St_Johns', '2026-11-02T03:30:00.000Z', '2026-11-02'],
    // Samoa left out 30 December 2011.
    ['Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-29'],
    ['Pacific/Apia', '2011-12-30T10:00:00.000Z', '2011-12-31'],
  ])('in %s at %s is %s', (timezone, instant, expected) => {
    expect(today(Date.parse(instant), timezone)).toBe(expected);
  });
});

/** Like `fc.constantFrom`, for more values than a call takes. */
function anyOf(indexes: readonly number[]) {
  return fc.nat(indexes.length - 1).map((position) => Number(indexes[position]));
}
