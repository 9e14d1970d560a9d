/** The day in an account's time zone. */

/** Such as `2026-03-01`; in UTC where the account has no zone, or one that nobody knows. `at` in epoch milliseconds. */
export function localDay(at: number, timeZone: string | null): string {
  const options = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  try {
    return new Intl.DateTimeFormat('en-CA', { ...options, timeZone: timeZone ?? 'UTC' }).format(at);
  } catch {
    return new Date(at).toISOString().slice(0, 10);
  }
}
