/** Calendar objects at PUT: the preconditions of RFC 4791 §5.3.2.1 that need no storage. */
import {
  CalendarDataError,
  INDEX_VERSION,
  defaultCalendarLimits,
  indexCalendarObject,
  parseCalendarObject,
} from '../icalendar/index.js';
import type { CalendarObject } from '../icalendar/index.js';
import { DavError } from '../http/errors.js';
import { isUtf8, mediaTypeOf } from '../http/media-type.js';
import type { DavLimits } from '../limits.js';
import type { ObjectIndex } from '../../storage/index.js';
import type { Submission } from '../submission.js';
import { caldav } from '../xml/names.js';

/**
 * Reads a calendar object that is to be stored.
 * @throws DavError 403 with the precondition element that the data fails
 */
export function readCalendarSubmission(
  body: Uint8Array,
  contentType: string | undefined,
  limits: DavLimits,
): Submission {
  const media = mediaTypeOf(contentType);
  if (media !== undefined && (media.type !== 'text/calendar' || !isUtf8(media.charset))) {
    throw new DavError(403, `A calendar takes text/calendar in UTF-8, not ${media.type}.`, {
      precondition: caldav('supported-calendar-data'),
    });
  }
  try {
    const object = parseCalendarObject(body, {
      ...defaultCalendarLimits,
      maxInstances: limits.maxInstances,
      maxAttendees: limits.maxAttendees,
    });
    return {
      uid: object.uid,
      component: object.component,
      version: '2.0',
      index: (collection, now) => calendarIndex(object, collection.zone, now),
    };
  } catch (error) {
    throw refusal(error);
  }
}

/** The index of a calendar object, in the shape that storage keeps. `now` in epoch milliseconds. */
export function calendarIndex(object: CalendarObject, zone: string | null, now: number): ObjectIndex {
  const index = indexCalendarObject(object, { zone: zone ?? 'UTC', now: Math.floor(now / 1000) });
  const { windowStart, windowEnd, unbounded, floating, spans } = index;
  const everMatches = unbounded || spans.length > 0;
  return {
    firstStart: everMatches ? (index.firstStart ?? Number.NEGATIVE_INFINITY) : null,
    lastEnd: everMatches ? (index.lastEnd ?? Number.POSITIVE_INFINITY) : null,
    windowStart,
    windowEnd,
    unbounded,
    floating,
    spans,
    version: INDEX_VERSION,
    properties: [],
  };
}

function refusal(error: unknown): unknown {
  if (!(error instanceof CalendarDataError)) return error;
  return new DavError(403, error.message, { precondition: caldav(error.precondition) });
}
