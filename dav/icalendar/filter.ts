import { overlapsAlarm } from './alarm.js';
import type { CalendarComponent } from './calendar-component.js';
import type { CalendarObject } from './calendar-object.js';
import { matchesText as matchesByCollation, type Collation } from '../collation/index.js';
import { decodeParameterValue } from '../directory-text.js';
import type { Component, Property } from './content-lines.js';
import { InstanceSearch, type TimeRange } from './time-range.js';
import { readDateTime, tzidOf, unescapeText } from './values.js';

/** RFC 4791 §9.7.5: the text is found somewhere in the value. */
export interface TextMatch {
  readonly collation: Collation;
  readonly negate: boolean;
  readonly value: string;
}

/** RFC 4791 §9.7.3. */
export interface ParamFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly textMatch?: TextMatch | undefined;
}

/** RFC 4791 §9.7.2. */
export interface PropFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly timeRange?: TimeRange | undefined;
  readonly textMatch?: TextMatch | undefined;
  readonly paramFilters: readonly ParamFilter[];
}

/** RFC 4791 §9.7.1; the outermost one names VCALENDAR. Names in any case. */
export interface CompFilter {
  readonly name: string;
  readonly isNotDefined: boolean;
  readonly timeRange?: TimeRange | undefined;
  readonly compFilters: readonly CompFilter[];
  readonly propFilters: readonly PropFilter[];
}

/**
 * Whether an object matches a filter (RFC 4791 §9.7). A component matches when it alone meets all that its filter asks:
 * an overridden instance's SUMMARY is not looked for in the main component. A time-range on a component or property for
 * which §9.9 defines none matches nothing.
 * @param options `zone` is the IANA zone for floating times and dates
 */
export function matchesCompFilter(
  object: CalendarObject,
  filter: CompFilter,
  options: { zone: string },
): boolean {
  if (!isNamed(filter, 'VCALENDAR') || filter.isNotDefined || filter.timeRange) return false;
  return new FilterMatch(object, options.zone).calendar(filter);
}

function isNamed(filter: { name: string }, name: string): boolean {
  return filter.name.toUpperCase() === name;
}

class FilterMatch {
  private readonly search: InstanceSearch;

  constructor(
    private readonly object: CalendarObject,
    zone: string,
  ) {
    this.search = new InstanceSearch(object, zone);
  }

  calendar(filter: CompFilter): boolean {
    const { calendar } = this.object;
    return (
      filter.propFilters.every((child) => this.property(calendar, child, null)) &&
      filter.compFilters.every((child) => this.topLevel(child))
    );
  }

  private topLevel(filter: CompFilter): boolean {
    const { object } = this;
    if (!isNamed(filter, object.component)) return this.other(object.calendar, filter, null);
    return !filter.isNotDefined && object.components.some((component) => this.placed(component, filter));
  }

  /** A VEVENT, VTODO, ...: the components that have instances. */
  private placed(component: CalendarComponent, filter: CompFilter): boolean {
    return (
      filter.propFilters.every((child) => this.property(component.source, child, component)) &&
      filter.compFilters.every((child) => this.other(component.source, child, component)) &&
      (!filter.timeRange || this.search.meets(filter.timeRange, component))
    );
  }

  /** Components inside `parent` that have no instances of their own; alarms go by those of `owner`. */
  private other(parent: Component, filter: CompFilter, owner: CalendarComponent | null): boolean {
    const found = parent.components.filter(({ name }) => isNamed(filter, name));
    if (filter.isNotDefined) return found.length === 0;
    return found.some(
      (component) =>
        filter.propFilters.every((child) => this.property(component, child, null)) &&
        filter.compFilters.every((child) => this.other(component, child, null)) &&
        (!filter.timeRange || this.alarm(component, filter.timeRange, owner)),
    );
  }

  private alarm(component: Component, range: TimeRange, owner: CalendarComponent | null): boolean {
    return (
      component.name === 'VALARM' && owner !== null && overlapsAlarm(component, owner, range, this.search)
    );
  }

  private property(component: Component, filter: PropFilter, owner: CalendarComponent | null): boolean {
    const found = component.properties.filter(({ name }) => isNamed(filter, name));
    if (filter.isNotDefined) return found.length === 0;
    const { timeRange, textMatch, paramFilters } = filter;
    if (found.length === 0)
      return timeRange !== undefined && paramFilters.length === 0 && this.effectiveEnd(filter, owner);
    return found.some(
      (property) =>
        (!textMatch || matchesText(unescapeText(property.value), textMatch)) &&
        paramFilters.every((child) => matchesParam(property, child)) &&
        (!timeRange || this.propertyTime(property, timeRange, owner)),
    );
  }

  /** RFC 4791 §9.9: DTEND and DUE that are not there are DTSTART and DURATION together. */
  private effectiveEnd({ name, timeRange }: PropFilter, owner: CalendarComponent | null): boolean {
    if (!owner?.duration || !timeRange || !['DTEND', 'DUE'].includes(name.toUpperCase())) return false;
    return this.instanceTime(owner, timeRange, true);
  }

  private propertyTime(property: Property, range: TimeRange, owner: CalendarComponent | null): boolean {
    switch (property.name) {
      case 'DTSTART':
        return owner !== null && this.instanceTime(owner, range, false);
      case 'DTEND':
      case 'DUE':
        return owner !== null && this.instanceTime(owner, range, true);
      case 'COMPLETED':
      case 'CREATED':
      case 'DTSTAMP':
      case 'LAST-MODIFIED': {
        const value = readDateTime(property.value.trimEnd(), tzidOf(property));
        return value !== undefined && isInside(this.search.instant(value), range);
      }
      default:
        return false;
    }
  }

  /** Whether an instance of the component starts, or ends, inside the range. */
  private instanceTime(component: CalendarComponent, range: TimeRange, atEnd: boolean): boolean {
    // A second more on both sides: an instance may begin or end on the very edge.
    const wider = { start: range.start && range.start - 1, end: range.end && range.end + 1 };
    return this.search.some(wider, component, (instance) => {
      const time = atEnd ? (instance.end ?? (component.start ? null : instance.start)) : instance.start;
      return time !== null && isInside(time, range);
    });
  }
}

function isInside(instant: number, { start, end }: TimeRange): boolean {
  return (start === undefined || start <= instant) && (end === undefined || end > instant);
}

function matchesParam(property: Property, filter: ParamFilter): boolean {
  const parameter = property.parameters.find(({ name }) => isNamed(filter, name));
  if (!parameter || filter.isNotDefined) return filter.isNotDefined === !parameter;
  const { textMatch } = filter;
  return !textMatch || parameter.values.some((value) => matchesText(decodeParameterValue(value), textMatch));
}

function matchesText(text: string, { collation, negate, value }: TextMatch): boolean {
  return matchesByCollation(collation, 'contains', text, value) !== negate;
}
