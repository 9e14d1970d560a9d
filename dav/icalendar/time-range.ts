import type { CalendarComponent } from './calendar-component.js';
import type { CalendarObject } from './calendar-object.js';
import { Budget, BudgetExceeded } from './recurrence/index.js';
import { RecurrenceSet, type Instance } from './recurrence-set.js';
import type { DateTime } from './values.js';
import { zoneOrUtc } from './zones/index.js';

/** RFC 4791 §9.9: epoch seconds, start inclusive, end exclusive; a side that is missing is open. */
export interface TimeRange {
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/** A time range without an open side: CALDAV:expand and its kin (RFC 4791 §9.6.5). */
export interface BoundedRange {
  readonly start: number;
  readonly end: number;
}

export interface TimeRangeOptions extends TimeRange {
  /** IANA zone for floating times and dates. */
  readonly zone: string;
}

/**
 * Whether an instance of the object overlaps the range (RFC 4791 §9.9), by its rules, however far away. An object whose
 * rules take more than one object's budget, or whose calendar is not the Gregorian (RFC 7529), is taken to match from its
 * start on: one too many is filtered by the client, one too few is lost.
 */
export function matchesTimeRange(object: CalendarObject, options: TimeRangeOptions): boolean {
  return new InstanceSearch(object, options.zone).meets(options);
}

/** Looks through the instances of one object for several ranges, within one budget. */
export class InstanceSearch {
  private readonly set: RecurrenceSet;
  private readonly budget = new Budget();

  constructor(object: CalendarObject, zone: string) {
    this.set = new RecurrenceSet(object, zoneOrUtc(zone));
  }

  /** The instant of a value that stands in the object. */
  instant(value: DateTime): number {
    return this.set.clocks.instant(value);
  }

  /** Whether an instance, of `component` when that is given, overlaps the range. */
  meets(range: TimeRange, component?: CalendarComponent): boolean {
    return this.some(range, component, (instance) => overlaps(instance, range));
  }

  /**
   * Whether `test` holds for an instance, of `component` when that is given, among those that may meet the range and a few
   * beside them. True, too, when the object's budget is used up.
   */
  some(
    range: TimeRange,
    component: CalendarComponent | undefined,
    test: (instance: Instance) => boolean,
  ): boolean {
    const { set } = this;
    const isHit = (instance: Instance): boolean =>
      (component === undefined || instance.component === component) && test(instance);
    for (const instance of set.fixedInstances(component)) if (isHit(instance)) return true;
    const [from, until] = [range.start ?? Number.NEGATIVE_INFINITY, range.end ?? Number.POSITIVE_INFINITY];
    if (set.isUnknown && until > set.earliestStart) return true;
    try {
      for (const instance of set.ruledInstances(from, until, this.budget, component))
        if (isHit(instance)) return true;
    } catch (error) {
      if (!(error instanceof BudgetExceeded)) throw error;
      return true;
    }
    return false;
  }
}

function overlaps({ span }: Instance, { start, end }: TimeRange): boolean {
  return (end === undefined || span.start < end) && (start === undefined || span.end > start);
}
