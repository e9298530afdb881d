import type { ShippingInterval } from '../../src/vocabulary.ts';

const DAY_MS = 86_400_000;

/** The due dates of an order up to a day, day by day: counted another way than the program does. */
export function dueDatesUpTo(startsOn: string, interval: ShippingInterval, lastDay: string): string[] {
  const dates: string[] = [];
  const startMs = Date.parse(startsOn);
  const startDay = new Date(startMs).getUTCDate();
  for (let dayMs = startMs; dateOf(dayMs) <= lastDay; dayMs += DAY_MS) {
    const isDue =
      interval === 'weekly' ? ((dayMs - startMs) / DAY_MS) % 7 === 0 : isMonthly(new Date(dayMs), startDay);
    if (isDue) dates.push(dateOf(dayMs));
  }
  return dates;
}

/** The same day of the month, or its last one where the month is too short. */
function isMonthly(day: Date, startDay: number): boolean {
  const isLastOfMonth = new Date(day.getTime() + DAY_MS).getUTCDate() === 1;
  return day.getUTCDate() === startDay || (isLastOfMonth && day.getUTCDate() < startDay);
}

export function dateOf(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 10);
}
