/** CALDAV:min-date-time and max-date-time (RFC 4791 §5.2.6, §5.2.7): what holds for every date that an object names. */
import { endOfYears, dayOf, secondsPerDay } from './civil.js';
import { propertiesOf, type Component, type Property } from './content-lines.js';
import { CalendarDataError } from './errors.js';
import type { CalendarLimits } from './limits.js';
import { parseRecurrenceRule } from './recurrence/index.js';
import { readDateTime, tzidOf, type DateTime } from './values.js';
import { resolveZone, utcZone, type ZoneSource } from './zones/index.js';

/**
 * The first and the last second of what iCalendar's four digits can write, without the year 0000, which the Gregorian
 * calendar does not have: epoch seconds.
 */
export const earliestDateTime = dayOf(1, 1, 1) * secondsPerDay;
export const latestDateTime = endOfYears * secondsPerDay - 1;

/** Farther from a limit than this, no time zone brings a date across it. */
const anyOffset = 2 * secondsPerDay;

const dated = new Set([
  ...['DTSTART', 'DTEND', 'DUE', 'COMPLETED', 'CREATED', 'DTSTAMP', 'LAST-MODIFIED', 'RECURRENCE-ID'],
  ...['EXDATE', 'RDATE', 'FREEBUSY', 'TRIGGER', 'ACKNOWLEDGED'],
]);

/**
 * Looks at every explicit date of components and of what stands in them; instances that a rule makes may lie anywhere.
 * @throws CalendarDataError `min-date-time` or `max-date-time`
 */
export function checkDates(
  components: readonly Component[],
  object: ZoneSource,
  limits: Pick<CalendarLimits, 'minDateTime' | 'maxDateTime'>,
): void {
  const { minDateTime, maxDateTime } = limits;
  if (minDateTime === null && maxDateTime === null) return;
  for (const component of components) {
    for (const date of datesIn(component)) checkDate(date, object, limits);
    checkDates(component.components, object, limits);
  }
}

function* datesIn(component: Component): Generator<DateTime> {
  for (const property of component.properties) if (dated.has(property.name)) yield* datesOf(property);
  for (const { value } of propertiesOf(component, 'RRULE')) {
    const { until } = parseRecurrenceRule(value);
    if (until) yield until;
  }
}

function* datesOf(property: Property): Generator<DateTime> {
  const tzid = tzidOf(property);
  // A period is its two ends; what is a duration is no date.
  for (const part of property.value.trimEnd().split(/[,/]/)) {
    const date = readDateTime(part, tzid);
    if (date) yield date;
  }
}

function checkDate(
  date: DateTime,
  object: ZoneSource,
  { minDateTime, maxDateTime }: Pick<CalendarLimits, 'minDateTime' | 'maxDateTime'>,
): void {
  const min = minDateTime ?? Number.NEGATIVE_INFINITY;
  const max = maxDateTime ?? Number.POSITIVE_INFINITY;
  if (date.local >= min + anyOffset && date.local <= max - anyOffset) return;
  const zone = date.tzid === null ? undefined : resolveZone(date.tzid, object);
  const instant = (zone ?? utcZone).toUtc(date.local);
  if (instant < min) {
    const sentence = 'The object has a date before the earliest that is stored here.';
    throw new CalendarDataError('min-date-time', sentence);
  }
  if (instant > max) {
    const sentence = 'The object has a date after the latest that is stored here.';
    throw new CalendarDataError('max-date-time', sentence);
  }
}
