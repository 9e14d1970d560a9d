import { endOfYears, secondsPerDay } from '../civil.js';
import type { Budget } from './budget.js';
import type { RecurrenceRule } from './rule.js';
import { placeOf, sizeOf, walkOf, type Period, type PeriodWalk } from './walks.js';

/** What part of a rule's occurrences is wanted. Local seconds on DTSTART's own clock. */
export interface OccurrenceOptions {
  /** Occurrences before it are counted but not yielded. */
  readonly from?: number | undefined;
  /** Nothing is looked for after it (inclusive): UNTIL, or the end of the range asked for, whichever is earlier. */
  readonly last?: number | undefined;
  readonly budget: Budget;
}

/**
 * The occurrences of one rule (RFC 5545 §3.3.10) as local seconds, in order, without duplicates. DTSTART is always the
 * first, and COUNT counts it, whether or not it fits the rule (§3.8.5.3). The rule's UNTIL is the caller's to apply by
 * `last`, since it may be in UTC. Purely local arithmetic: gaps and overlaps of a time zone are the caller's too.
 * Years end with 9999.
 */
export class Occurrences {
  private readonly walk: PeriodWalk;
  private readonly from: number;
  private readonly last: number;
  private readonly budget: Budget;
  private remaining: number;
  private startPending: boolean;
  private place = 0;
  private period: Period | null = null;

  constructor(
    rule: RecurrenceRule,
    private readonly start: number,
    isDate: boolean,
    options: OccurrenceOptions,
  ) {
    this.from = options.from ?? start;
    this.last = Math.min(options.last ?? Number.POSITIVE_INFINITY, endOfYears * secondsPerDay - 1);
    this.budget = options.budget;
    this.remaining = rule.count ?? Number.POSITIVE_INFINITY;
    this.startPending = true;
    const skipTo = rule.count === null ? Math.max(this.from, start) : start;
    this.walk = walkOf(rule, start, isDate, Math.floor(skipTo / secondsPerDay), options.budget);
  }

  /**
   * The next occurrence, or NaN when there is none (any more).
   * @throws BudgetExceeded
   */
  next(): number {
    if (this.startPending) {
      this.startPending = false;
      this.remaining -= 1;
      if (this.start >= this.from && this.start <= this.last) return this.start;
    }
    while (this.remaining > 0) {
      this.budget.spend();
      const period = this.period ?? this.enterPeriod();
      // Entering a period may have counted past its occurrences before `from`.
      if (!period || this.remaining <= 0) break;
      if (this.place < sizeOf(period)) {
        const local = placeOf(period, this.place);
        if (local > this.last) break;
        this.place += 1;
        this.remaining -= 1;
        return local;
      }
      this.period = null;
      this.walk.advance();
    }
    return Number.NaN;
  }

  private enterPeriod(): Period | null {
    while (!this.walk.isOver) {
      if (this.walk.firstDay * secondsPerDay > this.last) return null;
      const period = this.walk.current;
      const skipped = period ? this.skipWhole(period) : 1;
      if (period && skipped === 0) {
        const first = placeAfter(period, this.start);
        this.place = Math.max(first, placeAfter(period, this.from - 1));
        this.remaining -= this.place - first;
        this.period = period;
        return period;
      }
      this.budget.spend();
      this.walk.advance(skipped);
    }
    return null;
  }

  /**
   * Counts a period that lies between DTSTART and `from` as a whole, without looking at its occurrences, and those like
   * it that follow; how many periods that were comes back, 0 when the period has to be looked at.
   */
  private skipWhole(period: Period): number {
    const size = sizeOf(period);
    if (size === 0) return 1;
    const end = placeOf(period, size - 1);
    if (end >= this.from || placeOf(period, 0) <= this.start || this.remaining < size) return 0;
    const { uniformStep } = this.walk;
    const alike = uniformStep === null ? 1 : Math.ceil((this.from - end) / (uniformStep * secondsPerDay));
    const skipped = Math.min(alike, Math.floor(this.remaining / size));
    this.remaining -= skipped * size;
    return skipped;
  }
}

/** The place of a period's first occurrence after a local time. */
function placeAfter(period: Period, local: number): number {
  let low = 0;
  let high = sizeOf(period);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placeOf(period, middle) > local) high = middle;
    else low = middle + 1;
  }
  return low;
}
