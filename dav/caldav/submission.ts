/** Calendar objects at PUT: the preconditions of RFC 4791 §5.3.2.1 that need no storage. */
import {
  CalendarDataError,
  defaultCalendarLimits,
  earliestDateTime,
  latestDateTime,
  parseCalendarObject,
} from '../icalendar/index.js';
import { DavError } from '../http/errors.js';
import { isUtf8, mediaTypeOf } from '../http/media-type.js';
import type { DavLimits } from '../limits.js';
import type { Submission } from '../submission.js';
import { caldav } from '../xml/names.js';
import { calendarIndex } from './indexing.js';
import { iCalendar, listOfMediaTypes, mediaTypeNamed } from './media-types.js';
import type { CalendarMediaType } from './media-types.js';
import { requireRscale } from './rscale.js';

/**
 * Reads a calendar object that is to be stored: as it came, or as the iCalendar that it says in jCal or xCal.
 * @throws DavError 403 with the precondition element that the data fails
 */
export function readCalendarSubmission(
  body: Uint8Array,
  contentType: string | undefined,
  limits: DavLimits,
): Submission {
  const media = notationOf(contentType);
  try {
    const stored = media === iCalendar ? body : Buffer.from(media.read(body));
    const object = parseCalendarObject(stored, {
      ...defaultCalendarLimits,
      maxInstances: limits.maxInstances,
      maxAttendees: limits.maxAttendees,
      minDateTime: earliestDateTime,
      maxDateTime: latestDateTime,
    });
    requireRscale(object.components);
    return {
      uid: object.uid,
      component: object.component,
      version: '2.0',
      ...(media === iCalendar ? {} : { converted: stored }),
      index: (collection, now) => calendarIndex(object, collection.zone, now),
    };
  } catch (error) {
    throw refusal(error);
  }
}

function notationOf(contentType: string | undefined): CalendarMediaType {
  const given = mediaTypeOf(contentType);
  if (given === undefined) return iCalendar;
  const media = isUtf8(given.charset) ? mediaTypeNamed(given.type) : undefined;
  if (media !== undefined) return media;
  throw new DavError(403, `A calendar takes ${listOfMediaTypes} in UTF-8, not ${given.type}.`, {
    precondition: caldav('supported-calendar-data'),
  });
}

function refusal(error: unknown): unknown {
  if (!(error instanceof CalendarDataError)) return error;
  return new DavError(403, error.message, { precondition: caldav(error.precondition) });
}
