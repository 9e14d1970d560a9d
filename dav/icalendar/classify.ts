import type { ComponentType } from './calendar-component.js';
import type { CompFilter } from './filter.js';
import type { TimeRange } from './time-range.js';

/** What the index can say about a filter without an object being read. */
export interface FilterClass {
  /** The component types an object must have; undefined for any. */
  readonly components?: readonly ComponentType[] | undefined;
  /** The object's spans must overlap it; undefined for no such condition. Epoch seconds. */
  readonly timeRange?: TimeRange | undefined;
  /** True when these two conditions together are the filter; otherwise what passes them is to be matched in full. */
  readonly exact: boolean;
  /** False when no object can match. */
  readonly possible: boolean;
}

const types: readonly ComponentType[] = ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY'];
const impossible: FilterClass = { exact: true, possible: false };

/** Splits a filter (RFC 4791 §9.7) into what the index answers and whether anything is left to look into objects for. */
export function classifyCompFilter(filter: CompFilter): FilterClass {
  if (filter.name.toUpperCase() !== 'VCALENDAR' || filter.isNotDefined || filter.timeRange) return impossible;
  let components: readonly ComponentType[] = types;
  let timeRange: TimeRange | undefined;
  let exact = filter.propFilters.length === 0;
  for (const child of filter.compFilters) {
    const type = types.find((name) => name === child.name.toUpperCase());
    if (type === undefined) {
      exact = false;
      continue;
    }
    components = components.filter((name) => (name === type) !== child.isNotDefined);
    if (child.isNotDefined) continue;
    const isSecond = timeRange !== undefined && child.timeRange !== undefined;
    if (isSecond || child.compFilters.length > 0 || child.propFilters.length > 0) exact = false;
    timeRange ??= child.timeRange;
  }
  if (components.length === 0) return impossible;
  return {
    components: components.length === types.length ? undefined : components,
    timeRange,
    exact,
    possible: true,
  };
}
