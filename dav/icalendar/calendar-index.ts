import type { ComponentType } from './calendar-component.js';
import type { CalendarObject } from './calendar-object.js';
import { secondsPerDay } from './civil.js';
import { Budget, BudgetExceeded } from './recurrence/index.js';
import { RecurrenceSet } from './recurrence-set.js';
import { openEnd, openStart, type Span } from './timing.js';
import { zoneOrUtc } from './zones/index.js';

/** Rises when the same object would be indexed differently, so that stored indexes are known to be old. */
export const INDEX_VERSION = 2;

/**
 * What an object's place in time is, so that a time-range query (RFC 4791 §9.9) reads no object that it does not return.
 * Epoch seconds, half-open. `span.start < rangeEnd && span.end > rangeStart` is exactly the RFC's table.
 */
export interface CalendarIndex {
  readonly uid: string;
  readonly component: ComponentType;
  /** No time-range that ends at or before it can match; null when that side is open, or when nothing ever matches. */
  readonly firstStart: number | null;
  /** No time-range that starts at or after it can match; null when that side is open, or when nothing ever matches. */
  readonly lastEnd: number | null;
  /**
   * In order; those that touch or overlap are joined, since the test answers the same for them. Complete for ranges
   * inside [windowStart, windowEnd), without limit where that is null.
   */
  readonly spans: readonly Span[];
  readonly windowStart: number | null;
  readonly windowEnd: number | null;
  /** True when instances may lie outside the window: ranges that reach out of it are tested by `matchesTimeRange`. */
  readonly unbounded: boolean;
  /** True when the index depends on `zone`: it has floating times or dates. */
  readonly floating: boolean;
}

export interface IndexOptions {
  /** IANA zone for floating times and dates: the collection's calendar-timezone, or UTC. */
  readonly zone: string;
  /** Epoch seconds; the window goes from a year before it to two years after. */
  readonly now: number;
}

/** At most so many spans are kept of one object; past it the window shrinks, its end first. */
export const maxSpans = 1_000;
/** Instances looked at for one index; joined spans can be fewer. */
const maxInstances = 5_000;
const windowBefore = 365 * secondsPerDay;
const windowAfter = 2 * 365 * secondsPerDay;
const always: Span = { start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };

/**
 * One of up to three walks for one index. The clock is far off: what is stored is to follow from the object and not from how
 * busy the machine was. It comes before the steps only where time zone data is read first, for the few years of the window.
 */
function newBudget(): Budget {
  return new Budget(400_000, 200);
}

/** The index of an object. Never throws: a rule beyond its budget gives a smaller window. */
export function indexCalendarObject(object: CalendarObject, options: IndexOptions): CalendarIndex {
  const set = new RecurrenceSet(object, zoneOrUtc(options.zone));
  const placement = placementOf(set, options.now);
  return { uid: object.uid, component: object.component, ...placement, floating: set.clocks.readFloating };
}

function placementOf(set: RecurrenceSet, now: number): Placement {
  const fixed = [...set.fixedInstances()].map(({ span }) => span);
  if (set.recurs && set.isEndless && !set.isUnknown) return windowed(set, fixed, now);
  const whole = collect(set, always, fixed);
  if (set.isUnknown) return unknownIndex(whole.spans);
  return whole.completeUntil === null ? complete(whole.spans) : windowed(set, fixed, now);
}

type Placement = Omit<CalendarIndex, 'uid' | 'component' | 'floating'>;

function complete(spans: readonly Span[]): Placement {
  const joined = join(spans);
  return { ...boundsOf(joined), spans: joined, windowStart: null, windowEnd: null, unbounded: false };
}

function boundsOf(joined: readonly Span[]): { firstStart: number | null; lastEnd: number | null } {
  const start = joined[0]?.start ?? openStart;
  const end = joined.at(-1)?.end ?? openEnd;
  return { firstStart: start === openStart ? null : start, lastEnd: end === openEnd ? null : end };
}

/**
 * An object with a rule in another calendar than the Gregorian (RFC 7529): where its later instances lie is not known, so
 * that only its first one is a span and every range after that is left to `matchesTimeRange`, which takes it to match.
 */
function unknownIndex(spans: readonly Span[]): Placement {
  const joined = join(spans);
  const windowEnd = joined[0]?.end ?? 0;
  return { ...boundsOf(joined), lastEnd: null, spans: joined, windowStart: null, windowEnd, unbounded: true };
}

/** The spans in a window around now. An endless rule that turns out to end (30 February) is complete all the same. */
function windowed(set: RecurrenceSet, fixed: readonly Span[], now: number): Placement {
  const window = { start: now - windowBefore, end: now + windowAfter };
  const { spans, completeUntil } = collect(set, window, fixed);
  const firstStart = set.earliestStart;
  const hasMore = completeUntil !== null || hasInstanceFrom(set, window.end);
  if (!hasMore && firstStart >= window.start) return complete(spans);
  return {
    firstStart,
    lastEnd: set.latestEnd,
    spans: join(spans),
    windowStart: window.start,
    windowEnd: Math.max(window.start, Math.min(window.end, completeUntil ?? window.end)),
    unbounded: true,
  };
}

function hasInstanceFrom(set: RecurrenceSet, instant: number): boolean {
  try {
    for (const { span } of set.ruledInstances(instant, Number.POSITIVE_INFINITY, newBudget())) {
      if (span.end > instant) return true;
    }
    return false;
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    return true;
  }
}

interface Collected {
  readonly spans: Span[];
  /** Null when all instances that meet the window are there; otherwise the spans are complete before it. */
  readonly completeUntil: number | null;
}

function collect(set: RecurrenceSet, window: Span, fixed: readonly Span[]): Collected {
  const spans = [...fixed];
  let seen = 0;
  let reached = Number.NEGATIVE_INFINITY;
  try {
    for (const instance of set.ruledInstances(window.start, window.end, newBudget())) {
      reached = set.earliestFrom(instance);
      if (seen === maxInstances || (seen % maxSpans === 0 && join(spans).length >= maxSpans)) {
        return { spans, completeUntil: reached };
      }
      spans.push(instance.span);
      seen += 1;
    }
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    return { spans, completeUntil: reached };
  }
  return { spans, completeUntil: null };
}

/** Spans in order, touching and overlapping ones joined. */
function join(spans: readonly Span[]): Span[] {
  const sorted = [...spans].sort((a, b) => a.start - b.start);
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of sorted) {
    const last = joined.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}
