/** CALDAV:calendar-data in reports (RFC 4791 §9.6): what was stored, or the part of it that is asked for. */
import { DavError } from '../http/errors.js';
import type { ObjectReport } from '../http/object-responses.js';
import {
  CalendarDataError,
  calendarTextOf,
  defaultCalendarLimits,
  ExpansionError,
  projectCalendarData,
  withTimezones,
} from '../icalendar/index.js';
import type { TimezonesWanted } from '../icalendar/index.js';
import type { DavLimits } from '../limits.js';
import type { LiveProperty } from '../live-property.js';
import type { XmlElement } from '../xml/element.js';
import { child } from '../xml/element.js';
import { storedText } from '../xml/long-text.js';
import { caldav, dav } from '../xml/names.js';
import { readProjection } from './projection-request.js';

export const calendarDataName = caldav('calendar-data');

/** A value only inside reports, which fetch the bytes. */
export const calendarData: LiveProperty = {
  name: calendarDataName,
  appliesTo: ['calendar-object'],
  get: (resource) => {
    if (resource.kind !== 'calendar-object') return undefined;
    const { data } = resource;
    return data instanceof Uint8Array ? storedText(data) : data;
  },
};

export interface CalendarDataOptions {
  readonly limits: DavLimits;
  /** IANA zone for floating times and dates; undefined where the request names none. */
  readonly zone?: string | undefined;
  /** The CalDAV-Timezones header (RFC 7809 §7.1). */
  readonly timezones?: TimezonesWanted | undefined;
}

/** Of one expanded object; one instance may always be as long as it is. */
const MAX_EXPANDED_CHARACTERS = 4 * 1024 * 1024;

/**
 * How a report wants to see calendar objects (RFC 4791 §9.6); undefined for as they are stored. An object that cannot be
 * read is sent as it is stored.
 * @throws DavError 403 CALDAV:supported-calendar-data for a media type or version that is not advertised; 400 for an
 * element that is not as the RFC has it. The projection throws one with 507 DAV:number-of-matches-within-limits for an
 * object that has too many instances.
 */
export function readCalendarDataRequest(
  body: XmlElement,
  { limits, zone, timezones }: CalendarDataOptions,
): ObjectReport['project'] {
  const prop = child(body, dav('prop'));
  const wanted = prop === undefined ? undefined : child(prop, calendarDataName);
  if (wanted === undefined) return undefined;
  requireSupported(wanted);
  const projection = readProjection(wanted);
  if (projection === undefined && timezones === undefined) return undefined;
  const { maxInstances } = limits;
  return (data, collection) => {
    const options = {
      zone: zone ?? collection.zone ?? 'UTC',
      limits: defaultCalendarLimits,
      maxInstances,
      maxCharacters: MAX_EXPANDED_CHARACTERS,
    };
    try {
      const text =
        projection === undefined ? calendarTextOf(data) : projectCalendarData(data, projection, options);
      return Buffer.from(
        timezones === undefined ? text : withTimezones(text, timezones, defaultCalendarLimits),
      );
    } catch (error) {
      if (error instanceof CalendarDataError) return data;
      if (!(error instanceof ExpansionError)) throw error;
      throw new DavError(507, `This object cannot be expanded here: ${error.message}`, {
        precondition: dav('number-of-matches-within-limits'),
      });
    }
  };
}

function requireSupported(wanted: XmlElement): void {
  const type = wanted.attributes.get('content-type') ?? 'text/calendar';
  const version = wanted.attributes.get('version') ?? '2.0';
  if (type.toLowerCase() !== 'text/calendar' || version !== '2.0') {
    throw new DavError(403, `Calendar objects are sent as text/calendar 2.0, not ${type} ${version}.`, {
      precondition: caldav('supported-calendar-data'),
    });
  }
}
