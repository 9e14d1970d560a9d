/** Calendar days as numbers since 1970-01-01, so that which week an event falls into is plain arithmetic. */
const DAY_MS = 86_400_000;

/** `20260301` */
export function basicDate(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
}

export const dayOf = (year: number, month: number, dayOfMonth: number): number =>
  Date.UTC(year, month - 1, dayOfMonth) / DAY_MS;

export const dayOfMonth = (day: number): number => new Date(day * DAY_MS).getUTCDate();

/** The same day of the month, so many months later; only for days that every month has. */
export function monthsLater(day: number, months: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate()) / DAY_MS;
}

/** Monday first, as RRULE names it. */
export function weekdayName(day: number): string {
  return ['TH', 'FR', 'SA', 'SU', 'MO', 'TU', 'WE'][day % 7] ?? 'MO';
}
