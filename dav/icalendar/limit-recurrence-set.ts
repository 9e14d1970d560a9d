import type { CalendarComponent } from './calendar-component.js';
import type { CalendarObject } from './calendar-object.js';
import { RecurrenceSet } from './recurrence-set.js';
import { InstanceSearch, type BoundedRange } from './time-range.js';
import { zoneOrUtc } from './zones/index.js';

/**
 * RFC 4791 §9.6.6: the overridden instances that have no part in the range, neither where they are nor where they were
 * before they were overridden. One with RANGE=THISANDFUTURE has its part as far as it holds.
 * @param zone IANA zone for floating times and dates
 */
export function overridesOutside(
  object: CalendarObject,
  range: BoundedRange,
  zone: string,
): ReadonlySet<CalendarComponent> {
  const set = new RecurrenceSet(object, zoneOrUtc(zone));
  const search = new InstanceSearch(object, zone);
  const tails = object.overrides
    .flatMap(({ thisAndFuture, recurrenceId }) =>
      thisAndFuture && recurrenceId ? [set.clocks.instant(recurrenceId)] : [],
    )
    .sort((a, b) => a - b);
  return new Set(
    object.overrides.filter(
      (override) => !wasInside(set, override, tails, range) && !search.meets(range, override),
    ),
  );
}

/**
 * Whether the instances that the override stands for would be in the range without it. `tails` are the instants of all
 * those with RANGE=THISANDFUTURE, in order.
 */
function wasInside(
  { clocks, main }: RecurrenceSet,
  { recurrenceId, thisAndFuture }: CalendarComponent,
  tails: readonly number[],
  range: BoundedRange,
): boolean {
  if (!recurrenceId) return true;
  const first = clocks.instant(recurrenceId);
  const span = main?.anchor ? main.spanAt(main.zone.toLocal(first), first) : { start: first, end: first + 1 };
  if (span.start >= range.end) return false;
  if (span.end > range.start) return true;
  if (!thisAndFuture) return false;
  const next = firstAfter(tails, first);
  return next === undefined || next + span.end - span.start > range.start;
}

function firstAfter(sorted: readonly number[], value: number): number | undefined {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return sorted[low];
}
