/** The notations in which calendar objects come and go (RFC 4791 §5.2.4, §9.6): iCalendar, jCal and xCal. */
import type { Representation } from '../http/accept.js';
import { fromJcal, fromXcal, toJcal, toXcal } from '../icalendar/formats/index.js';
import { CalendarDataError, calendarTextOf, defaultCalendarLimits } from '../icalendar/index.js';

export interface CalendarMediaType extends Representation {
  /** What tells its entity tag from that of what is stored. */
  readonly tag: string;
  /** Content-Type of an object with that component. */
  readonly header: (component: string) => string;
  /** Of iCalendar text. @throws CalendarDataError for text that has no such notation */
  readonly write: (text: string) => string;
  /** To iCalendar text. @throws CalendarDataError for bytes that are not of this notation */
  readonly read: (bytes: Uint8Array) => string;
}

/** Characters: to write as many in XML takes 40 ms of CPU time, and nobody else has his turn meanwhile. */
const MAX_WRITTEN = 160 * 1024;

function bounded(text: string): string {
  if (text.length <= MAX_WRITTEN) return text;
  const sentence = `an object of more than ${MAX_WRITTEN} characters is given as ${iCalendar.mediaType} alone`;
  throw new CalendarDataError('supported-calendar-data', `${sentence}.`);
}

/** What objects are stored as: their bytes stay as they came. */
export const iCalendar: CalendarMediaType = {
  mediaType: 'text/calendar',
  version: '2.0',
  tag: 'ics',
  header: (component) => `text/calendar; charset=utf-8; component=${component}`,
  write: (text) => text,
  read: calendarTextOf,
};

export const calendarMediaTypes: readonly CalendarMediaType[] = [
  iCalendar,
  {
    // RFC 7265 §7
    mediaType: 'application/calendar+json',
    version: '2.0',
    tag: 'json',
    header: (component) => `application/calendar+json; component=${component}`,
    write: (text) => toJcal(bounded(text), defaultCalendarLimits),
    read: (bytes) => fromJcal(calendarTextOf(bytes), defaultCalendarLimits),
  },
  {
    // RFC 6321 §6
    mediaType: 'application/calendar+xml',
    version: '2.0',
    tag: 'xml',
    header: (component) => `application/calendar+xml; charset=utf-8; component=${component}`,
    write: (text) => toXcal(bounded(text), defaultCalendarLimits),
    read: (bytes) => fromXcal(bytes, defaultCalendarLimits),
  },
];

/** The type of that name (lower case) and version; undefined for another. */
export function mediaTypeNamed(type: string, version = '2.0'): CalendarMediaType | undefined {
  return calendarMediaTypes.find((each) => each.mediaType === type && each.version === version);
}

export const listOfMediaTypes = calendarMediaTypes
  .map(({ mediaType, version }) => `${mediaType} ${version}`)
  .join(', ');
