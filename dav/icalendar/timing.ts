import type { CalendarComponent } from './calendar-component.js';
import type { CalendarObject } from './calendar-object.js';
import { secondsPerDay } from './civil.js';
import type { DateTime, Duration, Period } from './values.js';
import { resolveZone, utcZone, type Zone } from './zones/index.js';

/**
 * A stretch of time in epoch seconds, half-open, made so that `span.start < rangeEnd && span.end > rangeStart` is the
 * condition of RFC 4791 §9.9 for it. Open sides are `openStart` and `openEnd`.
 */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The start of a span that has none, and the end of one that has none. Both fit a 64-bit integer column. */
export const openStart = Number.MIN_SAFE_INTEGER;
export const openEnd = Number.MAX_SAFE_INTEGER;

/** Reads the object's local times, with `floating` for floating times and dates. */
export class Clocks {
  private readonly byTzid = new Map<string, Zone>();
  private floatingWasRead = false;

  constructor(
    private readonly object: CalendarObject,
    readonly floating: Zone,
  ) {}

  /** True once anything was read that depends on `floating`. */
  get readFloating(): boolean {
    return this.floatingWasRead;
  }

  /** The zone on whose clock a value is written; floating also for a TZID that nobody knows. */
  of(value: DateTime): Zone {
    if (value.utc) return utcZone;
    const zone = value.tzid === null || value.isDate ? undefined : this.named(value.tzid);
    if (!zone) this.floatingWasRead = true;
    return zone ?? this.floating;
  }

  private named(tzid: string): Zone | undefined {
    const known = this.byTzid.get(tzid);
    if (known) return known;
    const zone = resolveZone(tzid, this.object);
    if (zone) this.byTzid.set(tzid, zone);
    return zone;
  }

  instant(value: DateTime): number {
    return this.of(value).toUtc(value.local);
  }
}

/** A nominal number of days later on the zone's clock, then an exact number of seconds (RFC 5545 §3.3.6). */
export function later(zone: Zone, local: number, utc: number, duration: Duration): number {
  const shifted = duration.days === 0 ? utc : zone.toUtc(local + duration.days * secondsPerDay);
  return shifted + duration.seconds;
}

export function endOfPeriod(period: Period, clocks: Clocks): number {
  const { start, end, duration } = period;
  if (end) return clocks.instant(end);
  return later(clocks.of(start), start.local, clocks.instant(start), duration ?? { days: 0, seconds: 0 });
}

/**
 * Where the instances of one component lie, given their starts: its duration (exact from DTEND or DUE, nominal from
 * DURATION or between dates: RFC 5545 §3.8.5.3) under the row of RFC 4791 §9.9 that applies.
 */
export class Timing {
  /** The property the instances are counted from; null when the component has no place of its own in time. */
  readonly anchor: DateTime | null;
  readonly zone: Zone;
  private readonly exactLength: number | null;
  private readonly length: Duration | null;

  constructor(
    readonly component: CalendarComponent,
    private readonly clocks: Clocks,
  ) {
    const { start, end, duration, recurrenceId } = component;
    const isTask = component.source.name === 'VTODO';
    // Tasks with DUE alone recur by it; an override without either keeps the time of the instance it replaces.
    const isBusyTime = component.source.name === 'VFREEBUSY';
    this.anchor = isBusyTime && !end ? null : (start ?? (isTask ? (end ?? recurrenceId) : null));
    this.zone = this.anchor ? clocks.of(this.anchor) : clocks.floating;
    const hasEnd = start !== null && end !== null;
    // A task may be due before it starts (RFC 4791 §9.9 has a row for it); what ends before it starts has no length.
    const shortest = isTask ? Number.NEGATIVE_INFINITY : 0;
    const exact = hasEnd && !start.isDate ? clocks.instant(end) - clocks.instant(start) : null;
    this.exactLength = exact && Math.max(exact, shortest);
    const days = hasEnd ? Math.max((end.local - start.local) / secondsPerDay, shortest) : 0;
    if (hasEnd && start.isDate) this.length = { days, seconds: 0 };
    else this.length = hasEnd ? null : duration;
  }

  /** True when instances differ in length where the clock changes within them. */
  get isNominal(): boolean {
    return (
      this.zone !== utcZone &&
      (this.anchor?.isDate === true || (this.length !== null && this.length.days !== 0))
    );
  }

  /** The end by DTEND, DUE or DURATION of an instance; null when there is none of them. */
  endOf(local: number, utc: number): number | null {
    if (this.exactLength !== null) return utc + this.exactLength;
    return this.length && later(this.zone, local, utc, this.length);
  }

  /** The span of the instance that starts at `local` on the component's clock, which is `utc`. */
  spanAt(local: number, utc: number): Span {
    const end = this.endOf(local, utc);
    switch (this.component.source.name) {
      case 'VTODO':
        return this.taskSpan(utc, end);
      case 'VFREEBUSY':
        return { start: utc, end: (end ?? utc) + 1 };
      case 'VAVAILABILITY':
        return { start: utc, end: end ?? openEnd };
      default:
        return this.eventSpan(local, utc, end);
    }
  }

  private eventSpan(local: number, utc: number, end: number | null): Span {
    const isDay = end === null && this.anchor?.isDate === true;
    const effective = isDay ? this.zone.toUtc(local + secondsPerDay) : (end ?? utc);
    return { start: utc, end: Math.max(effective, utc + 1) };
  }

  private taskSpan(utc: number, end: number | null): Span {
    const { component } = this;
    if (!component.start) return component.end ? { start: utc - 1, end: utc } : { start: utc, end: utc + 1 };
    if (end === null) return { start: utc, end: utc + 1 };
    if (end <= utc) return { start: Math.min(utc, end) - 1, end: utc + 1 };
    return { start: utc, end: component.end ? end : end + 1 };
  }

  /** The spans of a component without a start to count from. */
  spansWithoutAnchor(): Span[] {
    const { component, clocks } = this;
    switch (component.source.name) {
      case 'VTODO':
        return [undatedTask(component, clocks)];
      case 'VFREEBUSY':
        return component.freeBusy.map((period) => ({
          start: clocks.instant(period.start),
          end: endOfPeriod(period, clocks),
        }));
      case 'VAVAILABILITY':
        return [{ start: openStart, end: component.end ? clocks.instant(component.end) : openEnd }];
      default:
        return [];
    }
  }
}

/** The rows of RFC 4791 §9.9 for a VTODO with neither DTSTART nor DUE. */
function undatedTask({ completed, created }: CalendarComponent, clocks: Clocks): Span {
  const done = completed && clocks.instant(completed);
  const made = created && clocks.instant(created);
  if (done !== null && made !== null)
    return { start: Math.min(done, made) - 1, end: Math.max(done, made) + 1 };
  if (done !== null) return { start: done - 1, end: done + 1 };
  return { start: made ?? openStart, end: openEnd };
}
