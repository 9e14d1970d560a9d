import { calendarComponentOf, type CalendarComponent, type ComponentType } from './calendar-component.js';
import { propertiesOf, propertyOf, readComponents, type Component } from './content-lines.js';
import { CalendarDataError, invalidData, quoted } from './errors.js';
import type { CalendarLimits } from './limits.js';
import type { DateTime } from './values.js';
import { checkVtimezone, resolveZone, utcZone } from './zones/index.js';

/** RFC 4791 §4.1: a calendar object resource, read and checked. Nothing in it may be changed. */
export interface CalendarObject {
  readonly uid: string;
  readonly component: ComponentType;
  /** The text as sent, without a byte order mark. */
  readonly text: string;
  readonly calendar: Component;
  /** The main component, if it is there, and the overridden instances, in the order sent. */
  readonly components: readonly CalendarComponent[];
  /** The component without a RECURRENCE-ID; null when the object has overridden instances only. */
  readonly main: CalendarComponent | null;
  readonly overrides: readonly CalendarComponent[];
  /** The object's own VTIMEZONEs by TZID. */
  readonly timezones: ReadonlyMap<string, Component>;
}

const storable = new Set<string>(['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY']);

function isComponentType(name: string): name is ComponentType {
  return storable.has(name);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * Reads what a client wants to store (RFC 4791 §4.1, §5.3.2.1). Accepted beyond RFC 5545, because clients send it and it
 * reads only one way: a byte order mark (an encoding signature, no part of the text: Windows tools write it), LF line
 * ends, blank lines, a missing PRODID or DTSTAMP, DTEND beside DURATION, EXDATE and RECURRENCE-ID of the other value
 * type, a TZID with spaces at its end or without its VTIMEZONE. The bytes are the caller's to keep as they came.
 * @throws CalendarDataError with the precondition of RFC 4791 §5.3.2.1 that the data fails
 */
export function parseCalendarObject(bytes: Uint8Array, limits: CalendarLimits): CalendarObject {
  const text = decode(bytes);
  const calendar = calendarOf(readComponents(text, limits));
  const { type, sources } = mainComponentsOf(calendar);
  const timezones = new Map<string, Component>();
  for (const child of calendar.components) {
    if (child.name !== 'VTIMEZONE') continue;
    checkVtimezone(child);
    timezones.set(propertyOf(child, 'TZID')?.value.trim() ?? '', child);
  }
  const uid = uidOf(sources);
  if (sources.length > limits.maxInstances) {
    throw new CalendarDataError(
      'max-instances',
      `The object has more than ${limits.maxInstances} components.`,
    );
  }
  const components = sources.map(calendarComponentOf);
  for (const component of components) checkComponent(component, type, limits);
  const main = mainOf(components);
  const overrides = components.filter((component) => component !== main);
  const object = { uid, component: type, text, calendar, components, main, overrides, timezones };
  checkDates(object, limits);
  return object;
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw invalidData('The calendar data is not UTF-8.');
  }
}

function calendarOf(roots: readonly Component[]): Component {
  const [calendar] = roots;
  if (!calendar) throw invalidData('The calendar data is empty: it needs a VCALENDAR.');
  const other = roots.find((root) => root.name !== 'VCALENDAR');
  if (other) throw invalidData(`The calendar data holds a ${other.name} outside a VCALENDAR.`);
  if (roots.length > 1) throw badResource('A calendar object holds exactly one VCALENDAR.');
  const versions = propertiesOf(calendar, 'VERSION');
  if (versions.length !== 1 || versions[0]?.value.trim() !== '2.0') {
    throw invalidData('The VCALENDAR needs one VERSION, and it must be 2.0.');
  }
  if (propertyOf(calendar, 'METHOD')) {
    throw badResource('A stored calendar object has no METHOD: that is for scheduling messages.');
  }
  return calendar;
}

function badResource(message: string): CalendarDataError {
  return new CalendarDataError('valid-calendar-object-resource', message);
}

/** RFC 4791 §4.1: one type of component besides VTIMEZONE; non-standard ones (X-) may stand beside it (§5.3.3). */
function mainComponentsOf(calendar: Component): { type: ComponentType; sources: Component[] } {
  const sources = calendar.components.filter(({ name }) => name !== 'VTIMEZONE' && !name.startsWith('X-'));
  const type = sources[0]?.name;
  if (type === undefined)
    throw badResource('The calendar object holds no event, task, journal or other component.');
  const other = sources.find(({ name }) => name !== type);
  if (other)
    throw badResource(`A calendar object holds one type of component, not ${type} and ${other.name}.`);
  if (!isComponentType(type)) {
    throw new CalendarDataError(
      'supported-calendar-component',
      `${quoted(type)} is no component that is stored here.`,
    );
  }
  return { type, sources };
}

function uidOf(sources: readonly Component[]): string {
  let uid: string | undefined;
  for (const source of sources) {
    const [property, second] = propertiesOf(source, 'UID');
    const value = property?.value.trim() ?? '';
    if (value === '') throw badResource(`A ${source.name} has no UID.`);
    if (second) throw invalidData(`A ${source.name} has more than one UID.`);
    if (uid !== undefined && uid !== value)
      throw badResource('All components of a calendar object have the same UID.');
    uid = value;
  }
  return uid ?? '';
}

function checkComponent(component: CalendarComponent, type: ComponentType, limits: CalendarLimits): void {
  if (type === 'VEVENT' && !component.start) throw invalidData('A VEVENT needs a DTSTART.');
  let attendees = 0;
  for (const property of component.source.properties) if (property.name === 'ATTENDEE') attendees += 1;
  if (attendees > limits.maxAttendees) {
    throw new CalendarDataError(
      'max-attendees-per-instance',
      `A ${type} has more than ${limits.maxAttendees} attendees.`,
    );
  }
}

function mainOf(components: readonly CalendarComponent[]): CalendarComponent | null {
  let main: CalendarComponent | null = null;
  const seen = new Set<string>();
  for (const component of components) {
    const { recurrenceId } = component;
    if (!recurrenceId) {
      if (main)
        throw badResource(`A calendar object has one ${component.source.name} without a RECURRENCE-ID.`);
      main = component;
      continue;
    }
    const key = `${recurrenceId.isDate ? 'D' : ''}${recurrenceId.utc ? 'Z' : ''}${recurrenceId.local}/${recurrenceId.tzid ?? ''}`;
    if (seen.has(key))
      throw badResource('Two components override the same instance: their RECURRENCE-ID is equal.');
    seen.add(key);
  }
  return main;
}

function checkDates(object: CalendarObject, { minDateTime, maxDateTime }: CalendarLimits): void {
  if (minDateTime === null && maxDateTime === null) return;
  const check = (value: DateTime | null): void => {
    if (!value) return;
    const zone = value.tzid === null ? undefined : resolveZone(value.tzid, object);
    const instant = (zone ?? utcZone).toUtc(value.local);
    if (minDateTime !== null && instant < minDateTime) {
      throw new CalendarDataError(
        'min-date-time',
        'The object has a date before the earliest that is stored here.',
      );
    }
    if (maxDateTime !== null && instant >= maxDateTime) {
      throw new CalendarDataError(
        'max-date-time',
        'The object has a date after the latest that is stored here.',
      );
    }
  };
  for (const { start, end, recurrenceId } of object.components) [start, end, recurrenceId].forEach(check);
}
