import { civilOf, endOfYears, secondsPerDay } from './civil.js';
import type { Property } from './content-lines.js';
import type { Clocks } from './timing.js';
import { readDateTime, readPeriod, tzidOf, type DateTime } from './values.js';
import type { Zone } from './zones/index.js';

const yearZero = -719_528 * secondsPerDay;

/**
 * An instant in the form of `like`: a date or a floating time on the zone's clock, anything else in UTC (RFC 5545 §3.3.4,
 * §3.3.5). Years are those that four digits can write.
 */
export function formatTime(like: DateTime, utc: number, zone: Zone, isFloating: boolean): string {
  if (like.isDate) return formatDate(zone.toLocal(utc));
  return isFloating ? formatDateTime(zone.toLocal(utc)) : formatUtc(utc);
}

/** RFC 5545 §3.3.5, form 2: `20060104T150000Z`. */
export function formatUtc(instant: number): string {
  return `${formatDateTime(instant)}Z`;
}

function formatDate(seconds: number): string {
  const { year, month, day } = civilOf(Math.floor(withinYears(seconds) / secondsPerDay));
  return `${digits(year, 4)}${digits(month, 2)}${digits(day, 2)}`;
}

function formatDateTime(seconds: number): string {
  const clamped = withinYears(seconds);
  const time = ((clamped % secondsPerDay) + secondsPerDay) % secondsPerDay;
  const [hour, minute] = [Math.floor(time / 3600), Math.floor((time % 3600) / 60)];
  return `${formatDate(clamped)}T${digits(hour, 2)}${digits(minute, 2)}${digits(time % 60, 2)}`;
}

function withinYears(seconds: number): number {
  return Math.min(Math.max(seconds, yearZero), endOfYears * secondsPerDay - 1);
}

function digits(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

/** The value of a property with a TZID, its times in UTC; as it stands where it holds anything but times. */
export function inUtc(property: Property, clocks: Clocks): string {
  const tzid = tzidOf(property);
  const written = property.value
    .trimEnd()
    .split(',')
    .map((text) => timeInUtc(text, tzid, clocks));
  return written.includes(undefined) ? property.value : written.join(',');
}

function timeInUtc(text: string, tzid: string | null, clocks: Clocks): string | undefined {
  const format = (value: DateTime): string =>
    formatTime(value, clocks.instant(value), clocks.of(value), false);
  const value = readDateTime(text, tzid);
  if (value) return format(value);
  const period = readPeriod(text, tzid);
  if (!period) return undefined;
  return `${format(period.start)}/${period.end ? format(period.end) : text.slice(text.indexOf('/') + 1)}`;
}
