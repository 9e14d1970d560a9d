/** Calendar objects at PUT: the preconditions of RFC 4791 §5.3.2.1 that need no storage. */
import {
  CalendarDataError,
  defaultCalendarLimits,
  parseCalendarObject,
  supportedRscales,
} from '../icalendar/index.js';
import type { CalendarObject } from '../icalendar/index.js';
import { DavError } from '../http/errors.js';
import { isUtf8, mediaTypeOf } from '../http/media-type.js';
import type { DavLimits } from '../limits.js';
import type { Submission } from '../submission.js';
import { caldav } from '../xml/names.js';
import { calendarIndex } from './indexing.js';

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
    requireRscale(object);
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

function refusal(error: unknown): unknown {
  if (!(error instanceof CalendarDataError)) return error;
  return new DavError(403, error.message, { precondition: caldav(error.precondition) });
}

/** RFC 7529 §10: a rule in a calendar that is not computed here would never be found by its time. */
function requireRscale({ components }: CalendarObject): void {
  for (const { rules, exceptionRules } of components) {
    const other = [...rules, ...exceptionRules].find(({ expandable }) => !expandable);
    if (other === undefined) continue;
    const sentence = `Rules are computed in ${supportedRscales.join(', ')}, not in ${other.rscale ?? ''}.`;
    throw new DavError(403, sentence, { precondition: caldav('supported-rscale') });
  }
}
