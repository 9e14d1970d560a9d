/** Time zones that clients name by a VTIMEZONE (RFC 4791 §5.2.2, §9.8). */
import { CalendarDataError, zoneOfVtimezone } from '../icalendar/index.js';
import { DavError } from '../http/errors.js';
import { caldav } from '../xml/names.js';

/**
 * The IANA zone of an iCalendar object with one VTIMEZONE; null where it is none that has a name.
 * @throws DavError 403 CALDAV:valid-calendar-data for anything else
 */
export function zoneOf(vtimezone: string): string | null {
  try {
    return zoneOfVtimezone(vtimezone) ?? null;
  } catch (error) {
    if (!(error instanceof CalendarDataError)) throw error;
    throw new DavError(403, error.message, { precondition: caldav('valid-calendar-data') });
  }
}
