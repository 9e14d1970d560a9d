/** CALDAV:calendar-data in reports (RFC 4791 §9.6): what was stored, or the part of it that is asked for. */
import type { Collection } from '../../storage/index.js';
import { DavError } from '../http/errors.js';
import type { ObjectReport } from '../http/object-responses.js';
import { CalendarDataError, ExpansionError } from '../icalendar/index.js';
import type { TimezonesWanted } from '../icalendar/index.js';
import type { DavLimits } from '../limits.js';
import type { LiveProperty } from '../live-property.js';
import type { XmlElement } from '../xml/element.js';
import { child } from '../xml/element.js';
import { storedText } from '../xml/long-text.js';
import { caldav, dav } from '../xml/names.js';
import { calendarObjects } from './large-objects.js';
import { iCalendar, listOfMediaTypes, mediaTypeNamed } from './media-types.js';
import type { CalendarMediaType } from './media-types.js';
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
  attributes: (resource) => ('dataAttributes' in resource ? (resource.dataAttributes ?? '') : ''),
};

export interface CalendarDataOptions {
  readonly limits: DavLimits;
  /** IANA zone for floating times and dates; undefined where the request names none. */
  readonly zone?: string | undefined;
  /** The CalDAV-Timezones header (RFC 7809 §7.1). */
  readonly timezones?: TimezonesWanted | undefined;
}

/**
 * How a report wants to see calendar objects (RFC 4791 §9.6): nothing where it wants them as they are stored. An object
 * that cannot be read is sent as it is stored, unless another notation is asked for.
 * @throws DavError 403 CALDAV:supported-calendar-data for a media type or version that is not advertised; 400 for an
 * element that is not as the RFC has it. The projection throws one with 507 DAV:number-of-matches-within-limits for an
 * object that has too many instances.
 */
export function readCalendarDataRequest(
  body: XmlElement,
  { limits, zone, timezones }: CalendarDataOptions,
): Pick<ObjectReport, 'project' | 'dataAttributes'> {
  const asStored = { project: undefined };
  const prop = child(body, dav('prop'));
  const wanted = prop === undefined ? undefined : child(prop, calendarDataName);
  if (wanted === undefined) return asStored;
  const media = requireSupported(wanted);
  const projection = readProjection(wanted);
  if (projection === undefined && timezones === undefined && media === iCalendar) return asStored;
  const { maxInstances } = limits;
  const project = async (data: Uint8Array, { zone: own }: Pick<Collection, 'zone'>): Promise<Uint8Array> => {
    try {
      return await calendarObjects.written({
        data,
        projection,
        timezones,
        mediaType: media.mediaType,
        zone: zone ?? own ?? 'UTC',
        maxInstances,
      });
    } catch (error) {
      if (error instanceof CalendarDataError && media === iCalendar) return data;
      throw refusalOf(error, media);
    }
  };
  return media === iCalendar ? { project } : { project, dataAttributes: attributesOf(media) };
}

export const attributesOf = ({ mediaType, version }: CalendarMediaType): string =>
  ` content-type="${mediaType}" version="${version}"`;

function refusalOf(error: unknown, { mediaType }: CalendarMediaType): unknown {
  if (error instanceof ExpansionError) {
    return new DavError(507, `This object cannot be expanded here: ${error.message}`, {
      precondition: dav('number-of-matches-within-limits'),
    });
  }
  if (!(error instanceof CalendarDataError)) return error;
  return new DavError(403, `This object cannot be written as ${mediaType}: ${error.message}`, {
    precondition: caldav('supported-calendar-data'),
  });
}

function requireSupported({ attributes }: XmlElement): CalendarMediaType {
  const type = attributes.get('content-type') ?? 'text/calendar';
  const version = attributes.get('version') ?? '2.0';
  const media = mediaTypeNamed(type.trim().toLowerCase(), version);
  if (media !== undefined) return media;
  throw new DavError(403, `Calendar objects are sent as ${listOfMediaTypes}, not ${type} ${version}.`, {
    precondition: caldav('supported-calendar-data'),
  });
}
