/** CALDAV:filter as it stands in a request (RFC 4791 §9.7), read into what `icalendar/filter.ts` matches. */
import type { CompFilter, ParamFilter, PropFilter, TextMatch } from '../icalendar/index.js';
import { readTextMatch } from '../http/text-match-request.js';
import type { XmlElement } from '../xml/element.js';
import { child, children, childrenNamed } from '../xml/element.js';
import { caldav } from '../xml/names.js';
import { invalidFilter, readTimeRange } from './time-range.js';

/** @throws DavError 403 CALDAV:valid-filter, or CALDAV:supported-collation */
export function readCalendarFilter(filter: XmlElement): CompFilter {
  const [root, ...more] = childrenNamed(filter, caldav('comp-filter'));
  if (root === undefined || more.length > 0)
    throw invalidFilter('CALDAV:filter holds exactly one CALDAV:comp-filter.');
  if (nameOf(root) !== 'VCALENDAR') throw invalidFilter('The outermost CALDAV:comp-filter is for VCALENDAR.');
  return readCompFilter(root, undefined);
}

/** Where the components of RFC 5545 and RFC 7953 stand. Others, such as a vendor's, may stand anywhere. */
const parentsOf = new Map<string, readonly string[]>([
  ['VCALENDAR', []],
  ['VEVENT', ['VCALENDAR']],
  ['VTODO', ['VCALENDAR']],
  ['VJOURNAL', ['VCALENDAR']],
  ['VFREEBUSY', ['VCALENDAR']],
  ['VTIMEZONE', ['VCALENDAR']],
  ['VAVAILABILITY', ['VCALENDAR']],
  ['VALARM', ['VEVENT', 'VTODO']],
  ['STANDARD', ['VTIMEZONE']],
  ['DAYLIGHT', ['VTIMEZONE']],
  ['AVAILABLE', ['VAVAILABILITY']],
]);
/** What §9.9 and RFC 7953 §7.2 say the time of. */
const timedComponents = ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VALARM', 'VAVAILABILITY'];
const timedProperties = ['COMPLETED', 'CREATED', 'DTEND', 'DTSTAMP', 'DTSTART', 'DUE', 'LAST-MODIFIED'];

/** §7.8, valid-filter: the components are nested as in iCalendar, and a time is asked of what has one. */
function requireTimed(name: string, timed: readonly string[]): void {
  if (!timed.includes(name)) {
    throw invalidFilter(`A time range can be asked of ${timed.join(', ')}, not of ${name}.`);
  }
}

/** §9.7.1, §9.7.2: what is not there meets no other condition. */
function readNotDefined(element: XmlElement): boolean {
  if (child(element, caldav('is-not-defined')) === undefined) return false;
  if (children(element).length > 1) throw invalidFilter('CALDAV:is-not-defined stands alone in its filter.');
  return true;
}

function nameOf(element: XmlElement): string {
  const name = element.attributes.get('name');
  if (name === undefined || name === '') throw invalidFilter('A filter needs the name of what it filters.');
  return name.toUpperCase();
}

function readCompFilter(element: XmlElement, parent: string | undefined): CompFilter {
  const range = child(element, caldav('time-range'));
  const name = nameOf(element);
  const parents = parentsOf.get(name);
  if (parent !== undefined && parents?.includes(parent) === false) {
    throw invalidFilter(`A ${name} does not stand in a ${parent}.`);
  }
  if (range !== undefined) requireTimed(name, timedComponents);
  return {
    name,
    isNotDefined: readNotDefined(element),
    ...(range === undefined ? {} : { timeRange: readTimeRange(range) }),
    propFilters: childrenNamed(element, caldav('prop-filter')).map(readPropFilter),
    compFilters: childrenNamed(element, caldav('comp-filter')).map((inner) => readCompFilter(inner, name)),
  };
}

function readPropFilter(element: XmlElement): PropFilter {
  const range = child(element, caldav('time-range'));
  const name = nameOf(element);
  if (range !== undefined) requireTimed(name, timedProperties);
  return {
    name,
    isNotDefined: readNotDefined(element),
    ...(range === undefined ? {} : { timeRange: readTimeRange(range) }),
    ...textMatchOf(element),
    paramFilters: childrenNamed(element, caldav('param-filter')).map(readParamFilter),
  };
}

function readParamFilter(element: XmlElement): ParamFilter {
  return {
    name: nameOf(element),
    isNotDefined: readNotDefined(element),
    ...textMatchOf(element),
  };
}

function textMatchOf(element: XmlElement): { readonly textMatch?: TextMatch } {
  const match = child(element, caldav('text-match'));
  return match === undefined
    ? {}
    : { textMatch: readTextMatch(match, 'i;ascii-casemap', caldav('supported-collation')) };
}
