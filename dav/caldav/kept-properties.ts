/**
 * Properties whose iCalendar data is the clients' own business and comes back as it was set, but has to be valid: it will
 * be read by other clients of the account.
 */
import {
  CalendarDataError,
  checkAlarms,
  defaultCalendarLimits,
  readAvailability,
} from '../icalendar/index.js';
import { DavError } from '../http/errors.js';
import type { KeptProperty } from '../live-property.js';
import { textValue } from '../webdav/text-value.js';
import type { XmlElement } from '../xml/element.js';
import { caldav } from '../xml/names.js';
import { requireRscale } from './rscale.js';

/** Beyond what a resource keeps of all its properties. */
const MAX_CHARACTERS = 1024 * 1024;

function checked(value: XmlElement, check: (text: string) => void): void {
  const given = textValue(value, MAX_CHARACTERS) ?? '';
  try {
    check(given);
  } catch (error) {
    if (!(error instanceof CalendarDataError)) throw error;
    throw new DavError(403, error.message, { precondition: caldav(error.precondition) });
  }
}

export const caldavKeptProperties: readonly KeptProperty[] = [
  {
    // RFC 7953 §7.2.4
    name: caldav('calendar-availability'),
    check: (value) => {
      checked(value, (text) => {
        requireRscale(readAvailability(text, defaultCalendarLimits));
      });
    },
  },
  // Of CalendarServer and Apple's clients: the alarms that a client gives to new events and tasks.
  ...['vevent-datetime', 'vevent-date', 'vtodo-datetime', 'vtodo-date'].map((of): KeptProperty => ({
    name: caldav(`default-alarm-${of}`),
    check: (value) => {
      checked(value, (text) => {
        checkAlarms(text, defaultCalendarLimits);
      });
    },
  })),
];
