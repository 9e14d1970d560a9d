import { dayOf, daysInMonth, secondsPerDay } from './civil.js';
import { parameterOf, type Property } from './content-lines.js';
import { invalidData, quoted } from './errors.js';

/**
 * RFC 5545 §3.3.4 and §3.3.5. `local` is seconds since 1970-01-01T00:00:00 on the value's own clock: UTC when `utc`, the
 * zone named by `tzid`, or floating. A date stands for its midnight.
 */
export interface DateTime {
  readonly isDate: boolean;
  readonly utc: boolean;
  readonly local: number;
  readonly tzid: string | null;
}

/** RFC 5545 §3.3.6. Days (and weeks) are nominal, hours to seconds exact; both carry the sign. */
export interface Duration {
  readonly days: number;
  readonly seconds: number;
}

/** RFC 5545 §3.3.9: an end or a duration. */
export interface Period {
  readonly start: DateTime;
  readonly end: DateTime | null;
  readonly duration: Duration | null;
}

const zero = 0x30;

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index += 1) {
    const digit = text.charCodeAt(index) - zero;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** Reads a DATE or DATE-TIME by its own shape; undefined when it is neither, or no day or time there is. */
export function readDateTime(text: string, tzid: string | null): DateTime | undefined {
  const { length } = text;
  if (length !== 8 && length !== 15 && length !== 16) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 4, 6);
  const day = digits(text, 6, 8);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return undefined;
  const midnight = dayOf(year, month, day) * secondsPerDay;
  if (length === 8) return { isDate: true, utc: false, local: midnight, tzid: null };
  const hour = digits(text, 9, 11);
  const minute = digits(text, 11, 13);
  const second = digits(text, 13, 15);
  // Second 60 is a leap second (§3.3.12); on a clock without leap seconds it reads as 59.
  if (text[8] !== 'T' || !(hour <= 23 && minute <= 59 && second <= 60)) return undefined;
  const utc = length === 16;
  if (utc && text[15] !== 'Z') return undefined;
  const local = midnight + hour * 3600 + minute * 60 + Math.min(second, 59);
  return { isDate: false, utc, local, tzid: utc ? null : tzid };
}

const durationShape =
  /^([+-]?)P(?:(\d{1,6})W|(?:(\d{1,7})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10})S)?)?)$/;

/** Reads a DURATION; undefined when it is none. */
export function readDuration(text: string): Duration | undefined {
  const match = durationShape.exec(text);
  if (!match || !/\d/.test(text) || text.endsWith('T')) return undefined;
  const sign = match[1] === '-' ? -1 : 1;
  const part = (index: number): number => Number(match[index] ?? 0);
  return {
    days: sign * (part(2) * 7 + part(3)) || 0,
    seconds: sign * (part(4) * 3600 + part(5) * 60 + part(6)) || 0,
  };
}

/** Reads a PERIOD; undefined when it is none. */
export function readPeriod(text: string, tzid: string | null): Period | undefined {
  const slash = text.indexOf('/');
  if (slash === -1) return undefined;
  const start = readDateTime(text.slice(0, slash), tzid);
  if (!start || start.isDate) return undefined;
  const rest = text.slice(slash + 1);
  const duration = readDuration(rest) ?? null;
  if (duration) return { start, end: null, duration };
  const end = readDateTime(rest, tzid);
  return end && !end.isDate ? { start, end, duration: null } : undefined;
}

/** Reads a UTC-OFFSET (RFC 5545 §3.3.14) as seconds east of UTC; undefined when it is none. */
export function readUtcOffset(text: string): number | undefined {
  const match = /^([+-])(\d{2})(\d{2})(\d{2})?$/.exec(text);
  if (!match) return undefined;
  const [hours, minutes, seconds] = [Number(match[2]), Number(match[3]), Number(match[4] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return (match[1] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds) || 0;
}

/** TEXT (RFC 5545 §3.3.11) without its escapes. */
export function unescapeText(value: string): string {
  if (!value.includes('\\')) return value;
  return value.replace(/\\([\\;,nN])/g, (_, char: string) => (char === 'n' || char === 'N' ? '\n' : char));
}

/** The TZID parameter without the spaces that Outlook leaves at its end; null when there is none. */
export function tzidOf(property: Property): string | null {
  const tzid = parameterOf(property, 'TZID');
  return tzid === undefined ? null : tzid.trim();
}

/** @throws CalendarDataError `valid-calendar-data` when the property's value is no DATE or DATE-TIME. */
export function dateTimeOf(property: Property): DateTime {
  const value = readDateTime(property.value.trimEnd(), tzidOf(property));
  if (!value)
    throw invalidData(`${property.name} is no date or time that exists: ${quoted(property.value)}.`);
  return value;
}

/** @throws CalendarDataError `valid-calendar-data` when the property's value is no DURATION. */
export function durationOf(property: Property): Duration {
  const value = readDuration(property.value.trimEnd());
  if (!value) throw invalidData(`${property.name} is no duration: ${quoted(property.value)}.`);
  return value;
}
