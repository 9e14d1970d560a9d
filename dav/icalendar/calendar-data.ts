import { calendarComponentOf, type CalendarComponent } from './calendar-component.js';
import { propertiesOf, propertyOf, readComponents, type Component } from './content-lines.js';
import { CalendarDataError, invalidData } from './errors.js';
import type { CalendarLimits } from './limits.js';
import { checkVtimezone } from './zones/index.js';

/** One VCALENDAR whose properties and values are those of RFC 5545; whether it may be stored is another question. */
export interface CalendarData {
  readonly source: Component;
  /** What stands in it besides time zones and non-standard (X-) components, in the order sent. */
  readonly components: readonly CalendarComponent[];
  /** Its VTIMEZONEs by TZID. */
  readonly timezones: ReadonlyMap<string, Component>;
}

/** vCalendar 1.0 breaks lines in other places than RFC 5545, so that its version is looked for before its grammar. */
const versionOne = /^BEGIN:VCALENDAR\s*\n(?:(?!BEGIN:)[^\n]*\n){0,100}?VERSION:1\.0\s/i;

/**
 * Reads iCalendar text: all that CALDAV:valid-calendar-data covers (RFC 4791 §5.3.2.1), of every VCALENDAR in it.
 * @throws CalendarDataError `supported-calendar-data` for a VERSION other than 2.0, else `valid-calendar-data`
 */
export function readCalendarData(text: string, limits: CalendarLimits): CalendarData[] {
  if (versionOne.test(text)) throw unsupportedVersion();
  const roots = readComponents(text, limits);
  if (roots.length === 0) throw invalidData('The calendar data is empty: it needs a VCALENDAR.');
  const other = roots.find((root) => root.name !== 'VCALENDAR');
  if (other) throw invalidData(`The calendar data holds a ${other.name} outside a VCALENDAR.`);
  return roots.map(calendarDataOf);
}

function unsupportedVersion(): CalendarDataError {
  return new CalendarDataError('supported-calendar-data', 'Only iCalendar of VERSION 2.0 is stored here.');
}

function calendarDataOf(source: Component): CalendarData {
  const [version, second] = propertiesOf(source, 'VERSION');
  if (!version || second) throw invalidData('The VCALENDAR needs one VERSION.');
  if (version.value.trim() !== '2.0') throw unsupportedVersion();
  const timezones = new Map<string, Component>();
  const components: CalendarComponent[] = [];
  const isMessage = propertyOf(source, 'METHOD') !== undefined;
  for (const child of source.components) {
    if (child.name === 'VTIMEZONE') {
      checkVtimezone(child);
      timezones.set(propertyOf(child, 'TZID')?.value.trim() ?? '', child);
    } else if (!child.name.startsWith('X-')) {
      const component = calendarComponentOf(child);
      checkProperties(component, isMessage);
      components.push(component);
    }
  }
  return { source, components, timezones };
}

/** RFC 5545 §3.6.1: what must stand in a component once; DTSTART of an event may be missing beside a METHOD. */
function checkProperties({ source, start }: CalendarComponent, isMessage: boolean): void {
  if (source.name === 'VEVENT' && !start && !isMessage) throw invalidData('A VEVENT needs a DTSTART.');
  if (propertiesOf(source, 'UID').length > 1) throw invalidData(`A ${source.name} has more than one UID.`);
  if (source.name === 'VAVAILABILITY') source.components.forEach(checkAvailable);
}

/** RFC 7953 §3.1: what an AVAILABLE gives free is placed in time as an event is. */
function checkAvailable(source: Component): void {
  if (source.name !== 'AVAILABLE') return;
  if (!calendarComponentOf(source).start) throw invalidData('An AVAILABLE needs a DTSTART.');
}
