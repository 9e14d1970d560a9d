import type { Component, Property } from './content-lines.js';
import { parameterOf } from './content-lines.js';
import { invalidData, quoted } from './errors.js';
import { parseRecurrenceRule, type RecurrenceRule } from './recurrence/index.js';
import {
  dateTimeOf,
  durationOf,
  readDateTime,
  readPeriod,
  tzidOf,
  type DateTime,
  type Duration,
  type Period,
} from './values.js';

/** The component types that a calendar collection can hold. */
export type ComponentType = 'VEVENT' | 'VTODO' | 'VJOURNAL' | 'VFREEBUSY' | 'VAVAILABILITY';

/** One VEVENT, VTODO, ... of an object with the properties that place it in time, read and checked. */
export interface CalendarComponent {
  /** The component as it stands in the text. */
  readonly source: Component;
  readonly start: DateTime | null;
  /** DTEND, or DUE of a VTODO. */
  readonly end: DateTime | null;
  readonly duration: Duration | null;
  readonly completed: DateTime | null;
  readonly created: DateTime | null;
  readonly recurrenceId: DateTime | null;
  /** RECURRENCE-ID;RANGE=THISANDFUTURE (RFC 5545 §3.8.4.4). */
  readonly thisAndFuture: boolean;
  readonly rules: readonly RecurrenceRule[];
  readonly recurrenceDates: readonly (DateTime | Period)[];
  readonly exceptionDates: readonly DateTime[];
  /** EXRULE of RFC 2445, which RFC 5545 dropped: honoured, since old objects carry it. */
  readonly exceptionRules: readonly RecurrenceRule[];
  readonly freeBusy: readonly Period[];
}

type Draft = { -readonly [Name in keyof CalendarComponent]: CalendarComponent[Name] };

const noRules: readonly RecurrenceRule[] = Object.freeze([]);
const noDates: readonly DateTime[] = Object.freeze([]);
const noPeriods: readonly Period[] = Object.freeze([]);

/** @throws CalendarDataError `valid-calendar-data` for a value that is broken, or stands there twice. */
export function calendarComponentOf(source: Component): CalendarComponent {
  const draft: Draft = {
    source,
    start: null,
    end: null,
    duration: null,
    completed: null,
    created: null,
    recurrenceId: null,
    thisAndFuture: false,
    rules: noRules,
    recurrenceDates: noDates,
    exceptionDates: noDates,
    exceptionRules: noRules,
    freeBusy: noPeriods,
  };
  for (const property of source.properties) takeProperty(draft, property, source.name);
  checkEnd(draft);
  return draft;
}

function takeProperty(draft: Draft, property: Property, component: string): void {
  switch (property.name) {
    case 'DTSTART':
      draft.start = single(draft.start, property, typedDateTime);
      break;
    case 'DTEND':
      if (component !== 'VTODO') draft.end = single(draft.end, property, typedDateTime);
      break;
    case 'DUE':
      if (component === 'VTODO') draft.end = single(draft.end, property, typedDateTime);
      break;
    case 'DURATION':
      draft.duration = single(draft.duration, property, durationOf);
      break;
    case 'COMPLETED':
      draft.completed = single(draft.completed, property, dateTimeOf);
      break;
    case 'CREATED':
      draft.created = single(draft.created, property, dateTimeOf);
      break;
    case 'DTSTAMP':
    case 'LAST-MODIFIED':
      dateTimeOf(property);
      break;
    default:
      takeRecurrence(draft, property);
  }
}

function takeRecurrence(draft: Draft, property: Property): void {
  switch (property.name) {
    case 'RECURRENCE-ID':
      draft.recurrenceId = single(draft.recurrenceId, property, dateTimeOf);
      draft.thisAndFuture = parameterOf(property, 'RANGE')?.toUpperCase() === 'THISANDFUTURE';
      break;
    case 'RRULE':
      draft.rules = [...draft.rules, parseRecurrenceRule(property.value)];
      break;
    case 'EXRULE':
      draft.exceptionRules = [...draft.exceptionRules, parseRecurrenceRule(property.value)];
      break;
    case 'RDATE':
      draft.recurrenceDates = append(draft.recurrenceDates, property, recurrenceDate);
      break;
    case 'EXDATE':
      draft.exceptionDates = append(draft.exceptionDates, property, readDateTime);
      break;
    case 'FREEBUSY':
      draft.freeBusy = append(draft.freeBusy, property, readPeriod);
      break;
  }
}

function recurrenceDate(text: string, tzid: string | null): DateTime | Period | undefined {
  return text.includes('/') ? readPeriod(text, tzid) : readDateTime(text, tzid);
}

function single<Value>(before: Value | null, property: Property, read: (property: Property) => Value): Value {
  if (before !== null) throw invalidData(`${property.name} stands twice in one component.`);
  return read(property);
}

/**
 * Reads a date or time whose shape must be the one that VALUE says. EXDATE and RECURRENCE-ID are read by their shape
 * alone, since Evolution and others mix the types there.
 */
function typedDateTime(property: Property): DateTime {
  const value = dateTimeOf(property);
  const type = parameterOf(property, 'VALUE')?.toUpperCase() ?? 'DATE-TIME';
  if (type !== (value.isDate ? 'DATE' : 'DATE-TIME')) {
    throw invalidData(
      `${property.name} is of type ${quoted(type)}, but its value ${quoted(property.value)} is not.`,
    );
  }
  return value;
}

/** Adds the values of a list. 10^5 lines of one value must not copy the list as often, so a list once begun is kept. */
function append<Value>(
  list: readonly Value[],
  property: Property,
  read: (text: string, tzid: string | null) => Value | undefined,
): readonly Value[] {
  const grown: Value[] = list.length === 0 ? [] : (list as Value[]);
  const tzid = tzidOf(property);
  for (const text of property.value.trimEnd().split(',')) {
    const value = read(text, tzid);
    if (value === undefined) {
      throw invalidData(
        `${property.name} holds a value that is no date or time that exists: ${quoted(text)}.`,
      );
    }
    grown.push(value);
  }
  return grown;
}

/**
 * RFC 5545 §3.8.2.2 and §3.8.2.3: the end is of the start's type. That it comes after it is not asked for, since phones
 * send events that end as, or before, they start; they have no length.
 */
function checkEnd({ source, start, end }: Draft): void {
  if (!start || !end || source.name === 'VFREEBUSY' || source.name === 'VAVAILABILITY') return;
  const name = source.name === 'VTODO' ? 'DUE' : 'DTEND';
  if (start.isDate !== end.isDate) {
    throw invalidData(`DTSTART and ${name} must both be dates, or both be times.`);
  }
}
