import { secondsPerDay } from './civil.js';
import { Occurrences, type Budget, type RecurrenceRule } from './recurrence/index.js';
import type { DateTime } from './values.js';
import type { Zone } from './zones/index.js';

/** A start on the component's clock, and the instant it is. */
export interface Start {
  readonly local: number;
  readonly utc: number;
}

/** What a rule is applied to: DTSTART and the clock it is on. */
export interface Anchor {
  readonly value: DateTime;
  readonly zone: Zone;
}

/**
 * Readings of a clock go back by less than this where a zone changes its offset; Samoa left out a whole day in 2011.
 */
export const clockSlack = 2 * secondsPerDay;

/** The starts that one rule gives, its UNTIL applied. */
export class RuleStarts {
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
      isExact ? anchor.zone.toLocal(until.local) + clockSlack : lastLocal(until, anchor),
    );
    const { local, isDate } = anchor.value;
    this.occurrences = new Occurrences(rule, local, isDate, { from: range.from, last, budget });
  }

  next(): Start | null {
    for (;;) {
      const local = this.occurrences.next();
      if (Number.isNaN(local)) return null;
      const utc = this.zone.toUtc(local);
      if (utc <= this.untilUtc) return { local, utc };
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

/** Several rules as one sequence in local order, each local time once. */
export class MergedStarts {
  private readonly heads: { stream: RuleStarts; head: Start | null }[];

  constructor(streams: readonly RuleStarts[]) {
    this.heads = streams.map((stream) => ({ stream, head: stream.next() }));
  }

  next(): Start | null {
    let least: Start | null = null;
    for (const { head } of this.heads) if (head && (!least || head.local < least.local)) least = head;
    if (!least) return null;
    for (const entry of this.heads) if (entry.head?.local === least.local) entry.head = entry.stream.next();
    return least;
  }
}
