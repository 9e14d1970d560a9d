/** What stands inside CALDAV:calendar-data in a request (RFC 4791 §9.6.1 to §9.6.7). */
import { badRequest } from '../http/errors.js';
import type { CalendarProjection, CompSelection } from '../icalendar/index.js';
import type { XmlElement } from '../xml/element.js';
import { child, childrenNamed } from '../xml/element.js';
import { caldav } from '../xml/names.js';
import { readBoundedRange } from './time-range.js';

/** Undefined where the whole object is wanted. @throws DavError 400 */
export function readProjection(calendarData: XmlElement): CalendarProjection | undefined {
  const comp = child(calendarData, caldav('comp'));
  const expand = child(calendarData, caldav('expand'));
  const limit = child(calendarData, caldav('limit-recurrence-set'));
  const busy = child(calendarData, caldav('limit-freebusy-set'));
  if ([comp, expand, limit, busy].every((part) => part === undefined)) return undefined;
  if (expand !== undefined && limit !== undefined)
    throw badRequest('CALDAV:expand and CALDAV:limit-recurrence-set exclude each other.');
  const selection = comp === undefined ? null : readComp(comp);
  if (selection !== null && selection.name !== 'VCALENDAR')
    throw badRequest('The outermost CALDAV:comp is for VCALENDAR.');
  return {
    selection,
    expand: expand === undefined ? null : readBoundedRange(expand),
    limitRecurrenceSet: limit === undefined ? null : readBoundedRange(limit),
    limitFreebusySet: busy === undefined ? null : readBoundedRange(busy),
  };
}

/** A CALDAV:comp without anything in it asks for the whole component, as VTIMEZONE in the example of §7.8.1. */
function readComp(comp: XmlElement): CompSelection {
  const props = childrenNamed(comp, caldav('prop'));
  const comps = childrenNamed(comp, caldav('comp'));
  const allProperties = child(comp, caldav('allprop')) !== undefined;
  const allComponents = child(comp, caldav('allcomp')) !== undefined;
  const isEmpty = props.length === 0 && comps.length === 0 && !allProperties && !allComponents;
  const properties = new Map<string, boolean>();
  for (const prop of props) {
    const name = nameOf(prop);
    // Asked for with and without its value, it comes with it.
    const withoutValue = prop.attributes.get('novalue') === 'yes' && properties.get(name) !== false;
    properties.set(name, withoutValue);
  }
  return {
    name: nameOf(comp),
    allProperties: allProperties || isEmpty,
    properties,
    allComponents: allComponents || isEmpty,
    components: new Map(comps.map(readComp).map((selection) => [selection.name, selection])),
  };
}

function nameOf({ attributes }: XmlElement): string {
  const name = attributes.get('name');
  if (name === undefined || name === '') throw badRequest('A CALDAV:comp or CALDAV:prop needs a name.');
  return name.toUpperCase();
}
