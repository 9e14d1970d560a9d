import type { CalendarComponent, ComponentType } from './calendar-component.js';
import { readCalendarData, type CalendarData } from './calendar-data.js';
import { propertyOf, type Component } from './content-lines.js';
import { checkDates } from './date-limits.js';
import { CalendarDataError, invalidData, quoted } from './errors.js';
import type { CalendarLimits } from './limits.js';
import { requireFewNamedDates } from './named-dates.js';

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
 * Reads what a client wants to store (RFC 4791 §4.1, §5.3.2.1); where several preconditions fail, the first in the RFC's
 * order is named. docs/corpus.md lists what is accepted beyond RFC 5545, because clients send it and it reads only one
 * way. A byte order mark is no part of the text. The bytes are the caller's to keep as they came.
 * @throws CalendarDataError with the precondition of RFC 4791 §5.3.2.1 that the data fails
 */
export function parseCalendarObject(bytes: Uint8Array, limits: CalendarLimits): CalendarObject {
  const text = calendarTextOf(bytes);
  requireFewNamedDates(text, limits.maxInstances);
  const [data, ...others] = readCalendarData(text, limits);
  if (!data || others.length > 0) throw badResource('A calendar object holds exactly one VCALENDAR.');
  const { source: calendar, timezones } = data;
  if (propertyOf(calendar, 'METHOD')) {
    throw badResource('A stored calendar object has no METHOD: that is for scheduling messages.');
  }
  const { type, components } = mainComponentsOf(data, limits);
  const uid = uidOf(components, limits);
  const main = mainOf(components);
  checkCounts(components, limits);
  const overrides = components.filter((component) => component !== main);
  const object = { uid, component: type, text, calendar, components, main, overrides, timezones };
  checkDates(
    components.map(({ source }) => source),
    object,
    limits,
  );
  return object;
}

/** The text of calendar data. @throws CalendarDataError `valid-calendar-data` when it is not UTF-8 */
export function calendarTextOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw invalidData('The calendar data is not UTF-8.');
  }
}

function badResource(message: string): CalendarDataError {
  return new CalendarDataError('valid-calendar-object-resource', message);
}

/**
 * RFC 4791 §4.1: one type of component besides VTIMEZONE. Types that are not known stand beside it unread (RFC 5545 §3.6),
 * and make no object by themselves.
 */
function mainComponentsOf(
  data: CalendarData,
  limits: CalendarLimits,
): {
  readonly type: ComponentType;
  readonly components: readonly CalendarComponent[];
} {
  const components = data.components.filter(({ source }) => isComponentType(source.name));
  const type = components[0]?.source.name;
  if (type === undefined || !isComponentType(type)) throw nothingToStore(data, limits);
  const other = components.find(({ source }) => source.name !== type);
  if (other)
    throw badResource(`A calendar object holds one type of component, not ${type} and ${other.source.name}.`);
  return { type, components };
}

function nothingToStore({ components }: CalendarData, limits: CalendarLimits): CalendarDataError {
  const [first] = components;
  if (!first) return badResource('The calendar object holds no event, task, journal or other component.');
  uidOf(components, limits);
  const sentence = `${quoted(first.source.name)} is no component that is stored here.`;
  return new CalendarDataError('supported-calendar-component', sentence);
}

function uidOf(
  components: readonly CalendarComponent[],
  { maxUidLength }: Pick<CalendarLimits, 'maxUidLength'>,
): string {
  let uid: string | undefined;
  for (const { source } of components) {
    const value = propertyOf(source, 'UID')?.value.trim() ?? '';
    if (value === '') throw badResource(`A ${source.name} has no UID.`);
    if (Buffer.byteLength(value) > maxUidLength)
      throw badResource(`The UID of the ${source.name} is longer than ${maxUidLength} octets.`);
    if (uid !== undefined && uid !== value)
      throw badResource('All components of a calendar object have the same UID.');
    uid = value;
  }
  return uid ?? '';
}

function checkCounts(components: readonly CalendarComponent[], limits: CalendarLimits): void {
  if (components.length > limits.maxInstances) {
    const sentence = `The object has more than ${limits.maxInstances} components.`;
    throw new CalendarDataError('max-instances', sentence);
  }
  for (const { source } of components) {
    let attendees = 0;
    for (const property of source.properties) if (property.name === 'ATTENDEE') attendees += 1;
    if (attendees > limits.maxAttendees) {
      const sentence = `A ${source.name} has more than ${limits.maxAttendees} attendees.`;
      throw new CalendarDataError('max-attendees-per-instance', sentence);
    }
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
