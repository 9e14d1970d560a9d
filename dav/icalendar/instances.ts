import type { CalendarObject } from './calendar-object.js';
import { Budget } from './recurrence/index.js';
import { RecurrenceSet, type Instance } from './recurrence-set.js';
import type { TimeRange, TimeRangeOptions } from './time-range.js';
import { zoneOrUtc } from './zones/index.js';

/**
 * The instances of an object whose span meets the range, by start; at most `limit` of them, the earliest by the rule. An
 * instant that two of the set's members share is one instance.
 * @throws BudgetExceeded when the rules take more work than one object may take
 */
export function instancesOf(object: CalendarObject, options: TimeRangeOptions, limit: number): Instance[] {
  return instancesIn(new RecurrenceSet(object, zoneOrUtc(options.zone)), options, limit);
}

/** As `instancesOf`, of a set that is there already. */
export function instancesIn(set: RecurrenceSet, range: TimeRange, limit: number): Instance[] {
  const from = range.start ?? Number.NEGATIVE_INFINITY;
  const until = range.end ?? Number.POSITIVE_INFINITY;
  const meets = ({ span }: Instance): boolean => span.start < until && span.end > from;
  const found = [...set.fixedInstances()].filter(meets);
  const seen = new Set<number>();
  for (const instance of set.ruledInstances(from, until, new Budget())) {
    if (found.length >= limit) break;
    if (!meets(instance) || seen.has(instance.recurrenceId)) continue;
    seen.add(instance.recurrenceId);
    found.push(instance);
  }
  return found.sort((a, b) => a.start - b.start);
}
