/** CALDAV:calendar-data in reports (RFC 4791 §9.6): what is sent is what was stored. */
import { utf8 } from '../bytes.js';
import { DavError } from '../http/errors.js';
import type { LiveProperty } from '../live-property.js';
import type { XmlElement } from '../xml/element.js';
import { child } from '../xml/element.js';
import { caldav, dav } from '../xml/names.js';
import { escapeText } from '../xml/write.js';

export const calendarDataName = caldav('calendar-data');

/** A value only inside reports, which fetch the bytes. */
export const calendarData: LiveProperty = {
  name: calendarDataName,
  appliesTo: ['calendar-object'],
  get: (resource) =>
    resource.kind === 'calendar-object' && resource.data !== undefined
      ? escapeText(utf8(resource.data))
      : undefined,
};

/**
 * How a report wants to see calendar objects; undefined for as they are stored.
 * @throws DavError 403 CALDAV:supported-calendar-data for a media type or version that is not advertised
 */
export function readCalendarDataRequest(body: XmlElement): ((data: Uint8Array) => Uint8Array) | undefined {
  const prop = child(body, dav('prop'));
  const wanted = prop === undefined ? undefined : child(prop, calendarDataName);
  if (wanted === undefined) return undefined;
  const type = wanted.attributes.get('content-type') ?? 'text/calendar';
  const version = wanted.attributes.get('version') ?? '2.0';
  if (type.toLowerCase() !== 'text/calendar' || version !== '2.0') {
    throw new DavError(403, `Calendar objects are sent as text/calendar 2.0, not ${type} ${version}.`, {
      precondition: caldav('supported-calendar-data'),
    });
  }
  return undefined;
}
