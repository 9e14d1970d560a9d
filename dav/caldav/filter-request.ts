/** CALDAV:filter as it stands in a request (RFC 4791 §9.7), read into what `icalendar/filter.ts` matches. */
import type { CompFilter, ParamFilter, PropFilter, TextMatch } from '../icalendar/index.js';
import { readTextMatch } from '../http/text-match-request.js';
import type { XmlElement } from '../xml/element.js';
import { child, childrenNamed } from '../xml/element.js';
import { caldav } from '../xml/names.js';
import { invalidFilter, readTimeRange } from './time-range.js';

/** @throws DavError 403 CALDAV:valid-filter, or CALDAV:supported-collation */
export function readCalendarFilter(filter: XmlElement): CompFilter {
  const [root, ...more] = childrenNamed(filter, caldav('comp-filter'));
  if (root === undefined || more.length > 0)
    throw invalidFilter('CALDAV:filter holds exactly one CALDAV:comp-filter.');
  const read = readCompFilter(root);
  if (read.name !== 'VCALENDAR') throw invalidFilter('The outermost CALDAV:comp-filter is for VCALENDAR.');
  return read;
}

function nameOf(element: XmlElement): string {
  const name = element.attributes.get('name');
  if (name === undefined || name === '') throw invalidFilter('A filter needs the name of what it filters.');
  return name.toUpperCase();
}

function readCompFilter(element: XmlElement): CompFilter {
  const range = child(element, caldav('time-range'));
  return {
    name: nameOf(element),
    isNotDefined: child(element, caldav('is-not-defined')) !== undefined,
    ...(range === undefined ? {} : { timeRange: readTimeRange(range) }),
    propFilters: childrenNamed(element, caldav('prop-filter')).map(readPropFilter),
    compFilters: childrenNamed(element, caldav('comp-filter')).map(readCompFilter),
  };
}

function readPropFilter(element: XmlElement): PropFilter {
  const range = child(element, caldav('time-range'));
  return {
    name: nameOf(element),
    isNotDefined: child(element, caldav('is-not-defined')) !== undefined,
    ...(range === undefined ? {} : { timeRange: readTimeRange(range) }),
    ...textMatchOf(element),
    paramFilters: childrenNamed(element, caldav('param-filter')).map(readParamFilter),
  };
}

function readParamFilter(element: XmlElement): ParamFilter {
  return {
    name: nameOf(element),
    isNotDefined: child(element, caldav('is-not-defined')) !== undefined,
    ...textMatchOf(element),
  };
}

function textMatchOf(element: XmlElement): { readonly textMatch?: TextMatch } {
  const match = child(element, caldav('text-match'));
  return match === undefined
    ? {}
    : { textMatch: readTextMatch(match, 'i;ascii-casemap', caldav('supported-collation')) };
}
