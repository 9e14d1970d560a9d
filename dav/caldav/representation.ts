/** GET of a calendar object in another form than it is stored in: jCal or xCal, with or without time zones. */
import type { IncomingHttpHeaders } from 'node:http';
import { wantedOf } from '../http/accept.js';
import { DavError } from '../http/errors.js';
import { CalendarDataError } from '../icalendar/index.js';
import type { TimezonesWanted } from '../icalendar/index.js';
import { calendarObjects } from './large-objects.js';
import { calendarMediaTypes, iCalendar } from './media-types.js';
import type { CalendarMediaType } from './media-types.js';
import { timezonesWanted } from './timezone.js';

/** A form in which a calendar object is given. */
export interface CalendarForm {
  readonly media: CalendarMediaType;
  readonly timezones: TimezonesWanted | undefined;
}

/**
 * What the headers ask for; undefined for the object as it is stored. Who wants none of what there is gets that too: what
 * Accept says of calendars is often nothing that was thought about.
 */
export function calendarFormFor(headers: IncomingHttpHeaders): CalendarForm | undefined {
  const wanted = wantedOf(headers.accept);
  let media = iCalendar;
  let { quality } = wanted(iCalendar);
  for (const other of calendarMediaTypes) {
    const { quality: ofOther, named } = wanted(other);
    if (named && ofOther > quality) [media, quality] = [other, ofOther];
  }
  const timezones = timezonesWanted(headers);
  return media === iCalendar && timezones === undefined ? undefined : { media, timezones };
}

/** What tells the entity tag of a form from that of what is stored. */
export const tagOfCalendarForm = ({ media, timezones }: CalendarForm): string =>
  timezones === undefined ? media.tag : `${media.tag}.${timezones}`;

/** @throws DavError 406 CALDAV:supported-calendar-data for an object that has no such form */
export async function inCalendarForm(
  data: Uint8Array,
  { media, timezones }: CalendarForm,
): Promise<Uint8Array> {
  const { mediaType } = media;
  try {
    return await calendarObjects.written({
      data,
      projection: undefined,
      timezones,
      mediaType,
      zone: 'UTC',
      maxInstances: 0,
    });
  } catch (error) {
    if (!(error instanceof CalendarDataError)) throw error;
    if (media === iCalendar) return data;
    throw new DavError(406, `This object cannot be written as ${media.mediaType}: ${error.message}`);
  }
}
