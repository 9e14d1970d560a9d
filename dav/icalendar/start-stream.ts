import { secondsPerDay } from './civil.js';
import { Occurrences, type Budget, type RecurrenceRule } from './recurrence/index.js';
import type { DateTime } from './values.js';
import type { Zone } from './zones/index.js';

/** A start on the component's clock, the instant it is, and an end that comes with it (an RDATE that is a PERIOD). */
export interface Start {
  readonly local: number;
  readonly utc: number;
  readonly end: number | null;
}

/** What a rule is applied to: DTSTART and the clock it is on. */
export interface Anchor {
  readonly value: DateTime;
  readonly zone: Zone;
}

/** How far around an instant a change of the clock can matter: Samoa left out a whole day in 2011. */
const clockSlack = 2 * secondsPerDay;

/**
 * The reading of a clock before (-1) or after (+1) which no start lies that the zone puts at or after, or at or before,
 * the instant. Readings inside a gap stand for later instants than their neighbours, so near a change it is not the
 * reading itself.
 */
export function localBound(zone: Zone, instant: number, direction: -1 | 1): number {
  if (!Number.isFinite(instant)) return instant;
  const local = zone.toLocal(instant);
  const offset = local - instant;
  const offsetAt = (time: number): number => zone.toLocal(time) - time;
  const change =
    Math.abs(offsetAt(instant - clockSlack) - offset) + Math.abs(offsetAt(instant + clockSlack) - offset);
  return local + direction * change;
}

/** The starts that one rule gives, its UNTIL applied. */
export class RuleStarts implements StartStream {
  private readonly occurrences: Occurrences;
  private readonly untilUtc: number;
  private readonly zone: Zone;

  constructor(rule: RecurrenceRule, anchor: Anchor, range: { from: number; last: number }, budget: Budget) {
    this.zone = anchor.zone;
    const { until } = rule;
    const isExact = until !== null && until.utc && !anchor.value.isDate;
    this.untilUtc = isExact ? until.local : Number.POSITIVE_INFINITY;
    const last = Math.min(
      range.last,
      isExact ? localBound(anchor.zone, until.local, 1) : lastLocal(until, anchor),
    );
    const { local, isDate } = anchor.value;
    this.occurrences = new Occurrences(rule, local, isDate, { from: range.from, last, budget });
  }

  next(): Start | null {
    for (;;) {
      const local = this.occurrences.next();
      if (Number.isNaN(local)) return null;
      const utc = this.zone.toUtc(local);
      if (utc <= this.untilUtc) return { local, utc, end: null };
    }
  }
}

/**
 * UNTIL that is not the UTC time which RFC 5545 asks for beside a timed DTSTART. A date takes in its whole day, as people
 * mean it; a local time is one on DTSTART's clock; a UTC time beside a date counts by its date.
 */
function lastLocal(until: DateTime | null, anchor: Anchor): number {
  if (!until) return Number.POSITIVE_INFINITY;
  return until.isDate && !anchor.value.isDate ? until.local + secondsPerDay - 1 : until.local;
}

/** What yields starts in order of their local time. */
export interface StartStream {
  next(): Start | null;
}

/** Starts that stand there one by one (RDATE), in order. */
export class ListedStarts implements StartStream {
  private index = 0;

  constructor(private readonly starts: readonly Start[]) {}

  next(): Start | null {
    const start = this.starts[this.index] ?? null;
    this.index += 1;
    return start;
  }
}

/** Several streams as one, each local time once: from the first stream that has it. */
export class MergedStarts implements StartStream {
  private readonly heads: { stream: StartStream; head: Start | null }[];

  constructor(streams: readonly StartStream[]) {
    this.heads = streams.map((stream) => ({ stream, head: stream.next() }));
  }

  next(): Start | null {
    let least: Start | null = null;
    for (const { head } of this.heads) if (head && (!least || head.local < least.local)) least = head;
    if (!least) return null;
    for (const entry of this.heads) {
      while (entry.head?.local === least.local) entry.head = entry.stream.next();
    }
    return least;
  }
}
