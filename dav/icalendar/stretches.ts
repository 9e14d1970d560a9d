import type { CalendarComponent } from './calendar-component.js';
import type { CalendarObject } from './calendar-object.js';
import { clipped } from './periods.js';
import { Budget, BudgetExceeded } from './recurrence/index.js';
import { RecurrenceSet, type Instance } from './recurrence-set.js';
import type { BoundedRange } from './time-range.js';
import { zoneOrUtc } from './zones/index.js';

/** A stretch of time that instances take, and what the component says of it whose instances they are. */
export interface Stretch<Label> extends BoundedRange {
  readonly label: Label;
}

export interface StretchOptions {
  readonly range: BoundedRange;
  /** IANA zone for floating times and dates. */
  readonly zone: string;
  /** So many stretches, or a few more; past them the time between two instances is part of the stretch. */
  readonly limit: number;
}

export interface Stretches<Label> {
  /** In no promised order. */
  readonly found: readonly Stretch<Label>[];
  /** From here on instances take more work to find than one object may take; null where all are found. Epoch seconds. */
  readonly unknownFrom: number | null;
}

/**
 * The time that the instances of an object take inside a range. Those that `labelOf` has no word for, and those without
 * length, take none.
 */
export function stretchesOf<Label>(
  object: CalendarObject,
  { range, zone, limit }: StretchOptions,
  labelOf: (component: CalendarComponent) => Label | undefined,
): Stretches<Label> {
  const set = new RecurrenceSet(object, zoneOrUtc(zone));
  const found: { start: number; end: number; label: Label }[] = [];
  const lastOf = new Map<Label, { start: number; end: number }>();
  const labels = new Map<CalendarComponent, Label | undefined>();
  const labelOnce = (component: CalendarComponent): Label | undefined => {
    // A component may have 10^5 lines.
    if (!labels.has(component)) labels.set(component, labelOf(component));
    return labels.get(component);
  };
  const take = ({ component, start, end, span }: Instance): void => {
    const label = labelOnce(component);
    if (label === undefined) return;
    const until = end ?? (component.start?.isDate === true ? span.end : start);
    const part = clipped({ start, end: until }, range);
    if (!part) return;
    const last = lastOf.get(label);
    if (last && (found.length >= limit || (part.start >= last.start && part.start <= last.end))) {
      last.start = Math.min(last.start, part.start);
      last.end = Math.max(last.end, part.end);
    } else {
      const stretch = { ...part, label };
      lastOf.set(label, stretch);
      found.push(stretch);
    }
  };
  for (const instance of set.fixedInstances()) take(instance);
  let reached = range.start;
  try {
    for (const instance of set.ruledInstances(range.start, range.end, new Budget())) {
      take(instance);
      reached = Math.max(reached, set.earliestFrom(instance));
    }
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    return { found, unknownFrom: Math.min(reached, range.end) };
  }
  return { found, unknownFrom: null };
}
