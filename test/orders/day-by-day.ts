/** A calendar of its own to count by: every day from 1970 to 2999, one after the other, by the Gregorian leap rule. */

interface Day {
  date: string;
  dayOfMonth: number;
  isLastOfMonth: boolean;
}

export function everyDay(): Day[] {
  const days: Day[] = [];
  for (let year = 1970; year <= 2999; year += 1) {
    const isLeap = year % 400 === 0 || (year % 4 === 0 && year % 100 !== 0);
    const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    for (const [month, length] of lengths.entries()) {
      for (let dayOfMonth = 1; dayOfMonth <= length; dayOfMonth += 1) {
        const date = `${year}-${twoDigits(month + 1)}-${twoDigits(dayOfMonth)}`;
        days.push({ date, dayOfMonth, isLastOfMonth: dayOfMonth === length });
      }
    }
  }
  return days;
}

/** The first due dates of a schedule, found by walking over the days: at most `count`, fewer at the calendar's end. */
export function walkDueDates(
  days: readonly Day[],
  startIndex: number,
  interval: 'weekly' | 'monthly',
  count: number,
): string[] {
  const start = days[startIndex];
  const dates: string[] = [];
  for (let index = startIndex; index < days.length && dates.length < count; index += 1) {
    const day = days[index];
    if (!start || !day) break;
    const isDue =
      interval === 'weekly'
        ? (index - startIndex) % 7 === 0
        : day.dayOfMonth === start.dayOfMonth || (day.isLastOfMonth && day.dayOfMonth < start.dayOfMonth);
    if (isDue) dates.push(day.date);
  }
  return dates;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
