/** CALDAV:time-range and its kin (RFC 4791 §9.9): UTC date-times, half-open. */
import { badRequest, DavError } from '../http/errors.js';
import { earliestDateTime } from '../icalendar/index.js';
import type { BoundedRange } from '../icalendar/index.js';
import type { XmlElement } from '../xml/element.js';
import { caldav } from '../xml/names.js';

/** Epoch seconds; a missing side is open. */
export interface TimeRange {
  readonly start?: number;
  readonly end?: number;
}

export const invalidFilter = (sentence: string): DavError =>
  new DavError(403, sentence, { precondition: caldav('valid-filter') });

type Refusal = (sentence: string) => DavError;

/** @throws DavError 403 CALDAV:min-date-time for the year 0000, CALDAV:valid-filter for a range without either side, with other than UTC times, or empty */
export function readTimeRange(element: XmlElement): TimeRange {
  return readRange(element, invalidFilter);
}

/**
 * A range that has both sides: CALDAV:expand and the two limits (RFC 4791 §9.6.5 to §9.6.7).
 * @throws DavError 400, as the RFC names no precondition for it
 */
export function readBoundedRange(element: XmlElement): BoundedRange {
  const { start, end } = readRange(element, badRequest);
  if (start === undefined || end === undefined) throw badRequest('This time range needs a start and an end.');
  return { start, end };
}

function readRange(element: XmlElement, refusal: Refusal): TimeRange {
  const start = readUtc(element.attributes.get('start'), refusal);
  const end = readUtc(element.attributes.get('end'), refusal);
  if (start === undefined && end === undefined) throw refusal('A time range needs a start or an end.');
  if (start !== undefined && end !== undefined && end <= start) {
    throw refusal('A time range must end after it starts.');
  }
  return { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
}

function readUtc(value: string | undefined, refusal: Refusal): number | undefined {
  if (value === undefined) return undefined;
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(value.trim());
  if (match === null)
    throw refusal(`Times in a time range look like 20260131T120000Z, not ${JSON.stringify(value)}.`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const instant = new Date(0);
  instant.setUTCFullYear(year, month - 1, day);
  instant.setUTCHours(hour, minute, Math.min(second, 59));
  if (
    instant.getUTCMonth() !== month - 1 ||
    instant.getUTCDate() !== day ||
    hour > 23 ||
    minute > 59 ||
    second > 60
  ) {
    throw refusal(`${JSON.stringify(value)} is no date and time.`);
  }
  // §7.8, §7.9: the year 0000; nothing that these digits can write is after CALDAV:max-date-time.
  if (instant.getTime() / 1000 < earliestDateTime) {
    throw new DavError(403, `The time ${value} is before the earliest date that calendars hold here.`, {
      precondition: caldav('min-date-time'),
    });
  }
  return instant.getTime() / 1000;
}
