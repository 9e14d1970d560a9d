/** Time zones that clients name, by a VTIMEZONE (RFC 4791 §5.2.2, §9.8) or by their identifier (RFC 7809). */
import type { IncomingHttpHeaders } from 'node:http';
import {
  CalendarDataError,
  isKnownZone,
  PRODUCT_ID,
  tzidOfVtimezone,
  vtimezoneText,
  zoneOfVtimezone,
} from '../icalendar/index.js';
import type { TimezonesWanted } from '../icalendar/index.js';
import { DavError } from '../http/errors.js';
import type { XmlElement } from '../xml/element.js';
import { child, text } from '../xml/element.js';
import { caldav } from '../xml/names.js';

/**
 * The zone of an iCalendar object with one VTIMEZONE: its IANA name, or the object itself where it has none.
 * @throws DavError 403 CALDAV:valid-calendar-data for anything else
 */
export function zoneOf(vtimezone: string): string {
  try {
    return zoneOfVtimezone(vtimezone);
  } catch (error) {
    if (!(error instanceof CalendarDataError)) throw error;
    throw new DavError(403, error.message, { precondition: caldav('valid-calendar-data') });
  }
}

/**
 * The zone of an identifier, as it was given.
 * @throws DavError 403 CALDAV:valid-timezone for one that is not known here (RFC 7809 §3.1.5)
 */
export function zoneOfId(identifier: string): string {
  const id = identifier.trim();
  if (isKnownZone(id)) return id;
  throw new DavError(403, `The time zone ${JSON.stringify(id.slice(0, 100))} is not known here.`, {
    precondition: caldav('valid-timezone'),
  });
}

/**
 * The zone that a calendar-query names for floating times and dates; undefined where it names none.
 * @throws DavError 403 CALDAV:valid-calendar-data or CALDAV:valid-timezone
 */
export function zoneOfQuery(body: XmlElement): string | undefined {
  const identifier = child(body, caldav('timezone-id'));
  if (identifier !== undefined) return zoneOfId(text(identifier));
  const timezone = child(body, caldav('timezone'));
  return timezone === undefined ? undefined : zoneOf(text(timezone));
}

interface CalendarZone {
  readonly timezone: string | null;
  readonly zone: string | null;
}

/** CALDAV:calendar-timezone: as it was set, or made for a zone that was set by its identifier (RFC 7809 §3.1.5). */
export function calendarTimezone({ timezone, zone }: CalendarZone): string | undefined {
  if (timezone !== null || zone === null) return timezone ?? undefined;
  const vtimezone = vtimezoneText(zone);
  if (vtimezone === undefined) return undefined;
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', `PRODID:${PRODUCT_ID}`, `${vtimezone}END:VCALENDAR`, ''].join(
    '\r\n',
  );
}

/** CALDAV:calendar-timezone-id: always the TZID of what `calendarTimezone` gives. */
export function calendarTimezoneId({ timezone, zone }: CalendarZone): string | undefined {
  if (timezone === null) return zone ?? undefined;
  return tzidOfVtimezone(timezone);
}

/** The CalDAV-Timezones header (RFC 7809 §7.1); undefined where it says nothing. */
export function timezonesWanted(headers: IncomingHttpHeaders): TimezonesWanted | undefined {
  const said = String(headers['caldav-timezones'] ?? '')
    .trim()
    .toUpperCase();
  return said === 'T' || said === 'F' ? said : undefined;
}
