/**
 * VAVAILABILITY (RFC 7953): time that is busy but for what its AVAILABLE components give free.
 */
import { calendarComponentOf, type CalendarComponent } from './calendar-component.js';
import type { CalendarObject } from './calendar-object.js';
import { propertyOf, type Component } from './content-lines.js';
import { busyTypeOf, clipped, coalesced, without, type BusyPeriod } from './periods.js';
import { stretchesOf } from './stretches.js';
import type { BoundedRange } from './time-range.js';
import { Clocks, openEnd, openStart, Timing } from './timing.js';
import { zoneOrUtc } from './zones/index.js';

/** One VAVAILABILITY inside a range. */
export interface Availability {
  /** 1 is the highest, 9 the lowest; 10 stands for undefined (RFC 5545 §3.8.1.9). */
  readonly priority: number;
  readonly busy: BusyPeriod;
  readonly free: readonly BoundedRange[];
}

interface AvailabilityOptions {
  readonly range: BoundedRange;
  readonly zone: string;
  readonly maxPeriods: number;
}

/** Undefined where it says nothing of the range. */
export function availabilityOf(
  object: CalendarObject,
  component: CalendarComponent,
  { range, zone, maxPeriods }: AvailabilityOptions,
): Availability | undefined {
  const { source } = component;
  const type = busyTypeOf(propertyOf(source, 'BUSYTYPE')?.value ?? 'BUSY-UNAVAILABLE') ?? 'BUSY-UNAVAILABLE';
  const busy = clipped({ ...periodOf(object, component, zone), type }, range);
  if (!busy) return undefined;
  const free = availableObjects(object, source).flatMap(
    (available) => stretchesOf(available, { range: busy, zone, limit: maxPeriods }, () => true).found,
  );
  const priority = Number(propertyOf(source, 'PRIORITY')?.value.trim() ?? 0);
  return { priority: priority >= 1 && priority <= 9 ? priority : 10, busy, free };
}

function periodOf(object: CalendarObject, component: CalendarComponent, zone: string): BoundedRange {
  const clocks = new Clocks(object, zoneOrUtc(zone));
  const { start, end } = component;
  if (!start) return { start: openStart, end: end ? clocks.instant(end) : openEnd };
  const from = clocks.instant(start);
  return { start: from, end: new Timing(component, clocks).endOf(start.local, from) ?? openEnd };
}

/** Each AVAILABLE with the overridden instances that have its UID, as an object of its own. */
function availableObjects(object: CalendarObject, source: Component): CalendarObject[] {
  const components = source.components.filter(({ name }) => name === 'AVAILABLE').map(calendarComponentOf);
  const overrides = groupedBy(
    components.filter(({ recurrenceId }) => recurrenceId),
    uidOf,
  );
  const objects: CalendarObject[] = [];
  for (const main of components) {
    if (main.recurrenceId) continue;
    const own = overrides.get(uidOf(main)) ?? [];
    overrides.delete(uidOf(main));
    objects.push({ ...object, main, overrides: own, components: [main, ...own] });
  }
  for (const own of overrides.values())
    objects.push({ ...object, main: null, overrides: own, components: own });
  return objects;
}

function uidOf({ source }: CalendarComponent): string {
  return propertyOf(source, 'UID')?.value.trim() ?? '';
}

function groupedBy<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group) group.push(value);
    else groups.set(keyOf(value), [value]);
  }
  return groups;
}

/**
 * RFC 7953 §4, steps 2 and 3: from the lowest priority to the highest, the time of all is busy, and then what any of them
 * has available is free. One of a higher priority decides alone about its own time.
 */
export function markAvailability(availabilities: readonly Availability[]): BusyPeriod[] {
  const byPriority = groupedBy(availabilities, ({ priority }) => priority);
  let marked: BusyPeriod[] = [];
  for (const [, group] of [...byPriority].sort(([a], [b]) => b - a)) {
    const busy = coalesced(group.map((each) => each.busy));
    const left = without(
      busy,
      group.flatMap(({ free }) => free),
    );
    marked = coalesced([...without(marked, busy), ...left]);
  }
  return marked;
}
