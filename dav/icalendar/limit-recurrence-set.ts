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
  return new Set(
    object.overrides.filter(
      (override) => !wasInside(object, set, override, range) && !search.meets(range, override),
    ),
  );
}

/** Whether the instances that the override stands for would be in the range without it. */
function wasInside(
  object: CalendarObject,
  set: RecurrenceSet,
  override: CalendarComponent,
  range: BoundedRange,
): boolean {
  const { clocks, main } = set;
  if (!override.recurrenceId) return true;
  const first = clocks.instant(override.recurrenceId);
  const span = main?.anchor ? main.spanAt(main.zone.toLocal(first), first) : { start: first, end: first + 1 };
  if (span.start >= range.end) return false;
  if (span.end > range.start) return true;
  if (!override.thisAndFuture) return false;
  const later = object.overrides
    .filter(({ thisAndFuture }) => thisAndFuture)
    .map(({ recurrenceId }) => (recurrenceId ? clocks.instant(recurrenceId) : first))
    .filter((instant) => instant > first);
  const length = span.end - span.start;
  return later.every((instant) => instant + length > range.start);
}
